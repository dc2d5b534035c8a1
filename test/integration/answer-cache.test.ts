// Answers from before, on the real object and the real KV: nothing leaves its partition, nothing
// outlives its time, and nothing that is broken reaches a reader.
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Meter } from "../../src/llm/calls.ts";
import { expect, test } from "vitest";
import { type AnswerCache, makeAnswerCache } from "../../src/llm/cache/answers.ts";
import { keyOf } from "../../src/llm/cache/exact.ts";
import { HotVectors } from "../../src/llm/cache/hot-vectors.ts";
import { type Asked, identify, inGeneration } from "../../src/llm/cache/identity.ts";
import type { Answer } from "../../src/llm/cache/kept.ts";
import type { SemanticStoreCalls } from "../../src/llm/cache/semantic-calls.ts";
import { createAnswerSchema } from "../../src/llm/cache/semantic-schema.ts";
import { type SemanticConfig, SemanticStore } from "../../src/llm/cache/semantic-store.ts";
import { embeddedEmbedder, vectorOf } from "../../src/llm/embedders/embedded.ts";
import { type Embedder, EmbeddingError } from "../../src/llm/embedders/embedder.ts";
import { Sql } from "../../src/store/sql.ts";
import { newTag } from "./client.ts";

const NOON = Date.UTC(2026, 10, 21, 12);
const DAY = 24 * 3600_000;
const NONE = { hits: 0, misses: 0 };
const CONFIG: SemanticConfig = { SEMANTIC_CACHE_TTL: 86_400, SEMANTIC_CACHE_SIZE: 10_000 };
const { signal } = new AbortController();
const BOTH = { exact: true, semantic: true, stale: false, counts: true };
const STALE = { ...BOTH, stale: true };
const EXACT = { ...BOTH, semantic: false };

const stubOf = (tenant_id: string) =>
  env.ANSWER_CACHES.get(env.ANSWER_CACHES.idFromName(tenant_id));

/** Runs on the storage of an object that nothing was ever kept in. */
function onStorage<T>(work: (sql: Sql) => T | Promise<T>): Promise<T> {
  return runInDurableObject(stubOf(newTag()), (_, state) => {
    const sql = new Sql(state.storage);
    createAnswerSchema(sql);
    return work(sql);
  });
}

function storeOn(sql: Sql, config: Partial<SemanticConfig> = {}, hot?: HotVectors) {
  const store = new SemanticStore(sql, { ...CONFIG, ...config }, true, hot);
  store.load(NOON);
  return store;
}

const question = (text: string, partition = "p", embedder = "embedded/1") => ({
  partition,
  embedder,
  text,
  vector: vectorOf(text),
});
const meter = new Meter(Date.now);
const lookup = (text: string, partition?: string, embedder?: string) => ({
  ...question(text, partition, embedder),
  threshold: 0.3,
  strictness: "words" as const,
  alone: false,
  counts: true,
  at: Date.now(),
});
const kept = (text: string, at = NOON) =>
  JSON.stringify({
    v: 2,
    exact: "a".repeat(64),
    partition: "b".repeat(64),
    text,
    reasoning: "",
    notices: [],
    finish: "stop",
    usage: null,
    provider: "openai",
    model: "gpt",
    at,
  });
const textOf = (found: { json: string } | null) =>
  found === null ? null : (JSON.parse(found.json) as { text: string }).text;

test("a question in other words finds the answer; one that asks something else does not", () =>
  onStorage((sql) => {
    const store = storeOn(sql);
    expect(store.keep(question("How do I enable dark mode?"), kept("Like so."), NOON)).toBe(true);
    const found = store.find(lookup("Could you tell me how to enable dark mode?"), NONE, NOON);
    expect(textOf(found)).toBe("Like so.");
    expect(found?.similarity).toBeGreaterThan(0.5);
    expect(store.find(lookup("How do I disable dark mode?"), NONE, NOON)).toBeNull();
    expect(store.find(lookup("What is the weather in Rome?"), NONE, NOON)).toBeNull();
  }));

test("neither another partition nor another embedder finds it, in memory or from storage", () =>
  onStorage((sql) => {
    const text = "How do I enable dark mode?";
    const first = storeOn(sql);
    first.keep(question(text), kept("Like so."), NOON);
    for (const store of [first, storeOn(sql)]) {
      expect(store.find(lookup(text, "q"), NONE, NOON)).toBeNull();
      expect(store.find(lookup(text, "p", "embedded/2"), NONE, NOON)).toBeNull();
      expect(textOf(store.find(lookup(text), NONE, NOON))).toBe("Like so.");
      expect(store.find(lookup(text, "q"), NONE, NOON)).toBeNull();
    }
  }));

test("a lookup reads its own partition's rows, and the second time none but the answer's", () =>
  onStorage((sql) => {
    const store = storeOn(sql);
    for (let n = 0; n < 100; n++)
      store.keep(question(`What is topic number ${n}?`, `p${n % 10}`), kept(`${n}`), NOON);
    const cold = storeOn(sql);
    sql.rowsRead = 0;
    sql.rowsWritten = 0;
    expect(textOf(cold.find(lookup("What is topic number 33?", "p3"), NONE, NOON))).toBe("33");
    expect(sql.rowsRead).toBeLessThanOrEqual(25); // ten rows and their places in the index
    sql.rowsRead = 0;
    expect(textOf(cold.find(lookup("What is topic number 43?", "p3"), NONE, NOON))).toBe("43");
    expect(sql.rowsRead).toBe(1);
    expect(sql.rowsWritten).toBe(0);
  }));

test("an answer expires after its day, and the sweep takes it away", () =>
  onStorage((sql) => {
    const store = storeOn(sql);
    store.keep(question("Why is the sky blue?"), kept("Light."), NOON);
    store.keep(question("Why is grass green?"), kept("Leaves."), NOON + 3600_000);
    expect(store.find(lookup("Why is the sky blue?"), NONE, NOON + DAY - 1)).not.toBeNull();
    expect(store.find(lookup("Why is the sky blue?"), NONE, NOON + DAY)).toBeNull();
    expect(store.stats().cache_size).toBe(2);
    store.wake(NOON + DAY);
    expect(store.stats().cache_size).toBe(1);
    expect(store.dueAt).toBe(NOON + DAY + 3600_000);
    store.wake(NOON + DAY + 3600_000);
    expect(store.stats().cache_size).toBe(0);
    expect(store.dueAt).toBeNull();
  }));

test("a clock that jumps gives no answer from the future, and loses none for good", () =>
  onStorage((sql) => {
    const store = storeOn(sql);
    const text = "Why is the sky blue?";
    store.keep(question(text), kept("Light."), NOON + DAY);
    expect(store.find(lookup(text), NONE, NOON)).toBeNull();
    expect(store.stats().cache_size).toBe(0);
    store.keep(question(text), kept("Light again."), NOON);
    expect(textOf(store.find(lookup(text), NONE, NOON - 60_000))).toBe("Light again.");
  }));

test("the oldest goes first, and is counted; the same question again takes its own place", () =>
  onStorage((sql) => {
    const store = storeOn(sql, { SEMANTIC_CACHE_SIZE: 3 });
    for (const n of [2, 3, 4]) store.keep(question(`What is plan ${n}?`), kept(`${n}`), NOON + n);
    store.keep(question("What is  plan 2?"), kept("2 again"), NOON + 5);
    expect(store.stats()).toMatchObject({ cache_size: 3, evictions: 0 });
    store.keep(question("What is plan 5?"), kept("5"), NOON + 6);
    expect(store.stats()).toMatchObject({ cache_size: 3, evictions: 1 });
    const answers = [2, 3, 4, 5].map((n) =>
      textOf(store.find(lookup(`What is plan ${n}?`), NONE, NOON + 7)),
    );
    expect(answers).toEqual(["2 again", null, "4", "5"]);
    expect(storeOn(sql, { SEMANTIC_CACHE_SIZE: 3 }).stats()).toMatchObject({ evictions: 1 });
  }));

test("what is broken in storage is no answer, and falls out", () =>
  onStorage((sql) => {
    const store = storeOn(sql);
    const breaks = [
      "UPDATE answers SET answer = '{\"v\":2}'",
      "UPDATE answers SET answer = 'no json'",
      "UPDATE answers SET vector = x'0000803f'",
      "UPDATE answers SET vector = x'00'",
      "UPDATE answers SET vector = zeroblob(1024)",
      `UPDATE answers SET created_at = ${NOON + DAY}`,
    ];
    for (const [n, broken] of breaks.entries()) {
      const text = `What is thing ${n}?`;
      store.keep(question(text), kept("fine"), NOON);
      sql.run(broken);
      const fresh = storeOn(sql);
      expect(fresh.find(lookup(text), NONE, NOON)).toBeNull();
      fresh.clear(undefined, NOON);
    }
    const again = storeOn(sql);
    again.keep(question("What is thing 2?"), kept("x"), NOON);
    sql.run("UPDATE answers SET answer = '?'");
    const last = storeOn(sql);
    last.find(lookup("What is thing 2?"), NONE, NOON);
    expect(last.stats().cache_size).toBe(0);
  }));

test("what would break storage is not kept", () =>
  onStorage((sql) => {
    const store = storeOn(sql);
    const fine = question("Why?");
    expect(store.keep(fine, "no json", NOON)).toBe(false);
    expect(store.keep(fine, kept("\u0001".repeat(250_000)), NOON)).toBe(false); // six bytes each as JSON
    expect(store.keep({ ...fine, vector: new Float32Array(256) }, kept("x"), NOON)).toBe(false);
    expect(store.keep({ ...fine, vector: Float32Array.of(Number.NaN) }, kept("x"), NOON)).toBe(
      false,
    );
    expect(store.stats().cache_size).toBe(0);
  }));

test("memory is bounded: what was asked longest ago is read from storage again", () =>
  onStorage((sql) => {
    const hot = new HotVectors(30_000);
    const store = storeOn(sql, {}, hot);
    for (let p = 0; p < 20; p++)
      for (let n = 0; n < 5; n++)
        store.keep(question(`What is topic ${n}?`, `p${p}`), kept(`${p}.${n}`), NOON);
    for (const p of [0, 1, 2, 19, 7, 0, 1])
      for (const n of [0, 4]) {
        expect(textOf(store.find(lookup(`What is topic ${n}?`, `p${p}`), NONE, NOON))).toBe(
          `${p}.${n}`,
        );
        expect(hot.bytes).toBeLessThanOrEqual(30_000);
      }
    for (let n = 0; n < 100; n++) store.keep(question(`Who is ${n + 100}?`, "p0"), kept("x"), NOON);
    expect(hot.bytes).toBeLessThanOrEqual(30_000);
    // Of a partition that is too large the newest are looked at.
    expect(textOf(store.find(lookup("Who is 199?", "p0"), NONE, NOON))).toBe("x");
    for (const it of [store, storeOn(sql, {}, new HotVectors(30_000))]) {
      expect(textOf(it.find(lookup("Who is 199?", "p0"), NONE, NOON))).toBe("x");
      expect(it.find(lookup("What is topic 3?", "p0"), NONE, NOON)).toBeNull();
    }
  }));

test("who has waited so long that they have left is counted, and nothing is looked for", async () => {
  const stub = stubOf(newTag());
  await stub.keep(question("Why is the sky blue?"), kept("Light.", Date.now()));
  const asked = { ...lookup("why is the sky blue"), at: Date.now() };
  expect(await stub.find({ ...asked, at: Date.now() - 600 }, NONE)).toBeNull();
  expect(await stub.find({ ...asked, at: Date.now() }, NONE)).not.toBeNull();
  expect(await stub.stats()).toMatchObject({ semantic: { hits: 1, misses: 1 } });
});

test("a semantic lookup alone is a request of its own; one that is no lookup for the figures is none", () =>
  onStorage((sql) => {
    const store = storeOn(sql);
    store.keep(question("Why is the sky blue?"), kept("Light."), NOON);
    store.find({ ...lookup("why is the sky blue"), alone: true }, NONE, NOON);
    store.find({ ...lookup("Who is it?"), alone: true }, NONE, NOON);
    store.find({ ...lookup("Who is it?"), counts: false }, NONE, NOON);
    expect(store.stats()).toMatchObject({ hits: 1, misses: 1, total_requests: 2 });
  }));

test("exact and semantic hits are told apart, and counts survive with few writes", () =>
  onStorage((sql) => {
    const store = storeOn(sql);
    store.keep(question("Why is the sky blue?"), kept("Light."), NOON);
    sql.rowsWritten = 0;
    store.count({ hits: 3, misses: 0 }, NOON);
    store.find(lookup("why is the sky blue"), { hits: 0, misses: 1 }, NOON);
    store.find(lookup("Why is grass green?"), { hits: 0, misses: 1 }, NOON);
    expect(sql.rowsWritten).toBe(0);
    expect(store.dueAt).toBe(NOON + 5000);
    store.wake(NOON + 5000);
    expect(sql.rowsWritten).toBe(1);
    expect(storeOn(sql).stats()).toEqual({
      hits: 4,
      misses: 1,
      total_requests: 5,
      hit_rate: 0.8,
      evictions: 0,
      cache_size: 1,
      exact: { hits: 3, misses: 2, total_requests: 5, hit_rate: 0.6 },
      semantic: { hits: 1, misses: 1, total_requests: 2, hit_rate: 0.5 },
    });
  }));

test("the object keeps, finds, counts, wakes and forgets", async () => {
  const stub = stubOf(newTag());
  expect(await stub.stats()).toMatchObject({ total_requests: 0, hit_rate: 0, cache_size: 0 });
  expect(await stub.clear()).toBe(0);
  expect(await runDurableObjectAlarm(stub)).toBe(false); // asking made nothing
  const at = Date.now();
  await stub.keep(question("Why is the sky blue?"), kept("Light.", at));
  await stub.keep(question("Why is the sky blue?", "q"), kept("Light.", at));
  expect(textOf(await stub.find(lookup("why is the sky blue"), NONE))).toBe("Light.");
  await stub.count({ hits: 2, misses: 1 });
  expect(await runDurableObjectAlarm(stub)).toBe(true);
  expect(await stub.stats()).toMatchObject({ cache_size: 2, hits: 3 });
  expect(await stub.clear("q")).toBe(1);
  expect(await stub.clear()).toBe(1);
  expect(await stub.stats()).toMatchObject({ cache_size: 0, hits: 3 });
});

// From here on through the whole of it.

const asked = (tenant_id: string, content: string, change: Partial<Asked> = {}): Asked => ({
  tenant_id,
  provider: "openai",
  model: "gpt",
  system: "Be brief.",
  tools: undefined,
  tool_choice: undefined,
  parallel_tool_calls: undefined,
  response_format: undefined,
  knowledge: ["handbook"],
  settings: {},
  defaults: { temperature: 0.7, max_tokens: 100 },
  messages: [{ role: "user", content }],
  ...change,
});
const answer = (text: string): Answer => ({
  text,
  reasoning: "",
  notices: [],
  json: false,
  reason: { unified: "stop", raw: "stop" },
  usage: undefined,
  tool_calls: 0,
  provider: "openai",
  model: "gpt",
});

type Parts = {
  embedder?: Embedder | null;
  store?: (tenant_id: string) => SemanticStoreCalls;
  kv?: KVNamespace;
  SEMANTIC_CACHE?: "on" | "off";
};

function cacheWith(parts: Parts = {}): {
  cache: AnswerCache;
  done: () => Promise<unknown>;
  clock: { now: number };
} {
  const clock = { now: Date.now() };
  const work: Promise<unknown>[] = [];
  const cache = makeAnswerCache({
    kv: parts.kv ?? env.CACHE,
    store: parts.store ?? stubOf,
    embedder: parts.embedder === undefined ? embeddedEmbedder() : parts.embedder,
    config: {
      LLM_CACHE_TTL: 3600,
      LLM_CACHE_STALE_TTL: 86_400,
      SEMANTIC_CACHE: parts.SEMANTIC_CACHE ?? "on",
    },
    now: () => clock.now,
    background: (it) => void work.push(it),
  });
  const done = async () => {
    while (work.length > 0) await Promise.all(work.splice(0));
  };
  return { cache, done, clock };
}

const WORDS = "How do I enable dark mode?";

test("the same request is answered exactly; the same question in other words, semantically", async () => {
  const { cache, done, clock } = cacheWith();
  const tenant = newTag();
  const identity = await identify(asked(tenant, WORDS));
  expect(await cache.lookup(identity, BOTH, signal, meter)).toBeNull();
  cache.keep(identity, answer("Like so."), BOTH);
  await done();
  expect(await cache.lookup(identity, BOTH, signal, meter)).toMatchObject({
    kind: "exact",
    fresh: true,
    entry: { text: "Like so." },
  });
  clock.now += 1000;
  const other = await identify(asked(tenant, "how can I enable dark mode, please?"));
  expect(await cache.lookup(other, BOTH, signal, meter)).toMatchObject({
    kind: "semantic",
    fresh: true,
    age_ms: 1000,
    entry: { text: "Like so." },
  });
  expect(await cache.lookup(other, EXACT, signal, meter)).toBeNull();
  clock.now += 10_000;
  await cache.lookup(identity, BOTH, signal, meter);
  await done();
  expect(await stubOf(tenant).stats()).toMatchObject({ exact: { hits: 2 }, semantic: { hits: 1 } });
});

const elsewhere: Record<string, Partial<Asked>> = {
  tenant: { tenant_id: "org_other" },
  provider: { provider: "azure" },
  model: { model: "gpt-mini" },
  "system prompt": { system: "Be long." },
  "set of tools": { tools: [{ name: "look_up", description: "", parameters: {} }] },
  "choice of tools": { tool_choice: "none" },
  format: { response_format: { type: "json_object" } },
  setting: { settings: { temperature: 0 } },
  "default in force": { defaults: { temperature: 0.2, max_tokens: 100 } },
  "knowledge scope": { knowledge: ["handbook", "salaries"] },
  "set of examples": { examples: [{ role: "user", content: "Hi" }] },
};

test.each(Object.entries(elsewhere))(
  "the very same words in another %s are a miss",
  async (_, change) => {
    const { cache, done } = cacheWith();
    const tenant = newTag();
    cache.keep(await identify(asked(tenant, WORDS)), answer("Like so."), BOTH);
    await done();
    const other = await identify(asked(tenant, WORDS, change));
    expect(await cache.lookup(other, STALE, signal, meter)).toBeNull();
    // Also of an object that was asked for the wrong tenant: the partition has the tenant in it.
    const wrong = cacheWith({ store: () => stubOf(tenant) });
    expect(await wrong.cache.lookup(other, STALE, signal, meter)).toBeNull();
  },
);

test.each([{ partition: "d".repeat(64) }, { model: "gpt-mini" }, { provider: "azure" }])(
  "what the object gives is held against what was asked: %j",
  async (change) => {
    const identity = await identify(asked(newTag(), WORDS));
    const { partition, provider, model } = await inGeneration(identity, 0);
    const json = (more: object) =>
      JSON.stringify({
        ...(JSON.parse(kept("Like so.")) as object),
        partition,
        provider,
        model,
        ...more,
      });
    const found = (more: object) => async () => ({ json: json(more), similarity: 1 });
    const withFound = (more: object) => {
      const call = found(more);
      const store = {
        find: call,
        keep: call,
        count: call,
        stats: call,
        clear: call,
        generation: () => Promise.resolve(0),
      };
      return cacheWith({ store: () => store as unknown as SemanticStoreCalls });
    };
    expect(await withFound({}).cache.lookup(identity, BOTH, signal, meter)).not.toBeNull();
    expect(await withFound(change).cache.lookup(identity, BOTH, signal, meter)).toBeNull();
  },
);

test("an old answer is given only to whoever asks for one, and says that it is old", async () => {
  const { cache, done, clock } = cacheWith({ SEMANTIC_CACHE: "off" });
  const identity = await identify(asked(newTag(), WORDS));
  cache.keep(identity, answer("Like so."), BOTH);
  await done();
  clock.now += 2 * 3600_000;
  expect(await cache.lookup(identity, BOTH, signal, meter)).toBeNull();
  expect(await cache.lookup(identity, { ...EXACT, stale: true }, signal, meter)).toMatchObject({
    kind: "exact",
    fresh: false,
    age_ms: 2 * 3600_000,
  });
});

test("what was forgotten is given nowhere after a minute, wherever it was kept", async () => {
  const tenant = newTag();
  const [here, afar] = [cacheWith(), cacheWith()];
  const identity = await identify(asked(tenant, WORDS));
  here.cache.keep(identity, answer("Like so."), BOTH);
  await here.done();
  for (const { cache } of [here, afar])
    expect(await cache.lookup(identity, STALE, signal, meter)).not.toBeNull();
  expect(await stubOf(tenant).clear()).toBe(1);
  here.cache.cleared(tenant);
  expect(await here.cache.lookup(identity, STALE, signal, meter)).toBeNull();
  expect(await afar.cache.lookup(identity, STALE, signal, meter)).not.toBeNull();
  afar.clock.now += 60_000;
  expect(await afar.cache.lookup(identity, STALE, signal, meter)).toBeNull();
  expect(await stubOf(tenant).clear()).toBe(0);
  expect(await stubOf(tenant).generation()).toBe(2);
});

test("each cache is asked, and kept in, only where it is wanted", async () => {
  const { cache, done } = cacheWith();
  const identity = await identify(asked(newTag(), WORDS));
  const ONLY_SEMANTIC = { ...BOTH, exact: false };
  cache.keep(identity, answer("Like so."), { exact: false, semantic: true });
  await done();
  expect(await cache.lookup(identity, EXACT, signal, meter)).toBeNull();
  expect(await cache.lookup(identity, ONLY_SEMANTIC, signal, meter)).toMatchObject({
    kind: "semantic",
  });
  const other = await identify(asked(newTag(), WORDS));
  cache.keep(other, answer("Like so."), { exact: true, semantic: false });
  await done();
  expect(await cache.lookup(other, ONLY_SEMANTIC, signal, meter)).toBeNull();
  expect(await cache.lookup(other, BOTH, signal, meter)).toMatchObject({ kind: "exact" });
});

test("in a conversation, with pictures, or switched off, similar words are not looked for", async () => {
  const { cache, done } = cacheWith();
  const off = cacheWith({ SEMANTIC_CACHE: "off" });
  const tenant = newTag();
  cache.keep(await identify(asked(tenant, WORDS)), answer("Like so."), BOTH);
  await done();
  const similar = "how can I enable dark mode";
  const conversation = asked(tenant, similar, {
    messages: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Hello" },
      { role: "user", content: similar },
    ],
  });
  const picture = asked(tenant, similar, {
    messages: [{ role: "user", content: similar, images: [{ url: "https://example.com/a.png" }] }],
  });
  for (const it of [conversation, picture])
    expect(await cache.lookup(await identify(it), BOTH, signal, meter)).toBeNull();
  expect(
    await off.cache.lookup(await identify(asked(tenant, similar)), BOTH, signal, meter),
  ).toBeNull();
});

test("what is not worth keeping is not kept", async () => {
  const { cache, done } = cacheWith();
  const identity = await identify(asked(newTag(), WORDS));
  cache.keep(identity, { ...answer("Like"), reason: { unified: "length", raw: "length" } }, BOTH);
  cache.keep(identity, { ...answer("Like so."), tool_calls: 1 }, BOTH);
  cache.keep(identity, { ...answer("Like so."), model: "another" }, BOTH);
  cache.keep(identity, answer(""), BOTH);
  await done();
  expect(await env.CACHE.get(keyOf(identity.exact))).toBeNull();
  expect(await stubOf(identity.tenant_id).stats()).toMatchObject({ cache_size: 0 });
});

test("whatever fails, a turn does not: it is a miss", async () => {
  const away = () => Promise.reject(new Error("away"));
  const never = () => new Promise<never>(() => undefined);
  const throws = () => {
    throw new Error("no such thing");
  };
  const embedder = (embed: Embedder["embed"]): Embedder => ({ ...embeddedEmbedder(), embed });
  const store = (call: () => Promise<never>) => () =>
    ({
      find: call,
      keep: call,
      count: call,
      stats: call,
      clear: call,
      generation: () => Promise.resolve(0),
    }) as SemanticStoreCalls;
  const kv = (call: () => unknown) =>
    ({ get: call, put: call, delete: call }) as unknown as KVNamespace;
  const broken: Parts[] = [
    { embedder: embedder(() => Promise.reject(new EmbeddingError("x", "no vectors"))) },
    { embedder: embedder(never) },
    { embedder: embedder(throws) },
    { embedder: embedder(() => Promise.resolve([])) },
    { store: store(away) },
    { store: store(never) },
    { store: throws },
    { kv: kv(away) },
    { kv: kv(throws) },
    { embedder: null },
  ];
  await Promise.all(
    broken.map(async (parts) => {
      const { cache } = cacheWith(parts);
      const identity = await identify(asked(newTag(), WORDS));
      expect(await cache.lookup(identity, BOTH, signal, meter)).toBeNull();
      cache.keep(identity, answer("Like so."), BOTH);
      expect(await cache.lookup(identity, BOTH, AbortSignal.abort(), meter)).toBeNull();
    }),
  );
});

test("what an embedder of a vendor read is written down; the embedded one reads for nothing", async () => {
  const calls = async (id: string) => {
    const { cache } = cacheWith({ embedder: { ...embeddedEmbedder(), id } });
    const own = new Meter(Date.now);
    await cache.lookup(await identify(asked(newTag(), WORDS)), BOTH, signal, own);
    return own.calls();
  };
  expect(await calls("openai/text-embedding-3-small")).toMatchObject([
    {
      purpose: "embedding",
      provider: "openai",
      model: "text-embedding-3-small",
      outcome: "completed",
      usage: { prompt: expect.any(Number) as number, completion: 0 },
    },
  ]);
  expect(await calls("embedded/1")).toEqual([]);
});
