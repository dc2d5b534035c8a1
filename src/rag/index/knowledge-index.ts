// A tenant's knowledge as a whole. The first object is a shard like any other, and knows beside that
// which shard holds what and which embedder's vectors serve; it asks the others, and joins what they say.
import type { Sql } from "../../store/sql.ts";
import type {
  Candidate,
  Generations,
  IndexAnswer,
  IndexFigures,
  IndexQuery,
  KnowledgeIndexCalls,
  KnowledgeShardCalls,
  OtherEmbedder,
  Part,
} from "./calls.ts";
import {
  adopt,
  dropped,
  lastShard,
  pastGenerations,
  placeOf,
  placesOf,
  readGenerations,
  succeed,
  unplace,
} from "./directory.ts";
import type { KnowledgeShard } from "./shard.ts";

export class KnowledgeIndex implements KnowledgeIndexCalls {
  readonly #sql: Sql;
  readonly #own: KnowledgeShard;
  readonly #other: (n: number) => KnowledgeShardCalls;
  readonly #shardSize: number;

  constructor(
    sql: Sql,
    own: KnowledgeShard,
    other: (n: number) => KnowledgeShardCalls,
    shardSize: number,
  ) {
    this.#sql = sql;
    this.#own = own;
    this.#other = other;
    this.#shardSize = shardSize;
  }

  async place(
    document: string,
    embedder: string,
  ): Promise<{ shard: number; generations: Generations }> {
    this.#own.make();
    const last = lastShard(this.#sql);
    const { chunks } = await this.#shard(last).shardFigures();
    const shard = placeOf(this.#sql, document, chunks, this.#shardSize);
    return { shard, generations: await this.#adopt(embedder) };
  }

  async generations(embedder: string): Promise<Generations | null> {
    const known = this.#own.made ? readGenerations(this.#sql) : null;
    return known === null ? null : this.#adopt(embedder);
  }

  async search(query: IndexQuery): Promise<IndexAnswer | OtherEmbedder> {
    const known = this.#own.made ? readGenerations(this.#sql) : null;
    if (known === null) return { candidates: [] };
    const { current } = known;
    if (query.vector !== null && query.vector.embedder !== current.embedder)
      return { embedder: current.embedder };
    const answers = await Promise.all(
      this.#all().map((shard) => shard.searchShard(query, current.n)),
    );
    return { candidates: answers.flatMap(({ candidates }) => candidates) };
  }

  async neighbours(
    chunks: readonly (Part & { position: number })[],
    reach: number,
  ): Promise<Candidate[]> {
    if (!this.#own.made) return [];
    const found = await Promise.all(this.#all().map((shard) => shard.around(chunks, reach)));
    return found.flat();
  }

  async advance(generation: number): Promise<boolean> {
    if (!this.#own.made) return false;
    const shards = this.#all();
    for (const shard of shards)
      if ((await shard.pending(generation, null, 1)) !== null) return false;
    const serves = succeed(this.#sql, generation);
    await this.#dropPast();
    return serves;
  }

  async forget(documents: readonly string[]): Promise<void> {
    this.#own.make();
    const places = placesOf(this.#sql, documents);
    // The first one keeps the names of what has no place yet: it must not come any more.
    const placed = new Set([...places.values()].flat());
    const strangers = documents.filter((document) => !placed.has(document));
    places.set(0, [...(places.get(0) ?? []), ...strangers]);
    for (const [n, own] of places) await this.#shard(n).remove(own);
    // Only now: whoever could not be reached is asked again, and where is still known.
    unplace(this.#sql, documents);
  }

  async figures(): Promise<IndexFigures> {
    if (!this.#own.made) return { documents: 0, chunks: 0, shards: 0, generations: null };
    const shards = await Promise.all(this.#all().map((shard) => shard.shardFigures()));
    return {
      documents: shards.reduce((sum, { documents }) => sum + documents, 0),
      chunks: shards.reduce((sum, { chunks }) => sum + chunks, 0),
      shards: shards.length,
      generations: readGenerations(this.#sql),
    };
  }

  async shards(): Promise<number[]> {
    return this.#own.made ? [...Array(lastShard(this.#sql) + 1).keys()] : [];
  }

  async #adopt(embedder: string): Promise<Generations> {
    const generations = adopt(this.#sql, embedder);
    await this.#dropPast();
    return generations;
  }

  /** Takes away the vectors that serve no more. Where that fails they are still past, and it is tried again. */
  async #dropPast(): Promise<void> {
    for (const n of pastGenerations(this.#sql)) {
      for (const shard of this.#all()) await shard.dropGeneration(n);
      dropped(this.#sql, n);
    }
  }

  #all(): KnowledgeShardCalls[] {
    return [...Array(lastShard(this.#sql) + 1).keys()].map((n) => this.#shard(n));
  }

  #shard(n: number): KnowledgeShardCalls {
    return n === 0 ? this.#own : this.#other(n);
  }
}
