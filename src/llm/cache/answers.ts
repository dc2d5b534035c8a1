// Answers from before, in front of the models: the very same request from KV, a question that asks the
// same from the tenant's AnswerCache object. Nothing here throws: what goes wrong is a miss.
import type { Config } from "../../config.ts";
import type { Embedder } from "../embedders/embedder.ts";
import { CountsGathered } from "./counts.ts";
import { type AnswerStore, type Background, exactCache, type ExactConfig } from "./exact.ts";
import type { Identity } from "./identity.ts";
import { type Answer, isOf, type Kept, readKept, worthKeeping } from "./kept.ts";
import type { Question, SemanticStoreCalls } from "./semantic-calls.ts";
import { within } from "./within.ts";

/** Milliseconds that are waited for a vector, and for the object. */
const EMBEDDING_PATIENCE = 1000;
const STORE_PATIENCE = 500;
/** Vectors of questions that were missed, until their answers are kept: each costs but once. */
const VECTORS = 200;

export type CachedAnswer = {
  kind: "exact" | "semantic";
  entry: Kept;
  age_ms: number;
  /** False: older than LLM_CACHE_TTL, and given only where `stale` was asked for. */
  fresh: boolean;
  /** The cosine of the two questions, of a semantic one. */
  similarity?: number;
};

export interface AnswerCache {
  /**
   * @param options `semantic`: whether this request lets a similar question's answer stand for its own
   *   (SEMANTIC_CACHE must be on too); `stale`: whether an old answer is better than none
   */
  lookup(
    identity: Identity,
    options: { semantic: boolean; stale: boolean },
    signal: AbortSignal,
  ): Promise<CachedAnswer | null>;
  /** Returns at once, and is done in the background. What is not worth keeping is not kept. */
  keep(identity: Identity, answer: Answer): void;
}

export type AnswerCacheServices = {
  kv: AnswerStore;
  store: (tenant_id: string) => Pick<SemanticStoreCalls, "find" | "keep" | "count">;
  embedder: Embedder | null;
  config: ExactConfig & Pick<Config, "SEMANTIC_CACHE">;
  now: () => number;
  /** Sees that work is done, though nobody waits for it. */
  background: Background;
};

export function makeAnswerCache(services: AnswerCacheServices): AnswerCache {
  const { kv, store, config, now, background } = services;
  const embedder = config.SEMANTIC_CACHE === "on" ? services.embedder : null;
  const exact = exactCache(kv, config, now, background);
  const counts = new CountsGathered(now);
  /** By the request's hash; asked longest ago first. */
  const vectors = new Map<string, Float32Array>();

  const similar = async (identity: Identity, signal: AbortSignal): Promise<CachedAnswer | null> => {
    if (embedder === null || identity.question === null) return null;
    const question = await questionOf(embedder, identity, identity.question, signal);
    if (question === null) return null;
    remember(vectors, identity.exact, question.vector);
    const { threshold, reads: strictness } = embedder;
    const taken = counts.take(identity.tenant_id);
    const found = await within(STORE_PATIENCE, signal, () =>
      store(identity.tenant_id).find({ ...question, threshold, strictness }, taken),
    );
    const entry = found === null ? null : readKept(found.json);
    if (found === null || entry === null || !isOf(identity, entry)) return null;
    const age_ms = Math.max(0, now() - entry.at);
    return { kind: "semantic", entry, age_ms, fresh: true, similarity: found.similarity };
  };

  return {
    async lookup(identity, options, signal) {
      try {
        const found = await exact.get(identity, signal);
        const usable = found !== null && (found.fresh || options.stale);
        counts.add(identity.tenant_id, usable);
        const answer: CachedAnswer | null = usable
          ? { kind: "exact", ...found }
          : options.semantic
            ? await similar(identity, signal)
            : null;
        const due = counts.due(identity.tenant_id);
        if (due !== null) background(quietly(async () => store(identity.tenant_id).count(due)));
        return answer;
      } catch {
        return null;
      }
    },

    keep(identity, answer) {
      const kept = worthKeeping(identity, answer, now());
      if (kept === null) return;
      exact.put(kept);
      const text = identity.question;
      if (embedder === null || text === null) return;
      background(
        quietly(async () => {
          const { signal } = new AbortController();
          const vector = vectors.get(identity.exact);
          vectors.delete(identity.exact);
          const question =
            vector === undefined
              ? await questionOf(embedder, identity, text, signal)
              : { ...placeOf(embedder, identity), text, vector };
          if (question !== null)
            await store(identity.tenant_id).keep(question, JSON.stringify(kept));
        }),
      );
    },
  };
}

const placeOf = (embedder: Embedder, { partition }: Identity) => ({
  partition,
  embedder: embedder.id,
});

async function questionOf(
  embedder: Embedder,
  identity: Identity,
  text: string,
  signal: AbortSignal,
): Promise<Question | null> {
  const vectors = await within(EMBEDDING_PATIENCE, signal, (late) => embedder.embed([text], late));
  const vector = vectors?.[0];
  return vector === undefined ? null : { ...placeOf(embedder, identity), text, vector };
}

function remember(vectors: Map<string, Float32Array>, exact: string, vector: Float32Array): void {
  vectors.delete(exact);
  vectors.set(exact, vector);
  for (const oldest of vectors.keys()) {
    if (vectors.size <= VECTORS) return;
    vectors.delete(oldest);
  }
}

async function quietly(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch {
    // A cache that could not be told is one that knows less.
  }
}
