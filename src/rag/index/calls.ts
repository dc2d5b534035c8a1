// What a tenant's KnowledgeIndex object is asked: the words that both sides of the call share.
import type { FileKind } from "../blocks.ts";
import type { Filters, Pages } from "../../protocol/knowledge.ts";

/** What searches show of a document, and filter by. It changes with the version, never before it is live. */
export type DocumentHead = {
  name: string;
  title: string | null;
  kind: FileKind;
  author: string | null;
  language: string | null;
  /** ISO 8601: what it says of itself, else when it came. */
  date: string;
  /** What whoever brought it says of it. */
  metadata: Record<string, unknown>;
};

/** One version of one document. */
export type Part = { document: string; version: number };

export type NewPart = Part & { collection: string; head: DocumentHead; total: number };

export type StagedChunk = {
  position: number;
  text: string;
  page: number | null;
  pages: Pages;
  heading_path: string[];
  /** UTF-16 units that repeat the end of the chunk before. */
  overlap: number;
};

/** Vectors of two generations are never compared: each has an embedder of its own. */
export type Generation = { n: number; embedder: string };

/** `next` is filled while `current` serves. */
export type Generations = { current: Generation; next: Generation | null };

/** What is not embedded yet. `vector`: known from the same text elsewhere. */
export type Pending = Part & {
  chunks: { position: number; text: string; vector: Float32Array | null }[];
  /** How many of how many are done. */
  done: number;
  total: number;
};

export type QueryVector = {
  embedder: string;
  values: Float32Array;
  /**
   * Whether what only meaning would find could matter where words found enough. If not, a large index
   * tells the cosines of what words found.
   */
  scan: boolean;
  /** Whether the vectors of what is found are to be told, too. */
  told: boolean;
};

export type IndexQuery = {
  /** The question, as one typed it. */
  text: string;
  /** Whether its words are looked for. */
  words: boolean;
  /** Null: meaning is not asked for. */
  vector: QueryVector | null;
  /** All that may be searched; never empty. */
  collections: readonly string[];
  filters: Filters;
  /** Candidates of each kind. */
  limit: number;
  /** Whether what was found first says what else to look for. */
  expand: boolean;
};

export type Candidate = Part & {
  chunk_id: string;
  collection: string;
  position: number;
  text: string;
  overlap: number;
  page: number | null;
  pages: Pages;
  heading_path: string[];
  head: DocumentHead;
  /** Cosine; null where meaning was not asked for, or the store does not tell. */
  semantic: number | null;
  /** BM25, higher is better, without a bound; null where it was not among the best by words. */
  keyword: number | null;
  /** From 0 to 1, and comparable between questions: how much of the question its words answer. */
  lexical: number;
  /** As kept, for telling what is alike; null where that is not asked for, or the store does not tell. */
  vector: Float32Array | null;
};

export type IndexAnswer = { candidates: Candidate[] };

/** Which embedder the query is to be read by, where it was another: ask again. */
export type OtherEmbedder = { embedder: string };

export type IndexFigures = {
  documents: number;
  chunks: number;
  shards: number;
  generations: Generations | null;
};

/** `gone`: the document was deleted, or a newer version came: whoever works on it stops. */
export type Kept = "kept" | "gone";
/** `staged`: it is here whole already; `live`: searches see it already. */
export type Begun = Kept | "staged" | "live";

export interface KnowledgeShardCalls {
  /** How far a version has come. `absent`: nothing of it is here, or not all. */
  stateOf(part: Part): Promise<"absent" | "staged" | "live" | "gone">;
  /** Makes room for a version; what was staged of it before is dropped unless it was whole. */
  begin(part: NewPart): Promise<Begun>;
  /** In order, from position 0, without gaps: what was staged before is not staged again. */
  stage(part: Part, chunks: readonly StagedChunk[]): Promise<Kept>;
  /** The next chunks without a vector: of this version, else of any that is live. Null: there are none. */
  pending(generation: number, of: Part | null, limit: number): Promise<Pending | "gone" | null>;
  /** Vectors from position `from` on, without gaps. */
  embedded(
    generation: number,
    part: Part,
    from: number,
    vectors: readonly Float32Array[],
  ): Promise<Kept>;
  /** In the place of the version that is live, in one step. `waiting`: its vectors cannot be found yet. */
  publish(generation: number, part: Part): Promise<"published" | "waiting" | "gone">;
  remove(documents: readonly string[]): Promise<void>;
  searchShard(query: IndexQuery, generation: number): Promise<IndexAnswer>;
  /** Chunks that stand beside others in their documents. */
  around(chunks: readonly (Part & { position: number })[], reach: number): Promise<Candidate[]>;
  dropGeneration(generation: number): Promise<void>;
  shardFigures(): Promise<{ documents: number; chunks: number }>;
}

export interface KnowledgeIndexCalls {
  /** Where a document's chunks go, and which embedders are asked for. */
  place(document: string, embedder: string): Promise<{ shard: number; generations: Generations }>;
  search(query: IndexQuery): Promise<IndexAnswer | OtherEmbedder>;
  neighbours(chunks: readonly (Part & { position: number })[], reach: number): Promise<Candidate[]>;
  /** The generations as they are, a new one begun where `embedder` is another. Null: nothing is indexed. */
  generations(embedder: string): Promise<Generations | null>;
  /** Makes the next generation the current one. False where something of it is still missing. */
  advance(generation: number): Promise<boolean>;
  forget(documents: readonly string[]): Promise<void>;
  figures(): Promise<IndexFigures>;
  shards(): Promise<number[]>;
}
