// What a message gets, as far as its author's tier and budget reach.
import fc from "fast-check";
import { expect, test } from "vitest";
import { readConfig } from "../../../src/config.ts";
import { MODEL_TIERS } from "../../../src/llm/provider.ts";
import { route } from "../../../src/llm/routing/route.ts";
import { routingTable } from "../../../src/llm/routing/rules.ts";
import { features } from "./asked.ts";

const table = routingTable(readConfig({}));
const hard = features("Prove that every group of order p^2 is abelian and derive its classes.");
const easy = features("Thanks!");

test("whoever has budget and tier gets what the rule wants", () => {
  expect(route(hard, { user_tier: "enterprise", budget_left: 0.5 }, table)).toMatchObject({
    tier: "ultra-premium",
    rule: "proof",
    wanted: "ultra-premium",
    lowered: null,
  });
});

test.each([
  ["anonymous", "standard"],
  ["free", "standard"],
  ["starter", "premium"],
  ["professional", "ultra-premium"],
] as const)("%s reaches %s", (user_tier, tier) => {
  const decision = route(hard, { user_tier, budget_left: null }, table);
  expect(decision.tier).toBe(tier);
  expect(decision.lowered).toEqual(
    tier === "ultra-premium" ? null : { by: "user_tier", from: "ultra-premium" },
  );
});

test("a budget that runs out lowers, and says so", () => {
  const left = (budget_left: number) =>
    route(hard, { user_tier: "enterprise", budget_left }, table);
  expect(left(0.1).lowered).toBeNull();
  expect(left(0.099)).toMatchObject({
    tier: "standard",
    lowered: { by: "budget", from: "ultra-premium" },
  });
  expect(left(0.01)).toMatchObject({ tier: "ultra-cheap", lowered: { by: "budget" } });
});

test("where both lower, the one that lowers further is named", () => {
  const decide = (budget_left: number) => route(hard, { user_tier: "free", budget_left }, table);
  expect(decide(0.05)).toMatchObject({ tier: "standard", lowered: { by: "user_tier" } });
  expect(decide(0.01)).toMatchObject({ tier: "ultra-cheap", lowered: { by: "budget" } });
});

test("what is cheap already is not lowered", () => {
  expect(route(easy, { user_tier: "free", budget_left: 0 }, table).lowered).toBeNull();
});

test("more budget never gives a cheaper tier, and the same always the same", () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const budget = fc.array(fc.record({ below: share, most: fc.constantFrom(...MODEL_TIERS) }));
  fc.assert(
    fc.property(budget, share, share, (written, a, b) => {
      const place = (budget_left: number) => {
        const asker = { user_tier: "enterprise", budget_left } as const;
        return MODEL_TIERS.indexOf(route(hard, asker, { ...table, budget: written }).tier);
      };
      expect(place(Math.max(a, b))).toBeGreaterThanOrEqual(place(Math.min(a, b)));
      expect(place(a)).toBe(place(a));
    }),
  );
});
