// Signals: what is waited for no longer once one aborts, and one that aborts by itself.
import { unreachable } from "./error.ts";

/** Milliseconds: what has not answered by then will not. */
export const ANSWER_WITHIN = 15_000;

/** What comes of the work, which goes on; the signal's reason, where that aborts before. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** A signal that also aborts after so many milliseconds, as a connection that broke, unless it is released before. */
export function limited(
  milliseconds: number,
  signal: AbortSignal | undefined,
): { signal: AbortSignal; release: () => void } {
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(unreachable(new Error("silent for too long"))),
    milliseconds,
  );
  return {
    signal: signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]),
    release: () => clearTimeout(timer),
  };
}

/**
 * A generator that `return` also ends while it waits: its own would wait for the next value.
 * @param leave has it end soon; what waits for a value then hears that there is none
 */
export function leavable<T, R>(
  generator: AsyncGenerator<T, R | undefined, undefined>,
  leave: () => void,
): AsyncIterableIterator<T, R | undefined, undefined> {
  return {
    next: () => generator.next(),
    return: () => {
      leave();
      return generator.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
