// The KnowledgeIndex object, one or more per tenant: a thin shell over src/rag/index. `<tenant>` is the
// first and knows of the others, which are called `<tenant>#<n>`.
import { DurableObject } from "cloudflare:workers";
import type {
  Begun,
  Candidate,
  Generations,
  IndexAnswer,
  IndexFigures,
  IndexQuery,
  Kept,
  KnowledgeIndexCalls,
  KnowledgeShardCalls,
  NewPart,
  OtherEmbedder,
  Part,
  Pending,
  StagedChunk,
} from "../src/rag/index/calls.ts";
import { KnowledgeIndex } from "../src/rag/index/knowledge-index.ts";
import type { Elsewhere } from "../src/rag/index/vectors.ts";
import { openIndexSchema } from "../src/rag/index/schema.ts";
import { KnowledgeShard } from "../src/rag/index/shard.ts";
import { Sql } from "../src/store/sql.ts";
import { type Log, thrownFields } from "../src/telemetry/log.ts";
import { SegmentStore } from "../src/vectors/segment-store.ts";

export type KnowledgeIndexServices = {
  /** Where vectors of so many numbers are kept; null: in the object. */
  vectors: Elsewhere;
  /** Chunks of a shard before the next is begun. */
  shardSize: number;
  /** @param name `<tenant>#<n>` */
  shard: (name: string) => KnowledgeShardCalls;
  now: () => number;
  log: Log;
};

/** Milliseconds before what is dead is cleared away, and between two rounds of that. */
const CLEAR_AFTER = 1_000;
const NEXT_CLEAR = 50;
/** Where that failed. */
const CLEAR_AGAIN = 60_000;

/** index.ts binds this to its services: an object cannot import what stands above it. */
export abstract class KnowledgeIndexObject<Env>
  extends DurableObject<Env>
  implements KnowledgeIndexCalls, KnowledgeShardCalls
{
  readonly #shard: KnowledgeShard;
  readonly #index: KnowledgeIndex;
  readonly #services: KnowledgeIndexServices;

  constructor(context: DurableObjectState, env: Env, services: KnowledgeIndexServices) {
    super(context, env);
    this.#services = services;
    const sql = new Sql(context.storage);
    const name = context.id.name ?? "";
    const [tenant = ""] = name.split("#");
    this.#shard = new KnowledgeShard(
      sql,
      openIndexSchema(sql),
      { own: new SegmentStore(sql), elsewhere: services.vectors, name },
      () => this.#clearAt(CLEAR_AFTER),
    );
    this.#index = new KnowledgeIndex(
      sql,
      this.#shard,
      (n) => services.shard(`${tenant}#${n}`),
      services.shardSize,
    );
  }

  place(document: string, embedder: string): Promise<{ shard: number; generations: Generations }> {
    return this.#index.place(document, embedder);
  }

  generations(embedder: string): Promise<Generations | null> {
    return this.#index.generations(embedder);
  }

  search(query: IndexQuery): Promise<IndexAnswer | OtherEmbedder> {
    return this.#index.search(query);
  }

  neighbours(
    chunks: readonly (Part & { position: number })[],
    reach: number,
  ): Promise<Candidate[]> {
    return this.#index.neighbours(chunks, reach);
  }

  advance(generation: number): Promise<boolean> {
    return this.#index.advance(generation);
  }

  forget(documents: readonly string[]): Promise<void> {
    return this.#index.forget(documents);
  }

  figures(): Promise<IndexFigures> {
    return this.#index.figures();
  }

  shards(): Promise<number[]> {
    return this.#index.shards();
  }

  stateOf(part: Part): Promise<"absent" | "staged" | "live" | "gone"> {
    return this.#shard.stateOf(part);
  }

  begin(part: NewPart): Promise<Begun> {
    return this.#shard.begin(part);
  }

  stage(part: Part, chunks: readonly StagedChunk[]): Promise<Kept> {
    return this.#shard.stage(part, chunks);
  }

  pending(generation: number, of: Part | null, limit: number): Promise<Pending | "gone" | null> {
    return this.#shard.pending(generation, of, limit);
  }

  embedded(
    generation: number,
    part: Part,
    from: number,
    vectors: readonly Float32Array[],
  ): Promise<Kept> {
    return this.#shard.embedded(generation, part, from, vectors);
  }

  publish(generation: number, part: Part): Promise<"published" | "waiting" | "gone"> {
    return this.#shard.publish(generation, part);
  }

  remove(documents: readonly string[]): Promise<void> {
    return this.#shard.remove(documents);
  }

  searchShard(query: IndexQuery, generation: number): Promise<IndexAnswer> {
    return this.#shard.searchShard(query, generation);
  }

  around(chunks: readonly (Part & { position: number })[], reach: number): Promise<Candidate[]> {
    return this.#shard.around(chunks, reach);
  }

  dropGeneration(generation: number): Promise<void> {
    return this.#shard.dropGeneration(generation);
  }

  shardFigures(): Promise<{ documents: number; chunks: number }> {
    return this.#shard.shardFigures();
  }

  /** Never throws: six failures would end its retries. */
  override async alarm(): Promise<void> {
    let next: number | null = CLEAR_AGAIN;
    try {
      next = (await this.#shard.clear()) ? NEXT_CLEAR : null;
    } catch (thrown) {
      this.#services.log.error("knowledge.uncleared", thrownFields(thrown));
    }
    if (next !== null) this.#clearAt(next);
  }

  #clearAt(milliseconds: number): void {
    void this.ctx.storage.setAlarm(this.#services.now() + milliseconds);
  }
}
