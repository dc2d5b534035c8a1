// Whether a model of a provider is worth asking: a circuit breaker as pure data. It opens after some
// failures in a row, stays open for a while, and is then closed by one call that succeeds. Before it
// opens, a model that failed last and has not succeeded since is suspect: asked after those that work.

export type BreakerPolicy = {
  /** Failures in a row that open it. */
  failures: number;
  /** Milliseconds that it stays open, and that a failure makes suspect. */
  cooldown: number;
};

export type Circuit = {
  /** In a row. */
  failures: number;
  /** When the last of them was, in milliseconds. */
  failed_at: number;
  /** When it is no longer suspect, or open: later than the cooldown where the vendor named a wait. */
  until: number;
};

/** `half_open`: the cooldown is over, and one call may find out. */
export type Phase = "closed" | "suspect" | "open" | "half_open";

export const CLOSED: Circuit = { failures: 0, failed_at: 0, until: 0 };

/** Milliseconds: a vendor that asks for a longer wait is asked again before that is over. */
const LONGEST_COOLDOWN = 10 * 60_000;

/** @param wait milliseconds that the vendor asked for, where it did */
export function failed(
  circuit: Circuit,
  policy: BreakerPolicy,
  now: number,
  wait: number | undefined,
): Circuit {
  const rest = Math.min(LONGEST_COOLDOWN, Math.max(policy.cooldown, wait ?? 0));
  return { failures: circuit.failures + 1, failed_at: now, until: now + rest };
}

export function phaseOf(circuit: Circuit, policy: BreakerPolicy, now: number): Phase {
  // A clock that was set back must not keep it open for ever.
  const rests = now < circuit.until && now >= circuit.failed_at - LONGEST_COOLDOWN;
  if (circuit.failures >= policy.failures) return rests ? "open" : "half_open";
  return circuit.failures > 0 && rests ? "suspect" : "closed";
}
