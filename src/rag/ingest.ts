// A document on its way into the index: read, cut, staged, embedded, and in one step made the one that
// searches see. It may stop anywhere and begin again: what was done is found done.
import type { Embedder } from "../llm/embedders/embedder.ts";
import { estimateTokens } from "../llm/tokens.ts";
import type { Chunking } from "../protocol/knowledge.ts";
import { LoadError, type Loaded } from "./blocks.ts";
import type { Chunk } from "./chunk/chunk-type.ts";
import { chunksOf } from "./chunk/chunk.ts";
import type { KnowledgeShardCalls, Part } from "./index/calls.ts";
import type { Embedders, Knowledge } from "./knowledge.ts";
import { type Described, describeDocument } from "./metadata.ts";

/** Chunks that are staged, and embedded, with one call. */
const STAGED = 100;
const EMBEDDED = 64;
/** Of one document: more than a person's question can be answered from. */
const MOST_CHUNKS = 20_000;

export type Original = {
  bytes: Uint8Array;
  name: string;
  /** As whoever sent it declared it; null where nobody did. */
  type: string | null;
};

export type Ingested = Part & {
  collection: string;
  /** What whoever brought it says of it. */
  title: string | null;
  metadata: Record<string, unknown>;
  /** When it came, in milliseconds. */
  at: number;
  chunking: Chunking;
};

export type IngestServices = {
  knowledge: Knowledge;
  embedders: Embedders;
  load: (
    original: Original,
    tell: (done: number, total: number) => Promise<void>,
    signal: AbortSignal,
  ) => Promise<Loaded>;
  /** Told how far it is. False: it is wanted no more. */
  tell: (how: Progress) => Promise<boolean>;
  /** Told what an embedder read, in tokens. */
  spent: (embedder: Embedder, tokens: number, milliseconds: number) => void;
  /** Whether there is time for another round. */
  mayGoOn: () => boolean;
  now: () => number;
  signal: AbortSignal;
};

export type Progress =
  | { pages: number; pages_done: number }
  | { described: Described; kind: Loaded["kind"]; pages: number | null; chunks: number }
  | { chunks_done: number };

/**
 * `more`: there was no time for all of it. `waiting`: it is all there, and cannot be found yet. `outdated`:
 * indexed, and another embedder is to serve.
 */
export type IngestOutcome = "indexed" | "outdated" | "gone" | "more" | "waiting";

/** @throws {LoadError} for what will not get better; anything else may, and is to be tried again */
export async function ingest(
  document: Ingested,
  original: () => Promise<Original>,
  services: IngestServices,
): Promise<IngestOutcome> {
  const { knowledge, embedders } = services;
  const { shard: n, generations } = await knowledge.index.place(
    document.document,
    embedders.own.id,
  );
  const shard = knowledge.shard(n);
  const embedder = embedders.byId(generations.current.embedder);
  if (embedder === null)
    throw new Error(`${generations.current.embedder} serves here and is configured no more`);
  const state = await shard.stateOf(document);
  // What is here whole is not read again: whoever goes on, goes on with the vectors.
  const staged =
    state === "absent"
      ? await stageAll(document, await original(), shard, embedder, services)
      : state;
  if (staged === "gone") return "gone";
  if (staged !== "live") {
    const filled = await fill(generations.current.n, document, shard, embedder, services);
    if (filled !== "filled") return filled;
  }
  const published = await shard.publish(generations.current.n, document);
  if (published !== "published") return published;
  return generations.next === null ? "indexed" : "outdated";
}

async function stageAll(
  document: Ingested,
  original: Original,
  shard: KnowledgeShardCalls,
  embedder: Embedder,
  services: IngestServices,
): Promise<"staged" | "live" | "gone"> {
  const { tell, signal, load } = services;
  const loaded = await load(
    original,
    async (pages_done, pages) => {
      await tell({ pages, pages_done });
    },
    signal,
  );
  const described = describeDocument(loaded.blocks, loaded.facts, original.name);
  const chunks = await cut(loaded, document.chunking, embedder, services);
  const told = await tell({
    described,
    kind: loaded.kind,
    pages: loaded.pages,
    chunks: chunks.length,
  });
  if (!told) return "gone";
  const begun = await shard.begin({
    document: document.document,
    version: document.version,
    collection: document.collection,
    total: chunks.length,
    head: {
      name: original.name,
      title: document.title ?? described.title,
      kind: loaded.kind,
      author: described.author,
      language: described.language,
      date: described.date ?? new Date(document.at).toISOString(),
      metadata: document.metadata,
    },
  });
  if (begun !== "kept") return begun;
  for (let from = 0; from < chunks.length; from += STAGED) {
    const kept = await shard.stage(document, chunks.slice(from, from + STAGED));
    if (kept === "gone") return "gone";
  }
  return "staged";
}

async function cut(
  { blocks }: Loaded,
  chunking: Chunking,
  embedder: Embedder,
  services: IngestServices,
): Promise<Chunk[]> {
  const chunks = await chunksOf(blocks, chunking, {
    tokens: estimateTokens,
    embed: async (texts) => embed(embedder, texts, services),
  });
  if (chunks.length === 0) throw new LoadError("empty");
  if (chunks.length > MOST_CHUNKS)
    throw new LoadError("too_large", `more than ${MOST_CHUNKS} chunks`);
  return chunks;
}

/** Gives a version the vectors that it lacks. */
async function fill(
  generation: number,
  part: Part,
  shard: KnowledgeShardCalls,
  embedder: Embedder,
  services: IngestServices,
): Promise<"filled" | "gone" | "more"> {
  for (;;) {
    const filled = await fillSome(generation, part, shard, embedder, services);
    if (filled === "gone") return "gone";
    if (filled === null || filled.done >= filled.total) return "filled";
    if (!(await services.tell({ chunks_done: filled.done }))) return "gone";
    if (!services.mayGoOn()) return "more";
  }
}

/**
 * Gives some chunks their vectors: of `part`, else of whatever is live.
 * @returns how many of the document's have theirs now; null where none lacked any
 */
export async function fillSome(
  generation: number,
  part: Part | null,
  shard: KnowledgeShardCalls,
  embedder: Embedder,
  services: Pick<IngestServices, "spent" | "now" | "signal">,
): Promise<{ done: number; total: number } | "gone" | null> {
  const pending = await shard.pending(generation, part, EMBEDDED);
  if (pending === null || pending === "gone") return pending;
  const { chunks } = pending;
  const unknown = chunks.filter(({ vector }) => vector === null).map(({ text }) => text);
  const fresh = (await embed(embedder, unknown, services)).values();
  const vectors = chunks.map(({ vector }) => vector ?? fresh.next().value ?? new Float32Array());
  const { document, version, done, total } = pending;
  const kept = await shard.embedded(generation, { document, version }, done, vectors);
  return kept === "gone" ? "gone" : { done: done + vectors.length, total };
}

async function embed(
  embedder: Embedder,
  texts: readonly string[],
  { spent, now, signal }: Pick<IngestServices, "spent" | "now" | "signal">,
): Promise<readonly Float32Array[]> {
  if (texts.length === 0) return [];
  const began = now();
  const vectors = await embedder.embed(texts, signal);
  spent(
    embedder,
    texts.reduce((sum, text) => sum + estimateTokens(text), 0),
    now() - began,
  );
  return vectors;
}
