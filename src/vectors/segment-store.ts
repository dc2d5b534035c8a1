// Vectors in an object's own SQLite, beside whatever else it keeps: written with it in one transaction,
// found exactly, in bounded memory. What a search reads of all vectors is their codes, a quarter of them;
// only what may be among the nearest by those is read in full.
//
// Memory is a copy of what is stored, brought up to date by the next search: a write touches storage alone,
// and each says so by a stamp of its own. A transaction that is rolled back takes its stamp along, so
// memory never shows what it wrote; and what a search within it has read carries a stamp that does not come again.
import { Candidates } from "./candidates.ts";
import { HeldCodes, type Segment, type Stretch } from "./held-codes.ts";
import { ask, bytesOf, decode } from "./int8-codes.ts";
import { checkVector, taken } from "./limits.ts";
import {
  codesOf,
  put,
  read,
  remove,
  removePart,
  segmentsOf,
  vectorsAt,
  whereabouts,
} from "./segment-rows.ts";
import { filterOf, rescored, scan } from "./segment-search.ts";
import type { SegmentSql } from "./segment-tables.ts";
import type { Neighbour, VectorQuery, VectorRecord, VectorStore } from "./vector-store.ts";

/** Of codes, of all namespaces. An object has 128 MB, and shares them with others in its isolate. */
const BUDGET_BYTES = 48 * 1024 * 1024;
const MOST_PER_QUERY = 1000;

type Namespace = { dimensions: number; stamp: number };

/** One of them to an object. Its tables are there already: `createSegmentTables`. */
export class SegmentStore implements VectorStore {
  readonly mostPerQuery = MOST_PER_QUERY;
  readonly #sql: SegmentSql;
  readonly #budget: number;
  /** The one that was asked last comes last. */
  readonly #held = new Map<string, HeldCodes>();
  /** The highest that was ever given, whether what it was given to lasted or not. */
  #stamp = 0;

  constructor(sql: SegmentSql, { budget = BUDGET_BYTES } = {}) {
    this.#sql = sql;
    this.#budget = budget;
  }

  /** What is held in memory. */
  get bytes(): number {
    let sum = 0;
    for (const held of this.#held.values()) sum += held.bytes;
    return sum;
  }

  /**
   * All is written when this returns: a caller may write more in the same transaction. What fails is thrown
   * at once, not by the promise, so that a transaction around it fails, too.
   */
  upsert(namespace: string, given: readonly VectorRecord[]): Promise<void> {
    const records = taken(namespace, given);
    const dimensions = this.#namespace(namespace)?.dimensions ?? records[0]?.values.length ?? 0;
    for (const { values } of records) checkVector(values, dimensions);
    if (records.length > 0)
      this.#sql.atomically(() => {
        const stamp = this.#nextStamp();
        put(this.#sql, namespace, records, stamp);
        this.#stampOn(namespace, { dimensions, stamp });
      });
    return Promise.resolve();
  }

  /** Is over when it returns, as `upsert`. */
  delete(namespace: string, ids: readonly string[]): Promise<void> {
    this.#shrink(namespace, (stamp) => remove(this.#sql, namespace, ids, stamp));
    return Promise.resolve();
  }

  deletePart(namespace: string, part: string): void {
    this.#shrink(namespace, () => removePart(this.#sql, namespace, part));
  }

  dropNamespace(namespace: string): void {
    this.#sql.atomically(() => {
      for (const table of ["segments", "segment_vectors", "segment_namespaces"])
        this.#sql.run(`DELETE FROM ${table} WHERE namespace = ?`, namespace);
    });
  }

  count(namespace: string): number {
    const row = this.#sql.first<{ vectors: number | null }>(
      "SELECT sum(vectors) AS vectors FROM segments WHERE namespace = ?",
      namespace,
    );
    return row?.vectors ?? 0;
  }

  /** Gives memory back. Nothing has to call this for what is found to be right. */
  invalidate(): void {
    this.#held.clear();
  }

  async query(namespace: string, query: VectorQuery): Promise<Neighbour[]> {
    const known = this.#namespace(namespace);
    const k = Math.min(Math.floor(query.topK), MOST_PER_QUERY);
    if (known === null || !(k > 0) || query.collections.length === 0 || query.parts?.length === 0)
      return [];
    const { vector } = query;
    checkVector(vector, known.dimensions);
    const wanted = filterOf(query);
    const asked = ask(vector);
    const candidates = new Candidates<Segment>(k);
    const { held, others } = this.#upToDate(namespace, known);
    scan(held.stretches(), wanted, asked, candidates);
    scan(this.#streamed(others.filter(wanted)), wanted, asked, candidates);
    return rescored(candidates.best(), vector, k, (places) =>
      vectorsAt(this.#sql, places, known.dimensions),
    );
  }

  async get(namespace: string, ids: readonly string[]): Promise<Map<string, Float32Array>> {
    return new Map(read(this.#sql, whereabouts(this.#sql, namespace, ids)));
  }

  async visible(namespace: string, ids: readonly string[]): Promise<boolean> {
    let found = 0;
    for (const among of whereabouts(this.#sql, namespace, ids).values()) found += among.size;
    return found === new Set(ids).size;
  }

  #namespace(namespace: string): Namespace | null {
    return this.#sql.first<Namespace>(
      "SELECT dimensions, stamp FROM segment_namespaces WHERE namespace = ?",
      namespace,
    );
  }

  /** Higher than any that is stored or was ever given: a stamp that was rolled back is not given again. */
  #nextStamp(): number {
    const row = this.#sql.first<{ stamp: number | null }>(
      "SELECT max(stamp) AS stamp FROM segment_namespaces",
    );
    this.#stamp = Math.max(this.#stamp, row?.stamp ?? 0) + 1;
    return this.#stamp;
  }

  #stampOn(namespace: string, { dimensions, stamp }: Namespace): void {
    this.#sql.run(
      `INSERT INTO segment_namespaces (namespace, dimensions, stamp) VALUES (?, ?, ?)
       ON CONFLICT (namespace) DO UPDATE SET stamp = excluded.stamp`,
      namespace,
      dimensions,
      stamp,
    );
  }

  /** @param write says whether it changed anything */
  #shrink(namespace: string, write: (stamp: number) => boolean): void {
    this.#sql.atomically(() => {
      const known = this.#namespace(namespace);
      const stamp = this.#nextStamp();
      if (known === null || !write(stamp)) return;
      const left = "SELECT 1 AS there FROM segments WHERE namespace = ? LIMIT 1";
      if (this.#sql.first(left, namespace) === null) this.dropNamespace(namespace);
      else this.#stampOn(namespace, { ...known, stamp });
    });
  }

  /** What is held of a namespace, and which of its segments are not, since there is no room for them. */
  #upToDate(
    namespace: string,
    { dimensions, stamp }: Namespace,
  ): { held: HeldCodes; others: Segment[] } {
    let held = this.#held.get(namespace);
    this.#held.delete(namespace);
    let others: Segment[] = [];
    if (held?.stamp !== stamp || !held.whole) {
      const segments = segmentsOf(this.#sql, namespace);
      held?.keep(segments);
      if (held === undefined || held.sparse || held.dimensions !== dimensions)
        held = new HeldCodes(dimensions);
      others = this.#load(held, segments);
      held.stamp = stamp;
      held.whole = others.length === 0;
    }
    this.#held.set(namespace, held);
    return { held, others };
  }

  /** @returns those there is no room for, even without the other namespaces */
  #load(held: HeldCodes, segments: ReadonlyMap<number, Segment>): Segment[] {
    const absent = [...segments.values()].filter((segment) => !held.has(segment));
    absent.sort((a, b) => a.id - b.id); // as they lie in storage
    let coming = absent.reduce((sum, { vectors }) => sum + vectors, 0);
    const wanted = held.bytes + coming * bytesOf(held.dimensions);
    for (const name of this.#held.keys())
      if (this.bytes + wanted > this.#budget) this.#held.delete(name);
    const budget = this.#budget - this.bytes;
    for (const { id, codes } of codesOf(this.#sql, idsOf(absent))) {
      const segment = segments.get(id);
      if (segment === undefined) continue;
      if (!held.add(segment, codes, coming, budget)) break;
      coming -= segment.vectors;
    }
    return absent.filter((segment) => !held.has(segment));
  }

  *#streamed(segments: readonly Segment[]): Generator<Stretch> {
    const byId = new Map(segments.map((segment) => [segment.id, segment]));
    for (const { id, codes } of codesOf(this.#sql, idsOf(segments))) {
      const segment = byId.get(id);
      if (segment !== undefined) yield { segment, codes: decode(codes, segment.vectors), start: 0 };
    }
  }
}

const idsOf = (segments: readonly Segment[]): number[] => segments.map(({ id }) => id);
