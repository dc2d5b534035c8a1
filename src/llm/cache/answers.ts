// Answers from before, in front of the models: the very same request from KV, a question that asks the
// same from the tenant's AnswerCache object. Nothing here throws: what goes wrong is a miss.
import type { Config } from "../../config.ts";
import type { Meter } from "../calls.ts";
import type { Embedder } from "../embedders/embedder.ts";
import { estimateTokens } from "../tokens.ts";
import { CountsGathered } from "./counts.ts";
import { type AnswerStore, type Background, exactCache, type ExactConfig } from "./exact.ts";
import { Generations } from "./generations.ts";
import { type Identity, inGeneration } from "./identity.ts";
import { type Answer, isOf, type Kept, readKept, worthKeeping } from "./kept.ts";
import { LOOKUP_PATIENCE, type Question, type SemanticStoreCalls } from "./semantic-calls.ts";
import { within } from "./within.ts";

/** Milliseconds that are waited for the generation and KV together, a vector, and the object. */
const EXACT_PATIENCE = 250;
const EMBEDDING_PATIENCE = 1000;
/** Milliseconds: the end of an answer goes to its reader before anything of it is kept. */
const AFTER_ANSWER = 10;
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

/** From which of the two a request may be answered, and for which its answer may be kept. */
type Wanted = { exact: boolean; semantic: boolean };

export interface AnswerCache {
  /**
   * @param options `stale`: whether an old answer is better than none; `counts`: whether it is a lookup
   *   for the figures
   */
  lookup(
    identity: Identity,
    options: Wanted & { stale: boolean; counts: boolean },
    signal: AbortSignal,
    meter: Meter,
  ): Promise<CachedAnswer | null>;
  /** Returns at once, and is done in the background. What is not worth keeping is not kept. */
  keep(identity: Identity, answer: Answer, wanted: Wanted): void;
  /** A tenant's answers were forgotten: here at once, in other isolates within a minute. */
  cleared(tenant_id: string): void;
}

export type AnswerCacheServices = {
  kv: AnswerStore;
  store: (tenant_id: string) => Pick<SemanticStoreCalls, "find" | "keep" | "count" | "generation">;
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
  const generations = new Generations((tenant_id) => store(tenant_id).generation(), now);
  /** By the request's hash; asked longest ago first. */
  const vectors = new Map<string, Float32Array>();

  const similar = async (
    identity: Identity,
    { exact: alsoExact, counts: forFigures }: { exact: boolean; counts: boolean },
    signal: AbortSignal,
    meter: Meter,
  ): Promise<CachedAnswer | null> => {
    if (embedder === null || identity.question === null) return null;
    const question = await metered(meter, embedder, identity.question, () =>
      questionOf(embedder, identity, identity.question ?? "", signal),
    );
    if (question === null) return null;
    remember(vectors, identity.exact, question.vector);
    const { threshold, reads: strictness } = embedder;
    const how = { threshold, strictness, alone: !alsoExact, counts: forFigures, at: now() };
    const taken = counts.take(identity.tenant_id);
    const found = await within(LOOKUP_PATIENCE, signal, () =>
      store(identity.tenant_id).find({ ...question, ...how }, taken),
    );
    const entry = found === null ? null : readKept(found.json);
    if (found === null || entry === null || !isOf(identity, entry)) return null;
    const age_ms = Math.max(0, now() - entry.at);
    return { kind: "semantic", entry, age_ms, fresh: true, similarity: found.similarity };
  };

  const placed = async (identity: Identity) =>
    inGeneration(identity, await generations.of(identity));

  return {
    async lookup(asked, options, signal, meter) {
      try {
        let identity: Identity | undefined;
        const found = await within(EXACT_PATIENCE, signal, async (late) => {
          identity = await placed(asked);
          return options.exact ? exact.get(identity, late) : null;
        });
        const usable = found !== null && (found.fresh || options.stale);
        // Whoever left was given nothing, and is nothing to count.
        if (options.exact && options.counts && !signal.aborted) counts.add(asked.tenant_id, usable);
        const answer: CachedAnswer | null = usable
          ? { kind: "exact", ...found }
          : options.semantic && identity !== undefined
            ? await similar(identity, options, signal, meter)
            : null;
        const due = counts.due(asked.tenant_id);
        if (due !== null) background(quietly(async () => store(asked.tenant_id).count(due)));
        return answer;
      } catch {
        return null;
      }
    },

    keep(asked, answer, wanted) {
      const at = now();
      if (worthKeeping(asked, answer, at) === null) return;
      background(
        quietly(async () => {
          await pause(AFTER_ANSWER);
          const identity = await placed(asked);
          const kept = worthKeeping(identity, answer, at);
          if (kept === null) return;
          if (wanted.exact) exact.put(kept);
          const text = identity.question;
          if (!wanted.semantic || embedder === null || text === null) return;
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

    cleared: (tenant_id) => generations.forget(tenant_id),
  };
}

/** What an embedder read is paid, as what a model reads is; the embedded one reads for nothing. */
async function metered(
  meter: Meter,
  { id }: Embedder,
  text: string,
  embed: () => Promise<Question | null>,
): Promise<Question | null> {
  const began = meter.now();
  const question = await embed();
  const [provider = id, ...model] = id.split("/");
  if (provider !== "embedded")
    meter.embedded({
      provider,
      model: model.join("/"),
      tokens: question === null ? 0 : estimateTokens(text),
      estimated: true,
      latency_ms: meter.now() - began,
      outcome: question === null ? "failed" : "completed",
      error: question === null ? "unreachable" : null,
    });
  return question;
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

const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, milliseconds);
  });

async function quietly(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch {
    // A cache that could not be told is one that knows less.
  }
}
