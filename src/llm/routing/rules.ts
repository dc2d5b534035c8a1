// The table that `model: "auto"` goes by: data, which an operator may replace (ROUTING_RULES). Rules are
// asked in order and the first that fits decides; the last fits everything.
import type { z } from "zod";
import type { Config } from "../../config.ts";
import { ROUTING_MEASURES, ROUTING_SIGNS, type routingTableSchema } from "../../variable-types.ts";
import type { Features } from "./features.ts";

type Written = z.output<typeof routingTableSchema>;

/** `why` is a sentence for people. A condition holds where the feature is within its bounds, or is what it says. */
export type Rule = NonNullable<Written["rules"]>[number];

export type RoutingTable = {
  rules: readonly Rule[];
  /** Where less than `below` of the tightest budget is left, `most` is the dearest tier. */
  budget: NonNullable<Written["budget"]>;
  /** By tier of users, the dearest tier of models. */
  most: Config["ROUTING_MOST"];
};

/** Tokens: a short conversation, and instructions alone. */
const SMALL_CONTEXT = 8000;
const NO_CONTEXT = 500;

export const DEFAULT_RULES: readonly Rule[] = [
  {
    id: "smalltalk",
    when: {
      smalltalk: true,
      tools: { max: 0 },
      images: { max: 0 },
      context_tokens: { max: SMALL_CONTEXT },
    },
    tier: "ultra-cheap",
    why: "Greetings and thanks need no thought.",
  },
  {
    id: "courtesy",
    when: { smalltalk: true },
    tier: "standard",
    why: "It asks for nothing, but there is much beside it that the answer has to fit.",
  },
  {
    id: "nothing-yet",
    when: {
      agreement: true,
      tools: { max: 0 },
      images: { max: 0 },
      context_tokens: { max: NO_CONTEXT },
    },
    tier: "ultra-cheap",
    why: "It agrees, and nothing was said yet that it could agree to.",
  },
  {
    id: "label",
    when: { label: true, reasoning: { max: 1 }, programming: false },
    tier: "ultra-cheap",
    why: "It wants a label or a line of a text, however long that is.",
  },
  {
    id: "translation",
    when: { translation: true, words: { max: 40 }, reasoning: { max: 1 } },
    tier: "ultra-cheap",
    why: "It wants a sentence or two translated.",
  },
  {
    id: "long-study",
    when: { context_tokens: { min: 32_000 }, lookup: false },
    tier: "ultra-premium",
    why: "Very long documents or a very long history have to be understood as a whole.",
  },
  {
    id: "long-paste",
    when: { tokens: { min: 32_000 } },
    tier: "ultra-premium",
    why: "A very long text has to be understood as a whole.",
  },
  {
    id: "proof",
    when: { mathematics: true, reasoning: { min: 4 } },
    tier: "ultra-premium",
    why: "It wants mathematics of several steps, of which one mistake spoils the rest.",
  },
  {
    id: "deep",
    when: { reasoning: { min: 7 } },
    tier: "ultra-premium",
    why: "It wants reasoning of many steps that depend on each other.",
  },
  {
    id: "deep-and-bound",
    when: { reasoning: { min: 4 }, constraints: { min: 5 } },
    tier: "ultra-premium",
    why: "It wants a design that keeps many conditions at once.",
  },
  {
    id: "long-context",
    when: { context_tokens: { min: 16_000 } },
    tier: "premium",
    why: "A long context has to be read and kept in mind.",
  },
  {
    id: "long-text",
    when: { tokens: { min: 6000 } },
    tier: "premium",
    why: "A long text has to be read and kept in mind.",
  },
  {
    id: "code",
    when: { code: { min: 2 }, tokens: { min: 24 } },
    tier: "premium",
    why: "It comes with code, where a small mistake breaks everything.",
  },
  {
    id: "programming",
    when: { programming: true, words: { min: 9 } },
    tier: "premium",
    why: "It wants a program written, mended or judged.",
  },
  {
    id: "sum",
    when: { arithmetic: { min: 1 }, words: { max: 12 }, reasoning: { max: 1 } },
    tier: "ultra-cheap",
    why: "It is one small sum.",
  },
  {
    id: "word-problem",
    when: { arithmetic: { min: 4 } },
    tier: "premium",
    why: "It wants several quantities reckoned with in the right order.",
  },
  {
    id: "mathematics",
    when: { mathematics: true, reasoning: { min: 1 } },
    tier: "premium",
    why: "It wants mathematics that has to be right.",
  },
  {
    id: "reasoning",
    when: { reasoning: { min: 3 } },
    tier: "premium",
    why: "It wants an argument that weighs several things.",
  },
  {
    id: "bound",
    when: { constraints: { min: 5 }, reasoning: { min: 1 } },
    tier: "premium",
    why: "It sets many conditions that have to be kept together.",
  },
  {
    id: "agent",
    when: { tools: { min: 1 }, tasks: { min: 3 } },
    tier: "premium",
    why: "It wants several steps with tools, one after the other.",
  },
  {
    id: "picture",
    when: { images: { min: 1 } },
    tier: "standard",
    why: "A picture has to be looked at.",
  },
  {
    id: "long-lookup",
    when: { context_tokens: { min: 8000 } },
    tier: "standard",
    why: "The answer has to be found in a long context.",
  },
  {
    id: "reckoning",
    when: { arithmetic: { min: 3 } },
    tier: "standard",
    why: "It wants a few quantities reckoned with.",
  },
  {
    id: "lookup",
    when: {
      lookup: true,
      reasoning: { max: 2 },
      tasks: { max: 2 },
      programming: false,
      mathematics: false,
    },
    tier: "ultra-cheap",
    why: "It asks for a fact, a word or a usual procedure.",
  },
  {
    id: "short",
    when: {
      words: { max: 4 },
      tools: { max: 0 },
      agreement: false,
      wide: false,
      writing: false,
      programming: false,
      mathematics: false,
    },
    tier: "ultra-cheap",
    why: "It is a few words that ask for nothing wide.",
  },
  {
    id: "tools",
    when: { tools: { min: 1 } },
    tier: "standard",
    why: "Tools are offered, and to call them well takes more than the cheapest model.",
  },
  {
    id: "general",
    when: {},
    tier: "standard",
    why: "It is a usual message: a conversation, an explanation, a text to write.",
  },
];

const DEFAULT_BUDGET: RoutingTable["budget"] = [
  { below: 0.1, most: "standard" },
  { below: 0.02, most: "ultra-cheap" },
];

/** The operator's table where there is one, else the built-in. */
export function routingTable(config: Pick<Config, "ROUTING_RULES" | "ROUTING_MOST">): RoutingTable {
  return {
    rules: config.ROUTING_RULES?.rules ?? DEFAULT_RULES,
    budget: config.ROUTING_RULES?.budget ?? DEFAULT_BUDGET,
    most: config.ROUTING_MOST,
  };
}

export const fits = ({ when }: Rule, features: Features): boolean =>
  ROUTING_SIGNS.every((sign) => when[sign] === undefined || when[sign] === features[sign]) &&
  ROUTING_MEASURES.every((measure) => {
    const { min = 0, max = Infinity } = when[measure] ?? {};
    return features[measure] >= min && features[measure] <= max;
  });
