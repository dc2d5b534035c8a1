// The vectors of an index, wherever they are: in the object's own SQLite, or in Vectorize. Which chunks
// have one is counted here, from the first of a part on: so that whoever fills them in can stop anywhere,
// come twice or late, and go on.
import type { Sql } from "../../store/sql.ts";
import type { SegmentStore } from "../../vectors/segment-store.ts";
import type { VectorStore } from "../../vectors/vector-store.ts";
import type { Kept, Part, Pending } from "./calls.ts";
import { chunkIdOf, embeddedText, headOf, type PartRow, partOf, readPart } from "./parts.ts";

/** Ids that are asked for at once, to see whether a part can be found. */
const SAMPLE = 20;

/** Where vectors of so many numbers are kept; null: in the object. */
export type Elsewhere = (dimensions: number) => VectorStore | null;

export class IndexVectors {
  readonly #sql: Sql;
  readonly #own: SegmentStore;
  readonly #elsewhere: Elsewhere;
  readonly #shard: string;

  /** @param shard its name: two shards are never asked together */
  constructor(sql: Sql, own: SegmentStore, elsewhere: Elsewhere, shard: string) {
    this.#sql = sql;
    this.#own = own;
    this.#elsewhere = elsewhere;
    this.#shard = shard;
  }

  /** Where the vectors of a generation are: by how many numbers they have. */
  storeOf(generation: number): VectorStore {
    const known = this.#sql.first<{ dimensions: number }>(
      "SELECT dimensions FROM vector_lengths WHERE generation = ?",
      generation,
    );
    return (known === null ? null : this.#elsewhere(known.dimensions)) ?? this.#own;
  }

  /** Whether vectors can be read back at no cost. */
  isHere(generation: number): boolean {
    return this.storeOf(generation) === this.#own;
  }

  namespace(generation: number): string {
    return `${this.#shard}.${generation}`;
  }

  done(generation: number, { document, version }: Part): number {
    return (
      this.#sql.first<{ done: number }>(
        "SELECT done FROM progress WHERE document = ? AND version = ? AND generation = ?",
        document,
        version,
        generation,
      )?.done ?? 0
    );
  }

  /** The next chunks that have none: of `of`, else of any part that is live. */
  async pending(
    generation: number,
    of: Part | null,
    limit: number,
  ): Promise<Pending | "gone" | null> {
    const part = of === null ? this.#unfilled(generation) : readPart(this.#sql, of);
    if (part === null || part.state === "dead") return of === null ? null : "gone";
    const done = this.done(generation, part);
    if (done >= part.total) return null;
    const { document, version, total } = part;
    const rows = this.#sql.all<{ position: number; text: string; headings: string; hash: string }>(
      `SELECT position, text, headings, hash FROM chunks
       WHERE document = ? AND version = ? AND position >= ? ORDER BY position LIMIT ?`,
      document,
      version,
      done,
      limit,
    );
    const head = headOf(part.head);
    const known = await this.#known(
      generation,
      part,
      rows.map(({ hash }) => hash),
    );
    return {
      document,
      version,
      done,
      total,
      chunks: rows.map(({ position, text, headings, hash }) => ({
        position,
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by `stage`, from a string[]
        text: embeddedText(head, JSON.parse(headings) as string[], text),
        vector: known.get(hash) ?? null,
      })),
    };
  }

  async keep(
    generation: number,
    part: Part,
    from: number,
    vectors: readonly Float32Array[],
  ): Promise<Kept> {
    const row = readPart(this.#sql, part);
    if (row === null || row.state === "dead") return "gone";
    const done = this.done(generation, part);
    if (from > done || from + vectors.length <= done) return "kept"; // of another run: it goes on from `done`
    const records = vectors.slice(done - from).map((values, at) => ({
      id: chunkIdOf(part, done + at),
      part: partOf(part),
      collection: row.collection,
      values,
    }));
    const through = from + vectors.length;
    const namespace = this.namespace(generation);
    this.#sql.run(
      "INSERT OR IGNORE INTO vector_lengths (generation, dimensions) VALUES (?, ?)",
      generation,
      vectors[0]?.length ?? 0,
    );
    const store = this.storeOf(generation);
    if (store === this.#own) {
      let written: Promise<void> = Promise.resolve();
      this.#sql.atomically(() => {
        written = this.#own.upsert(namespace, records);
        this.#setDone(generation, part, through);
      });
      await written;
      return "kept";
    }
    await store.upsert(namespace, records);
    if (readPart(this.#sql, part) !== null) {
      this.#setDone(generation, part, through);
      return "kept";
    }
    // It was cleared away meanwhile, without these.
    await store.delete(
      namespace,
      records.map(({ id }) => id),
    );
    return "gone";
  }

  /** Whether a search would find all of a part. */
  async findable(generation: number, part: PartRow): Promise<boolean> {
    if (this.done(generation, part) < part.total) return false;
    if (this.isHere(generation) || part.total === 0) return true;
    const step = Math.max(1, Math.floor(part.total / SAMPLE));
    const sample = [part.total - 1];
    for (let at = 0; at < part.total - 1 && sample.length < SAMPLE; at += step) sample.push(at);
    return this.storeOf(generation).visible(
      this.namespace(generation),
      sample.map((position) => chunkIdOf(part, position)),
    );
  }

  /** Of some chunks of a part that goes, in every generation. */
  async clear(part: Part, positions: readonly number[]): Promise<void> {
    const ids = positions.map((position) => chunkIdOf(part, position));
    const generations = this.#sql.all<{ generation: number }>(
      "SELECT DISTINCT generation FROM progress WHERE document = ? AND version = ?",
      part.document,
      part.version,
    );
    for (const { generation } of generations) {
      if (this.isHere(generation)) this.#own.deletePart(this.namespace(generation), partOf(part));
      else await this.storeOf(generation).delete(this.namespace(generation), ids);
    }
  }

  /** All of a generation that is past. */
  async drop(generation: number): Promise<void> {
    const parts = this.#sql.all<Part>(
      "SELECT document, version FROM progress WHERE generation = ?",
      generation,
    );
    const store = this.storeOf(generation);
    if (store === this.#own) this.#own.dropNamespace(this.namespace(generation));
    else
      for (const part of parts) {
        const done = this.done(generation, part);
        const ids = Array.from({ length: done }, (_, position) => chunkIdOf(part, position));
        await store.delete(this.namespace(generation), ids);
      }
    this.#sql.atomically(() => {
      this.#sql.run("DELETE FROM progress WHERE generation = ?", generation);
      this.#sql.run("DELETE FROM vector_lengths WHERE generation = ?", generation);
    });
  }

  #setDone(generation: number, { document, version }: Part, done: number): void {
    this.#sql.run(
      `INSERT INTO progress (document, version, generation, done) VALUES (?, ?, ?, ?)
       ON CONFLICT (document, version, generation) DO UPDATE SET done = max(done, excluded.done)`,
      document,
      version,
      generation,
      done,
    );
  }

  #unfilled(generation: number): PartRow | null {
    return this.#sql.first<PartRow>(
      `SELECT parts.* FROM parts
       LEFT JOIN progress ON progress.document = parts.document AND progress.version = parts.version
         AND progress.generation = ?
       WHERE parts.state = 'live' AND coalesce(progress.done, 0) < parts.total LIMIT 1`,
      generation,
    );
  }

  /** Vectors of the same texts, in this generation: what did not change is not embedded again. */
  async #known(
    generation: number,
    part: Part,
    hashes: readonly string[],
  ): Promise<Map<string, Float32Array>> {
    const rows = this.#sql.all<Part & { hash: string; position: number }>(
      `SELECT hash, chunks.document, chunks.version, min(position) AS position FROM chunks
       JOIN progress ON progress.document = chunks.document AND progress.version = chunks.version
       WHERE hash IN (SELECT value FROM json_each(?)) AND progress.generation = ?
         AND chunks.position < progress.done
         AND NOT (chunks.document = ? AND chunks.version = ?)
       GROUP BY hash`,
      JSON.stringify(hashes),
      generation,
      part.document,
      part.version,
    );
    if (rows.length === 0) return new Map();
    const ids = new Map(rows.map((row) => [chunkIdOf(row, row.position), row.hash]));
    const store = this.storeOf(generation);
    const found = await store.get(this.namespace(generation), [...ids.keys()]);
    return new Map([...found].map(([id, vector]) => [ids.get(id) ?? "", vector]));
  }
}
