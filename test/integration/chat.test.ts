import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Message } from "../../src/protocol/message.ts";
import { stubText } from "../stub/provider.ts";
import { allEvents, assembled, Client, eventually, journal, newTag } from "./client.ts";

test("a message without a conversation makes one and is answered", async () => {
  const client = new Client();
  const response = await client.chat({ message: "Hello", model: "stub:tokens=5" });
  expect(response.status).toBe(200);
  const answer = await response.json<Message>();
  expect(answer).toMatchObject({
    role: "assistant",
    content: stubText(5),
    status: "completed",
    finish_reason: "stop",
    provider: "openai",
    model: "stub:tokens=5",
    tokens_used: { prompt: 10, completion: 5, total: 15 },
  });
  expect(answer.id).toMatch(/^msg_/);
  expect(answer.timestamp).toMatch(/^\d{4}-.*Z$/);
  const messages = await client.messages(String(answer.conversation_id));
  expect(messages.map(({ role, content }) => ({ role, content }))).toEqual([
    { role: "user", content: "Hello" },
    { role: "assistant", content: stubText(5) },
  ]);
  expect(messages[1]).toEqual(answer);
  expect(messages[1]?.parent_id).toBe(messages[0]?.id);
});

test("a second message is answered with the first in mind", async () => {
  const client = new Client();
  const tag = newTag();
  const first = await (
    await client.chat({ message: "My name is Ada", model: "stub:tokens=2" })
  ).json<Message>();
  await client.chat({
    message: "What is it?",
    conversation_id: first.conversation_id,
    model: `stub:tokens=2,tag=${tag}`,
  });
  expect((await journal(tag)).last).toMatchObject({
    messages: [
      { role: "user", content: "My name is Ada" },
      { role: "assistant", content: stubText(2) },
      { role: "user", content: "What is it?" },
    ],
  });
});

test("a stream names its turn first, numbers its tokens, and ends with the whole message", async () => {
  const client = new Client();
  const response = await client.fetch("/api/v1/chat/stream", {
    json: { message: "Hi", model: "stub:tokens=20" },
  });
  expect(response.headers.get("Content-Type")).toContain("text/event-stream");
  expect(response.headers.get("Cache-Control")).toBe("no-cache");
  expect(response.headers.get("X-Accel-Buffering")).toBe("no");
  const events = await allEvents(response);
  const [first] = events;
  expect(first?.event).toBe("start");
  expect(first?.data).toEqual({
    turn_id: expect.stringMatching(/^turn_/) as unknown,
    conversation_id: expect.stringMatching(/^conv_/) as unknown,
    message_id: expect.stringMatching(/^msg_/) as unknown,
  });
  const tokens = events.filter(({ event }) => event === "token");
  expect(tokens.map(({ data }) => data["index"])).toEqual(tokens.map((_, i) => i));
  expect(events.map(({ id }) => id)).toEqual(
    events.map((_, i) => `${String(first?.data["turn_id"])}:1.${i + 1}`),
  );
  const last = events.at(-1);
  expect(last?.event).toBe("complete");
  expect(last?.data).toMatchObject({ finish_reason: "stop", total_tokens: 30 });
  expect((last?.data["message"] as Message).content).toBe(assembled(events));
  expect(assembled(events)).toBe(stubText(20));
});

test.each([
  ["stream: true", { stream: true }, {}],
  ["Accept: text/event-stream", {}, { Accept: "text/event-stream" }],
])("POST /chat streams where %s asks for it", async (_, body, headers: Record<string, string>) => {
  const response = await new Client().chat({ message: "Hi", model: "stub", ...body }, headers);
  expect(response.headers.get("Content-Type")).toContain("text/event-stream");
  expect((await allEvents(response)).at(-1)?.event).toBe("complete");
});

test("every provider answers over its own wire", async () => {
  for (const provider of ["openai", "anthropic"]) {
    const answer = await (
      await new Client().chat({ message: "Hi", provider, model: "stub:tokens=4" })
    ).json<Message>();
    expect(answer).toMatchObject({
      provider,
      content: stubText(4),
      finish_reason: "stop",
      tokens_used: { total: 14 },
    });
  }
  const embedded = await (
    await new Client().chat({ message: "Hi", provider: "embedded" })
  ).json<Message>();
  expect(embedded).toMatchObject({ provider: "embedded", model: "edgewise-embedded" });
  expect(embedded.content).toContain("embedded model");
});

test("a direct call answers, streams, and stores nothing", async () => {
  const client = new Client();
  const messages = [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Hi" },
    { role: "assistant", content: "Hello" },
    { role: "user", content: "And?" },
  ];
  const tag = newTag();
  const answer = await client.json<Message>("/api/v1/chat/direct", {
    json: { messages, model: `stub:tokens=3,tag=${tag}` },
  });
  expect(answer).toMatchObject({ conversation_id: null, content: stubText(3), seq: 0 });
  expect((await journal(tag)).last).toMatchObject({ messages });
  const events = await allEvents(
    await client.fetch("/api/v1/chat/direct", {
      json: { messages, model: "stub:tokens=3", stream: true },
    }),
  );
  expect(assembled(events)).toBe(stubText(3));
  expect(events.at(-1)?.event).toBe("complete");
  const list = await client.json<{ pagination: { total: number } }>("/api/v1/conversations");
  expect(list.pagination.total).toBe(0);
});

test("a direct call ends when its reader leaves", async () => {
  const tag = newTag();
  const response = await new Client().fetch("/api/v1/chat/direct", {
    json: {
      messages: [{ role: "user", content: "Hi" }],
      model: `stub:tokens=500,delay=10,tag=${tag}`,
      stream: true,
    },
  });
  const reader = response.body?.getReader();
  await reader?.read();
  await reader?.cancel();
  await eventually(async () => (await journal(tag)).aborted === 1);
});

test("a direct call ends when its caller hangs up", async () => {
  const tag = newTag();
  const left = new AbortController();
  const asked = new Client().fetch("/api/v1/chat/direct", {
    json: {
      messages: [{ role: "user", content: "Hi" }],
      model: `stub:tokens=500,delay=10,tag=${tag}`,
    },
    signal: left.signal,
  });
  await eventually(async () => (await journal(tag)).calls === 1);
  left.abort();
  await expect(asked).rejects.toThrow();
  await eventually(async () => (await journal(tag)).aborted === 1);
});

test("unknown fields are ignored, and named in a notice", async () => {
  const answer = await (
    await new Client().chat({ message: "Hi", model: "stub", temper: 1, colour: "red" })
  ).json<Message>();
  expect(answer.notices).toEqual([
    expect.objectContaining({
      code: "ignored_parameter",
      details: { parameters: ["temper", "colour"] },
    }),
  ]);
});

test("settings that a vendor does not take are told, not hidden", async () => {
  const answer = await (
    await new Client().chat({
      message: "Hi",
      provider: "anthropic",
      model: "stub",
      temperature: 1.5,
      frequency_penalty: 1,
    })
  ).json<Message>();
  expect(answer.notices.map(({ code }) => code)).toEqual([
    "ignored_parameter",
    "adjusted_parameter",
  ]);
});

test("the conversation's model and system prompt are used unless a message says otherwise", async () => {
  const client = new Client();
  const tag = newTag();
  const { id } = await client.json<{ id: string }>("/api/v1/conversations", {
    json: { title: "Mine", model: `stub:tokens=1,tag=${tag}`, system_prompt: "You are brief." },
  });
  await client.chat({ message: "Hi", conversation_id: id });
  expect((await journal(tag)).last).toMatchObject({
    messages: [{ role: "system", content: "You are brief." }, { role: "user" }],
  });
  const other = newTag();
  await client.chat({
    message: "Hi",
    conversation_id: id,
    model: `stub:tag=${other}`,
    system_prompt: "Be long.",
  });
  expect((await journal(other)).last).toMatchObject({
    messages: [{ role: "system", content: "Be long." }, {}, {}, {}],
  });
});

test("a streaming turn needs no D1: it is whole while D1 is away", async () => {
  const client = new Client();
  await client.chat({ message: "warm", model: "stub" });
  await env.DB.exec("ALTER TABLE conversations RENAME TO conversations_away");
  try {
    const events = await allEvents(
      await client.fetch("/api/v1/chat/stream", {
        json: { message: "Hi", model: "stub:tokens=6" },
      }),
    );
    expect(assembled(events)).toBe(stubText(6));
    expect(events.at(-1)?.event).toBe("complete");
  } finally {
    await env.DB.exec("ALTER TABLE conversations_away RENAME TO conversations");
  }
});

test("who sends no body is told what is missing, and has an answer again without one", async () => {
  const client = new Client();
  const answer = await (
    await client.chat({ message: "Hello", model: "stub:tokens=2" })
  ).json<Message>();
  const messages = `/api/v1/conversations/${answer.conversation_id}/messages`;
  for (const path of [
    "/api/v1/chat",
    "/api/v1/chat/stream",
    messages,
    `${messages}/${answer.parent_id}/edit`,
  ]) {
    const refused = await client.fetch(path, { method: "POST" });
    expect.soft(refused.status, path).toBe(400);
    expect.soft(await refused.json(), path).toMatchObject({ error: { code: "VALIDATION_ERROR" } });
  }
  const again = await client.fetch(`${messages}/${answer.id}/regenerate`, { method: "POST" });
  expect(again.status).toBe(200);
  expect((await again.json<Message>()).parent_id).toBe(answer.parent_id);
});
