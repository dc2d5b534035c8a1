// Usage events on their way: told at least once, written once, and never lost.
import {
  createExecutionContext,
  createMessageBatch,
  getQueueResult,
  runInDurableObject,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { composeRequest, composeShared } from "../../src/compose.ts";
import * as outbox from "../../src/conversation/outbox.ts";
import worker from "../../src/index.ts";
import { takeUpLetters, USAGE_QUEUES, type UsageServices } from "../../src/jobs/usage.ts";
import type { DatabaseOf } from "../../src/store/database.ts";
import { Sql } from "../../src/store/sql.ts";
import type { UsageEvent } from "../../src/store/usage.ts";
import { appWith, keptLog, post } from "./app-with.ts";
import { Client, eventually, newTag, stubOf } from "./client.ts";
import { db, numberOf } from "./rows.ts";
import { usageEvent } from "./usage-events.ts";

const QUEUE = "edgewise-usage";
const DEAD = "edgewise-usage-dead";
const LETTERS = { prefix: "dead-letter:usage:" };

const batchOf = (queue: string, bodies: Record<string, unknown>, attempts = 1) =>
  createMessageBatch(
    queue,
    Object.entries(bodies).map(([id, body]) => ({ id, body, attempts, timestamp: new Date() })),
  );

const written = (user_id: string) =>
  numberOf("SELECT count(*) FROM usage_events WHERE user_id = ?", user_id);

/** As an outbox of before kept it: a row a turn. */
function oldRow(user_id: string) {
  return {
    turn_id: `turn_${newTag()}`,
    at: 1,
    tenant_id: user_id,
    user_id,
    key_id: null,
    tier: "free",
    conversation_id: null,
    provider: "openai",
    model: "m",
    status: "completed",
    error_code: null,
    prompt_tokens: 3,
    completion_tokens: 4,
    cost: 7,
    priced: true,
  } as const;
}

const unreachable: DatabaseOf = () => {
  throw new Error("D1 is away");
};

function services(databaseOf: DatabaseOf = () => db) {
  const { log, lines } = keptLog();
  const its: UsageServices = { databaseOf, letters: env.CACHE, log };
  return { its, lines };
}

async function consumed(batch: MessageBatch, its?: UsageServices) {
  if (its === undefined) await worker.queue(batch);
  else await USAGE_QUEUES[batch.queue]?.(batch, its);
  return getQueueResult(batch, createExecutionContext());
}

test("what is sent to the queue is in D1 a moment later, once, however often it is sent", async () => {
  const user_id = newTag();
  const [one, two] = [usageEvent({ user_id }), usageEvent({ user_id, estimated: true })];
  await env.USAGE.send([one, two]);
  await env.USAGE.send([one]);
  await eventually(async () => (await written(user_id)) === 2);
  const result = await consumed(batchOf(QUEUE, { a: [two, one], b: [one] }));
  expect(result.explicitAcks.toSorted()).toEqual(["a", "b"]);
  const { results } = await env.DB.prepare(
    "SELECT * FROM usage_events WHERE user_id = ? ORDER BY estimated",
  )
    .bind(user_id)
    .all();
  expect(results).toEqual([
    { ...one, estimated: 0 },
    { ...two, estimated: 1 },
  ]);
});

test("rubbish stops nobody: it is kept as it came, and named in the log without what it said", async () => {
  const user_id = newTag();
  const { its, lines } = services();
  const { explicitAcks, retryMessages } = await consumed(
    batchOf(QUEUE, {
      rubbish: { secret: "said" },
      good: [usageEvent({ user_id })],
      half: [usageEvent({ user_id }), { ...usageEvent({ user_id }), tier: "golden" }],
      old: oldRow(user_id),
    }),
    its,
  );
  expect(explicitAcks.toSorted()).toEqual(["good", "half", "old", "rubbish"]);
  expect(retryMessages).toEqual([]);
  expect(await written(user_id)).toBe(2);
  expect(lines).toHaveLength(2);
  expect(lines.join("")).not.toContain("said");
  expect(await env.CACHE.get(`${LETTERS.prefix}rubbish`, "json")).toMatchObject({
    body: { secret: "said" },
  });
  // Nobody can read them: they stay until somebody has looked.
  await takeUpLetters(its);
  expect((await env.CACHE.list(LETTERS)).keys).toHaveLength(2);
  await env.CACHE.delete(`${LETTERS.prefix}rubbish`);
  await env.CACHE.delete(`${LETTERS.prefix}half`);
});

test("while D1 is away messages come again; what is dead is kept, and taken up", async () => {
  const user_id = newTag();
  const bodies = { dead: [usageEvent({ user_id }), usageEvent({ user_id })], old: oldRow(user_id) };
  const away = services(unreachable);
  for (const attempts of [1, 20]) {
    const { explicitAcks, retryMessages } = await consumed(
      batchOf(QUEUE, bodies, attempts),
      away.its,
    );
    expect(explicitAcks).toEqual([]);
    expect(retryMessages.map(({ msgId }) => msgId)).toEqual(["dead", "old"]);
  }
  expect((await consumed(batchOf(DEAD, bodies), away.its)).explicitAcks).toEqual(["dead", "old"]);
  await takeUpLetters(away.its);
  expect((await env.CACHE.list(LETTERS)).keys).toHaveLength(2);
  const back = services();
  await takeUpLetters(back.its);
  await takeUpLetters(back.its);
  expect(await written(user_id)).toBe(3);
  expect((await env.CACHE.list(LETTERS)).keys).toEqual([]);
});

test("a letter that cannot be kept comes again: it is not acknowledged before it is safe", async () => {
  const { its } = services();
  const put = () => Promise.reject(new Error("KV is away"));
  const full = { ...its, letters: { ...env.CACHE, put } as UsageServices["letters"] };
  const { explicitAcks, retryMessages } = await consumed(batchOf(DEAD, { a: [] }), full);
  expect(explicitAcks).toEqual([]);
  expect(retryMessages.map(({ msgId }) => msgId)).toEqual(["a"]);
});

test("letters that nobody can read stand in nobody's way, however many they are", async () => {
  const user_id = newTag();
  const kept = new Map<string, unknown>();
  for (let n = 0; n < 1100; n++) kept.set(`${LETTERS.prefix}${10_000 + n}`, { body: "junk" });
  kept.set(`${LETTERS.prefix}z`, { body: [usageEvent({ user_id })] });
  const letters = {
    list: ({ limit, cursor }: { limit: number; cursor: string | null }) => {
      const from = Number(cursor ?? 0);
      const keys = [...kept.keys()].slice(from, from + limit).map((name) => ({ name }));
      const list_complete = from + limit >= kept.size;
      return Promise.resolve({ keys, list_complete, cursor: String(from + limit) });
    },
    get: (names: string[]) => Promise.resolve(new Map(names.map((name) => [name, kept.get(name)]))),
    delete: (name: string) => Promise.resolve(void kept.delete(name)),
  } as unknown as UsageServices["letters"];
  await takeUpLetters({ ...services().its, letters });
  expect(await written(user_id)).toBe(1);
  expect(kept.size).toBe(1100);
});

test("an outbox row leaves when the queue has its events, and not before; old rows are told, too", async () => {
  const client = new Client();
  const id = await client.conversation();
  await client.chat({ message: "Hi", conversation_id: id, model: "stub:tokens=1" });
  const user_id = newTag();
  const event = usageEvent({ user_id, conversation_id: id });
  await runInDurableObject(stubOf(id), async (_, { storage }) => {
    const sql = new Sql(storage);
    outbox.empty(sql);
    outbox.putTurn(sql, 90, { usage: [event], settlement: null, messages: [] });
    outbox.putTurn(sql, 91, { usage: oldRow(user_id), settlement: null });
    const told: UsageEvent[] = [];
    const receivers = {
      project: () => Promise.resolve(),
      endOf: () => null,
      trackOf: () => null,
      settle: () => Promise.resolve(),
      queueUsage: (events: readonly UsageEvent[]) => {
        told.push(...events);
        return Promise.resolve();
      },
    };
    const away = () => Promise.reject(new Error("the queue is away"));
    await expect(outbox.deliver(sql, id, { ...receivers, queueUsage: away })).rejects.toThrow();
    expect(outbox.isEmpty(sql)).toBe(false);
    await outbox.deliver(sql, id, receivers);
    expect(outbox.isEmpty(sql)).toBe(true);
    expect(told).toMatchObject([event, { user_id, cost: 7, turn_status: "completed" }]);
  });
});

test("a stateless turn's events are in D1 even where the queue cannot be reached", async () => {
  const sendBatch = () => Promise.reject(new Error("the queue is away"));
  const its = { ...env, USAGE: { ...env.USAGE, sendBatch } as unknown as typeof env.USAGE };
  const { recordUsage } = composeRequest(its, composeShared(its));
  const { ask } = appWith({}, () => ({ recordUsage }));
  const response = await ask(
    "/api/v1/chat/direct",
    post({
      messages: [{ role: "user", content: "Hi" }],
      model: "stub:tokens=2",
      metadata: { feature: "fallback" },
    }),
  );
  expect(response.status).toBe(200);
  expect(await numberOf("SELECT count(*) FROM usage_events WHERE feature = 'fallback'")).toBe(1);
});

test("where D1 is away, too, they are kept as a letter, and taken up", async () => {
  const away = () => Promise.reject(new Error("it is away"));
  const its = {
    ...env,
    USAGE: { ...env.USAGE, sendBatch: away } as unknown as typeof env.USAGE,
    DB: { prepare: () => ({ bind: () => ({}) }), batch: away } as unknown as typeof env.DB,
  };
  const { recordUsage } = composeRequest(its, composeShared(its));
  const user_id = newTag();
  await recordUsage(user_id, [usageEvent({ user_id }), usageEvent({ user_id })]);
  expect(await written(user_id)).toBe(0);
  await takeUpLetters(services().its);
  expect(await written(user_id)).toBe(2);
  expect((await env.CACHE.list(LETTERS)).keys).toEqual([]);
});
