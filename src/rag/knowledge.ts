// What the rooms of knowledge share: how a tenant's index is reached, and who turns texts into vectors.
import type { Embedder } from "../llm/embedders/embedder.ts";
import type { KnowledgeIndexCalls, KnowledgeShardCalls } from "./index/calls.ts";

/** Calls fail with an AppError where the object cannot be reached. */
export type Knowledge = {
  index: KnowledgeIndexCalls;
  shard: (n: number) => KnowledgeShardCalls;
};
export type KnowledgeOf = (tenant_id: string) => Knowledge;

export type Embedders = {
  /** Who is configured. */
  own: Embedder;
  /** Of an index that another one filled; null where that is configured no more. */
  byId: (id: string) => Embedder | null;
};
