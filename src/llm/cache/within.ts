// A cache that is late is no use: what does not come in time, or at all, is not there.

/**
 * What `work` comes to; null where it fails, takes longer than `milliseconds`, or `signal` is aborted
 * first. Never throws. The signal that `work` gets is aborted when nobody waits for it any more.
 */
export async function within<T>(
  milliseconds: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | null> {
  if (signal.aborted) return null;
  const late = new AbortController();
  const given = new Promise<null>((resolve) => {
    const give = () => {
      resolve(null);
      late.abort();
    };
    const timer = setTimeout(give, milliseconds);
    late.signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
    signal.addEventListener("abort", give, { once: true, signal: late.signal });
  });
  try {
    return await Promise.race([work(late.signal), given]);
  } catch {
    return null;
  } finally {
    late.abort();
  }
}
