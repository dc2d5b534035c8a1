// An object that keeps nothing but vectors, made up as it is told: what bench/knowledge/vectors.ts asks.
import { SegmentStore } from "edgewise/segment-store";
import { createSegmentTables } from "edgewise/segment-tables";
import { Sql } from "edgewise/sql";

const SPACE = "space";
/** Vectors of a document, which are about one thing; and how many things there are. */
const OF_A_PART = 30;
const TOPICS = 500;
/** What a vector has of its topic. */
const TOPICAL = 0.6;

type Context = { storage: unknown };
type Env = {
  VECTORS: { idFromName(name: string): unknown; get(id: unknown): { fetch: typeof fetch } };
};

/** `/fill?dims=&from=&count=`, `/query?dims=&k=&seed=`, `/forget`, `/state`; `budget` in bytes with any. */
export class Vectors {
  readonly #sql: unknown;
  #store: SegmentStore | null = null;

  constructor({ storage }: Context) {
    this.#sql = new Sql(storage);
    createSegmentTables(this.#sql);
  }

  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const number = (name: string) => Number(searchParams.get(name) ?? 0);
    const budget = number("budget");
    this.#store ??= new SegmentStore(this.#sql, budget === 0 ? {} : { budget });
    const store = this.#store;
    switch (pathname) {
      case "/fill": {
        const records = Array.from({ length: number("count") }, (_, index) => {
          const nth = number("from") + index;
          const part = Math.floor(nth / OF_A_PART);
          return {
            id: `chunk_${String(nth).padStart(26, "0")}`,
            part: `doc_${String(part).padStart(26, "0")}`,
            collection: "collection",
            values: about(part % TOPICS, nth, number("dims")),
          };
        });
        await store.upsert(SPACE, records);
        return Response.json({});
      }
      case "/query": {
        const found = await store.query(SPACE, {
          vector: about(number("seed") % TOPICS, 1e9 + number("seed"), number("dims")),
          topK: number("k"),
          collections: ["collection"],
          parts: null,
          except: [],
        });
        return Response.json({ found: found.length, best: found[0] });
      }
      case "/forget":
        store.invalidate();
        return Response.json({});
      default:
        return Response.json({ bytes: store.bytes, count: store.count(SPACE) });
    }
  }
}

export default {
  fetch(request: Request, env: Env): Promise<Response> {
    const name = new URL(request.url).searchParams.get("object") ?? "";
    return env.VECTORS.get(env.VECTORS.idFromName(name)).fetch(request);
  },
};

/** Of length 1; the same for the same numbers. */
function about(topic: number, seed: number, dimensions: number): Float32Array {
  const of = (from: number) => {
    const random = randomness(from);
    const vector = new Float32Array(dimensions);
    for (let i = 0; i < dimensions; i++) vector[i] = random() + random() + random() - 1.5;
    return normalised(vector);
  };
  const common = of(topic + 1);
  const own = of(seed + 1_000_003);
  return normalised(
    own.map((value, i) => TOPICAL * (common[i] ?? 0) + Math.sqrt(1 - TOPICAL ** 2) * value),
  );
}

function normalised(vector: Float32Array): Float32Array {
  let sum = 0;
  for (const value of vector) sum += value * value;
  return vector.map((value) => value / Math.sqrt(sum));
}

/** Mulberry32. */
function randomness(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
