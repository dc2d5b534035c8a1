// How much of the service there is (seed 003 §5.5), as far as the circuits tell.
import type { Breakers } from "./breakers.ts";
import type { Link } from "./chain.ts";

/**
 * `full`: who should answer does. `degraded`: another model does. `minimal`: only what was answered
 * before. `offline`: nothing but an honest text.
 */
export type ServiceLevel = "full" | "degraded" | "minimal" | "offline";

/**
 * @param keeps whether answers are kept that could be given again
 * @param reachable what somebody found who looked
 */
export function serviceLevel(
  [first, ...others]: readonly Link[],
  breakers: Pick<Breakers, "phase">,
  keeps: boolean,
  reachable: (link: Link) => boolean,
): ServiceLevel {
  const phase = (link: Link) =>
    reachable(link) ? breakers.phase(link.provider.id, link.model) : "open";
  if (first !== undefined && phase(first) === "closed") return "full";
  const all = first === undefined ? others : [first, ...others];
  if (all.some((link) => phase(link) !== "open")) return "degraded";
  return keeps ? "minimal" : "offline";
}
