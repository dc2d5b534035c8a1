// What a tenant's AnswerCache object is asked: the words that both sides of the call share.
import type { Strictness } from "./likeness.ts";

/** A question, and where alone its answer may be looked for. */
export type Question = {
  partition: string;
  /** Vectors of another embedder are no neighbours. */
  embedder: string;
  /** Of length 1. */
  vector: Float32Array;
  text: string;
};

export type Lookup = Question & {
  /** The least cosine. */
  threshold: number;
  strictness: Strictness;
  /** Whether the exact cache was not asked before. */
  alone: boolean;
  /** Whether it is a lookup for the figures: a request that is looked up again is still one. */
  counts: boolean;
  /** When it was asked, in milliseconds. */
  at: number;
};

/** Milliseconds that whoever asks waits for the object. */
export const LOOKUP_PATIENCE = 500;

/** Lookups that were counted elsewhere: by the exact cache, which is before this one. */
export type Counts = { hits: number; misses: number };

/** `json`: the answer as it was kept. */
export type Neighbour = { json: string; similarity: number };

export type CacheFigures = {
  hits: number;
  misses: number;
  total_requests: number;
  hit_rate: number;
};

/**
 * What an operator sees (seed 003 §11.2). A request that the exact cache missed is asked again of the
 * semantic one: together it is one request, so `misses` are those that neither could answer.
 */
export type CacheStats = CacheFigures & {
  evictions: number;
  /** Answers kept for similar questions. */
  cache_size: number;
  exact: CacheFigures;
  semantic: CacheFigures;
};

export interface SemanticStoreCalls {
  /**
   * The nearest answer that may stand for one to this question; null also where too many wait.
   * @param exact counted along with it
   */
  find(lookup: Lookup, exact: Counts): Promise<Neighbour | null>;
  /** In the place of an answer to the same words. False where it is too long for a row. */
  keep(question: Question, json: string): Promise<boolean>;
  count(exact: Counts): Promise<void>;
  stats(): Promise<CacheStats>;
  /** Raised where everything is forgotten, so that what lies elsewhere is found no more. */
  generation(): Promise<number>;
  /** Forgets what is kept, of one partition or all. @returns how many there were here */
  clear(partition?: string): Promise<number>;
}
