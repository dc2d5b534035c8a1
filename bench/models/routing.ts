// Whether `model: "auto"` chooses well: labelled messages through the router, how often it agrees, which
// way it errs, what its choices cost, and how long they take. See docs/routing.md.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readConfig } from "../../src/config.ts";
import { makePrices } from "../../src/llm/prices.ts";
import { MODEL_TIERS, type ModelTier } from "../../src/llm/provider.ts";
import { type Features, featuresOf } from "../../src/llm/routing/features.ts";
import { route } from "../../src/llm/routing/route.ts";
import { routingTable } from "../../src/llm/routing/rules.ts";

const MODELS: Record<ModelTier, string> = {
  "ultra-cheap": "gpt-5.4-nano",
  standard: "gpt-5.4-mini",
  premium: "gpt-5.4",
  "ultra-premium": "gpt-5.5",
};
/** Tokens of an answer, by what the message needs: assumed, and the same whoever answers. */
const ANSWER: Record<ModelTier, number> = {
  "ultra-cheap": 60,
  standard: 350,
  premium: 800,
  "ultra-premium": 1500,
};
/** Tokens of instructions that go before every message: assumed. */
const INSTRUCTIONS = 300;
/** Tokens: a few long contexts cost more than all else together. */
const SHORT = 16_000;
const ASSUMED = `Assumed: answers of ${Object.values(ANSWER).join(", ")} tokens by the label, ${INSTRUCTIONS} of instructions; ${Object.values(MODELS).join(", ")}.`;
/** How often all messages are read to take their time. */
const ROUNDS = 100;

const labelled = z.object({
  id: z.union([z.string(), z.number()]),
  text: z.string(),
  tier: z.enum(MODEL_TIERS),
  tools: z.number(),
  context_tokens: z.number(),
});
type Labelled = z.infer<typeof labelled>;
type Routed = { asked: Labelled; features: Features; tier: ModelTier; rule: string };

const config = readConfig({});
const table = routingTable(config);
const prices = makePrices(config);
const place = (tier: ModelTier) => MODEL_TIERS.indexOf(tier);

/** @param file of lines `{id, text, tier, tools, context_tokens}` in this folder */
export function run(file: string): Promise<string> {
  const messages = readFileSync(join(import.meta.dirname, file), "utf8")
    .trim()
    .split("\n")
    .map((line) => labelled.parse(JSON.parse(line)));
  const routed = messages.map(routeOne);
  const short = routed.filter(({ asked }) => asked.context_tokens < SHORT);
  return Promise.resolve(
    [
      `${file}: ${accuracy(routed)}`,
      confusion(routed),
      byRule(routed),
      `All of them:\n${costs(routed)}`,
      `Those with less than ${SHORT} tokens of context:\n${costs(short)}`,
      ASSUMED,
      time(messages),
    ].join("\n\n"),
  );
}

function routeOne(asked: Labelled): Routed {
  const features = featuresOf({ ...asked, images: 0 });
  const asker = { user_tier: "enterprise", budget_left: null } as const;
  const { tier, rule } = route(features, asker, table);
  return { asked, features, tier, rule };
}

function accuracy(routed: Routed[]): string {
  const off = routed.map(({ asked, tier }) => place(tier) - place(asked.tier));
  const share = (fits: (by: number) => boolean) => percent(off.filter(fits).length / off.length);
  return [
    `${routed.length} messages`,
    `exact             ${share((by) => by === 0)}`,
    `within one tier   ${share((by) => Math.abs(by) <= 1)}`,
    `too cheap         ${share((by) => by < 0)}, by more than one tier ${share((by) => by < -1)}`,
    `too dear          ${share((by) => by > 0)}, by more than one tier ${share((by) => by > 1)}`,
  ].join("\n");
}

function confusion(routed: Routed[]): string {
  const rows = MODEL_TIERS.map((wanted) => {
    const counts = MODEL_TIERS.map(
      (got) => routed.filter((it) => it.asked.tier === wanted && it.tier === got).length,
    );
    return `| ${wanted} | ${counts.join(" | ")} |`;
  });
  return [
    `| labelled ↓, chosen → | ${MODEL_TIERS.join(" | ")} |`,
    `| --- |${" ---: |".repeat(MODEL_TIERS.length)}`,
    ...rows,
  ].join("\n");
}

/** How the messages that a rule decided are labelled. */
function byRule(routed: Routed[]): string {
  const rows = table.rules.map(({ id, tier }) => {
    const decided = routed.filter(({ rule }) => rule === id);
    const counts = MODEL_TIERS.map((it) => decided.filter(({ asked }) => asked.tier === it).length);
    return `| ${id} | ${tier} | ${counts.join(" | ")} |`;
  });
  return [
    `| rule ↓, labelled → | its tier | ${MODEL_TIERS.join(" | ")} |`,
    `| --- | --- |${" ---: |".repeat(MODEL_TIERS.length)}`,
    ...rows,
  ].join("\n");
}

function costs(routed: Routed[]): string {
  const total = (tierOf: (it: Routed) => ModelTier) =>
    routed.reduce((sum, it) => sum + costOfOne(it, tierOf(it)), 0);
  const chosen = total(({ tier }) => tier);
  const against = (name: string, other: number) =>
    `${name.padEnd(18)}$${((other / routed.length) * 1000).toFixed(2)} a thousand; the router costs ${percent(chosen / other)} of it`;
  return [
    `routed            $${((chosen / routed.length) * 1000).toFixed(2)} a thousand messages`,
    against(
      "always standard",
      total(() => "standard"),
    ),
    against(
      "always premium",
      total(() => "premium"),
    ),
    against(
      "as labelled",
      total(({ asked }) => asked.tier),
    ),
  ].join("\n");
}

/** US dollars. */
function costOfOne({ asked, features }: Routed, tier: ModelTier): number {
  const price = prices.of("openai", MODELS[tier]);
  if (price === null) throw new Error(`nobody knows what ${MODELS[tier]} costs`);
  const input = features.tokens + asked.context_tokens + INSTRUCTIONS;
  return (input * price.input + ANSWER[asked.tier] * price.output) / 1e6;
}

function time(messages: Labelled[]): string {
  const long = "Why would anybody read all of this, and what for? ".repeat(2000);
  // The fastest round: whatever else runs on the machine only adds.
  const each = (read: () => void, count: number) => {
    let least = Infinity;
    for (let round = 0; round < ROUNDS; round++) {
      const began = performance.now();
      read();
      least = Math.min(least, performance.now() - began);
    }
    return `${((least / count) * 1000).toFixed(0)} µs`;
  };
  const all = each(() => messages.forEach(routeOne), messages.length);
  const one = each(() => featuresOf({ text: long, tools: 0, images: 0, context_tokens: 0 }), 1);
  return `a message ${all}; one of ${long.length.toLocaleString("en")} characters ${one}`;
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
