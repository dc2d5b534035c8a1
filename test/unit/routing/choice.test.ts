// Which model serves a tier, and what people are told of it.
import { expect, test } from "vitest";
import { readConfig } from "../../../src/config.ts";
import { MODEL_TIERS, type ModelTier, type Provider } from "../../../src/llm/provider.ts";
import { choiceFor, type Needs } from "../../../src/llm/routing/choice.ts";
import { explain } from "../../../src/llm/routing/explain.ts";
import { route } from "../../../src/llm/routing/route.ts";
import { routingTable } from "../../../src/llm/routing/rules.ts";
import { noticeSchema } from "../../../src/protocol/message.ts";
import { features } from "./asked.ts";

const NEEDS: Needs = { context_tokens: 1000, images: false, tools: false, json_schema: false };

/** A provider whose models `seeing` look at pictures and whose models `long` read a million tokens. */
function provider(
  id: string,
  tiers: Provider["tiers"],
  { seeing = [], long = [] }: { seeing?: string[]; long?: string[] } = {},
): Provider {
  return {
    id,
    defaultModel: `${id}-default`,
    cheapModel: undefined,
    tiers,
    timeout: 1000,
    contextTokens: (model) => (long.includes(model) ? 1_000_000 : 32_000),
    capabilities: (model) => ({
      tools: true,
      images: seeing.includes(model),
      json_schema: true,
      reasoning: false,
    }),
    stream: () => {
      throw new Error("nobody is asked");
    },
    list: () => Promise.resolve([]),
  };
}

const four = provider(
  "openai",
  { "ultra-cheap": "nano", standard: "mini", premium: "big", "ultra-premium": "huge" },
  { seeing: ["big", "huge"], long: ["huge"] },
);
const plain = provider("ollama", {});
const other = provider(
  "anthropic",
  { standard: "haiku", premium: "sonnet" },
  { seeing: ["sonnet"] },
);
const embedded = provider("embedded", {});
const choose = (
  tier: ModelTier,
  { needs = {}, vendors = [four], overrides = {}, provider: named = null as string | null } = {},
) =>
  choiceFor(
    tier,
    { provider: named, needs: { ...NEEDS, ...needs } },
    vendors.map((it) => ({ provider: it })),
    overrides,
  );

test("each tier has its model", () => {
  expect(MODEL_TIERS.map((tier) => choose(tier).model)).toEqual(["nano", "mini", "big", "huge"]);
});

test("a tier without a model is served by the next cheaper, and by the default where there is none", () => {
  const vendors = [other];
  expect(choose("ultra-premium", { vendors }).model).toBe("sonnet");
  expect(choose("ultra-cheap", { vendors })).toMatchObject({
    model: "anthropic-default",
    only: false,
  });
  const configured = [{ provider: plain, configuredModel: "qwen" }];
  expect(choiceFor("premium", { needs: NEEDS }, configured, {}).model).toBe("qwen");
  // Where the variable says `auto` that is no model's name: it is what led here.
  const auto = [{ provider: plain, configuredModel: "auto" }];
  expect(choiceFor("premium", { needs: NEEDS }, auto, {}).model).toBe("ollama-default");
});

test("an operator's model comes first, of another provider too", () => {
  const overrides = { premium: { provider: "anthropic", model: "opus" } } as const;
  const vendors = [four, other];
  expect(choose("premium", { vendors, overrides })).toMatchObject({
    provider: { id: "anthropic" },
    model: "opus",
    tier: "premium",
  });
  expect(choose("premium", { vendors, overrides, provider: "openai" }).model).toBe("big");
  expect(
    choose("standard", { overrides: { standard: { provider: undefined, model: "m" } } }).model,
  ).toBe("m");
});

test("what the tier's model cannot do, the next dearer that can does", () => {
  expect(choose("ultra-cheap", { needs: { images: true } })).toMatchObject({
    model: "big",
    tier: "premium",
    skipped: ["images"],
    unmet: [],
  });
  expect(choose("standard", { needs: { context_tokens: 50_000 } })).toMatchObject({
    model: "huge",
    skipped: ["context_tokens"],
  });
});

test("then another provider's, unless one is named; the embedded model never steps in", () => {
  const vendors = [plain, embedded, other];
  const needs = { images: true };
  expect(choose("standard", { vendors, needs })).toMatchObject({ model: "sonnet", unmet: [] });
  expect(choose("standard", { vendors, needs, provider: "ollama" })).toMatchObject({
    model: "ollama-default",
    unmet: ["images"],
  });
});

test("then a cheaper one", () => {
  const odd = provider("azure", { standard: "wide", premium: "deep" }, { long: ["wide"] });
  const needs = { context_tokens: 90_000 };
  expect(choose("premium", { vendors: [odd], needs })).toMatchObject({
    model: "wide",
    tier: "standard",
    skipped: ["context_tokens"],
  });
});

test("a name meant for others does not rename the embedded model", () => {
  const overrides = { standard: { provider: undefined, model: "gpt" } };
  expect(choose("standard", { vendors: [embedded], overrides })).toMatchObject({
    model: "embedded-default",
    only: true,
  });
});

const table = routingTable(readConfig({}));
const explained = (
  text: string,
  asker: Parameters<typeof route>[1],
  options: Parameters<typeof choose>[1] = {},
) => {
  const decision = route(features(text), asker, table);
  return explain(decision, choose(decision.tier, options));
};
const ANYBODY = { user_tier: "enterprise", budget_left: null } as const;

test("the explanation is a notice: a sentence, and what it rests on", () => {
  const notice = explained("Thanks!", ANYBODY);
  expect(noticeSchema.parse(notice)).toEqual({
    code: "model_chosen",
    message: "openai/nano (ultra-cheap) was chosen: greetings and thanks need no thought.",
    details: {
      tier: "ultra-cheap",
      rule: "smalltalk",
      why: "Greetings and thanks need no thought.",
      features: expect.objectContaining({ smalltalk: true, tokens: expect.any(Number) }) as object,
      lowered: null,
      wanted: "ultra-cheap",
      skipped: [],
      provider: "openai",
      model: "nano",
    },
  });
  expect(Object.values(notice.details?.["features"] ?? {})).not.toContain(0);
});

test("what was lowered, skipped or is not to be had is said", () => {
  const hard = "Prove that every group of order p^2 is abelian and derive its classes.";
  expect(explained(hard, { ...ANYBODY, budget_left: 0.05 }).message).toContain(
    "ultra-premium would suit it, and standard is what the rest of the budget allows",
  );
  expect(explained(hard, { ...ANYBODY, user_tier: "free" }).message).toContain(
    "standard is the dearest that the account's tier includes",
  );
  expect(explained("Thanks!", ANYBODY, { needs: { images: true } }).message).toContain(
    "openai/big (premium) was chosen",
  );
  expect(explained("Thanks!", ANYBODY, { needs: { images: true } }).message).toContain(
    "the model for ultra-cheap cannot look at pictures",
  );
  expect(explained("Thanks!", ANYBODY, { vendors: [plain], needs: { images: true } }).message).toBe(
    "ollama/ollama-default answers, as the only model there is to choose; no model here can look at pictures.",
  );
});

test("where there is one model it answers, and that is said", () => {
  expect(explained("Explain recursion to me", ANYBODY, { vendors: [embedded] }).message).toBe(
    "embedded/embedded-default answers, as the only model there is to choose.",
  );
});
