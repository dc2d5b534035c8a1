// Asks again, before the first token only: afterwards a retry would say things twice.
import { ProviderError } from "./errors.ts";
import type { Notice } from "../protocol/message.ts";
import type { ModelEvent } from "./provider.ts";

export type RetryPolicy = {
  /** The first time included. */
  attempts: number;
  /** Milliseconds before the first retry; doubles, up to 10 s, plus up to a second of jitter (seed 001). */
  delay: number;
  /** Milliseconds after which no new attempt begins, waits included. */
  limit: number;
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  now: () => number;
};

const LONGEST_DELAY = 10_000;

/** What an adapter says of a request, before anything is answered. */
export const isOfSettings = ({ code }: Notice) =>
  code === "ignored_parameter" || code === "adjusted_parameter";

/** @param worthwhile asked before each further attempt: another may have learnt that it is in vain */
export async function* withRetry(
  open: () => AsyncIterable<ModelEvent>,
  policy: RetryPolicy,
  signal: AbortSignal,
  worthwhile: () => boolean,
): AsyncGenerator<ModelEvent> {
  const began = policy.now();
  for (let attempt = 1; ; attempt++) {
    let begun = false;
    try {
      for await (const event of open()) {
        if (event.type !== "notice") begun = true;
        else if (attempt > 1 && isOfSettings(event.notice)) continue; // the first attempt has said so already
        yield event;
      }
      return;
    } catch (thrown) {
      const wait = thrown instanceof ProviderError ? waitBefore(thrown, attempt, policy) : null;
      if (begun || signal.aborted || wait === null || attempt >= policy.attempts) throw thrown;
      if (policy.now() + wait - began > policy.limit || !worthwhile()) throw thrown;
      await policy.sleep(wait, signal);
      if (!worthwhile()) throw thrown;
    }
  }
}

/**
 * Milliseconds until the next attempt; null where there should be none. A vendor that asks for a
 * longer wait than the limit allows is told to the user instead of waited for.
 */
function waitBefore(error: ProviderError, attempt: number, policy: RetryPolicy): number | null {
  if (!error.retryable) return null;
  if (error.retryAfter !== undefined) return error.retryAfter;
  const backoff = Math.min(LONGEST_DELAY, policy.delay * 2 ** (attempt - 1));
  return backoff + Math.random() * Math.min(1000, policy.delay);
}
