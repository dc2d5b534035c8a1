// In which order a chain is asked: those that are well, then those that failed last, then those that may
// be back. Those whose circuit is open are not asked.
import type { Phase } from "./breaker.ts";
import type { Breakers } from "./breakers.ts";
import type { Link } from "./chain.ts";

export type Order = {
  link: Link;
  /** Its circuit is half open: asked only with the right to find out, once and not for long. */
  probes: boolean;
  /** One attempt. */
  once: boolean;
};

export function orderOf(
  links: readonly Link[],
  breakers: Pick<Breakers, "phase" | "mayProbe">,
): Order[] {
  const known = links.map((link) => ({
    link,
    phase: breakers.phase(link.provider.id, link.model, true),
  }));
  const isFirst = (link: Link, phase: Phase) =>
    phase === "closed" ||
    // With the right to probe it keeps its place: one call finds out for all.
    (phase === "half_open" && breakers.mayProbe(link.provider.id, link.model));
  const first = known.filter(({ link, phase }) => isFirst(link, phase));
  const suspect = known.filter(({ phase }) => phase === "suspect");
  const back = known.filter(({ link, phase }) => phase === "half_open" && !isFirst(link, phase));
  return [
    ...first.map(({ link, phase }) => orderFor(link, phase === "half_open", false)),
    // Where somebody else is well, they are asked once and not for long.
    ...suspect.map(({ link }, at) => orderFor(link, false, first.length > 0 || at > 0)),
    ...back.map(({ link }) => orderFor(link, true, true)),
  ];
}

const orderFor = (link: Link, probes: boolean, once: boolean): Order => ({
  link,
  probes,
  once,
});
