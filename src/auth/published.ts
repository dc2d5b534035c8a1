// A document that somebody else publishes (keys, metadata): kept for an hour, and for as long as no
// newer one can be had. What is shared between requests is settled values only, never a promise: in
// a Worker one request must not wait for what another one does.

/** Milliseconds after which a document is asked for anew. */
const FRESH = 3_600_000;
/** Milliseconds between two times of asking, while there is a document. */
const COOLDOWN = 30_000;
/** The same where there is none yet and the last attempt failed. */
const COLD_COOLDOWN = 5_000;
/** Milliseconds for which another request's attempt is waited for; then it counts as lost. */
const PATIENCE = 11_000;
const POLL = 25;

export interface Published<T> {
  /** The document: an old one at once, while a newer one is asked for. Null where there never was one. */
  current(): Promise<T | null>;
  /**
   * What is published now, for somebody who misses something in what they have. May be the same
   * one: the publisher is asked at most once in 30 s, and may be away.
   */
  newer(): Promise<T | null>;
}

export type PublishedServices = {
  now: () => number;
  /** Lets work go on after the answer. */
  later: (work: Promise<unknown>) => void;
};

/** @param load asks the publisher; throws where it is away or talks rubbish */
export function makePublished<T>(
  load: () => Promise<T>,
  { now, later }: PublishedServices,
): Published<T> {
  let kept: { document: T; at: number } | null = null;
  let attempt: { began: number; settled: boolean } | null = null;

  async function ask(): Promise<void> {
    const own = { began: now(), settled: false };
    attempt = own;
    try {
      const document = await load();
      kept = { document, at: now() };
    } catch {
      // The old one serves on; where there is none, the caller sees that.
    } finally {
      own.settled = true;
    }
  }

  const isRunning = () => attempt !== null && !attempt.settled && now() - attempt.began < PATIENCE;
  const mayAsk = () =>
    attempt === null || now() - attempt.began >= (kept === null ? COLD_COOLDOWN : COOLDOWN);

  async function refresh(): Promise<void> {
    if (isRunning()) {
      // Another request's attempt: what it leaves behind can be waited for, its promise cannot.
      while (isRunning()) await scheduler.wait(POLL);
      return;
    }
    if (!mayAsk()) return;
    const work = ask();
    // A caller who leaves does not take the answer with them.
    later(work);
    await work;
  }

  return {
    async current() {
      if (kept === null) await refresh();
      else if (now() - kept.at >= FRESH && !isRunning() && mayAsk()) later(ask());
      return kept?.document ?? null;
    },
    async newer() {
      await refresh();
      return kept?.document ?? null;
    },
  };
}
