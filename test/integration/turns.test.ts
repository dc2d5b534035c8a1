import { listDurableObjectIds, runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { expect, test } from "vitest";
import { newConversationId, ownedId } from "../../src/ids.ts";
import type { Message } from "../../src/protocol/message.ts";
import { stubText } from "../stub/provider.ts";
import {
  allEvents,
  assembled,
  assembledFrames,
  Client,
  course,
  eventually,
  journal,
  newTag,
  type SseEvent,
  sse,
  stubOf,
} from "./client.ts";

type ErrorAnswer = {
  error: { code: string; message: string; details: Record<string, unknown>; request_id: string };
};

async function running(client: Client, model: string) {
  const response = await client.fetch("/api/v1/chat/stream", { json: { message: "Go", model } });
  const events = sse(response);
  const start = (await events.next()).value as SseEvent;
  await events.next(); // a token: the model is speaking
  return {
    conversation: String(start.data["conversation_id"]),
    turn: String(start.data["turn_id"]),
    rest: () => Array.fromAsync(events),
  };
}

const say = (client: Client, conversation_id: string, rest: Record<string, unknown>) =>
  client.fetch("/api/v1/chat/stream", {
    json: { message: "Again", conversation_id, model: "stub:tokens=3", ...rest },
  });

test("while an answer is written a second message is refused, with the turn that runs", async () => {
  const client = new Client();
  const { conversation, turn, rest } = await running(client, "stub:tokens=40,delay=10");
  const refused = await say(client, conversation, {});
  expect(refused.status).toBe(409);
  expect(refused.headers.get("X-Error-Code")).toBe("CONVERSATION_BUSY");
  expect((await refused.json<ErrorAnswer>()).error.details["turn_id"]).toBe(turn);
  await rest();
  expect(await client.messages(conversation)).toHaveLength(2);
});

test("on_busy: queue waits its turn", async () => {
  const client = new Client();
  const { conversation, rest } = await running(client, "stub:tokens=20,delay=10");
  const queued = await allEvents(await say(client, conversation, { on_busy: "queue" }));
  expect(course(queued.map(({ event }) => event))).toEqual([
    "queued",
    "start",
    "token",
    "complete",
  ]);
  await rest();
  expect((await client.messages(conversation)).map(({ content }) => content)).toEqual([
    "Go",
    stubText(20),
    "Again",
    stubText(3),
  ]);
});

test("on_busy: interrupt ends what runs, keeps what it said, and answers the new message", async () => {
  const client = new Client();
  const { conversation, rest } = await running(client, "stub:tokens=500,delay=10");
  const next = await allEvents(await say(client, conversation, { on_busy: "interrupt" }));
  expect(next.at(-1)?.event).toBe("complete");
  expect((await rest()).at(-1)?.event).toBe("cancelled");
  const messages = await client.messages(conversation);
  expect(messages.map(({ role, status }) => [role, status])).toEqual([
    ["user", "completed"],
    ["assistant", "partial"],
    ["user", "completed"],
    ["assistant", "completed"],
  ]);
});

test("two sends at once: one is answered, one is told that it is busy", async () => {
  const client = new Client();
  const conversation = await client.conversation();
  const answers = await Promise.all(
    [1, 2].map(() => say(client, conversation, { model: "stub:tokens=10,delay=5" })),
  );
  expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 409]);
  await Promise.all(answers.map((answer) => answer.text()));
  expect(await client.messages(conversation)).toHaveLength(2);
});

test("the queue has an end", async () => {
  const client = new Client();
  const { conversation, turn } = await running(client, "stub:tokens=500,delay=10");
  const statuses: number[] = [];
  for (let i = 0; i < 12; i++) {
    const response = await say(client, conversation, { on_busy: "queue" });
    statuses.push(response.status);
    await response.body?.cancel();
  }
  expect(statuses.filter((status) => status === 200)).toHaveLength(10);
  expect(statuses.at(-1)).toBe(409);
  await client.json(`/api/v1/conversations/${conversation}/turns/${turn}/cancel`, {
    method: "POST",
  });
});

test("cancel closes the upstream connection within a second and keeps the partial text", async () => {
  const client = new Client();
  const tag = newTag();
  const { conversation, turn, rest } = await running(
    client,
    `stub:tokens=1000,delay=10,tag=${tag}`,
  );
  await scheduler.wait(100);
  const cancelledAt = Date.now();
  const cancelled = await client.json<{ status: string; message: Message }>(
    `/api/v1/conversations/${conversation}/turns/${turn}/cancel`,
    { method: "POST" },
  );
  expect(cancelled.status).toBe("cancelled");
  await eventually(async () => (await journal(tag)).aborted === 1);
  expect(Date.now() - cancelledAt).toBeLessThan(1000);
  const stored = (await client.messages(conversation)).at(-1);
  expect(stored).toEqual(cancelled.message);
  expect(stored).toMatchObject({ status: "partial", finish_reason: "cancelled" });
  expect(stubText(1000).startsWith(String(stored?.content))).toBe(true);
  expect(stored?.content).not.toBe("");
  expect((await rest()).at(-1)?.event).toBe("cancelled");
  // Again, it stays as it ended.
  const again = await client.json<{ status: string }>(
    `/api/v1/conversations/${conversation}/turns/${turn}/cancel`,
    { method: "POST" },
  );
  expect(again.status).toBe("cancelled");
});

test("a model that hangs can be cancelled before it says a word", async () => {
  const client = new Client();
  const tag = newTag();
  const response = await client.fetch("/api/v1/chat/stream", {
    json: { message: "Go", model: `stub:fault=hang,tag=${tag}` },
  });
  const events = sse(response);
  const start = (await events.next()).value as SseEvent;
  const { conversation_id, turn_id } = start.data as Record<string, string>;
  await eventually(async () => (await journal(tag)).calls === 1);
  await client.json(`/api/v1/conversations/${conversation_id}/turns/${turn_id}/cancel`, {
    method: "POST",
  });
  expect((await Array.fromAsync(events)).at(-1)?.event).toBe("cancelled");
  await eventually(async () => (await journal(tag)).aborted === 1);
});

test("the same Idempotency-Key twice at once, and afterwards: one message, one model call", async () => {
  const client = new Client();
  await client.chat({ message: "mint", model: "stub" });
  const tag = newTag();
  const send = (message = "Once") =>
    client.chat(
      { message, model: `stub:tokens=10,delay=5,tag=${tag}` },
      { "Idempotency-Key": tag },
    );
  const [first, second] = await Promise.all([send(), send()]);
  const third = await send();
  const bodies = await Promise.all(
    [first, second, third].map((response) => response.json<Message>()),
  );
  expect(bodies[1]).toEqual(bodies[0]);
  expect(bodies[2]).toEqual(bodies[0]);
  expect((await journal(tag)).calls).toBe(1);
  expect(await client.messages(String(bodies[0]?.conversation_id))).toHaveLength(2);
  const other = await send("Something else");
  expect(other.status).toBe(422);
  expect((await other.json<ErrorAnswer>()).error.code).toBe("IDEMPOTENCY_CONFLICT");
});

test("a repeated key attaches a stream to the turn from its beginning", async () => {
  const client = new Client();
  await client.chat({ message: "mint", model: "stub" });
  const tag = newTag();
  const send = () =>
    client.fetch("/api/v1/chat/stream", {
      json: { message: "Once", model: `stub:tokens=30,delay=5,tag=${tag}` },
      headers: { "Idempotency-Key": tag },
    });
  const first = await send();
  await scheduler.wait(60);
  const texts = (await Promise.all([allEvents(first), send().then(allEvents)])).map((events) =>
    assembled(events),
  );
  expect(texts).toEqual([stubText(30), stubText(30)]);
  expect((await journal(tag)).calls).toBe(1);
});

test("another visitor's key, conversation and turn are nobody's", async () => {
  const [mine, theirs] = [new Client(), new Client()];
  const answer = await (
    await mine.chat({ message: "Secret", model: "stub" }, { "Idempotency-Key": "shared" })
  ).json<Message>();
  const other = await (
    await theirs.chat({ message: "Secret", model: "stub" }, { "Idempotency-Key": "shared" })
  ).json<Message>();
  expect(other.conversation_id).not.toBe(answer.conversation_id);
  const id = String(answer.conversation_id);
  const asked = await Promise.all([
    theirs.fetch(`/api/v1/conversations/${id}`),
    theirs.fetch(`/api/v1/conversations/${id}/messages`),
    theirs.fetch(`/api/v1/conversations/${id}`, { method: "DELETE" }),
    theirs.fetch(`/api/v1/conversations/${id}`, { method: "PATCH", json: { title: "Mine now" } }),
    theirs.fetch(`/api/v1/conversations/${id}/turns/${answer.turn_id}/events`),
    theirs.fetch(`/api/v1/conversations/${id}/turns/${answer.turn_id}/cancel`, { method: "POST" }),
    theirs.chat({ message: "Hi", conversation_id: id }),
    theirs.fetch(`/api/v1/conversations/${id}/ws`, { headers: { Upgrade: "websocket" } }),
  ]);
  expect(asked.map(({ status }) => status)).toEqual(asked.map(() => 404));
  expect(await mine.messages(id)).toHaveLength(2);
});

test.each([
  ["401", "LLM_PROVIDER_ERROR", 502, { reason: "authentication", retryable: false }, 1],
  ["404", "LLM_PROVIDER_ERROR", 502, { reason: "model_not_found" }, 1],
  [
    "429,retry=60",
    "LLM_PROVIDER_ERROR",
    502,
    { reason: "rate_limit", retryable: true, retry_after: 60 },
    1,
  ],
  ["500", "LLM_PROVIDER_ERROR", 502, { reason: "failed", retryable: true }, 3],
  ["context", "CONTEXT_TOO_LONG", 400, { reason: "context_too_long" }, 1],
  ["hang", "LLM_TIMEOUT", 504, { reason: "timeout" }, 1],
  ["html", "LLM_PROVIDER_ERROR", 502, { reason: "malformed" }, 3],
] as const)("a provider that answers %s is a %s", async (fault, code, status, details, calls) => {
  const client = new Client();
  const tag = newTag();
  const response = await client.chat({ message: "Hi", model: `stub:fault=${fault},tag=${tag}` });
  expect(response.status).toBe(status);
  const text = await response.text();
  expect(text).not.toContain("sk-");
  const { error } = JSON.parse(text) as ErrorAnswer;
  expect(error).toMatchObject({ code, details: { provider: "openai", ...details } });
  expect(error.request_id).toBe(response.headers.get("X-Request-Id"));
  expect((await journal(tag)).calls).toBe(calls);
  // What the user said is kept, and the turn has its one end.
  const partial = error.details["partial"] as Message;
  const messages = await client.messages(String(partial.conversation_id));
  expect(messages.map((message) => message.status)).toEqual(["completed", "failed"]);
});

test("500 twice, then an answer: the reader sees only the answer", async () => {
  const tag = newTag();
  const answer = await (
    await new Client().chat({ message: "Hi", model: `stub:tokens=3,fault=500x2,tag=${tag}` })
  ).json<Message>();
  expect(answer.content).toBe(stubText(3));
  expect((await journal(tag)).calls).toBe(3);
});

test("retry-after is obeyed", async () => {
  const tag = newTag();
  const began = Date.now();
  const answer = await new Client().chat({
    message: "Hi",
    model: `stub:tokens=3,fault=429x1,retry=1,tag=${tag}`,
  });
  expect(answer.status).toBe(200);
  expect(Date.now() - began).toBeGreaterThanOrEqual(1000);
});

test.each(["nofinish", "malformed", "drop"])(
  "a stream that ends in %s fails, with its partial kept and not asked again",
  async (fault) => {
    const client = new Client();
    const tag = newTag();
    const events = await allEvents(
      await client.fetch("/api/v1/chat/stream", {
        json: { message: "Hi", model: `stub:tokens=20,delay=20,fault=${fault},tag=${tag}` },
      }),
    );
    const last = events.at(-1);
    expect(last?.event).toBe("error");
    expect(last?.data["error"]).toMatchObject({
      code: "LLM_PROVIDER_ERROR",
      details: { retryable: true },
    });
    const stored = (await client.messages(String(events[0]?.data["conversation_id"]))).at(-1);
    expect(stored).toMatchObject({
      status: "partial",
      finish_reason: "error",
      metadata: { error: { code: "LLM_PROVIDER_ERROR" } },
    });
    expect(stored?.content).toBe(assembled(events));
    expect(stored?.content).toBe(stubText(10));
    expect((await journal(tag)).calls).toBe(1);
  },
);

test("a fast stream that breaks keeps what its reader was told, and nothing else", async () => {
  const client = new Client();
  const events = await allEvents(
    await client.fetch("/api/v1/chat/stream", {
      json: { message: "Hi", model: "stub:tokens=400,delay=1,fault=drop" },
    }),
  );
  expect(events.at(-1)?.event).toBe("error");
  const stored = (await client.messages(String(events[0]?.data["conversation_id"]))).at(-1);
  expect(stored?.status).toBe("partial");
  expect(stored?.content).toBe(assembled(events));
  expect(stubText(200).startsWith(String(stored?.content))).toBe(true);
  expect(stored?.content.length).toBeGreaterThan(500);
});

test("a provider that nobody can reach is a 503", async () => {
  const response = await new Client().chat({ message: "Hi", provider: "ollama" });
  expect(response.status).toBe(503);
  expect((await response.json<ErrorAnswer>()).error).toMatchObject({
    code: "SERVICE_UNAVAILABLE",
    details: { provider: "ollama" },
  });
});

test("a provider that is not configured is refused before anything is stored", async () => {
  const client = new Client();
  const response = await client.chat({ message: "Hi", provider: "nobody" });
  expect(response.status).toBe(400);
  expect((await response.json<ErrorAnswer>()).error.details["field"]).toBe("provider");
  expect((await client.json<{ conversations: [] }>("/api/v1/conversations")).conversations).toEqual(
    [],
  );
});

test.each([
  ["not JSON", "{", 400, "body"],
  ["an array", "[]", 400, "body"],
  ["empty text", JSON.stringify({ message: "" }), 400, "message"],
  ["blank text", JSON.stringify({ message: "  \n" }), 400, "message"],
  ["no text", "{}", 400, "message"],
  ["a number for text", JSON.stringify({ message: 5 }), 400, "message"],
  ["100,001 characters", JSON.stringify({ message: "x".repeat(100_001) }), 400, "message"],
  ["half a surrogate pair", '{"message":"a\\ud800b"}', 400, "message"],
  ["a NUL", '{"message":"a\\u0000b"}', 400, "message"],
  ["a hot temperature", JSON.stringify({ message: "x", temperature: 2.1 }), 400, "temperature"],
  ["no tokens", JSON.stringify({ message: "x", max_tokens: 0 }), 400, "max_tokens"],
  ["too many tokens", JSON.stringify({ message: "x", max_tokens: 128_001 }), 400, "max_tokens"],
  ["a long model name", JSON.stringify({ message: "x", model: "m".repeat(101) }), 400, "model"],
  ["a strange on_busy", JSON.stringify({ message: "x", on_busy: "wait" }), 400, "on_busy"],
  ["a bad part", JSON.stringify({ parts: [{ type: "text", text: "" }] }), 400, "parts.0.text"],
  ["2 MB", JSON.stringify({ message: "x".repeat(2_000_000) }), 413, "body"],
])("a body of %s is refused, and nothing is stored", async (_, body, status, field) => {
  const before = await listDurableObjectIds(env.CONVERSATIONS);
  for (const path of ["/api/v1/chat", "/api/v1/chat/stream"]) {
    const response = await new Client().fetch(path, {
      method: "POST",
      body,
      headers: { "Content-Type": "application/json" },
    });
    expect(response.status).toBe(status);
    expect((await response.json<ErrorAnswer>()).error.details["field"]).toBe(field);
  }
  expect(await listDurableObjectIds(env.CONVERSATIONS)).toHaveLength(before.length);
});

test.each([
  ["no messages", { messages: [] }, "messages"],
  [
    "101 messages",
    { messages: Array.from({ length: 101 }, () => ({ role: "user", content: "x" })) },
    "messages",
  ],
  ["a strange role", { messages: [{ role: "robot", content: "x" }] }, "messages.0.role"],
  ["an empty message", { messages: [{ role: "user", content: "" }] }, "messages.0.content"],
  ["only a system message", { messages: [{ role: "system", content: "x" }] }, "messages"],
])("a direct call with %s is refused", async (_, json, field) => {
  const response = await new Client().fetch("/api/v1/chat/direct", { json });
  expect(response.status).toBe(400);
  expect((await response.json<ErrorAnswer>()).error.details["field"]).toBe(field);
});

test("a body that is not JSON by its own word is a 415", async () => {
  const response = await new Client().fetch("/api/v1/chat", {
    method: "POST",
    body: "message=x",
    headers: { "Content-Type": "text/plain" },
  });
  expect(response.status).toBe(415);
});

test("what never existed is a 404, and asking makes no object", async () => {
  const client = new Client();
  await client.chat({ message: "mint", model: "stub" });
  const before = (await listDurableObjectIds(env.CONVERSATIONS)).length;
  for (const id of ["conv_nothing", "conv_01hzzzzzzzzzzzzzzzzzzzzzzz", "x", "conv_%00"]) {
    for (const path of ["", "/messages", "/turns/turn_1/events"])
      expect((await client.fetch(`/api/v1/conversations/${id}${path}`)).status).toBe(404);
    expect((await client.fetch(`/api/v1/conversations/${id}`, { method: "DELETE" })).status).toBe(
      404,
    );
    expect(
      (await client.fetch(`/api/v1/conversations/${id}/ws`, { headers: { Upgrade: "websocket" } }))
        .status,
    ).toBe(404);
    expect((await client.chat({ message: "Hi", conversation_id: id })).status).toBe(404);
  }
  expect(await listDurableObjectIds(env.CONVERSATIONS)).toHaveLength(before);
});

test("an id that could exist but does not is a 404 whose object stays without tables", async () => {
  const client = new Client();
  const id = newConversationId(Date.now());
  const turn = ownedId("turn", id, 1);
  expect((await client.fetch(`/api/v1/conversations/${id}`)).status).toBe(404);
  expect((await client.fetch(`/api/v1/conversations/${id}/turns/${turn}/events`)).status).toBe(404);
  expect((await client.chat({ message: "Hi", conversation_id: id })).status).toBe(404);
  const tables = await runInDurableObject(stubOf(id), (_, state) => [
    ...state.storage.sql.exec(
      "SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'",
    ),
  ]);
  expect(tables).toEqual([]);
});

test("a turn of an existing conversation that never was is a 404", async () => {
  const client = new Client();
  const id = await client.conversation();
  expect(
    (await client.fetch(`/api/v1/conversations/${id}/turns/${ownedId("turn", id, 7)}/events`))
      .status,
  ).toBe(404);
  expect(
    (
      await client.fetch(`/api/v1/conversations/${id}/turns/${ownedId("turn", id, 7)}/cancel`, {
        method: "POST",
      })
    ).status,
  ).toBe(404);
});

test("every socket on a conversation sees the same turn; bad frames are answered, not fatal", async () => {
  const client = new Client();
  const id = await client.conversation();
  const [one, two] = [await client.socket(id), await client.socket(id)];
  for (const frame of [
    "{",
    "[]",
    { type: "dance" },
    { type: "send" },
    { type: "send", message: "" },
    { type: "resume", turn_id: "x" },
    { type: "cancel", turn_id: ownedId("turn", id, 9) },
  ]) {
    const seen = one.frames.length;
    one.say(frame);
    await one.until((it) => it.type === "error" && one.frames.indexOf(it) >= seen);
  }
  one.say({ type: "send", message: "", idempotency_key: "mine" });
  expect((await one.until((it) => it["idempotency_key"] === "mine")).error?.code).toBe(
    "VALIDATION_ERROR",
  );
  one.sayBytes(new Uint8Array([1, 2, 3]));
  one.say({ type: "ping" });
  await one.until(({ type }) => type === "pong");
  one.say({ type: "send", message: "Hi", model: "stub:tokens=30,delay=3" });
  const closing = await one.closing();
  await two.closing();
  const turn = String(closing.turn_id);
  expect(assembledFrames(one.frames, turn)).toBe(stubText(30));
  expect(assembledFrames(two.frames, turn)).toBe(stubText(30));
  expect((closing["message"] as Message).content).toBe(stubText(30));
  expect(two.frames.filter(({ turn_id }) => turn_id === turn).map(({ seq }) => seq)).toEqual(
    two.frames.filter(({ turn_id }) => turn_id === turn).map((_, i) => i + 1),
  );
  expect(one.closed).toBeUndefined();
});

test("a socket that comes later resumes from where it was", async () => {
  const client = new Client();
  const id = await client.conversation();
  const first = await client.socket(id);
  first.say({ type: "send", message: "Hi", model: "stub:tokens=60,delay=5" });
  const seen = await first.until(({ type, index }) => type === "text.delta" && index === 10);
  first.close();
  const turn = String(seen.turn_id);
  const second = await client.socket(id);
  second.say({ type: "resume", turn_id: turn, after: `${turn}:1.${seen.seq}` });
  await second.closing(turn);
  const before = first.frames.filter((frame) => Number(frame.seq) <= Number(seen.seq));
  expect(assembledFrames([...before, ...second.frames], turn)).toBe(stubText(60));
  expect(second.frames[0]?.seq).toBe(Number(seen.seq) + 1);
});

test("a socket's cancel stops the turn for everyone; its key sends once", async () => {
  const client = new Client();
  const id = await client.conversation();
  const socket = await client.socket(id);
  const tag = newTag();
  const frame = {
    type: "send",
    message: "Hi",
    model: `stub:tokens=500,delay=10,tag=${tag}`,
    idempotency_key: tag,
  };
  socket.say(frame);
  socket.say(frame);
  const delta = await socket.until(({ type }) => type === "text.delta");
  socket.say({ type: "cancel", turn_id: delta.turn_id });
  const closing = await socket.closing();
  expect(closing.type).toBe("turn.cancelled");
  expect((await journal(tag)).calls).toBe(1);
  expect(await client.messages(id)).toHaveLength(2);
});

test("/ws/chat speaks seed 003: token and done, ping and pong; stored only with a conversation", async () => {
  const client = new Client();
  const id = await client.conversation();
  const response = await exports.default.fetch(
    new Request(`http://edgewise.test/ws/chat?token=${client.token}`, {
      headers: { Upgrade: "websocket" },
    }),
  );
  const { Socket } = await import("./client.ts");
  if (response.webSocket === null) throw new Error("no socket");
  const socket = new Socket(response.webSocket);
  socket.say({ type: "ping" });
  await socket.until(({ type }) => type === "pong");
  socket.say({ type: "chat", messages: [{ role: "user", content: "Hi" }], model: "stub:tokens=4" });
  await socket.until(({ type }) => type === "done");
  const tokens = socket.frames.filter(({ type }) => type === "token");
  expect(tokens.map(({ content }) => content).join("")).toBe(stubText(4));
  expect(await client.messages(id)).toEqual([]);
  socket.frames.length = 0;
  socket.say({
    type: "chat",
    messages: [{ role: "user", content: "Keep this" }],
    conversation_id: id,
    model: "stub:tokens=4",
  });
  await socket.until(({ type }) => type === "done");
  expect((await client.messages(id)).map(({ content }) => content)).toEqual([
    "Keep this",
    stubText(4),
  ]);
  socket.say("rubbish");
  await socket.until(({ type }) => type === "error");
  socket.say({ type: "chat", messages: [] });
  await socket.until(({ type, error }) => type === "error" && error?.code === "VALIDATION_ERROR");
  expect(socket.closed).toBeUndefined();
});

test("an unauthorised socket is closed with 4001", async () => {
  const { Socket } = await import("./client.ts");
  for (const path of ["/ws/chat", `/api/v1/conversations/${newConversationId(Date.now())}/ws`]) {
    const response = await exports.default.fetch(
      new Request(`http://edgewise.test${path}?token=ewv_forged.x`, {
        headers: { Upgrade: "websocket" },
      }),
    );
    if (response.webSocket === null) throw new Error("no socket");
    const socket = new Socket(response.webSocket);
    await eventually(async () => socket.closed !== undefined);
    expect(socket.closed).toBe(4001);
  }
});
