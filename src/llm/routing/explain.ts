// Why this model, for people: one sentence, and what it rests on, for a notice.
import type { Notice } from "../../protocol/message.ts";
import { nameOf, type Need, type TierChoice } from "./choice.ts";
import type { Decision } from "./route.ts";

const CANNOT: Record<Need, string> = {
  context_tokens: "read so much at once",
  images: "look at pictures",
  tools: "call tools",
  json_schema: "keep to a JSON Schema",
};

export function explain(decision: Decision, choice: TierChoice): Notice {
  const { rule, why, wanted, lowered, tier } = decision;
  const features = Object.fromEntries(
    Object.entries(decision.features).filter(([, value]) => value !== 0 && value !== false),
  );
  return {
    code: "model_chosen",
    message: sentenceOf(decision, choice),
    details: {
      tier: choice.tier,
      rule,
      why,
      features,
      lowered,
      wanted,
      skipped: choice.tier === tier ? [] : choice.skipped,
      provider: choice.provider.id,
      model: choice.model,
    },
  };
}

function sentenceOf(decision: Decision, choice: TierChoice): string {
  const { tier, lowered } = decision;
  const name = nameOf(choice);
  const asides = [
    ...(lowered === null ? [] : [loweredBy(lowered, tier)]),
    ...(choice.skipped.length === 0
      ? []
      : [`the model for ${tier} cannot ${cannot(choice.skipped)}`]),
    ...(choice.unmet.length === 0 ? [] : [`no model here can ${cannot(choice.unmet)}`]),
  ];
  if (choice.only)
    return [`${name} answers, as the only model there is to choose`, ...asides].join("; ") + ".";
  const why = decision.why.replace(/\.$/, "");
  return [`${name} (${choice.tier}) was chosen: ${lowerFirst(why)}`, ...asides].join("; ") + ".";
}

const loweredBy = ({ by, from }: NonNullable<Decision["lowered"]>, to: string) =>
  by === "budget"
    ? `${from} would suit it, and ${to} is what the rest of the budget allows`
    : `${from} would suit it, and ${to} is the dearest that the account's tier includes`;

const cannot = (needs: readonly Need[]) => needs.map((need) => CANNOT[need]).join(" or ");

const lowerFirst = (sentence: string) => sentence.charAt(0).toLowerCase() + sentence.slice(1);
