// The chats of seeds 002, 003 and 004, byte by byte where bytes are what their clients read.
import { expect, test } from "vitest";
import type { TurnEvent } from "../../src/protocol/events.ts";
import { encoderFor, encoders } from "../../src/protocol/encoders.ts";
import { newConversationId } from "../../src/ids.ts";
import { stubText } from "../stub/provider.ts";
import { appWith, post } from "./app-with.ts";
import { Client, eventually, journal, newTag } from "./client.ts";
import { person, personWith } from "./people.ts";

const QUICK = "/api/chat";
const COMPLETIONS = "/api/chat/completions";
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const TEXT = { name: "seed003-text" } as const;
const hello = [{ role: "user", content: "Hello" }];
const keysOf = (value: object) => Object.keys(value).sort();
const text = async (response: Response) => response.text();

/** What a client by the letter of SSE hears: the data of each event. */
const framesOf = (raw: string) =>
  raw
    .split("\n\n")
    .map((frame) =>
      frame
        .split("\n")
        .filter((line) => line.startsWith("data:"))
        .map((line) => line.replace(/^data: ?/, ""))
        .join("\n"),
    )
    .slice(0, -1);

/** What the quick start's page has on the screen: it appends each `data: ` line. */
function onThePage(raw: string) {
  let shown = "";
  let done = 0;
  let failed = 0;
  for (const line of raw.split("\n")) {
    if (!line.startsWith("data: ")) continue;
    const data = line.slice(6);
    if (data === "[DONE]") done++;
    else if (data.startsWith("[ERROR]")) failed++;
    else shown += data;
  }
  return { shown, done, failed };
}

const jsonFrames = (raw: string) =>
  framesOf(raw).map((data) => JSON.parse(data) as Record<string, unknown>);

async function conversationsOf(client: Client): Promise<number> {
  const { pagination } = await client.json<{ pagination: { total: number } }>(
    "/api/v1/conversations",
  );
  return pagination.total;
}

// Seed 002

test("seed 002: whoever asks how the service is hears it, and a browser gets the page", async () => {
  const client = new Client();
  for (const Accept of ["application/json", "*/*"]) {
    const response = await client.fetch("/", { headers: { Accept } });
    expect(response.headers.get("Vary")).toContain("Accept");
    expect(await response.json()).toEqual({
      service: "edgewise",
      status: "running",
      version: expect.any(String) as string,
    });
  }
  const { ask } = appWith({}, () => ({
    page: async () => new Response("<html>", { headers: { "Content-Type": "text/html" } }),
  }));
  const page = await ask("/", { headers: { Accept: "text/html,application/xhtml+xml,*/*;q=0.8" } });
  expect([page.headers.get("Content-Type"), page.headers.get("Vary")]).toEqual([
    "text/html",
    "Accept",
  ]);
  expect(await client.json("/health")).toMatchObject({
    status: "healthy",
    model: expect.any(String) as string,
  });
});

test("seed 002: /chat/ and /generate/ answer, and store nothing", async () => {
  const client = new Client();
  const body = {
    messages: hello,
    stream: false,
    temperature: 0.7,
    model: "stub:say=Well%20met",
    max_tokens: null, // as Python writes what it does not say
  };
  const usage = {
    prompt_tokens: expect.any(Number) as number,
    completion_tokens: 2,
    total_tokens: expect.any(Number) as number,
  };
  const about = { model: body.model, usage, finish_reason: "stop" };
  expect(await client.json("/chat/", { json: body })).toEqual({
    message: { role: "assistant", content: "Well met" },
    ...about,
  });
  expect(await client.json("/generate/", { json: body })).toEqual({
    content: "Well met",
    ...about,
  });
  // At a start with nothing configured the name that a client has in its code is as good as any.
  const embedded = { messages: hello, model: "gpt-4", provider: "embedded" };
  expect(await client.json("/chat/", { json: embedded })).toMatchObject({
    message: { content: expect.stringContaining("mbedded") as string },
  });
  expect(await conversationsOf(client)).toBe(0);
});

test("seed 002: its streams are JSON, and end with the whole answer", async () => {
  const client = new Client();
  for (const [path, stream] of [
    ["/chat/stream", true],
    ["/generate/stream", undefined],
    ["/chat/", true],
  ] as const) {
    const response = await client.fetch(path, {
      json: { messages: hello, model: "stub:say=Hi", stream },
    });
    expect(response.headers.get("Content-Type")).toMatch(/^text\/event-stream/);
    const raw = await text(response);
    expect(raw.startsWith('data: {"content":"Hi"}\n\ndata: {"done":true,')).toBe(true);
    expect(jsonFrames(raw).at(-1)).toMatchObject({
      done: true,
      message: { role: "assistant", content: "Hi" },
      finish_reason: "stop",
    });
  }
});

test("seed 002: what goes wrong is said in detail, before the stream and in it", async () => {
  const client = new Client();
  const refused = await client.fetch("/chat/stream", { json: { messages: [] } });
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({
    detail: "messages: should have at least one message",
    error: { code: "VALIDATION_ERROR" },
  });
  const failing = { messages: hello, model: "stub:fault=400,by=002" };
  const failed = await client.fetch("/generate/", { json: failing });
  expect(failed.status).toBe(502);
  expect(await failed.json()).toMatchObject({ error: { code: "LLM_PROVIDER_ERROR" } });
  const raw = await text(await client.fetch("/generate/stream", { json: failing }));
  expect(jsonFrames(raw)).toEqual([
    { error: expect.any(String) as string, code: "LLM_PROVIDER_ERROR" },
  ]);
  expect(raw).not.toContain("sk-");
});

// Seed 003

test("seed 003: /api/chat streams bare text, and does so unless it is told not to", async () => {
  const client = new Client();
  const json = { messages: hello, model: "stub:say=Hi" };
  const response = await client.fetch(QUICK, { json });
  expect(response.headers.get("Content-Type")).toMatch(/^text\/event-stream/);
  expect(response.headers.get("Cache-Control")).toBe("no-cache");
  expect(await text(response)).toBe("data: Hi\n\ndata: [DONE]\n\n");
  const long = await text(
    await client.fetch(QUICK, { json: { ...json, model: "stub:tokens=30,delay=1" } }),
  );
  expect(onThePage(long)).toEqual({ shown: stubText(30), done: 1, failed: 0 });
  expect(await client.json(QUICK, { json: { ...json, stream: false } })).toEqual({
    message: { role: "assistant", content: "Hi" },
    usage: {
      prompt_tokens: expect.any(Number) as number,
      completion_tokens: expect.any(Number) as number,
      total_tokens: expect.any(Number) as number,
    },
  });
  expect(await conversationsOf(client)).toBe(0);
});

test("seed 003: a newline is a line of its own, and a text that says [DONE] ends nothing", async () => {
  const say = (said: string) =>
    new Client()
      .fetch(QUICK, { json: { messages: hello, model: `stub:say=${encodeURIComponent(said)}` } })
      .then(text);
  expect(await say("\n\nend")).toBe("data: \ndata: \ndata: end\n\ndata: [DONE]\n\n");
  expect(await say("[DONE]")).toBe("data: [\n\ndata: DONE]\n\ndata: [DONE]\n\n");
  expect(await say("[ERROR]none")).toBe("data: [\n\ndata: ERROR]none\n\ndata: [DONE]\n\n");
  const raw = await say("one\n[DONE]\ntwo [DONE]");
  expect(onThePage(raw)).toEqual({ shown: "one[DONE]two [DONE]", done: 1, failed: 0 });
  expect(framesOf(raw).slice(0, -1).join("")).toBe("one\n[DONE]\ntwo [DONE]");
});

test("seed 003: of one event, whatever is in it, each line is safe", () => {
  const told = (said: string) =>
    encoderFor(TEXT)({
      type: "text.delta",
      index: 0,
      text: said,
      turn_id: "t",
      epoch: 1,
      seq: 1,
    });
  expect(told("a\r\nb\rc")).toBe("data: a\ndata: b\ndata: c\n\n");
  expect(told("a\n[DONE]\n[DONE]b")).toBe(
    "data: a\ndata: [\n\ndata: DONE]\ndata: [\n\ndata: DONE]b\n\n",
  );
  expect(told(" [DONE] x")).toBe("data:  [DONE] x\n\n");
});

test("seed 003: an end of line that is cut in two is one", () => {
  const encode = encoderFor(TEXT);
  const told = (said: readonly string[]) =>
    said
      .map((piece, at) => ({ type: "text.delta" as const, index: at, text: piece, seq: at + 1 }))
      .map((event) => encode({ ...event, turn_id: "t", epoch: 1 }))
      .join("");
  expect(framesOf(told(["a\r", "\nb\r", "\n", "\nc\r", "d\n"])).join("")).toBe("a\nb\n\nc\nd\n");
  const rewound = { type: "text.rewound" as const, offset: 1, turn_id: "t", epoch: 1, seq: 9 };
  const again = told(["e\r"]) + encode(rewound) + told(["\nf"]);
  expect(framesOf(again).join("")).toBe("e\n\n\n\nf");
});

test("seed 003: an answer that breaks off ends in [ERROR], and one that cannot begin in nothing else", async () => {
  const client = new Client();
  const ask = async (model: string) =>
    text(await client.fetch(QUICK, { json: { messages: hello, model } }));
  const broken = await ask("stub:tokens=20,delay=20,fault=drop");
  const { shown, ...ends } = onThePage(broken);
  expect(ends).toEqual({ done: 0, failed: 1 });
  expect([shown.length > 20, stubText(10).startsWith(shown)]).toEqual([true, true]);
  expect(framesOf(broken).at(-1)).toMatch(/^\[ERROR\] \S.*\.$/);
  const none = await ask("stub:fault=400,by=text");
  expect(framesOf(none)).toHaveLength(1);
  expect(none).toMatch(/^data: \[ERROR\] [^\n]+\n\n$/);
  expect(none).not.toContain("sk-");
  const failed = await client.fetch(QUICK, {
    json: { messages: hello, model: "stub:fault=400,by=json", stream: false },
  });
  expect(failed.status).toBe(502);
  expect(await failed.json()).toMatchObject({
    detail: expect.any(String) as string,
    error: { code: "LLM_PROVIDER_ERROR" },
  });
});

test("seed 003: whoever leaves a chat of their own messages ends it", async () => {
  const tag = newTag();
  const response = await new Client().fetch(QUICK, {
    json: { messages: hello, model: `stub:tokens=500,delay=10,tag=${tag}` },
  });
  const reader = response.body?.getReader();
  await reader?.read();
  await reader?.cancel();
  expect(await eventually(async () => (await journal(tag)).aborted === 1)).toBe(true);
});

test("seed 003: completions begin a conversation with what was said, and go on in it", async () => {
  const client = new Client();
  const tag = newTag();
  const messages = [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Of tides" },
    { role: "assistant", content: "They come and go.", timestamp: "2026-01-01T00:00:00Z" },
    { role: "user", content: "And the moon?" },
  ];
  const first = await client.json<{ conversation_id: string; message: { content: string } }>(
    COMPLETIONS,
    {
      json: { messages, model: `stub:say=Pulls,tag=${tag}`, stream: false, conversation_id: null },
    },
  );
  expect(first).toEqual({
    conversation_id: expect.stringMatching(/^conv_/) as string,
    message: {
      role: "assistant",
      content: "Pulls",
      timestamp: expect.stringMatching(ISO) as string,
    },
    usage: {
      prompt_tokens: expect.any(Number) as number,
      completion_tokens: expect.any(Number) as number,
      total_tokens: expect.any(Number) as number,
    },
    model: `stub:say=Pulls,tag=${tag}`,
  });
  const sent = (await journal(tag)).last as { messages: { role: string; content: string }[] };
  expect(sent.messages.map(({ role, content }) => [role, content])).toEqual([
    ["system", "Be brief."],
    ["user", "Of tides"],
    ["assistant", "They come and go."],
    ["user", "And the moon?"],
  ]);
  const { conversation_id } = first;
  await client.json(COMPLETIONS, {
    json: {
      messages: [...messages, { role: "user", content: "Why?" }],
      conversation_id,
      model: "stub:say=So",
      stream: false,
    },
  });
  const stored = await client.messages(conversation_id);
  expect(stored.map(({ role, content }) => [role, content])).toEqual([
    ["user", "Of tides"],
    ["assistant", "They come and go."],
    ["user", "And the moon?"],
    ["assistant", "Pulls"],
    ["user", "Why?"],
    ["assistant", "So"],
  ]);
  expect(await client.json(`/api/conversations/${conversation_id}`)).toMatchObject({
    title: "Of tides",
  });
});

test("seed 003: the stream of completions is typed, without a [DONE]", async () => {
  const client = new Client();
  const response = await client.fetch(COMPLETIONS, {
    json: { messages: hello, model: "stub:say=Hi" },
  });
  const id = response.headers.get("X-Conversation-Id");
  const raw = await text(response);
  expect(raw).not.toContain("[DONE]");
  expect(raw).toContain('data: {"type":"token","content":"Hi"}\n\n');
  expect(jsonFrames(raw)).toEqual([
    { type: "start", turn_id: response.headers.get("X-Turn-Id"), conversation_id: id },
    { type: "token", content: "Hi" },
    {
      type: "done",
      finish_reason: "stop",
      conversation_id: id,
      message: {
        role: "assistant",
        content: "Hi",
        timestamp: expect.stringMatching(ISO) as string,
      },
      usage: expect.any(Object) as object,
      model: "stub:say=Hi",
    },
  ]);
  const broken = jsonFrames(
    await text(
      await client.fetch(COMPLETIONS, {
        json: { messages: hello, model: "stub:tokens=20,delay=20,fault=drop" },
      }),
    ),
  );
  expect(broken.at(-1)).toEqual({
    type: "error",
    message: expect.any(String) as string,
    code: "LLM_PROVIDER_ERROR",
  });
});

test("seed 003: a conversation_id that is empty names none", async () => {
  const client = new Client();
  const json = { messages: hello, model: "stub:say=Hi", stream: false, conversation_id: "" };
  const answer = await client.json<{ conversation_id: string }>(COMPLETIONS, { json });
  expect(await client.messages(answer.conversation_id)).toHaveLength(2);
  const quick = await client.json<{ message: object }>(QUICK, { json });
  expect(quick).toEqual({
    message: { role: "assistant", content: "Hi" },
    usage: expect.anything() as object,
  });
});

test("seed 003: a conversation that could not be begun is not left behind", async () => {
  const client = new Client();
  const messages = [...hello, { role: "assistant", content: "Hi" }, ...hello];
  const refused = await client.fetch(COMPLETIONS, { json: { messages, provider: "nobody" } });
  expect([refused.status, await refused.json()]).toMatchObject([
    400,
    { error: { details: { field: "provider" } } },
  ]);
  const unanswered = await client.fetch(COMPLETIONS, { json: { messages: messages.slice(0, 2) } });
  expect(unanswered.status).toBe(400);
  expect(await conversationsOf(client)).toBe(0);
  // The same send twice makes one.
  const json = { messages, model: "stub:say=Hi", stream: false };
  const headers = { "Idempotency-Key": newTag() };
  const one = await client.json<{ conversation_id: string }>(COMPLETIONS, { json, headers });
  const two = await client.json<{ conversation_id: string }>(COMPLETIONS, { json, headers });
  expect(two).toEqual(one);
  expect(await client.messages(one.conversation_id)).toHaveLength(4);
});

// Seed 004

test("seed 004: /api/chat answers a message, and goes on in its conversation", async () => {
  const client = new Client();
  const tag = newTag();
  const first = await client.json<{ conversation_id: string }>(QUICK, {
    json: {
      message: "Hello",
      model: `stub:say=Hi,tag=${tag}`,
      parameters: { temperature: 0.5, max_tokens: 500, top_p: 0.9, stop: ["###"] },
    },
  });
  expect(first).toEqual({
    conversation_id: expect.stringMatching(/^conv_/) as string,
    response: "Hi",
    timestamp: expect.stringMatching(ISO) as string,
  });
  expect((await journal(tag)).last).toMatchObject({
    temperature: 0.5,
    top_p: 0.9,
    stop: ["###"],
  });
  const { conversation_id } = first;
  await client.json(QUICK, {
    json: { message: "Again", conversation_id, model: "stub:say=So", parameters: null },
  });
  expect(await client.json(`/api/history/${conversation_id}`)).toMatchObject({
    messages: [
      { role: "user", content: "Hello" },
      { role: "assistant", content: "Hi" },
      { role: "user", content: "Again" },
      { role: "assistant", content: "So" },
    ],
  });
});

test("seed 004: /api/chat/stream tells tokens, and that it is done", async () => {
  const client = new Client();
  const response = await client.fetch(`${QUICK}/stream`, {
    json: { message: "Hello", model: "stub:say=%0A[DONE]" },
  });
  expect(response.headers.get("Content-Type")).toMatch(/^text\/event-stream/);
  const raw = await text(response);
  expect(raw.startsWith('data: {"token":"\\n[DONE]"}\n\ndata: {"done":true,')).toBe(true);
  expect(jsonFrames(raw).at(-1)).toEqual({
    done: true,
    conversation_id: response.headers.get("X-Conversation-Id"),
    response: "\n[DONE]",
    timestamp: expect.stringMatching(ISO) as string,
  });
  const broken = jsonFrames(
    await text(
      await client.fetch(`${QUICK}/stream`, {
        json: { message: "Hello", model: "stub:tokens=20,delay=20,fault=drop" },
      }),
    ),
  );
  expect(broken.at(-1)).toEqual({
    error: expect.any(String) as string,
    code: "SERVICE_UNAVAILABLE",
  });
  const told = broken
    .slice(0, -1)
    .map(({ token }) => token)
    .join("");
  expect([told.length > 20, stubText(10).startsWith(told)]).toEqual([true, true]);
});

test("seed 004: leaving a stream does not stop what is being answered in a conversation", async () => {
  const client = new Client();
  const response = await client.fetch(`${QUICK}/stream`, {
    json: { message: "Hello", model: "stub:tokens=40,delay=10" },
  });
  const id = response.headers.get("X-Conversation-Id") ?? "";
  const reader = response.body?.getReader();
  await reader?.read();
  await reader?.cancel();
  // A message that comes meanwhile waits.
  await client.json(QUICK, {
    json: { message: "And?", conversation_id: id, model: "stub:say=So" },
  });
  const stored = await client.messages(id);
  expect(stored.map(({ content, status }) => [content, status])).toEqual([
    ["Hello", "completed"],
    [stubText(40), "completed"],
    ["And?", "completed"],
    ["So", "completed"],
  ]);
});

test("seed 004: the health of the API is two fields", async () => {
  expect(await new Client().json("/api/health")).toEqual({
    status: "healthy",
    timestamp: expect.stringMatching(ISO) as string,
  });
});

test("seed 004: each bound is held, and named", async () => {
  const client = new Client();
  const refused = async (field: string, body: object) => {
    for (const path of [QUICK, `${QUICK}/stream`]) {
      const response = await client.fetch(path, { json: body });
      expect.soft([field, path, response.status]).toEqual([field, path, 400]);
      const said = await response.json<{ error: string; code: string }>();
      expect.soft(keysOf(said)).toEqual(["code", "error"]);
      expect.soft(said.code).toBe("INVALID_INPUT");
      expect.soft(said.error).toMatch(new RegExp(`^${field}: `));
    }
  };
  const message = "Hi";
  await refused("message", { message: "" });
  await refused("message", { message: "x".repeat(10_001) });
  await refused("message", { message: 7 });
  await refused("model", { message, model: "m".repeat(101) });
  await refused("conversation_id", { message, conversation_id: "c".repeat(101) });
  await refused("parameters", { message, parameters: "warm" });
  await refused("parameters.temperature", { message, parameters: { temperature: 1.01 } });
  await refused("parameters.temperature", { message, parameters: { temperature: -0.01 } });
  await refused("parameters.max_tokens", { message, parameters: { max_tokens: 0 } });
  await refused("parameters.max_tokens", { message, parameters: { max_tokens: 4097 } });
  await refused("parameters.max_tokens", { message, parameters: { max_tokens: 1.5 } });
  await refused("parameters.top_p", { message, parameters: { top_p: 1.1 } });
  await refused("parameters.top_p", { message, parameters: { top_p: -1 } });
  await refused("parameters.stop", { message, parameters: { stop: "###" } });
  expect(await conversationsOf(client)).toBe(0);
});

test("seed 004: what is just within a bound is taken, and its defaults are its own", async () => {
  const client = new Client();
  const asked = async (body: object) => {
    const tag = newTag();
    await client.json(QUICK, { json: { model: `stub:say=Hi,tag=${tag}`, ...body } });
    return (await journal(tag)).last as Record<string, unknown>;
  };
  const quiet = await asked({ message: "x".repeat(10_000), parameters: {} });
  const of = (body: Record<string, unknown>) => body["max_tokens"] ?? body["max_completion_tokens"];
  expect(of(quiet)).toBe(1000);
  for (const parameters of [
    { temperature: 0, max_tokens: 1, top_p: 0, stop: [] },
    { temperature: 1, max_tokens: 4096, top_p: 1, stop: ["a", "b", "c", "d"] },
  ]) {
    const body = await asked({ message: "Hi", parameters });
    expect([body["temperature"], of(body), body["top_p"]]).toEqual([
      parameters.temperature,
      parameters.max_tokens,
      parameters.top_p,
    ]);
  }
});

test("seed 004: what goes wrong has its status and its code", async () => {
  const client = new Client();
  const told = async (body: object) => {
    const response = await client.fetch(QUICK, { json: { message: "Hi", ...body } });
    const said = await response.json<{ error: string; code: string }>();
    expect.soft(keysOf(said)).toEqual(["code", "error"]);
    expect.soft(said.error).not.toContain("sk-");
    return [response.status, said.code];
  };
  expect(await told({ model: "stub:fault=500" })).toEqual([503, "SERVICE_UNAVAILABLE"]);
  expect(await told({ provider: "ollama" })).toEqual([503, "SERVICE_UNAVAILABLE"]);
  expect(await told({ model: "stub:fault=hang" })).toEqual([504, "TIMEOUT"]);
  expect(await told({ model: "stub:fault=context" })).toEqual([400, "INVALID_INPUT"]);
  expect(await told({ conversation_id: "0f8fad5b-d9cb-469f-a165-70867728950e" })).toEqual([
    404,
    "NOT_FOUND",
  ]);
  const one = await personWith({ requests_per_minute: 1 });
  const asked = { json: { message: "Hi", model: "stub:say=Hi" } };
  await (await one.fetch(QUICK, asked)).text();
  const limited = await one.fetch(QUICK, asked);
  expect([limited.status, await limited.json()]).toMatchObject([429, { code: "RATE_LIMIT" }]);
  expect(limited.headers.get("Retry-After")).toMatch(/^\d+$/);
});

// All of them

test("/api/chat that is neither the one's nor the other's is a 400 that both can read", async () => {
  const client = new Client();
  const both = { messages: hello, message: "Hello" };
  for (const body of ["{}", "[]", "null", "7", '"x"', JSON.stringify(both), "{nonsense"]) {
    const response = await client.fetch(QUICK, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body,
    });
    expect.soft([body, response.status]).toEqual([body, 400]);
    const said = await response.json<{ error: string; code: string; detail: string }>();
    expect.soft(keysOf(said)).toEqual(["code", "detail", "error"]);
    expect.soft(said).toMatchObject({ code: "INVALID_INPUT", error: said.detail });
  }
  // What is null was not said.
  expect(
    await client.json(QUICK, {
      json: { message: "Hi", messages: null, model: "stub:say=Hi" },
    }),
  ).toMatchObject({ response: "Hi" });
});

test("rubbish is refused by name on every surface", async () => {
  const client = new Client();
  const deep = JSON.parse(`${"[".repeat(200)}${"]".repeat(200)}`) as unknown;
  for (const path of [
    "/chat/",
    "/chat/stream",
    "/generate/",
    "/generate/stream",
    QUICK,
    COMPLETIONS,
  ]) {
    for (const messages of [
      "Hello",
      {},
      [],
      [7],
      deep,
      [{ role: "robot", content: "Hi" }],
      [{ role: "user", content: "" }],
      [{ role: "user", content: ["Hi"] }],
      [{ role: "user", content: "\ud800" }],
      [{ role: "assistant", content: "Hi" }],
      Array.from({ length: 101 }, () => hello[0]),
    ]) {
      const response = await client.fetch(path, { json: { messages } });
      expect
        .soft([path, JSON.stringify(messages).slice(0, 60), response.status])
        .toEqual([path, JSON.stringify(messages).slice(0, 60), 400]);
      const said = await response.json<{ detail: string; error: { code: string } }>();
      expect.soft(said.error.code).toBe("VALIDATION_ERROR");
      expect.soft(said.detail).toMatch(/^messages/);
    }
    const model = await client.fetch(path, { json: { messages: hello, temperature: 2.1 } });
    expect.soft(model.status).toBe(400);
  }
  const long = [{ role: "user", content: "x".repeat(32_001) }];
  expect((await client.fetch(QUICK, { json: { messages: long } })).status).toBe(400);
  expect(await conversationsOf(client)).toBe(0);
});

test("without a right nobody gets in, and is told so in each seed's words", async () => {
  const { ask } = appWith({ ALLOW_ANONYMOUS: "false" });
  const mine = { messages: hello };
  for (const [path, body, keys] of [
    ["/chat/", mine, ["detail", "error"]],
    ["/chat/stream", mine, ["detail", "error"]],
    ["/generate/", mine, ["detail", "error"]],
    ["/generate/stream", mine, ["detail", "error"]],
    [QUICK, mine, ["detail", "error"]],
    [COMPLETIONS, mine, ["detail", "error"]],
    [QUICK, { message: "Hi" }, ["code", "error"]],
    [`${QUICK}/stream`, { message: "Hi" }, ["code", "error"]],
    [QUICK, {}, ["code", "detail", "error"]],
  ] as const) {
    const response = await ask(path, post(body));
    expect.soft([path, response.status]).toEqual([path, 401]);
    expect.soft(keysOf(await response.json<object>())).toEqual(keys);
  }
  for (const path of ["/", "/health", "/api/health"])
    expect.soft((await ask(path, { headers: { Accept: "application/json" } })).status).toBe(200);
});

test("another's conversation is not there", async () => {
  const owner = await person();
  const stranger = await person();
  const id = await owner.conversation();
  for (const conversation_id of [id, newConversationId(Date.now()), "mine"]) {
    for (const [path, body, said] of [
      [QUICK, { message: "Hi" }, { error: "Conversation not found", code: "NOT_FOUND" }],
      [
        `${QUICK}/stream`,
        { message: "Hi" },
        { error: "Conversation not found", code: "NOT_FOUND" },
      ],
      [QUICK, { messages: hello }, { detail: "Conversation not found" }],
      [COMPLETIONS, { messages: hello }, { detail: "Conversation not found" }],
      [COMPLETIONS, { messages: hello, stream: false }, { detail: "Conversation not found" }],
    ] as const) {
      const response = await stranger.fetch(path, { json: { ...body, conversation_id } });
      expect.soft([path, response.status]).toEqual([path, 404]);
      expect.soft(await response.json()).toMatchObject(said);
    }
  }
  expect(await owner.messages(id)).toEqual([]);
});

test("a budget that is spent answers 402 on each of them, by what each says of its length", async () => {
  const one = await personWith({ daily_tokens: 900, tokens_per_minute: null });
  const model = "stub:say=Hi";
  const brought = { messages: hello, model, max_tokens: 901 };
  const over = { message: "Hi", model, parameters: { max_tokens: 901 } };
  for (const [path, body] of [
    ["/chat/", brought],
    ["/chat/stream", brought],
    ["/generate/", brought],
    ["/generate/stream", brought],
    [QUICK, brought],
    [COMPLETIONS, brought],
    [QUICK, over],
    [`${QUICK}/stream`, over],
    [QUICK, { message: "Hi", model }], // which may have 1,000 tokens
  ] as const)
    expect
      .soft([path, await one.told(path, { json: body })])
      .toEqual([path, "402 BUDGET_EXCEEDED"]);
  expect(await one.told(QUICK, { json: { ...over, parameters: { max_tokens: 200 } } })).toBe("200");
  expect(await one.told("/chat/", { json: { ...brought, max_tokens: 200 } })).toBe("200");
});

test("what is rewound is told to those who listen, and the others read on after an empty line", () => {
  const place = { turn_id: "turn_1", epoch: 1 };
  const events: TurnEvent[] = [
    { type: "text.delta", index: 0, text: "On e", ...place, seq: 1 },
    { type: "text.rewound", offset: 0, ...place, seq: 2 },
    { type: "text.delta", index: 1, text: "One", ...place, seq: 3 },
  ];
  const told = (encode: (event: TurnEvent) => string) => events.map(encode).join("");
  expect(told(encoderFor(TEXT))).toBe(
    "data: On e\n\n: rewind 0\n\ndata: \ndata: \ndata: \n\ndata: One\n\n",
  );
  expect(jsonFrames(told(encoders["seed003-typed"]))[1]).toEqual({ type: "rewind", offset: 0 });
  expect(jsonFrames(told(encoders["seed002"]))[1]).toEqual({ rewind: 0 });
  expect(jsonFrames(told(encoders["seed004"]))[1]).toEqual({ rewind: 0 });
});
