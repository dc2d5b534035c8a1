// Which model serves a tier: the operator's (ROUTING_TIERS), else the provider's own; and a dearer one
// where that cannot do what the request needs.
import type { Config } from "../../config.ts";
import { AUTO } from "../../variable-types.ts";
import { MODEL_TIERS, type ModelTier, type Provider } from "../provider.ts";

/** What a request cannot do without. `context_tokens` is all of it, answer included. */
export type Needs = {
  context_tokens: number;
  images: boolean;
  tools: boolean;
  json_schema: boolean;
};
export type Need = keyof Needs;

export type TierChoice = {
  provider: Provider;
  model: string;
  /** Whose model it is: dearer than what was asked where that could not serve. */
  tier: ModelTier;
  /** What the asked tier's model cannot do, for which another was taken. */
  skipped: readonly Need[];
  /** What the chosen model cannot do either: no model here can. */
  unmet: readonly Need[];
  /** Every tier is this model. */
  only: boolean;
};

export type RoutedVendors = readonly {
  provider: Provider;
  configuredModel?: string | undefined;
}[];

type Candidate = { provider: Provider; model: string; tier: ModelTier };

/**
 * The model of `tier`; where it cannot do what is needed the next dearer that can, then another
 * provider's, then a cheaper one.
 * @param wanted provider: who must answer. Without, the operator's model of the tier decides, else the
 *   first vendor, and another's model serves where none of that one's can
 * @param vendors those that are configured, the standard one first; at least one
 */
export function choiceFor(
  tier: ModelTier,
  wanted: { provider?: string | null | undefined; needs: Needs },
  vendors: RoutedVendors,
  overrides: Config["ROUTING_TIERS"],
): TierChoice {
  const named = vendors.find(({ provider }) => provider.id === wanted.provider);
  const [standard = named] = vendors;
  const vendor = named ?? standard;
  if (vendor === undefined) throw new Error("there is no provider to choose from");

  const own = MODEL_TIERS.map((it) =>
    candidateOf(it, vendor, named ? [vendor] : vendors, overrides),
  );
  const others =
    named === undefined
      ? vendors.filter((it) => it !== vendor && it.provider.id !== "embedded")
      : [];
  const at = MODEL_TIERS.indexOf(tier);
  const candidates = [
    ...own.slice(at),
    ...others.flatMap((it) =>
      MODEL_TIERS.slice(at).map((dear) => candidateOf(dear, it, [it], overrides)),
    ),
    ...own.slice(0, at).toReversed(),
  ];
  const [first] = candidates;
  if (first === undefined) throw new Error(`${tier} is no tier`);
  const lacking = lacksOf(first, wanted.needs);
  const chosen = candidates.find((it) => lacksOf(it, wanted.needs).length === 0);
  const one = new Set(own.map(nameOf)).size === 1;
  if (chosen === undefined) return { ...first, skipped: [], unmet: lacking, only: one };
  return { ...chosen, skipped: lacking, unmet: [], only: one && nameOf(chosen) === nameOf(first) };
}

/** @param among whose models an operator's name may lead to */
function candidateOf(
  tier: ModelTier,
  { provider, configuredModel }: RoutedVendors[number],
  among: RoutedVendors,
  overrides: Config["ROUTING_TIERS"],
): Candidate {
  const cheaperToo = MODEL_TIERS.slice(0, MODEL_TIERS.indexOf(tier) + 1).toReversed();
  for (const each of cheaperToo) {
    const override = overrides[each];
    const owner = among.find((it) => it.provider.id === (override?.provider ?? provider.id));
    if (override !== undefined && owner !== undefined && nameable(override, owner.provider))
      return { provider: owner.provider, model: override.model, tier };
    const model = provider.tiers[each];
    if (model !== undefined) return { provider, model, tier };
  }
  // What led here may be that very variable.
  const named = configuredModel === AUTO ? undefined : configuredModel;
  return { provider, model: named ?? provider.defaultModel, tier };
}

/** The embedded model is the only one of its kind: a name meant for others does not rename it. */
const nameable = (override: { provider?: string | undefined }, provider: Provider) =>
  provider.id !== "embedded" && (override.provider ?? provider.id) === provider.id;

function lacksOf({ provider, model }: Candidate, needs: Needs): Need[] {
  const can = provider.capabilities(model);
  const lacks: Need[] = [];
  if (needs.context_tokens > provider.contextTokens(model)) lacks.push("context_tokens");
  for (const need of ["images", "tools", "json_schema"] as const)
    if (needs[need] && !can[need]) lacks.push(need);
  return lacks;
}

export const nameOf = ({ provider, model }: { provider: Provider; model: string }): string =>
  `${provider.id}/${model}`;
