// The very same request again, answered from KV. Fresh for an hour; kept a day, for when no model
// answers. KV failing or slow is a miss: a cache may never cost more than it saves.
import type { Config } from "../../config.ts";
import type { Identity } from "./identity.ts";
import { CLOCK_DRIFT, isOf, type Kept, readKept } from "./kept.ts";
import { within } from "./within.ts";

/** Milliseconds that are waited for KV. */
const PATIENCE = 250;
/** Seconds: the least that KV keeps anything. */
const LEAST_KEPT = 60;

export type ExactConfig = Pick<Config, "LLM_CACHE_TTL" | "LLM_CACHE_STALE_TTL">;
/** What is used of KV. */
export interface AnswerStore {
  get(key: string): Promise<string | null>;
  put(key: string, value: string, options: { expirationTtl: number }): Promise<void>;
  delete(key: string): Promise<void>;
}

export type Background = (work: Promise<unknown>) => void;
type Found = { entry: Kept; fresh: boolean; age_ms: number };

export interface ExactCache {
  /** What is found and cannot be believed is removed. */
  get(identity: Identity, signal: AbortSignal): Promise<Found | null>;
  put(entry: Kept): void;
}

export function exactCache(
  kv: AnswerStore,
  { LLM_CACHE_TTL, LLM_CACHE_STALE_TTL }: ExactConfig,
  now: () => number,
  background: Background,
): ExactCache {
  const kept = Math.max(LLM_CACHE_TTL, LLM_CACHE_STALE_TTL);
  return {
    async get(identity, signal) {
      const { exact } = identity;
      const json = await within(PATIENCE, signal, () => kv.get(keyOf(exact)));
      if (json === null) return null;
      const entry = readKept(json);
      const age_ms = entry === null ? 0 : now() - entry.at;
      const its = entry !== null && entry.exact === exact && isOf(identity, entry);
      if (!its || age_ms < -CLOCK_DRIFT || age_ms >= kept * 1000) {
        background(quietly(() => kv.delete(keyOf(exact))));
        return null;
      }
      return { entry, fresh: age_ms < LLM_CACHE_TTL * 1000, age_ms: Math.max(0, age_ms) };
    },

    put(entry) {
      if (kept === 0) return;
      const expirationTtl = Math.max(LEAST_KEPT, kept);
      background(
        quietly(() => kv.put(keyOf(entry.exact), JSON.stringify(entry), { expirationTtl })),
      );
    },
  };
}

export const keyOf = (exact: string) => `answer:${exact}`;

/** KV takes one write a second for a key, and may be away: either is nobody's concern. */
async function quietly(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch {
    // The next answer is kept instead.
  }
}
