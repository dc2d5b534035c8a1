// Tools, pictures and forms of answers through conversations: what is stored, what a model is sent next,
// and what is refused before anything is.
import { expect, test } from "vitest";
import type { Message, Part } from "../../src/protocol/message.ts";
import { abortAllDurableObjects } from "cloudflare:test";
import { stubText } from "../stub/provider.ts";
import {
  allEvents,
  assembled,
  Client,
  eventually,
  journal,
  newTag,
  type SseEvent,
  sse,
} from "./client.ts";

const TOOLS = [
  {
    name: "get_weather",
    description: "The weather of a place",
    parameters: { type: "object", properties: { place: { type: "string" } } },
  },
];
/** A pixel. */
const PNG =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const CALLS = "stub:tool=get_weather";

type Sent = {
  role: string;
  content: unknown;
  tool_call_id?: string;
  tool_calls?: { id: string; function: { name: string; arguments: string } }[];
};
type Asked = { messages: Sent[]; tools?: unknown[]; response_format?: unknown };

/** A conversation, and what the stub was sent last of each message into it. */
async function conversation(memory: object = {}) {
  const client = new Client();
  const { id } = await client.json<{ id: string }>("/api/v1/conversations", { json: { memory } });
  const tag = newTag();
  const send = (body: object, model = "stub:tokens=3") =>
    client.chat({ conversation_id: id, tools: TOOLS, model: `${model},tag=${tag}`, ...body });
  return {
    client,
    id,
    send,
    say: async (body: object, model?: string): Promise<Message> => {
      const answer = await send(body, model);
      expect(answer.status, await answer.clone().text()).toBe(200);
      return answer.json<Message>();
    },
    refused: async (body: object, model?: string) => {
      const answer = await send(body, model);
      const { error } = await answer.json<{
        error: { code: string; message: string; details: Record<string, unknown> };
      }>();
      return { status: answer.status, ...error };
    },
    asked: async () => (await journal(tag)).last as Asked,
    calls: async () => (await journal(tag)).calls,
  };
}

const callsIn = ({ parts }: Pick<Message, "parts">) =>
  parts.flatMap((part) => (part.type === "tool_call" ? [part.id] : []));
const result = (tool_call_id: string, content = "18 °C"): Part => ({
  type: "tool_result",
  tool_call_id,
  content,
});
const picture = (url = PNG): Part => ({ type: "image", url });
const text = (said: string): Part => ({ type: "text", text: said });

test("a result that answers no call is refused before anything is stored", async () => {
  const talk = await conversation();
  await talk.say({ message: "Hi" });
  const calls = await talk.calls();
  const refused = await talk.refused({ parts: [result("call_9")] });
  expect(refused).toMatchObject({
    status: 400,
    code: "VALIDATION_ERROR",
    details: { field: "parts.0.tool_call_id", open: [] },
  });
  expect(await talk.calls()).toBe(calls);
  expect(await talk.client.messages(talk.id)).toHaveLength(2);
});

test("a conversation does not begin with a tool's result, and none is made for it", async () => {
  const client = new Client();
  await client.conversation();
  const refused = await client.chat({ parts: [result("call_9")], model: "stub:tokens=1" });
  expect(refused.status).toBe(400);
  const { conversations } = await client.json<{ conversations: unknown[] }>(
    "/api/v1/conversations",
  );
  expect(conversations).toHaveLength(1);
});

test("all calls of an answer are answered together, each once", async () => {
  const talk = await conversation();
  const [first = "", second = ""] = callsIn(
    await talk.say({ message: "Weather?" }, `${CALLS},tools=2`),
  );
  const left = await talk.refused({ parts: [result(first)] });
  expect(left).toMatchObject({
    code: "VALIDATION_ERROR",
    details: { field: "parts", open: [second] },
  });
  expect(left.message).toContain(second);
  expect(await talk.refused({ parts: [result(first), result(first)] })).toMatchObject({
    details: { field: "parts.1.tool_call_id", open: [first, second] },
  });
  expect(await talk.refused({ parts: [text("So?"), result(first), result("x")] })).toMatchObject({
    details: { field: "parts.2.tool_call_id" },
  });
  expect(await talk.client.messages(talk.id)).toHaveLength(2);
  await talk.say({ parts: [result(second, "two"), result(first, "one")] });
  expect((await talk.asked()).messages).toMatchObject([
    { role: "user", content: "Weather?" },
    { role: "assistant", tool_calls: [{ id: first }, { id: second }] },
    { role: "tool", tool_call_id: second, content: "two" },
    { role: "tool", tool_call_id: first, content: "one" },
  ]);
});

test("who goes on to something else leaves the calls open, and may still branch to answer them", async () => {
  const talk = await conversation();
  const called = await talk.say({ message: "Weather?" }, CALLS);
  await talk.say({ message: "Never mind. A poem?" });
  expect((await talk.asked()).messages).toEqual([
    { role: "user", content: "Weather?\n\nNever mind. A poem?" },
  ]);
  const [call = ""] = callsIn(called);
  // At the end the answer before is another one.
  expect(await talk.refused({ parts: [result(call)] })).toMatchObject({
    details: { field: "parts.0.tool_call_id" },
  });
  await talk.say({ parts: [result(call)], parent_id: called.id });
  expect((await talk.asked()).messages.map(({ role }) => role)).toEqual([
    "user",
    "assistant",
    "tool",
  ]);
});

test("another version of a message answers the same calls, or says something else", async () => {
  const talk = await conversation();
  const [call = ""] = callsIn(await talk.say({ message: "Weather?" }, CALLS));
  const answer = await talk.say({ parts: [result(call)] });
  const edit = (body: object) =>
    talk.client.fetch(
      `/api/v1/conversations/${talk.id}/messages/${String(answer.parent_id)}/edit`,
      { json: { model: "stub:tokens=2", ...body } },
    );
  expect((await edit({ parts: [result("call_9")] })).status).toBe(400);
  expect((await edit({ parts: [result(call, "20 °C")] })).status).toBe(200);
  expect((await edit({ message: "Tell me a story instead" })).status).toBe(200);
  // Of an answer there are no such versions.
  const rewritten = await talk.client.fetch(
    `/api/v1/conversations/${talk.id}/messages/${answer.id}/edit`,
    { json: { parts: [result(call)] } },
  );
  expect(rewritten.status).toBe(400);
});

test("results are not taken while the answer before is still written", async () => {
  const talk = await conversation();
  const running = talk.send({ message: "Tell me" }, "stub:tokens=40,delay=20");
  await scheduler.wait(200);
  for (const on_busy of ["reject", "queue", "interrupt"])
    expect(await talk.refused({ parts: [result("call_stub0")], on_busy })).toMatchObject({
      code: "CONVERSATION_BUSY",
    });
  expect((await running).status).toBe(200);
});

const user = (content: string) => ({ role: "user", content });
const tool = (tool_call_id: string) => ({ role: "tool", tool_call_id, content: "18" });
const calling = (...ids: string[]) => ({
  role: "assistant",
  tool_calls: ids.map((id) => ({ id, name: "get_weather", arguments: "{}" })),
});

test.each([
  ["a result without a call", [user("Hi"), tool("a")], "messages.1.tool_call_id"],
  ["nothing but a result", [tool("a")], "messages.0.tool_call_id"],
  ["a call without a result", [user("Hi"), calling("a"), user("So?")], "messages.1.tool_calls"],
  ["a call at the end", [user("Hi"), calling("a")], "messages.1.tool_calls"],
  ["one of two", [user("Hi"), calling("a", "b"), tool("b"), user("So?")], "messages.1.tool_calls"],
  ["a result twice", [user("Hi"), calling("a"), tool("a"), tool("a")], "messages.3.tool_call_id"],
  ["a result too late", [user("Hi"), calling("a"), user("?"), tool("a")], "messages.1.tool_calls"],
  ["no message of the user", [{ role: "system", content: "Brief." }], "messages"],
  ["an answer at the end", [user("Hi"), { role: "assistant", content: "Hello" }], "messages"],
])("a call that brings its own messages is refused for %s", async (_, messages, field) => {
  const tag = newTag();
  const answer = await new Client().fetch("/api/v1/chat/direct", {
    json: { messages, model: `stub:tokens=2,tag=${tag}`, tools: TOOLS },
  });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({
    error: { code: "VALIDATION_ERROR", details: { field } },
  });
  expect((await journal(tag)).calls).toBe(0);
});

test("what tools returned may be all that is brought", async () => {
  const tag = newTag();
  const answer = await new Client().fetch("/api/v1/chat/direct", {
    json: {
      messages: [calling("a"), tool("a")],
      model: `stub:tokens=2,tag=${tag}`,
      tools: TOOLS,
    },
  });
  expect(answer.status).toBe(200);
  const { messages } = (await journal(tag)).last as { messages: { role: string }[] };
  expect(messages.map(({ role }) => role)).toEqual(["assistant", "tool"]);
});

test("a whole loop of calls may be brought along", async () => {
  const tag = newTag();
  const messages = [
    user("Hi"),
    calling("a", "b"),
    tool("b"),
    tool("a"),
    calling("c"),
    { role: "system", content: "Be brief" },
    tool("c"),
  ];
  const answer = await new Client().fetch("/api/v1/chat/direct", {
    json: { messages, model: `stub:tokens=2,tag=${tag}`, tools: TOOLS },
  });
  expect(answer.status, await answer.clone().text()).toBe(200);
  expect(((await journal(tag)).last as Asked).messages.map(({ role }) => role)).toEqual(
    "system user assistant tool tool assistant tool".split(" "),
  );
});

const roles = ({ messages }: Asked) => messages.map(({ role }) => role);
const words = (count: number) => "word ".repeat(count);

test.each([
  ["a bound on messages", { strategy: "buffer", messages: 2 }],
  ["a bound on tokens", { strategy: "buffer", history_tokens: 50 }],
  ["importance", { strategy: "buffer", compression: "importance", messages: 2 }],
])("a loop of calls is kept whole back to its question, under %s", async (_, memory) => {
  const talk = await conversation(memory);
  await talk.say({ message: `Earlier: ${words(40)}` });
  let answer = await talk.say({ message: "Weather?" }, CALLS);
  for (let round = 0; round < 4; round++) {
    const parts = callsIn(answer).map((id) => result(id, `result ${round}`));
    answer = await talk.say({ parts }, `${CALLS},again=1`);
    expect((await talk.asked()).messages[0]).toMatchObject({ role: "user", content: "Weather?" });
    expect((await talk.asked()).messages.at(-1)).toMatchObject({ content: `result ${round}` });
  }
  expect(roles(await talk.asked())).toEqual([
    "user",
    ...Array.from({ length: 4 }, () => ["assistant", "tool"]).flat(),
  ]);
  expect(answer.notices.map(({ code }) => code)).toContain("history_truncated");
});

test("a loop of calls that was condensed in the middle is still told whole", async () => {
  const talk = await conversation({ strategy: "summary", history_tokens: 300 });
  let answer = await talk.say({ message: `Weather? ${words(60)}` }, CALLS);
  for (let round = 0; round < 5; round++) {
    const parts = callsIn(answer).map((id) => result(id, `result ${round} ${words(60)}`));
    answer = await talk.say({ parts }, `${CALLS},again=1`);
  }
  expect((await talk.asked()).messages[0]?.content).toMatch(/^Weather\?/);
  expect(roles(await talk.asked()).filter((role) => role === "tool")).toHaveLength(5);
});

test("a loop of calls that fills the context is refused before a model is asked", async () => {
  const talk = await conversation();
  const model = "gpt-4,tool=get_weather,again=1,nousage=1";
  let answer = await talk.say({ message: "Weather?" }, model);
  const more = () => ({ parts: callsIn(answer).map((id) => result(id, words(3000))) });
  for (let round = 0; round < 2; round++) answer = await talk.say(more(), model);
  const calls = await talk.calls();
  expect(await talk.refused(more(), model)).toMatchObject({
    code: "CONTEXT_TOO_LONG",
    details: { field: "parts", context: 8192 },
  });
  expect(await talk.calls()).toBe(calls);
});

const MANY_TOOLS = Array.from({ length: 5 }, (_, at) => ({
  name: `f${at}`,
  description: words(2000),
}));

test.each([
  ["results", { parts: [result("call_stub0", words(9000))] }, "parts"],
  ["tools", { message: "Hi", tools: MANY_TOOLS }, "tools"],
  [
    "a schema",
    {
      message: "Hi",
      response_format: { type: "json_schema", schema: { description: words(9000) } },
    },
    "response_format.schema",
  ],
])("%s that fill the context are refused before a model is asked", async (_, body, field) => {
  const talk = await conversation();
  await talk.say({ message: "Weather?" }, "gpt-4,tool=get_weather");
  const calls = await talk.calls();
  expect(await talk.refused(body, "gpt-4,tool=get_weather")).toMatchObject({
    code: "CONTEXT_TOO_LONG",
    details: { field, context: 8192 },
  });
  expect(await talk.calls()).toBe(calls);
});

test("a question whose calls were erased is not sent as an answer's end", async () => {
  const talk = await conversation();
  const called = await talk.say({ message: "Weather?" }, CALLS);
  const answer = await talk.say({ parts: callsIn(called).map((id) => result(id)) });
  const path = `/api/v1/conversations/${talk.id}/messages`;
  await talk.client.fetch(`${path}/${called.id}`, { method: "DELETE" });
  const calls = await talk.calls();
  const again = await talk.client.fetch(`${path}/${answer.id}/regenerate`, {
    json: { model: "stub:tokens=2" },
  });
  expect(again.status).toBe(400);
  expect(await talk.calls()).toBe(calls);
});

test("a picture from before keeps no one from a model that sees none", async () => {
  const talk = await conversation();
  await talk.say({ parts: [text("What is it?"), picture()] });
  const answer = await talk.say({ message: "Thanks. A poem?", provider: "embedded" });
  expect(answer.notices).toMatchObject([
    { code: "ignored_parameter", details: { parameter: "images", pictures: 1 } },
  ]);
  const { notices } = await talk.say({ message: "Back to you." });
  expect(notices).toEqual([]);
  expect(JSON.stringify((await talk.asked()).messages[0])).toContain(PNG);
});

test("an address from before is not sent where only data is taken; one that is sent now is refused", async () => {
  const talk = await conversation();
  const parts = [text("What is it?"), picture("https://example.com/a.png")];
  await talk.say({ parts });
  // Nobody is there (vitest.config.ts), but it is asked.
  const there = { provider: "ollama", model: "llava" };
  expect(await talk.refused({ ...there, message: "A poem?" })).toMatchObject({
    details: {
      reason: "unreachable",
      partial: { notices: [{ code: "ignored_parameter", details: { parameter: "images" } }] },
    },
  });
  expect(await talk.refused({ ...there, parts })).toMatchObject({
    details: { reason: "invalid_request" },
  });
});

test("data from before goes to a vendor that takes data", async () => {
  const talk = await conversation();
  await talk.say({ parts: [text("What is it?"), picture()] });
  const answer = await talk.say({ message: "And now?" });
  expect(answer.notices).toEqual([]);
  expect(JSON.stringify((await talk.asked()).messages[0])).toContain(PNG);
});

const SCHEMA = {
  type: "json_schema",
  name: "weather",
  schema: { type: "object", properties: { degrees: { type: "number" } } },
};
/** What a model is sent next, whichever door the loop went through. */
const LOOP = [
  { role: "user", content: [{ type: "text", text: "Weather?" }, { type: "image_url" }] },
  {
    role: "assistant",
    tool_calls: [
      { id: "call_stub0", function: { name: "get_weather", arguments: '{"place":"Bonn"}' } },
      { id: "call_stub1" },
    ],
  },
  { role: "tool", tool_call_id: "call_stub0", content: "18 °C" },
  { role: "tool", tool_call_id: "call_stub1", content: "20 °C" },
];
const CALLED = {
  type: "tool_call",
  id: "call_stub0",
  name: "get_weather",
  arguments: '{"place":"Bonn"}',
};
const ASKED = { parts: [text("Weather?"), picture()] };
const ANSWERED = { parts: [result("call_stub0"), result("call_stub1", "20 °C")] };

test("over HTTP: calls are parts of the answer, and results go to the model with their calls", async () => {
  const talk = await conversation();
  const called = await talk.say({ ...ASKED, response_format: SCHEMA }, `${CALLS},tools=2`);
  expect(called).toMatchObject({
    finish_reason: "tool_calls",
    content: "",
    parts: [CALLED, { ...CALLED, id: "call_stub1" }],
  });
  expect(await talk.asked()).toMatchObject({
    tools: [{ type: "function", function: { name: "get_weather" } }],
    response_format: { type: "json_schema", json_schema: { name: "weather" } },
    messages: LOOP.slice(0, 1),
  });
  const answer = await talk.say(ANSWERED, CALLS);
  expect(answer).toMatchObject({ finish_reason: "stop", content: stubText(8) });
  expect((await talk.asked()).messages).toMatchObject(LOOP);
  expect((await talk.asked()).response_format).toBeUndefined();
  expect((await talk.client.messages(talk.id)).map(({ parts }) => parts)).toMatchObject([
    ASKED.parts,
    [CALLED, { id: "call_stub1" }],
    ANSWERED.parts,
    [text(stubText(8))],
  ]);
  await talk.say({ message: "Thanks" });
  expect((await talk.asked()).messages.slice(0, 4)).toMatchObject(LOOP);
});

test("over SSE: each call is an event of its own, before the end", async () => {
  const { client, id, asked } = await conversation();
  const tag = newTag();
  const stream = async (body: object, model: string) =>
    allEvents(
      await client.fetch("/api/v1/chat/stream", {
        json: { conversation_id: id, tools: TOOLS, model: `${model},tag=${tag}`, ...body },
      }),
    );
  const events = await stream(ASKED, `${CALLS},tools=2`);
  expect(events.map(({ event }) => event)).toEqual(["start", "tool_call", "tool_call", "complete"]);
  const { type: _, ...call } = CALLED;
  expect(events[1]?.data).toMatchObject(call);
  expect(events[3]?.data).toMatchObject({ finish_reason: "tool_calls" });
  expect(assembled(await stream(ANSWERED, CALLS))).toBe(stubText(8));
  expect(((await journal(tag)).last as Asked).messages).toMatchObject(LOOP);
  expect(await asked()).toBeNull();
});

test("over a WebSocket: the same", async () => {
  const { client, id } = await conversation();
  const tag = newTag();
  const socket = await client.socket(id);
  const say = (body: object, model: string) =>
    socket.say({ type: "send", tools: TOOLS, model: `${model},tag=${tag}`, ...body });
  say(ASKED, `${CALLS},tools=2`);
  const end = await socket.closing();
  expect(end["message"]).toMatchObject({ finish_reason: "tool_calls", parts: [CALLED, {}] });
  expect(socket.frames.filter(({ type }) => type === "tool.called")).toHaveLength(2);
  say({ parts: [result("call_stub0")] }, CALLS);
  const refused = await socket.until(({ type }) => type === "error");
  expect(refused.error).toMatchObject({ code: "VALIDATION_ERROR", details: { field: "parts" } });
  say(ANSWERED, CALLS);
  await socket.until(({ type, turn_id }) => type === "turn.completed" && turn_id !== end.turn_id);
  expect(((await journal(tag)).last as Asked).messages).toMatchObject(LOOP);
  socket.close();
});

test("an answer to results, and one that calls, are given again from the same parts", async () => {
  const talk = await conversation();
  const called = await talk.say(ASKED, `${CALLS},tools=2`);
  const answer = await talk.say(ANSWERED);
  const tag = newTag();
  const again = (message: Message) =>
    talk.client.json<Message>(
      `/api/v1/conversations/${talk.id}/messages/${message.id}/regenerate`,
      { json: { model: `stub:tokens=5,tag=${tag}`, tools: TOOLS } },
    );
  expect((await again(answer)).content).toBe(stubText(5));
  expect(((await journal(tag)).last as Asked).messages).toMatchObject(LOOP);
  await again(called);
  expect(((await journal(tag)).last as Asked).messages).toMatchObject(LOOP.slice(0, 1));
});

test("an answer to results that an object's end interrupts goes on from what it had", async () => {
  const talk = await conversation();
  await talk.say(ASKED, `${CALLS},tools=2`);
  const tag = newTag();
  const response = await talk.client.fetch("/api/v1/chat/stream", {
    json: {
      conversation_id: talk.id,
      tools: TOOLS,
      model: `stub:tokens=100,delay=10,tag=${tag}`,
      ...ANSWERED,
    },
  });
  const seen: SseEvent[] = [];
  for await (const event of sse(response)) if (seen.push(event) === 70) break;
  await abortAllDurableObjects();
  const last = await eventually(async () => {
    const message = (await talk.client.messages(talk.id)).at(-1);
    return message?.status === "completed" && message;
  });
  expect(last.content).toBe(stubText(100));
  expect(last.notices).toMatchObject([{ code: "recovered" }]);
  const { messages } = (await journal(tag)).last as Asked;
  expect(messages.slice(0, 4)).toMatchObject(LOOP);
  expect(messages.at(-1)).toMatchObject({ role: "user" });
});
