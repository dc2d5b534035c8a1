// How long to wait before trying again: longer each time, never quite the same, and never less than the
// server asked for.

export type Backoff = {
  /** How often something is tried that nothing comes of. */
  attempts: number;
  /** Milliseconds: of the first wait, which doubles, and of the longest. */
  first: number;
  longest: number;
};

export const BACKOFF: Backoff = { attempts: 6, first: 1000, longest: 30_000 };

/** Milliseconds. @param failures in a row, from 1 @param retryAfter seconds */
export function waitAfter(
  failures: number,
  { first, longest }: Backoff,
  retryAfter: number | null = null,
): number {
  const wait = Math.min(longest, first * 2 ** Math.max(0, failures - 1));
  return Math.max(wait * (0.5 + Math.random() / 2), (retryAfter ?? 0) * 1000);
}

/** Rejects with the signal's reason as soon as that aborts. */
export function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason);
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", abort, { once: true });
  });
}
