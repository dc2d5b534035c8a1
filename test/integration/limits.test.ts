// Limits and budgets on every door, over the real Account object.
import { abortAllDurableObjects, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { makeApp } from "../../src/app.ts";
import { composeRequest, composeShared } from "../../src/compose.ts";
import { readConfig } from "../../src/config.ts";
import type { Message } from "../../src/protocol/message.ts";
import { limitsOf } from "../../src/usage/limits.ts";
import { allEvents, eventually, journal, newTag, Socket, sse, stubOf } from "./client.ts";
import { type Person, person, personWith } from "./people.ts";

type Standing = { limits: Record<string, unknown>; used: Record<string, number> };

const used = async (one: Person) => (await one.json<Standing>("/api/v1/auth/limits")).used;
const message = (extra: object = {}) => ({ message: "Hello", model: "stub:tokens=4", ...extra });
const roomy = { requests_per_minute: null, tokens_per_minute: null };

test("of 200 turns at once against a limit of 100 exactly 100 reach the model", async () => {
  const tag = newTag();
  const one = await personWith({
    requests_per_minute: 100,
    tokens_per_minute: null,
    streams: null,
  });
  const answers = await Promise.all(
    Array.from({ length: 200 }, () =>
      one.fetch("/api/v1/chat/direct", {
        json: { messages: [{ role: "user", content: "Hi" }], model: `stub:tokens=2,tag=${tag}` },
      }),
    ),
  );
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(100);
  expect(statuses.filter((status) => status === 429)).toHaveLength(100);
  expect((await journal(tag)).calls).toBe(100);
  const refused = answers.find(({ status }) => status === 429);
  expect(Number(refused?.headers.get("Retry-After"))).toBeGreaterThan(0);
  expect(refused?.headers.get("X-RateLimit-Limit")).toBe("100");
  expect(refused?.headers.get("X-RateLimit-Remaining")).toBe("0");
  expect(Number(refused?.headers.get("X-RateLimit-Reset"))).toBeGreaterThan(Date.now() / 1000);
  expect(await refused?.json()).toMatchObject({
    error: { code: "RATE_LIMIT_EXCEEDED", details: { retry_after: expect.any(Number) as number } },
  });
});

test("every answer says how the limit stands: turns count apart from everything else", async () => {
  const one = await personWith({ requests_per_minute: 7, tokens_per_minute: null });
  const turn = await one.chat(message());
  expect(turn.headers.get("X-RateLimit-Limit")).toBe("7");
  expect(turn.headers.get("X-RateLimit-Remaining")).toBe("6");
  const list = await one.fetch("/api/v1/conversations");
  expect(list.headers.get("X-RateLimit-Limit")).toBe("100");
  const after = await one.fetch("/api/v1/conversations/conv_nonsense");
  expect(after.status).toBe(404);
  expect(Number(after.headers.get("X-RateLimit-Remaining"))).toBe(
    Number(list.headers.get("X-RateLimit-Remaining")) - 1,
  );
});

test("everything that is no turn is held to the general limit", async () => {
  const one = await person();
  const answers = await Promise.all(
    Array.from({ length: 130 }, () => one.fetch("/api/v1/conversations?limit=1")),
  );
  const refused = answers.filter(({ status }) => status === 429);
  // Some of the hundred were used up by signing in and looking around.
  expect(answers.length - refused.length).toBeLessThanOrEqual(100);
  expect(answers.length - refused.length).toBeGreaterThan(90);
  expect((await one.chat(message())).status).toBe(200); // turns are counted apart
});

test("the actual takes the place of the estimate: completed, failed, cancelled and stateless alike", async () => {
  const one = await personWith({ ...roomy, streams: null });
  const before = (await used(one))["daily_tokens"] ?? 0;
  const done = await (await one.chat(message({ max_tokens: 5000 }))).json<Message>();
  const total = done.tokens_used?.total ?? 0;
  expect(total).toBeGreaterThan(0);
  await eventually(async () => (await used(one))["daily_tokens"] === before + total);

  // Failed after half of its tokens: what was said was paid for, and no more.
  const failed = await one.chat(message({ model: "stub:tokens=40,fault=nofinish,delay=1" }));
  const { error } = await failed.json<{ error: { details: { partial: Message } } }>();
  const partial = error.details.partial.tokens_used?.total ?? 0;
  expect(partial).toBeGreaterThan(0);
  await eventually(async () => (await used(one))["daily_tokens"] === before + total + partial);

  // A model that could not be asked costs nothing.
  await one.chat(message({ model: "stub:fault=400" }));
  const settled = await eventually(async () => {
    const now = await used(one);
    return now["streams"] === 0 && now;
  });
  const direct = await (
    await one.fetch("/api/v1/chat/direct", {
      json: { messages: [{ role: "user", content: "Hi" }], model: "stub:tokens=3" },
    })
  ).json<Message>();
  await eventually(
    async () =>
      (await used(one))["daily_tokens"] ===
      (settled["daily_tokens"] ?? 0) + (direct.tokens_used?.total ?? 0),
  );

  const stream = await one.fetch("/api/v1/chat/stream", {
    json: message({ model: "stub:tokens=200,delay=10", max_tokens: 3000 }),
  });
  const conversation = stream.headers.get("X-Conversation-Id") ?? "";
  const turn = stream.headers.get("X-Turn-Id") ?? "";
  for await (const { event } of sse(stream)) if (event === "token") break;
  expect((await used(one))["streams"]).toBe(1);
  const cancelled = await one.json<{ message: Message }>(
    `/api/v1/conversations/${conversation}/turns/${turn}/cancel`,
    { method: "POST" },
  );
  expect(cancelled.message.finish_reason).toBe("cancelled");
  const end = await eventually(async () => {
    const now = await used(one);
    return now["streams"] === 0 && now;
  });
  expect(end["daily_tokens"]).toBeLessThan((settled["daily_tokens"] ?? 0) + 3000);
  const { results } = await eventually(async () => {
    const rows = await env.DB.prepare("SELECT * FROM usage_events WHERE user_id = ? ORDER BY at")
      .bind(one.id)
      .all<{ turn_status: string | null; prompt_tokens: number; completion_tokens: number }>();
    // What broke off was asked for the rest: a turn more than once asked is one turn.
    return rows.results.length === 6 && rows;
  });
  expect(results.flatMap(({ turn_status }) => turn_status ?? [])).toEqual([
    "completed",
    "failed",
    "failed",
    "completed",
    "cancelled",
  ]);
  // The books in D1 and the ledger tell the same.
  const sum = results.reduce((all, row) => all + row.prompt_tokens + row.completion_tokens, 0);
  expect((await used(one))["daily_tokens"]).toBe(sum);
});

test("what no turn was made for is given back: a busy conversation, a bad body, the same key again", async () => {
  const one = await personWith({ requests_per_minute: 10, tokens_per_minute: null });
  const id = await one.conversation();
  const running = await one.fetch(`/api/v1/conversations/${id}/messages`, {
    json: message({ model: "stub:tokens=100,delay=10", stream: true }),
    headers: { "Idempotency-Key": "once" },
  });
  expect(running.status).toBe(200);
  const held = await used(one);
  expect(held["requests_per_minute"]).toBe(1);
  const busy = await one.chat(message({ conversation_id: id }));
  expect(busy.status).toBe(409);
  const bad = await one.chat({ message: "" });
  expect(bad.status).toBe(400);
  expect((await one.chat(message({ conversation_id: "conv_nonsense" }))).status).toBe(404);
  const again = await one.fetch(`/api/v1/conversations/${id}/messages`, {
    json: message({ model: "stub:tokens=100,delay=10", stream: true }),
    headers: { "Idempotency-Key": "once" },
  });
  expect(again.headers.get("X-Turn-Id")).toBe(running.headers.get("X-Turn-Id"));
  await eventually(async () => (await used(one))["requests_per_minute"] === 1);
  expect(await used(one)).toEqual(held);
  await allEvents(running);
  await again.body?.cancel();
});

test("as many answers at once as are allowed, and another when one has ended", async () => {
  const one = await personWith({ ...roomy, streams: 2 });
  const long = () =>
    one.fetch("/api/v1/chat/stream", { json: message({ model: "stub:tokens=60,delay=10" }) });
  const [first, second] = [await long(), await long()];
  const third = await one.fetch("/api/v1/chat/stream", { json: message() });
  expect(third.status).toBe(429);
  expect(await third.json()).toMatchObject({ error: { details: { window: "streams" } } });
  await Promise.all([allEvents(first), allEvents(second)]);
  // Told at once, not when the outbox is next emptied.
  await eventually(async () => (await one.chat(message())).status === 200, 500);
});

test("tools, pictures and a system prompt count alike on every door", async () => {
  const one = await personWith({ ...roomy, daily_tokens: 2000 });
  const id = await one.conversation();
  const image = { type: "image", url: "https://example.com/a.png" };
  const parts = [{ type: "text", text: "Hi" }, image, image];
  const description = "word ".repeat(1900);
  const heavy: Record<string, unknown>[] = [
    { parts },
    { parts: parts.slice(0, 1), tools: [{ name: "f", description }] },
    { parts: parts.slice(0, 1), system_prompt: description },
    {
      parts: parts.slice(0, 1),
      response_format: { type: "json_schema", schema: { description } },
    },
  ];
  const old = await one.fetch(`/ws/chat?token=${one.token}`, { headers: { Upgrade: "websocket" } });
  if (old.webSocket === null) throw new Error("no socket");
  const chat = new Socket(old.webSocket);
  const socket = await one.socket(id);
  const ends = async (on: Socket) => {
    const { error } = await on.until(({ type }) => /^(error|done|turn\.completed)$/.test(type));
    on.frames.length = 0;
    return error?.code;
  };
  for (const { parts: said, ...rest } of heavy) {
    const body = { ...rest, model: "stub:tokens=1", max_tokens: 200 };
    expect((await one.chat({ ...body, parts: said })).status).toBe(402);
    socket.say({ type: "send", ...body, parts: said });
    expect(await ends(socket)).toBe("BUDGET_EXCEEDED");
    chat.say({ type: "chat", ...body, messages: [{ role: "user", content: said }] });
    expect(await ends(chat)).toBe("BUDGET_EXCEEDED");
  }
});

test("a budget that is spent answers 402 on every door, sockets included", async () => {
  const one = await personWith({ ...roomy, daily_tokens: 2000 });
  const id = await one.conversation();
  const socket = await one.socket(id);
  const over = await one.chat(message({ max_tokens: 2000 }));
  expect(over.status).toBe(402);
  expect(await over.json()).toMatchObject({
    error: {
      code: "BUDGET_EXCEEDED",
      details: {
        budget: "daily_tokens",
        limit: 2000,
        resets_at: expect.stringMatching(/T00:00:00/) as string,
      },
    },
  });
  expect((await one.chat(message({ max_tokens: 1000 }))).status).toBe(200);
  socket.say({ type: "send", message: "Hello", model: "stub:tokens=3", max_tokens: 1990 });
  const refused = await socket.until(({ type }) => type === "error");
  expect(refused.error?.code).toBe("BUDGET_EXCEEDED");
  socket.say({ type: "send", message: "Hello", model: "stub:tokens=3", max_tokens: 100 });
  expect((await socket.closing()).type).toBe("turn.completed");
  const old = await one.fetch(`/ws/chat?token=${one.token}`, { headers: { Upgrade: "websocket" } });
  const frames: string[] = [];
  old.webSocket?.accept();
  old.webSocket?.addEventListener("message", ({ data }) => frames.push(String(data)));
  old.webSocket?.send(
    JSON.stringify({
      type: "chat",
      messages: [{ role: "user", content: "Hi" }],
      max_tokens: 1990,
      model: "stub:tokens=3",
    }),
  );
  await eventually(async () => frames.some((frame) => frame.includes("BUDGET_EXCEEDED")));
});

test("money is counted in what the model costs", async () => {
  const one = await personWith({ ...roomy, daily_cost: 0.01 });
  const priced = { ...env, MODEL_PRICES: '{"openai/stub:tokens=4":{"input":1,"output":1000}}' };
  const app = makeApp(composeRequest(priced, composeShared(priced)));
  const post = (max_tokens: number) =>
    app.request(
      "/api/v1/chat/direct",
      {
        method: "POST",
        headers: { Authorization: `Bearer ${one.token}`, "Content-Type": "application/json" },
        body: JSON.stringify({
          messages: [{ role: "user", content: "Hi" }],
          model: "stub:tokens=4",
          cache: "off", // what was answered before costs nothing
          max_tokens,
        }),
      },
      {},
      { waitUntil: () => undefined, passThroughOnException: () => undefined, props: {} },
    );
  expect((await post(11)).status).toBe(402); // 11 tokens at 1,000 dollars a million
  expect((await post(5)).status).toBe(200);
  await eventually(async () => ((await used(one))["daily_cost"] ?? 0) >= 0.004);
  expect((await post(5)).status).toBe(200);
  await eventually(async () => ((await used(one))["daily_cost"] ?? 0) >= 0.008);
  expect((await post(5)).status).toBe(402);
});

test("a model whose price nobody knows is no way around a budget", async () => {
  const one = await personWith({ ...roomy, daily_cost: 0.000001 });
  expect((await one.chat(message({ model: "stub:tokens=1" }))).status).toBe(402);
});

test("an answer that is deleted while it is written is paid for", async () => {
  const one = await personWith({ ...roomy });
  const stream = await one.fetch("/api/v1/chat/stream", {
    json: { message: "x ".repeat(4000), model: "stub:tokens=400,delay=10" },
  });
  const id = stream.headers.get("X-Conversation-Id") ?? "";
  for await (const { event } of sse(stream)) if (event === "token") break;
  expect((await one.fetch(`/api/v1/conversations/${id}`, { method: "DELETE" })).status).toBe(204);
  const settled = await eventually(async () => {
    const now = await used(one);
    return now["streams"] === 0 && now;
  });
  expect(settled["daily_tokens"]).toBeGreaterThan(2000);
  expect(settled["daily_cost"]).toBeGreaterThan(0);
});

test("an object that restarts in mid-stream: nothing is charged twice, and nothing is free", async () => {
  const one = await personWith({ ...roomy });
  const before = (await used(one))["daily_tokens"] ?? 0;
  const stream = await one.fetch("/api/v1/chat/stream", {
    json: message({ model: "stub:tokens=60,delay=15", max_tokens: 4000 }),
  });
  const conversation = stream.headers.get("X-Conversation-Id") ?? "";
  let tokens = 0;
  for await (const { event } of sse(stream)) if (event === "token" && ++tokens > 3) break;
  await scheduler.wait(600); // a batch of the log is stored
  await abortAllDurableObjects(); // conversation and account alike
  const held = await used(one);
  expect(held["daily_tokens"]).toBeGreaterThan(before + 4000 - 1); // the estimate still stands
  await runInDurableObject(stubOf(conversation), async (_, state) => {
    await state.storage.setAlarm(Date.now());
  });
  const [, answer] = await eventually(async () => {
    await scheduler.wait(200); // a minute has a hundred requests
    const messages = await one.messages(conversation);
    return messages[1]?.status === "completed" && messages;
  }, 15_000);
  const settled = await eventually(async () => {
    const now = await used(one);
    return now["streams"] === 0 && now;
  });
  const spent = (settled["daily_tokens"] ?? 0) - before;
  // Both attempts were paid for: two prompts, and less than what was reserved. The answer says the same.
  expect(spent).toBe(answer?.tokens_used?.total);
  expect(answer?.tokens_used?.prompt).toBe(20);
  expect(spent).toBeLessThan(2000);
  await abortAllDurableObjects();
  expect((await used(one))["daily_tokens"]).toBe(settled["daily_tokens"]);
}, 40_000);

test("limits by tier, and what an anonymous visitor gets, here and deployed", () => {
  const limits = (variables: object, who: "anonymous" | "free" | "enterprise") =>
    limitsOf(readConfig(variables), who);
  expect(limits({}, "anonymous")).toBeNull();
  expect(limits({ APP_ENV: "production" }, "anonymous")).toMatchObject({
    requests_per_minute: 10,
    tokens_per_minute: 10_000,
    streams: 2,
    others: { requests: 100, seconds: 60 },
  });
  expect(limits({ RATE_LIMIT_REQUESTS: "3" }, "anonymous")).toMatchObject({
    requests_per_minute: 3,
    streams: null,
    others: { requests: 3, seconds: 60 },
  });
  expect(limits({ RATE_LIMIT_STREAMS: "2" }, "anonymous")).toMatchObject({
    requests_per_minute: null,
    streams: 2,
    others: null,
  });
  expect(limits({ DAILY_TOKEN_BUDGET: "5" }, "anonymous")).toMatchObject({ daily_tokens: 5 });
  expect(limits({}, "free")).toMatchObject({
    requests_per_minute: 10,
    tokens_per_minute: 10_000,
    streams: 50,
    others: { requests: 100, seconds: 60 },
  });
  expect(limits({ RATE_LIMIT_WINDOW: "10" }, "enterprise")).toMatchObject({
    requests_per_minute: 1000,
    tokens_per_minute: 1_000_000,
    others: { requests: 100, seconds: 10 },
  });
  expect(limits({ RATE_LIMIT_ENABLED: "false", APP_ENV: "production" }, "free")).toBeNull();
});

test("RATE_LIMIT_ENABLED=false lifts limits, not revocation", async () => {
  const one = await person();
  const its = { ...env, RATE_LIMIT_ENABLED: "false" };
  const app = makeApp(composeRequest(its, composeShared(its)));
  const list = () =>
    app.request("/api/v1/conversations", { headers: { Authorization: `Bearer ${one.token}` } });
  expect((await list()).status).toBe(200);
  await one.fetch("/api/v1/auth/logout", { json: { all: true } });
  expect((await list()).status).toBe(401);
});

test("the shield turns an address away that floods, when deployed", async () => {
  const its = { ...env, APP_ENV: "production", ALLOW_ANONYMOUS: "true" };
  const app = makeApp(composeRequest(its, composeShared(its)));
  const knock = () =>
    app.request("/api/v1/auth/password/forgot", {
      method: "POST",
      headers: { "CF-Connecting-IP": "203.0.113.7", "Content-Type": "application/json" },
      body: "{}",
    });
  const statuses: number[] = [];
  for (let i = 0; i < 25; i++) statuses.push((await knock()).status);
  expect(statuses.slice(0, 20)).not.toContain(429);
  expect(statuses.slice(-3)).toEqual([429, 429, 429]);
});
