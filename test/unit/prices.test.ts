// What a call costs: whose price holds, under which names, and what nobody knows.
import { expect, test } from "vitest";
import { readConfig } from "../../src/config.ts";
import { FREE, PRICE_LISTS } from "../../src/llm/price-list.ts";
import { costOf, makePrices } from "../../src/llm/prices.ts";

const prices = makePrices({ MODEL_PRICES: {} });

test.each([
  ["openai", "gpt-5.4-mini", 0.75],
  ["openai", "gpt-5.4-mini-2026-03-17", 0.75],
  ["openai", "gpt-5.4-2026-03-05", 2.5],
  ["openai", "gpt-4o-2024-05-13", 5], // a snapshot with a price of its own
  ["openai", "gpt-4o-2024-08-06", 2.5],
  ["anthropic", "claude-haiku-4-5-20251001", 1],
  ["azure", "gpt-5.4-nano", 0.2],
  ["groq", "openai/gpt-oss-120b", 0.15],
  ["mistral", "mistral-large-2512", 0.5],
  ["deepseek", "deepseek-v4-pro", 1.32],
  ["openrouter", "openai/gpt-5.4-mini", 0.75],
  ["openrouter", "anthropic/claude-sonnet-4.6", 3],
  ["openrouter", "anthropic/claude-sonnet-5", 2],
  ["workers-ai", "@cf/meta/llama-3.3-70b-instruct-fp8-fast", 0.293],
  ["ollama", "whatever", 0],
  ["vllm", "whatever", 0],
  ["embedded", "edgewise-echo", 0],
])("%s/%s has a price", (provider, model, input) => {
  expect(prices.of(provider, model)?.input).toBe(input);
});

test.each([
  ["openai", "gpt-5.4-micro"],
  ["openai", "gpt-5.4-mini-preview"],
  ["openai", "gpt-5.4-mini-2026"],
  ["openai", "gpt-5.4-mini-2026-13-01"],
  ["openai", "ft:gpt-4o-mini:acme::1"],
  ["openai", "claude-sonnet-5"], // another vendor's
  ["mistral", "mistral-large-2411"], // another model, not another date of this one
  ["openai", "constructor"],
  ["nobody", "gpt-5.4"],
  ["__proto__", "gpt-5.4"],
  [null, null],
])(
  "nobody knows what %s/%s costs: a budget reckons with the dearest of each part",
  (provider, model) => {
    expect(prices.of(provider, model)).toBeNull();
    expect(prices.entry(provider, model)).toBeNull();
    const cautious = prices.cautious(provider, model);
    for (const { models } of Object.values(PRICE_LISTS))
      for (const { input, output, cached } of Object.values(models)) {
        expect(cautious.input).toBeGreaterThanOrEqual(input);
        expect(cautious.output).toBeGreaterThanOrEqual(output);
        expect(cautious.cached).toBeGreaterThanOrEqual(cached ?? input);
      }
  },
);

test("every listed price is dated, has a source, and none is negative or dearer from the cache", () => {
  for (const [provider, { as_of, source, models }] of Object.entries(PRICE_LISTS)) {
    expect(as_of, provider).toMatch(/^20\d\d-\d\d-\d\d$/);
    expect(source.length, provider).toBeGreaterThan(10);
    expect(FREE.has(provider)).toBe(false);
    for (const [model, { input, output, cached }] of Object.entries(models)) {
      expect(input, model).toBeGreaterThan(0);
      // What turns texts into vectors answers nothing.
      if (/embedding|bge-/.test(model)) expect(output, model).toBe(0);
      else expect(output, model).toBeGreaterThanOrEqual(input);
      expect(cached ?? 0, model).toBeLessThan(input);
      expect(prices.entry(provider, model)).toMatchObject({ input, output, as_of, source });
    }
  }
});

test("an operator's price comes first, for a model's snapshots and for what runs for free, too", () => {
  const { MODEL_PRICES } = readConfig({
    MODEL_PRICES: JSON.stringify({
      "openai/gpt-5.4-mini": { input: 1, output: 2 },
      "gpt-5.4": { input: 3, output: 4, cached: 0.5, image: 0.01 },
      "ollama/big": { input: 7, output: 700 },
    }),
  });
  const own = makePrices({ MODEL_PRICES });
  expect(own.of("openai", "gpt-5.4-mini-2026-03-17")?.output).toBe(2);
  expect(own.of("azure", "gpt-5.4-mini")?.output).toBe(4.5);
  expect(own.of("azure", "gpt-5.4")?.cached).toBe(0.5);
  expect(own.of("ollama", "big")?.output).toBe(700);
  expect(own.entry("openai", "gpt-5.4")).toMatchObject({ as_of: null, source: "MODEL_PRICES" });
  expect(own.cautious("openai", "new").output).toBe(700);
  // A cent a picture, in millionths.
  expect(own.cautious("openai", "new").image).toBe(10_000);
});

test("what the vendor read from its cache costs its own price; pictures theirs; all is rounded up", () => {
  const price = { input: 2, output: 8, cached: 0.5, image: 100 };
  const usage = { prompt: 100, completion: 10, total: 110, cached: 40 };
  expect(costOf(price, usage)).toBe(60 * 2 + 40 * 0.5 + 10 * 8);
  expect(costOf(price, usage, 3)).toBe(60 * 2 + 40 * 0.5 + 10 * 8 + 300);
  expect(costOf({ input: 2, output: 8 }, usage)).toBe(280);
  expect(costOf(price, { ...usage, cached: 500 })).toBe(100 * 0.5 + 80); // never more than was sent
  expect(costOf({ input: 0.01, output: 0 }, { prompt: 1, completion: 0, total: 1 })).toBe(1);
});
