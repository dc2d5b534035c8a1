// Both sides of VectorStore as tests have them: segments in a real object's SQLite, and Vectorize as its
// documentation tells it. And vectors whose nearness is plain to see.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Sql } from "../../../src/store/sql.ts";
import { SegmentStore } from "../../../src/vectors/segment-store.ts";
import { createSegmentTables } from "../../../src/vectors/segment-tables.ts";
import type { VectorQuery, VectorRecord, VectorStore } from "../../../src/vectors/vector-store.ts";
import { VectorizeStore } from "../../../src/vectors/vectorize-store.ts";
import { FakeVectorize } from "../../stub/vectorize.ts";

export const DIMENSIONS = 8;

export type Side = {
  store: VectorStore;
  /** What was written is seen from here on. */
  settle: () => void;
};

/** Runs on the storage of an object that nothing was ever kept in. */
export function onStorage<T>(work: (sql: Sql) => T | Promise<T>): Promise<T> {
  const stub = env.ANSWER_CACHES.get(env.ANSWER_CACHES.newUniqueId());
  return runInDurableObject(stub, (_, state) => {
    const sql = new Sql(state.storage);
    createSegmentTables(sql);
    return work(sql);
  });
}

export const fakeIndex = (dimensions = DIMENSIONS, polls = Infinity): FakeVectorize =>
  new FakeVectorize({ dimensions, metadataIndexes: ["part", "collection"], polls });

export const SIDES: [
  name: string,
  withStore: (work: (side: Side) => Promise<void>) => Promise<void>,
][] = [
  [
    "segments",
    (work) => onStorage((sql) => work({ store: new SegmentStore(sql), settle: () => {} })),
  ],
  [
    "vectorize",
    (work) => {
      const index = fakeIndex();
      return work({
        store: new VectorizeStore(index, DIMENSIONS),
        settle: () => index.settle(),
      });
    },
  ],
];

/** Of length 1, at so many degrees from the first axis: cosines are those of their differences. */
export function at(degrees: number, dimensions = DIMENSIONS): Float32Array {
  const vector = new Float32Array(dimensions);
  vector[0] = Math.cos((degrees * Math.PI) / 180);
  vector[1] = Math.sin((degrees * Math.PI) / 180);
  return vector;
}

export function record(
  id: string,
  degrees: number,
  more: Partial<VectorRecord> = {},
): VectorRecord {
  return { id, part: "part", collection: "books", values: at(degrees), ...more };
}

export function query(degrees: number, more: Partial<VectorQuery> = {}): VectorQuery {
  return {
    vector: at(degrees),
    topK: 10,
    collections: ["books"],
    parts: null,
    except: [],
    ...more,
  };
}

export async function idsOf(store: VectorStore, namespace: string, asked: VectorQuery) {
  return (await store.query(namespace, asked)).map(({ id }) => id);
}

export const numbered = (count: number, prefix: string): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(4, "0")}`);
