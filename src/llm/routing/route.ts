// Which tier of models a message gets: what its rule wants, as far as its author's tier and budget reach.
// Which model that is, choice.ts says.
import { MODEL_TIERS, type ModelTier } from "../provider.ts";
import type { Features } from "./features.ts";
import { fits, type RoutingTable } from "./rules.ts";

/** Whose message it is: the tier of an account, or nobody's. */
export type UserTier = keyof RoutingTable["most"];

export type Decision = {
  tier: ModelTier;
  /** Its id, and what it says for itself. */
  rule: string;
  why: string;
  /** What the rule says; dearer than `tier` where that was lowered. */
  wanted: ModelTier;
  lowered: null | { by: "user_tier" | "budget"; from: ModelTier };
  features: Features;
};

/**
 * @param asker budget_left is the share, 0 to 1, that is left of the tightest of their budgets; null
 *   where they have none
 */
export function route(
  features: Features,
  asker: { user_tier: UserTier; budget_left: number | null },
  table: RoutingTable,
): Decision {
  const rule = table.rules.find((it) => fits(it, features));
  if (rule === undefined) throw new Error("the last rule of a table takes every message");
  const wanted = rule.tier;
  const byTier = cheaper(wanted, table.most[asker.user_tier]);
  const tier = cheaper(byTier, mostFor(asker.budget_left, table));
  const by = tier === byTier ? "user_tier" : "budget";
  return {
    tier,
    rule: rule.id,
    why: rule.why,
    wanted,
    lowered: tier === wanted ? null : { by, from: wanted },
    features,
  };
}

/** The dearest tier that what is left of a budget allows. */
function mostFor(left: number | null, { budget }: RoutingTable): ModelTier {
  return budget
    .filter(({ below }) => left !== null && left < below)
    .map(({ most }) => most)
    .reduce<ModelTier>(cheaper, "ultra-premium");
}

const cheaper = (a: ModelTier, b: ModelTier): ModelTier =>
  MODEL_TIERS.indexOf(a) < MODEL_TIERS.indexOf(b) ? a : b;
