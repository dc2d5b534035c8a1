// Whoever cancels, or leaves, at whatever stage: the vendor's connection is let go, and what was used
// is paid, once.
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Message } from "../../src/protocol/message.ts";
import { eventually, journal, newTag, sse } from "./client.ts";
import { type Person, personWith } from "./people.ts";

type Event = {
  outcome: string;
  turn_status: string | null;
  prompt_tokens: number;
  completion_tokens: number;
};

const payer = () => personWith({ requests_per_minute: null, tokens_per_minute: null });

const eventsOf = async (one: Person, conversation: string | null) =>
  (
    await env.DB.prepare(
      "SELECT * FROM usage_events WHERE user_id = ? AND conversation_id IS ? ORDER BY at",
    )
      .bind(one.id, conversation)
      .all<Event>()
  ).results;

const usedBy = async (one: Person) =>
  (await one.json<{ used: Record<string, number> }>("/api/v1/auth/limits")).used;

test.each([
  ["before its headers", "fault=hang", 1, true],
  ["in the middle of its text", "tokens=40,fault=stall", 1, true],
  ["within a tool's arguments", "tool=look_up,delay=1500", 1, true],
  ["while a retry is waited for", "fault=429,retry=20", 1, false],
])(
  "cancelled %s: the connection is let go, and the books agree",
  async (_, script, calls, open) => {
    const one = await payer();
    const tag = newTag();
    const stream = await one.fetch("/api/v1/chat/stream", {
      json: { message: "Hello", model: `stub:${script},tag=${tag}`, max_tokens: 3000 },
    });
    const conversation = stream.headers.get("X-Conversation-Id") ?? "";
    const turn = stream.headers.get("X-Turn-Id") ?? "";
    await eventually(async () => (await journal(tag)).calls === calls);
    await scheduler.wait(150);
    const { message } = await one.json<{ message: Message }>(
      `/api/v1/conversations/${conversation}/turns/${turn}/cancel`,
      { method: "POST" },
    );
    expect(message.finish_reason).toBe("cancelled");
    await stream.body?.cancel();
    if (open) await eventually(async () => (await journal(tag)).aborted === 1);
    await scheduler.wait(300);
    expect((await journal(tag)).calls).toBe(calls); // nobody asks on for somebody who has left
    const events = await eventually(async () => {
      const found = await eventsOf(one, conversation);
      return found.length > 0 && found;
    });
    expect(events.map(({ turn_status }) => turn_status)).toEqual(["cancelled"]);
    const spent = events.reduce((sum, it) => sum + it.prompt_tokens + it.completion_tokens, 0);
    await eventually(async () => {
      const used = await usedBy(one);
      return used["streams"] === 0 && used["daily_tokens"] === spent;
    });
    expect(message.tokens_used?.total ?? 0).toBe(spent);
  },
);

test("cancelled while the next of the chain is asked: both are let go of, and paid for", async () => {
  const one = await payer();
  const stream = await one.fetch("/api/v1/chat/stream", {
    json: { message: "Hello", model: "stub:fault=500,chain=cancel" },
  });
  const conversation = stream.headers.get("X-Conversation-Id") ?? "";
  await eventually(async () => (await journal("behind")).calls === 1);
  await one.json(
    `/api/v1/conversations/${conversation}/turns/${stream.headers.get("X-Turn-Id")}/cancel`,
    { method: "POST" },
  );
  await eventually(async () => (await journal("behind")).aborted === 1);
  const events = await eventually(async () => {
    const found = await eventsOf(one, conversation);
    return found.length === 4 && found;
  });
  expect(events.map(({ outcome }) => outcome)).toEqual(["failed", "failed", "failed", "cancelled"]);
  expect(events.map(({ prompt_tokens }) => prompt_tokens > 0)).toEqual([false, false, false, true]);
  const spent = events.reduce((sum, it) => sum + it.prompt_tokens + it.completion_tokens, 0);
  await eventually(async () => (await usedBy(one))["daily_tokens"] === spent);
});

test("a reader who leaves a stateless call ends it, and pays for what it was told", async () => {
  const one = await payer();
  const tag = newTag();
  const response = await one.fetch("/api/v1/chat/direct", {
    json: {
      messages: [{ role: "user", content: "Hello" }],
      model: `stub:tokens=400,delay=20,tag=${tag}`,
      stream: true,
    },
  });
  for await (const { event } of sse(response)) if (event === "token") break;
  await eventually(async () => (await journal(tag)).aborted === 1);
  const events = await eventually(async () => {
    const found = await eventsOf(one, null);
    return found.length === 1 && found;
  });
  const [event] = events;
  expect(event).toMatchObject({ outcome: "cancelled", turn_status: "cancelled" });
  expect(event?.completion_tokens).toBeGreaterThan(0);
  await eventually(
    async () =>
      (await usedBy(one))["daily_tokens"] ===
      (event?.prompt_tokens ?? 0) + (event?.completion_tokens ?? 0),
  );
});
