// Bounds the wait for a model's first event, and the silence between two. What all of it may take is
// bounded by the turn itself.
import { ProviderError } from "./errors.ts";
import type { ModelEvent, ModelRequest, Progress, Provider } from "./provider.ts";

/**
 * Milliseconds; of silence between two events, at least this and at most twice as much. A vendor that has
 * made progress, and whose model has not said anything yet, has the longer of the two.
 */
export type Patience = { first: number; between: number };

/**
 * Streams from `provider`; an abort of `signal`, or silence for longer than `patience`, ends the upstream
 * request, and this stream at once, whether or not the provider heeds its signal.
 * @throws {ProviderError} `timeout`, or what the provider throws; the signal's reason where that ended it
 */
export async function* withDeadline(
  provider: Provider,
  request: ModelRequest,
  signal: AbortSignal,
  patience: Patience,
): AsyncGenerator<ModelEvent | Progress> {
  signal.throwIfAborted();
  const late = new AbortController();
  const upstream = AbortSignal.any([signal, late.signal]);
  const events = provider.stream(request, upstream)[Symbol.asyncIterator]();
  // Ends the wait for the next event; each has its own, so that none is kept longer than its event.
  let giveUp: ((reason: unknown) => void) | null = null;
  const next = () =>
    new Promise<IteratorResult<ModelEvent | Progress>>((resolve, reject) => {
      giveUp = reject;
      events.next().then(resolve, reject);
    });
  const leave = () => giveUp?.(signal.reason);
  signal.addEventListener("abort", leave, { once: true });
  // One timer for all of the answer: an event costs a flag, and no timer of its own.
  let limit = patience.first;
  let silent = true;
  const listen = () => {
    // Whoever reads slowly has not asked for the next: that is no silence of the model's.
    if (silent && giveUp !== null) {
      const error = new ProviderError("timeout", provider.id, { model: request.model });
      giveUp(error);
      late.abort(error);
      return;
    }
    silent = true;
    timer = setTimeout(listen, limit);
  };
  let timer = setTimeout(listen, limit);
  const allow = (milliseconds: number) => {
    limit = milliseconds;
    clearTimeout(timer);
    timer = setTimeout(listen, limit);
  };
  let heard: "nothing" | "progress" | "words" = "nothing";
  try {
    for (;;) {
      upstream.throwIfAborted(); // it may have come while nobody waited
      const { done, value } = await next();
      giveUp = null;
      if (done === true) break;
      // What an adapter says of itself is not yet the model answering.
      if (value.type !== "notice") {
        silent = false;
        if (value.type !== "progress" && heard !== "words") {
          heard = "words";
          allow(patience.between);
        } else if (heard === "nothing") {
          heard = "progress";
          allow(Math.max(patience.first, patience.between));
        }
      }
      yield value;
    }
    upstream.throwIfAborted(); // SDK loops end quietly on an abort
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", leave);
    late.abort();
    // A stream that ignores its abort must not hold the turn: its end is not waited for.
    void Promise.resolve(events.return?.(undefined)).catch(() => undefined);
  }
}
