// Bounds the wait for a model's first event, and the silence between two. What all of it may take is
// bounded by the turn itself.
import { ProviderError } from "./errors.ts";
import type { ModelEvent, ModelRequest, Provider } from "./provider.ts";

/** Milliseconds; of silence between two events, at least this and at most twice as much. */
export type Patience = { first: number; between: number };

/**
 * Streams from `provider`; an abort of `signal`, or silence for longer than `patience`, ends the
 * upstream request.
 * @throws {ProviderError} `timeout`, or what the provider throws
 */
export async function* withDeadline(
  provider: Provider,
  request: ModelRequest,
  signal: AbortSignal,
  patience: Patience,
): AsyncGenerator<ModelEvent> {
  const late = new AbortController();
  const upstream = AbortSignal.any([signal, late.signal]);
  const events = provider.stream(request, upstream)[Symbol.asyncIterator]();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expired = new Promise<never>((_, reject) => {
    const give = () => {
      const error = new ProviderError("timeout", provider.id, { model: request.model });
      reject(error);
      late.abort(error);
    };
    timer = setTimeout(give, patience.first);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  expired.catch(() => undefined); // it loses the race almost always, and is nobody's concern then
  // One timer for all of the answer: an event costs a flag, and no timer of its own.
  let silent = true;
  const listen = () => {
    if (silent) late.abort(new ProviderError("timeout", provider.id, { model: request.model }));
    silent = true;
    timer = setTimeout(listen, patience.between);
  };
  try {
    let next = await Promise.race([events.next(), expired]);
    // What an adapter says of itself is not yet the model answering.
    while (!next.done && next.value.type === "notice") {
      yield next.value;
      next = await Promise.race([events.next(), expired]);
    }
    clearTimeout(timer);
    timer = setTimeout(listen, patience.between);
    while (!next.done) {
      silent = false;
      yield next.value;
      next = await events.next();
    }
    upstream.throwIfAborted(); // SDK loops end quietly on an abort
  } finally {
    clearTimeout(timer);
    late.abort();
    // A stream that ignores its abort must not hold the turn: its end is not waited for.
    void Promise.resolve(events.return?.(undefined)).catch(() => undefined);
  }
}
