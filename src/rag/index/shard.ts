// One shard of a tenant's knowledge: documents' chunks with their words and vectors, in one object.
import type { Sql } from "../../store/sql.ts";
import type { SegmentStore } from "../../vectors/segment-store.ts";
import type {
  Begun,
  Candidate,
  IndexAnswer,
  IndexQuery,
  Kept,
  KnowledgeShardCalls,
  NewPart,
  Part,
  Pending,
  StagedChunk,
} from "./calls.ts";
import { around, find } from "./find.ts";
import {
  begin,
  clearChunks,
  deadPart,
  dropPart,
  embeddedText,
  headOf,
  lastPositions,
  publish,
  readPart,
  remove,
  stage,
} from "./parts.ts";
import { createIndexSchema } from "./schema.ts";
import { TermCounts } from "./term-counts.ts";
import { type Elsewhere, IndexVectors } from "./vectors.ts";

/** Chunks of what is dead that are cleared away at a time: between two of them searches are answered. */
const CLEARED = 500;

export class KnowledgeShard implements KnowledgeShardCalls {
  readonly #sql: Sql;
  readonly #vectors: IndexVectors;
  readonly #counts: TermCounts;
  readonly #clearSoon: () => void;
  #made: boolean;

  /**
   * @param made whether there are tables; they are made when there is first something to keep
   * @param clearSoon sees that `clear` is called
   */
  constructor(
    sql: Sql,
    made: boolean,
    stores: { own: SegmentStore; elsewhere: Elsewhere; name: string },
    clearSoon: () => void,
  ) {
    this.#sql = sql;
    this.#made = made;
    this.#vectors = new IndexVectors(sql, stores.own, stores.elsewhere, stores.name);
    this.#counts = new TermCounts(sql);
    this.#clearSoon = clearSoon;
  }

  get made(): boolean {
    return this.#made;
  }

  make(): void {
    if (this.#made) return;
    createIndexSchema(this.#sql);
    this.#made = true;
  }

  async stateOf(part: Part): Promise<"absent" | "staged" | "live" | "gone"> {
    const known = this.#made ? readPart(this.#sql, part) : null;
    if (known === null) return "absent";
    if (known.state === "dead") return "gone";
    if (known.state === "live") return "live";
    return known.staged === known.total ? "staged" : "absent";
  }

  async begin(part: NewPart): Promise<Begun> {
    this.make();
    const begun = begin(this.#sql, part);
    if (deadPart(this.#sql) !== null) this.#clearSoon();
    return begun;
  }

  async stage(part: Part, chunks: readonly StagedChunk[]): Promise<Kept> {
    const known = this.#made ? readPart(this.#sql, part) : null;
    if (known === null) return "gone";
    const head = headOf(known.head);
    const hashes = await Promise.all(
      chunks.map(({ text, heading_path }) => hashOf(embeddedText(head, heading_path, text))),
    );
    return stage(this.#sql, part, chunks, hashes);
  }

  async pending(
    generation: number,
    of: Part | null,
    limit: number,
  ): Promise<Pending | "gone" | null> {
    if (!this.#made) return of === null ? null : "gone";
    return this.#vectors.pending(generation, of, limit);
  }

  async embedded(
    generation: number,
    part: Part,
    from: number,
    vectors: readonly Float32Array[],
  ): Promise<Kept> {
    return this.#made ? this.#vectors.keep(generation, part, from, vectors) : "gone";
  }

  async publish(generation: number, part: Part): Promise<"published" | "waiting" | "gone"> {
    const known = this.#made ? readPart(this.#sql, part) : null;
    if (known === null || known.state === "dead") return "gone";
    if (known.state === "live") return "published";
    if (known.staged < known.total || !(await this.#vectors.findable(generation, known)))
      return "waiting";
    // Meanwhile it may have been removed, or a newer one published.
    if (readPart(this.#sql, part)?.state !== "staged") return "gone";
    publish(this.#sql, part);
    this.#clearSoon();
    return "published";
  }

  async remove(documents: readonly string[]): Promise<void> {
    this.make(); // also of what never came: it must not come any more
    remove(this.#sql, documents);
    this.#clearSoon();
  }

  async searchShard(query: IndexQuery, generation: number): Promise<IndexAnswer> {
    if (!this.#made) return { candidates: [] };
    return find(this.#sql, this.#counts, this.#vectors, query, generation);
  }

  async around(
    chunks: readonly (Part & { position: number })[],
    reach: number,
  ): Promise<Candidate[]> {
    return this.#made ? around(this.#sql, chunks, reach) : [];
  }

  async dropGeneration(generation: number): Promise<void> {
    if (this.#made) await this.#vectors.drop(generation);
  }

  async shardFigures(): Promise<{ documents: number; chunks: number }> {
    const nothing = { documents: 0, chunks: 0 };
    if (!this.#made) return nothing;
    return (
      this.#sql.first<typeof nothing>(
        `SELECT (SELECT count(*) FROM parts WHERE state = 'live') AS documents, chunks FROM index_meta`,
      ) ?? nothing
    );
  }

  /** Clears some of what is dead away. @returns whether there is more */
  async clear(): Promise<boolean> {
    if (!this.#made) return false;
    const part = deadPart(this.#sql);
    if (part === null) return false;
    // Chunks last: they say which vectors there are.
    const positions = lastPositions(this.#sql, part, CLEARED);
    await this.#vectors.clear(part, positions);
    clearChunks(this.#sql, part, positions.length);
    if (positions.length < CLEARED) dropPart(this.#sql, part);
    return deadPart(this.#sql) !== null;
  }
}

async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).slice(0, 16).toHex();
}
