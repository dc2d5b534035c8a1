// The exact cache on a real KV: what it keeps, what it forgets, and what it does not believe.
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { exactCache, keyOf } from "../../../src/llm/cache/exact.ts";
import { type Kept, keptSchema, LONGEST_TEXT, worthKeeping } from "../../../src/llm/cache/kept.ts";

const NOON = Date.UTC(2026, 10, 21, 12);
const EXACT = "a".repeat(64);
const CONFIG = { LLM_CACHE_TTL: 3600, LLM_CACHE_STALE_TTL: 86_400 };
const identity = {
  tenant_id: "org_a",
  provider: "openai",
  model: "gpt",
  partition: "c".repeat(64),
  exact: EXACT,
  question: "Why?",
};
const entry: Kept = {
  v: 2,
  exact: EXACT,
  partition: "c".repeat(64),
  text: "Paris.",
  reasoning: "",
  notices: [],
  finish: "stop",
  usage: { prompt: 5, completion: 2, total: 7 },
  provider: "openai",
  model: "gpt",
  at: NOON,
};
const signal = new AbortController().signal;
let now = NOON;
let work: Promise<unknown>[] = [];
const done = () => Promise.all(work);
const background = (it: Promise<unknown>) => void work.push(it);
const cache = exactCache(env.CACHE, CONFIG, () => now, background);

beforeEach(async () => {
  now = NOON;
  work = [];
  await env.CACHE.delete(keyOf(EXACT));
});

async function putEntry(change: Partial<Kept> = {}) {
  cache.put({ ...entry, ...change });
  await done();
}

test("an answer is fresh for an hour, kept for a day, and then gone", async () => {
  await putEntry();
  expect(await cache.get(identity, signal)).toEqual({ entry, fresh: true, age_ms: 0 });
  now = NOON + 3600_000 - 1;
  expect(await cache.get(identity, signal)).toMatchObject({ fresh: true });
  now = NOON + 3600_000;
  expect(await cache.get(identity, signal)).toMatchObject({ fresh: false, age_ms: 3600_000 });
  now = NOON + 86_400_000;
  expect(await cache.get(identity, signal)).toBeNull();
  await done();
  expect(await env.CACHE.get(keyOf(EXACT))).toBeNull();
});

test("a clock that is a little behind does no harm; what is from the future is not believed", async () => {
  await putEntry();
  now = NOON - 4 * 60_000;
  expect(await cache.get(identity, signal)).toMatchObject({ fresh: true, age_ms: 0 });
  now = NOON - 6 * 60_000;
  expect(await cache.get(identity, signal)).toBeNull();
  await done();
  expect(await env.CACHE.get(keyOf(EXACT))).toBeNull();
});

const poison: Record<string, string> = {
  "another request's": JSON.stringify({ ...entry, exact: "b".repeat(64) }),
  "another version's": JSON.stringify({ ...entry, v: 1 }),
  "another partition's": JSON.stringify({ ...entry, partition: "d".repeat(64) }),
  "another model's": JSON.stringify({ ...entry, model: "gpt-mini" }),
  "another provider's": JSON.stringify({ ...entry, provider: "azure" }),
  empty: "",
  "cut off": JSON.stringify(entry).slice(0, -3),
  "a bare null": "null",
  "without a text": JSON.stringify({ ...entry, text: "" }),
  "too long": JSON.stringify({ ...entry, text: "a".repeat(LONGEST_TEXT + 1) }),
  "without a time": JSON.stringify({ ...entry, at: null }),
  "before time began": JSON.stringify({ ...entry, at: -1 }),
};

test.each(Object.entries(poison))(
  "a value that is %s is a miss, and is removed",
  async (_, value) => {
    await env.CACHE.put(keyOf(EXACT), value);
    expect(await cache.get(identity, signal)).toBeNull();
    await done();
    expect(await env.CACHE.get(keyOf(EXACT))).toBeNull();
  },
);

test("whatever stands in KV, what comes out is an answer to this request, or nothing", async () => {
  const broken = fc
    .tuple(fc.constantFrom(...Object.keys(entry)), fc.jsonValue())
    .map(([field, value]) => JSON.stringify({ ...entry, [field]: value }));
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string(), fc.json(), broken), async (value) => {
      const of = { get: () => Promise.resolve(value), delete: () => Promise.resolve() };
      const found = await exactCache(
        of as unknown as KVNamespace,
        CONFIG,
        () => now,
        background,
      ).get(identity, signal);
      if (found === null) return;
      expect(keptSchema.parse(found.entry).exact).toBe(EXACT);
      expect(found.age_ms).toBeLessThan(86_400_000);
    }),
    { numRuns: 300 },
  );
});

test("KV that fails, throws at once or does not answer is a miss", async () => {
  const kv = (get: () => Promise<string>) =>
    exactCache(
      {
        get,
        put: () => Promise.reject(new Error("429")),
        delete: () => Promise.reject(new Error("away")),
      },
      CONFIG,
      () => now,
      background,
    );
  const failing = kv(() => Promise.reject(new Error("away")));
  expect(await failing.get(identity, signal)).toBeNull();
  failing.put(entry);
  const throwing = kv(() => {
    throw new Error("no binding");
  });
  expect(await throwing.get(identity, signal)).toBeNull();
  const before = Date.now();
  expect(await kv(() => new Promise(() => undefined)).get(identity, signal)).toBeNull();
  expect(Date.now() - before).toBeLessThan(2000);
  expect(await kv(() => Promise.resolve("x")).get(identity, AbortSignal.abort())).toBeNull();
  await done(); // nothing of it was left unhandled
});

const answer = {
  text: "Because.",
  reasoning: "",
  notices: [],
  json: false,
  reason: { unified: "stop", raw: "end_turn" },
  usage: undefined,
  tool_calls: 0,
  provider: "openai",
  model: "gpt",
} as const;

test("only a whole answer by the model that was asked is worth keeping", () => {
  expect(worthKeeping(identity, answer, NOON)).toMatchObject({ finish: "end_turn", at: NOON });
  const others = [
    { reason: { unified: "length", raw: "max_tokens" } },
    { reason: { unified: "content_filter", raw: "refusal" } },
    { tool_calls: 1 },
    { text: " \n" },
    { json: true },
    { json: true, text: "[]" },
    { json: true, text: '{"a": 1' },
    { reasoning: "r".repeat(LONGEST_TEXT) },
    { notices: [{ code: "ignored_parameter", message: "n".repeat(20_000) }] },
    { text: "é".repeat(LONGEST_TEXT / 2 + 1) },
    { model: "gpt-mini" },
    { provider: "anthropic" },
  ] as const;
  for (const other of others)
    expect(worthKeeping(identity, { ...answer, ...other }, NOON)).toBeNull();
  expect(worthKeeping(identity, { ...answer, json: true, text: '{"a": 1}' }, NOON)).not.toBeNull();
});
