// POST /v1/chat/completions and GET /v1/models, as OpenAI's own client sees them.
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import OpenAI, {
  AuthenticationError,
  BadRequestError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from "openai";
import type { ChatCompletionMessageParam } from "openai/resources/chat/completions";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { newId } from "../../src/ids.ts";
import { appWith, post } from "./app-with.ts";
import { know } from "./brought.ts";
import { Client, eventually, journal, newTag } from "./client.ts";
import {
  asking,
  BASE_URL,
  besideOf,
  errorOf,
  extended,
  newKey,
  openai,
  openaiWith,
  textOf,
  toWorker,
} from "./openai-client.ts";
import { person, personWith } from "./people.ts";

const WEATHER = {
  type: "function" as const,
  function: {
    name: "weather",
    description: "The weather of a place.",
    parameters: { type: "object", properties: { place: { type: "string" } } },
  },
};
const saying = (text: string, tag = newTag()) =>
  `stub:say=${encodeURIComponent(text).replaceAll(",", "%2C")},tag=${tag}`;
const sentOf = async (tag: string) => (await journal(tag)).last as Record<string, unknown>;

test("an answer is OpenAI's chat completion, with what Edgewise adds beside it", async () => {
  const client = await openai();
  const { data, response } = await client.chat.completions
    .create({ model: "openai/stub:tokens=3", messages: asking("Hello") })
    .withResponse();
  expect(data).toMatchObject({
    object: "chat.completion",
    model: "openai/stub:tokens=3",
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: "word0 word1 word2", refusal: null },
        finish_reason: "stop",
      },
    ],
    usage: { prompt_tokens: 10, completion_tokens: 3, total_tokens: 13 },
  });
  expect(data.id).toMatch(/^chatcmpl-/);
  expect(Math.abs(data.created - Date.now() / 1000)).toBeLessThan(60);
  expect(besideOf(data)).toMatchObject({ notices: [], citations: [] });
  expect(response.headers.get("X-Request-Id")).toMatch(/^req_/);
  expect(response.headers.get("X-RateLimit-Remaining")).not.toBeNull();
});

test("a stream is chunks: a role, the text, why it ended, the usage where it is asked for, and nothing after", async () => {
  const client = await openai();
  const model = "stub:tokens=4,delay=5";
  const stream = await client.chat.completions.create({
    model,
    messages: asking("Hello"),
    stream: true,
    stream_options: { include_usage: true },
  });
  const chunks = await Array.fromAsync(stream);
  expect(chunks[0]?.choices[0]?.delta).toEqual({ role: "assistant", content: "" });
  expect(textOf(chunks)).toBe("word0 word1 word2 word3");
  expect(chunks.at(-2)?.choices[0]).toMatchObject({ delta: {}, finish_reason: "stop" });
  expect(besideOf(chunks.at(-2))).toMatchObject({ notices: [], citations: [] });
  expect(chunks.at(-1)).toMatchObject({
    choices: [],
    usage: { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 },
  });
  expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
  expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
  expect(new Set(chunks.map((chunk) => chunk.model))).toEqual(new Set([`openai/${model}`]));

  const plain = await Array.fromAsync(
    await client.chat.completions.create({ model, messages: asking("Hello"), stream: true }),
  );
  expect(plain.every((chunk) => !("usage" in chunk))).toBe(true);
});

test("on the wire a stream is data frames and a last [DONE], without ids or names", async () => {
  const key = await newKey();
  const response = await toWorker(`${BASE_URL}/chat/completions`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: "stub:tokens=2", messages: asking("Hello"), stream: true }),
  });
  expect(response.headers.get("Content-Type")).toContain("text/event-stream");
  const frames = (await response.text()).split("\n\n");
  expect(frames.pop()).toBe("");
  expect(frames.pop()).toBe("data: [DONE]");
  for (const frame of frames) expect(frame).toMatch(/^data: \{"id":"chatcmpl-[^\n]+\}$/);
});

const unheardOf = { min_p: 0.1 };

test("what a client sends reaches the model in Edgewise's turn, and what counts for nothing is named", async () => {
  const client = await openai();
  const tag = newTag();
  const { data, response } = await client.chat.completions
    .create({
      model: `stub:tokens=2,tag=${tag}`,
      messages: [
        { role: "developer", content: "Be brief." },
        { role: "system", content: [{ type: "text", text: "Be kind." }] },
        ...asking("Hello"),
        { role: "assistant", content: "Hi." },
        ...asking("And now?"),
      ],
      temperature: 0,
      top_p: 0.5,
      frequency_penalty: 0.1,
      presence_penalty: 0.2,
      stop: ["END"],
      max_completion_tokens: 77,
      n: 1,
      seed: 7,
      user: "somebody",
      logprobs: true,
      logit_bias: { "50256": -100 },
      ...unheardOf,
    })
    .withResponse();
  const sent = await sentOf(tag);
  expect(sent).toMatchObject({
    temperature: 0,
    top_p: 0.5,
    frequency_penalty: 0.1,
    presence_penalty: 0.2,
    stop: ["END"],
    seed: 7,
  });
  expect(sent["max_completion_tokens"] ?? sent["max_tokens"]).toBe(77);
  const [system, ...said] = sent["messages"] as { role: string; content: string }[];
  expect(system?.content).toContain("Be brief.\n\nBe kind.");
  expect(said.map(({ content }) => content)).toEqual(["Hello", "Hi.", "And now?"]);
  const ignored = ["user", "logprobs", "logit_bias", "min_p"];
  expect(response.headers.get("X-Edgewise-Ignored")).toBe(ignored.join(", "));
  expect(besideOf(data).notices).toMatchObject([
    { code: "ignored_parameter", details: { parameters: ignored } },
  ]);
});

test("what is ignored is named wherever it stands, in letters that a header takes", async () => {
  const client = await openai();
  const tag = newTag();
  const { response } = await client.chat.completions
    .create({
      model: `stub:tokens=1,tag=${tag}`,
      messages: [
        { role: "system", content: "Brief.", name: "rules" },
        { role: "user", name: "alice", content: "I like tea." },
        { role: "user", name: "bob", content: "Who does?" },
      ],
      functions: [],
      function_call: "none",
      edgewise: { use_knowlege: true },
      größe: 1,
    } as never)
    .withResponse();
  expect(response.headers.get("X-Edgewise-Ignored")).toBe(
    "messages[].name, function_call, edgewise.use_knowlege, gr??e",
  );
  const [, ...said] = (await sentOf(tag))["messages"] as object[];
  expect(said).toMatchObject([{ name: "alice" }, { name: "bob" }]);
});

test("a greeting that opens a history is part of it, and parts stay in their order", async () => {
  const client = await openai();
  const tag = newTag();
  await client.chat.completions.create({
    model: `stub:tokens=1,tag=${tag}`,
    messages: [
      { role: "assistant", content: "Ahoy. The word is 42." },
      {
        role: "user",
        content: [
          { type: "text", text: "One:" },
          { type: "image_url", image_url: { url: "https://example.com/1.png" } },
          { type: "text", text: "Two:" },
          { type: "image_url", image_url: { url: "data:image/jpg;base64,iVBORw0KGgo=" } },
          { type: "text", text: "Which?" },
          { type: "text", text: "And the word?" },
        ],
      },
    ],
  });
  const said = (await sentOf(tag))["messages"] as { role: string; content: unknown }[];
  expect(said.filter(({ role }) => role !== "system")).toEqual([
    { role: "assistant", content: "Ahoy. The word is 42." },
    {
      role: "user",
      content: [
        { type: "text", text: "One:" },
        { type: "image_url", image_url: { url: "https://example.com/1.png" } },
        { type: "text", text: "Two:" },
        { type: "image_url", image_url: { url: "data:image/jpeg;base64,iVBORw0KGgo=" } },
        { type: "text", text: "Which?\n\nAnd the word?" },
      ],
    },
  ]);
});

test("one call at a time is asked of the model", async () => {
  const client = await openai();
  const tag = newTag();
  await client.chat.completions.create({
    model: `stub:tokens=1,tag=${tag}`,
    messages: asking("Hello"),
    tools: [WEATHER],
    parallel_tool_calls: false,
  });
  expect(await sentOf(tag)).toMatchObject({ parallel_tool_calls: false });
});

test.each([true, false])("a refusal is told as one, streamed: %s", async (streamed) => {
  const client = await openai();
  const ask = { model: "fixture:openai/refusal", messages: asking("Hello") };
  const { choices } = streamed
    ? await client.chat.completions.stream(ask).finalChatCompletion()
    : await client.chat.completions.create(ask);
  const refusal = "I can't help with that.";
  const kept = { ...ask, ...extended({ cache: "on" }) };
  await client.chat.completions.create(kept);
  const cached = await client.chat.completions.create(kept);
  expect(cached.choices[0]?.message).toMatchObject({ content: null, refusal });
  expect(choices[0]?.message).toMatchObject({ content: null, refusal });
  const tag = newTag();
  await client.chat.completions.create({
    model: `stub:tokens=1,tag=${tag}`,
    messages: [
      ...asking("Hello"),
      { role: "assistant", content: null, refusal },
      ...asking("Why not?"),
    ],
  });
  const said = (await sentOf(tag))["messages"] as { content: string }[];
  expect(said.slice(-2)[0]?.content).toBe(refusal);
});

test("nulls are as if nothing were sent", async () => {
  const client = await openai();
  const { response } = await client.chat.completions
    .create({
      model: "stub:tokens=1",
      messages: [{ role: "assistant", content: null, tool_calls: [] } as never, ...asking("Hello")],
      temperature: null,
      top_p: null,
      max_tokens: null,
      stop: null,
      n: null,
      seed: null,
      logprobs: null,
      stream: null,
      metadata: null,
      frequency_penalty: null,
      parallel_tool_calls: true,
      store: false,
    })
    .withResponse();
  expect(response.headers.get("X-Edgewise-Ignored")).toBeNull();
});

test.each([true, false])("tools go there and back, streamed: %s", async (streamed) => {
  const client = await openai();
  const tag = newTag();
  const model = `stub:tool=weather,tools=2,tokens=2,tag=${tag}`;
  const messages: ChatCompletionMessageParam[] = asking("How is it in Bonn?");
  const ask = {
    model,
    messages,
    tools: [WEATHER],
    tool_choice: { type: "function" as const, function: { name: "weather" } },
  };
  const completion = streamed
    ? await client.chat.completions.stream(ask).finalChatCompletion()
    : await client.chat.completions.create(ask);
  const [choice] = completion.choices;
  expect(choice?.finish_reason).toBe("tool_calls");
  expect(choice?.message.content).toBeNull();
  const calls = choice?.message.tool_calls ?? [];
  expect(calls).toMatchObject([
    { type: "function", function: { name: "weather", arguments: '{"place":"Bonn"}' } },
    { type: "function", function: { name: "weather", arguments: '{"place":"Bonn"}' } },
  ]);
  if (choice === undefined) return;
  messages.push(
    choice.message,
    ...calls.map(({ id }) => ({ role: "tool" as const, tool_call_id: id, content: "Sunny." })),
  );
  const after = await client.chat.completions.create({ model, messages, tools: [WEATHER] });
  expect(after.choices[0]?.message.content).toBe("word0 word1");
  const sent = (await sentOf(tag))["messages"] as { role: string; content: string }[];
  expect(sent.slice(-2)).toMatchObject([
    { role: "tool", content: "Sunny." },
    { role: "tool", content: "Sunny." },
  ]);
});

test("an answer in the form of a schema is parsed by OpenAI's client", async () => {
  const client = await openai();
  const tag = newTag();
  const { choices } = await client.chat.completions.parse({
    model: saying('{"city":"Bonn"}', tag),
    messages: asking("Which city?"),
    response_format: zodResponseFormat(z.object({ city: z.string() }), "place"),
  });
  expect(choices[0]?.message.parsed).toEqual({ city: "Bonn" });
  expect((await sentOf(tag))["response_format"]).toMatchObject({
    type: "json_schema",
    json_schema: { name: "place", strict: true },
  });
});

test("a picture reaches the model", async () => {
  const client = await openai();
  const tag = newTag();
  const url = "data:image/png;base64,iVBORw0KGgo=";
  await client.chat.completions.create({
    model: `stub:tokens=1,tag=${tag}`,
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "What is this?" },
          { type: "image_url", image_url: { url, detail: "low" } },
        ],
      },
    ],
  });
  expect(JSON.stringify(await sentOf(tag))).toContain(url);
});

test("an answer that was cut off says length", async () => {
  const client = await openai();
  const { choices } = await client.chat.completions.create({
    model: "embedded/edgewise-embedded",
    messages: asking("Tell me something long, please."),
    max_tokens: 2,
  });
  expect(choices[0]?.finish_reason).toBe("length");
});

test("`auto` is answered by whom it chose, and every chunk names them", async () => {
  const client = await openai();
  const chunks = await Array.fromAsync(
    await client.chat.completions.create({ model: "auto", messages: asking("Hi"), stream: true }),
  ).catch(() => []);
  const names = new Set(chunks.map(({ model }) => model));
  expect(names.has("auto")).toBe(false);
  expect(names.size).toBeLessThanOrEqual(1);
});

test("each question is asked, unless a body says that what was kept will do: then that is told", async () => {
  const client = await openai();
  const tag = newTag();
  const body = { model: `stub:tokens=2,tag=${tag}`, messages: asking("Again?") };
  const kept = { ...body, ...extended({ cache: "on" }) };
  await client.chat.completions.create(kept);
  const again = await eventually(async () => {
    const answer = await client.chat.completions.create(kept);
    return besideOf(answer).notices.some(({ code }) => code === "cached_answer") && answer;
  });
  expect(again.usage?.total_tokens).toBe(0);
  const { calls } = await journal(tag);
  await client.chat.completions.create(body);
  await client.chat.completions.create(body);
  expect((await journal(tag)).calls).toBe(calls + 2);
});

test("a reader who leaves in mid-stream ends the call, and pays for what they were told", async () => {
  const one = await personWith({ requests_per_minute: null, tokens_per_minute: null });
  const client = openaiWith(one.token ?? "");
  const tag = newTag();
  const stream = await client.chat.completions.create({
    model: `stub:tokens=400,delay=20,tag=${tag}`,
    messages: asking("Hello"),
    stream: true,
  });
  let heard = 0;
  for await (const { choices } of stream) {
    heard += choices.length;
    if (heard === 3) stream.controller.abort();
  }
  expect(heard).toBeGreaterThanOrEqual(3);
  await eventually(async () => (await journal(tag)).aborted === 1);
  const event = await eventually(() =>
    env.DB.prepare("SELECT * FROM usage_events WHERE user_id = ?")
      .bind(one.id)
      .first<{ outcome: string; completion_tokens: number }>(),
  );
  expect(event.outcome).toBe("cancelled");
  expect(event.completion_tokens).toBeGreaterThan(0);
});

test("a reader who closes the stream ends the call as one who hangs up does", async () => {
  const tag = newTag();
  const response = await toWorker(`${BASE_URL}/chat/completions`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${await newKey()}` },
    body: JSON.stringify({
      model: `stub:tokens=400,delay=10,tag=${tag}`,
      messages: asking("Hello"),
      stream: true,
    }),
  });
  const reader = response.body?.getReader();
  await reader?.read();
  await reader?.cancel();
  await eventually(async () => (await journal(tag)).aborted === 1);
});

test("a reader who leaves before the first word ends the call, too", async () => {
  const client = await openai();
  const tag = newTag();
  const left = new AbortController();
  const asked = client.chat.completions.create(
    { model: `stub:fault=hang,tag=${tag}`, messages: asking("Hello"), stream: true },
    { signal: left.signal },
  );
  const ended = errorOf(asked);
  await eventually(async () => (await journal(tag)).calls === 1);
  left.abort();
  await ended;
  await eventually(async () => (await journal(tag)).aborted === 1);
});

test.each([
  [{ n: 2 }, "n", "unsupported_value"],
  [{ functions: [{ name: "f" }] }, "functions", "unsupported_parameter"],
  [{ audio: { voice: "alloy", format: "wav" } }, "audio", "unsupported_parameter"],
  [{ modalities: ["text", "audio"] }, "modalities", "unsupported_value"],
  [{ temperature: 3 }, "temperature", "invalid_value"],
  [{ temperature: "hot" }, "temperature", "invalid_type"],
  [{ model: undefined }, "model", "missing_required_parameter"],
  [{ messages: [] }, "messages", "empty_array"],
  [{ stop: ["1", "2", "3", "4", "5"] }, "stop", "array_above_max_length"],
  [{ messages: asking("") }, "messages", null],
  [
    { messages: [{ role: "user", content: [{ type: "input_audio" }] }] },
    "messages[0].content[0].type",
    "invalid_value",
  ],
  [{ tools: [{ type: "custom", custom: { name: "x" } }] }, "tools[0].type", "invalid_value"],
  [
    { messages: [{ role: "tool", tool_call_id: "call_1", content: "x" }] },
    "messages[0].tool_call_id",
    null,
  ],
  [{ tool_choice: "required" }, "tool_choice", null],
])("%j is refused as OpenAI refuses it", async (extra, param, code) => {
  const client = await openai();
  const body = { model: "stub:tokens=1", messages: asking("Hello"), ...extra };
  const error = await errorOf(client.chat.completions.create(body as never));
  expect(error).toBeInstanceOf(BadRequestError);
  expect(error).toMatchObject({ status: 400, type: "invalid_request_error", code });
  expect(error.param).toBe(param);
  expect(error.headers?.get("X-Error-Code")).toBe("VALIDATION_ERROR");
});

test.each([true, false])(
  "a failure before the first word has its status, streamed: %s",
  async (stream) => {
    const client = await openai();
    const ask = (model: string) =>
      errorOf(client.chat.completions.create({ model, messages: asking("Hello"), stream }));
    const missing = await ask(`stub:fault=404,tag=${newTag()}`);
    expect(missing).toBeInstanceOf(NotFoundError);
    expect(missing).toMatchObject({ code: "model_not_found", param: "model" });
    const long = await ask(`stub:fault=context,tag=${newTag()}`);
    expect(long).toMatchObject({ status: 400, code: "context_length_exceeded", param: "messages" });
    const failed = await ask(`stub:fault=500,tag=${newTag()}`);
    expect(failed).toMatchObject({ status: 502, type: "server_error" });
    expect(failed.headers?.get("X-Error-Code")).toBe("LLM_PROVIDER_ERROR");
    expect(failed.message).not.toContain("sk-123");
    const elsewhere = await ask("embedded/gpt-4o");
    expect(elsewhere).toMatchObject({ status: 404, code: "model_not_found" });
  },
);

test("a stream that fails in its middle ends with an error and no [DONE]", async () => {
  const client = await openai();
  const model = `stub:tokens=20,delay=5,fault=malformed,tag=${newTag()}`;
  const stream = await client.chat.completions.create({
    model,
    messages: asking("Hello"),
    stream: true,
    response_format: { type: "json_object" },
  });
  let text = "";
  const reading = async () => {
    for await (const { choices } of stream) text += choices[0]?.delta.content ?? "";
  };
  expect(await errorOf(reading())).toMatchObject({ type: "server_error" });
  expect(text).toContain("word0");
});

test("where another model begins anew with the same words, the stream goes on from where it was", async () => {
  const client = await openai();
  const ask = { model: "stub:tokens=40,delay=10,fault=drop,chain=anew", messages: asking("Hello") };
  const whole = await client.chat.completions.create(ask);
  expect(whole.model).toBe("anthropic/stub:tokens=40,restart=1");
  const stream = await client.chat.completions.create({ ...ask, stream: true });
  // The stub begins with the same words: from where they go on, so does the stream.
  const chunks = await Array.fromAsync(stream);
  expect(textOf(chunks)).toBe(whole.choices[0]?.message.content);
  expect(besideOf(chunks.at(-1)).notices.map(({ code }) => code)).toContain("fallback");
});

test("who shows no valid key is told so in OpenAI's words", async () => {
  const error = await errorOf(
    openaiWith("ew_nobody_knows").chat.completions.create({
      model: "stub",
      messages: asking("Hello"),
    }),
  );
  expect(error).toBeInstanceOf(AuthenticationError);
  expect(error).toMatchObject({ type: "invalid_request_error", code: "invalid_api_key" });
  const narrow = openaiWith(await newKey(["conversations"]));
  const refused = await errorOf(
    narrow.chat.completions.create({ model: "stub", messages: asking("Hello") }),
  );
  expect(refused).toBeInstanceOf(PermissionDeniedError);
});

test("visitors are welcome where they are anywhere, and turned away where they are not", async () => {
  const visitor = new OpenAI({
    baseURL: BASE_URL,
    apiKey: "unused",
    defaultHeaders: { Authorization: null },
    fetch: toWorker,
  });
  const body = { model: "stub:tokens=1", messages: asking("Hello") };
  expect((await visitor.chat.completions.create(body)).choices).toHaveLength(1);
  const closed = appWith({ ALLOW_ANONYMOUS: "false" });
  const response = await closed.ask("/v1/chat/completions", post(body));
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ error: { type: "invalid_request_error" } });
});

test("limits and budgets count, and are told in OpenAI's words", async () => {
  const body = { model: "stub:tokens=1", messages: asking("Hello") };
  const hurried = await personWith({ requests_per_minute: 1, tokens_per_minute: null });
  const client = openaiWith(hurried.token ?? "");
  await client.chat.completions.create(body);
  const limited = await errorOf(client.chat.completions.create(body));
  expect(limited).toBeInstanceOf(RateLimitError);
  expect(limited).toMatchObject({ code: "rate_limit_exceeded", type: "requests" });
  expect(Number(limited.headers?.get("Retry-After"))).toBeGreaterThan(0);

  const poor = await personWith({ daily_tokens: 10, tokens_per_minute: null });
  const spent = await errorOf(
    openaiWith(poor.token ?? "").chat.completions.create({ ...body, max_completion_tokens: 5000 }),
  );
  expect(spent).toMatchObject({
    status: 429,
    code: "insufficient_quota",
    type: "insufficient_quota",
  });
  expect(spent.headers?.get("x-should-retry")).toBe("false");
  expect(spent.headers?.get("X-Error-Code")).toBe("BUDGET_EXCEEDED");
});

test("an answer from documents brings its citations, and a stream never shows one that is taken out", async () => {
  const one = await person();
  await know(one, { name: "leave.md", text: "# Leave\n\nEmployees have 30 days of annual leave." });
  const client = openaiWith(one.token ?? "");
  const ask = {
    model: saying("30 days [1] so [9] is [it] [1]."),
    messages: asking("How many days of annual leave do employees have?"),
    edgewise: { use_knowledge: true, cache: "off" },
  };
  const whole = await client.chat.completions.create(ask);
  const text = whole.choices[0]?.message.content;
  expect(text).toBe("30 days [1] so is [it] [1].");
  expect(besideOf(whole).citations).toMatchObject([{ number: 1 }, { number: 1 }]);
  const chunks = await Array.fromAsync(
    await client.chat.completions.create({ ...ask, stream: true as const }),
  );
  expect(textOf(chunks)).toBe(text);
  expect(besideOf(chunks.at(-1)).citations).toHaveLength(2);
  const elsewhere = { use_knowledge: true, collections: [newId("col", Date.now())] };
  const error = await errorOf(client.chat.completions.create({ ...ask, ...extended(elsewhere) }));
  expect(error).toMatchObject({ status: 404, param: "edgewise.collections" });
});

test("into a conversation goes the last message alone, and the conversation has it", async () => {
  const one = await person();
  const id = await one.conversation();
  const client = openaiWith(one.token ?? "");
  const first = await client.chat.completions.create({
    model: "stub:tokens=2",
    messages: asking("My name is Ada."),
    ...extended({ conversation_id: id }),
  });
  expect(besideOf(first)).toMatchObject({ conversation_id: id });
  const tag = newTag();
  const { data, response } = await client.chat.completions
    .create({
      model: `stub:tokens=3,tag=${tag}`,
      messages: [{ role: "system", content: "Be brief." }, ...asking("What is it?")],
      stream: true,
      stream_options: { include_usage: true },
      ...extended({ conversation_id: id }),
    })
    .withResponse();
  expect(response.headers.get("X-Conversation-Id")).toBe(id);
  const chunks = await Array.fromAsync(data);
  expect(textOf(chunks)).toBe("word0 word1 word2");
  expect(chunks.at(-1)?.usage?.completion_tokens).toBe(3);
  const messages = await one.messages(id);
  expect(messages.map(({ content }) => content)).toEqual([
    "My name is Ada.",
    "word0 word1",
    "What is it?",
    "word0 word1 word2",
  ]);
  expect(besideOf(chunks.at(-2)).message_id).toBe(messages[3]?.id);
  const sent = JSON.stringify((await sentOf(tag))["messages"]);
  expect(sent).toContain("My name is Ada.");
  expect(sent).toContain("Be brief.");
});

test("in a conversation tools go there and back, too, and a reader who leaves stops nothing", async () => {
  const one = await person();
  const id = await one.conversation();
  const client = openaiWith(one.token ?? "");
  const edgewise = { edgewise: { conversation_id: id } };
  const messages: ChatCompletionMessageParam[] = asking("How is it in Bonn?");
  const model = "stub:tool=weather,tokens=2";
  const asked = await client.chat.completions.create({
    model,
    messages,
    tools: [WEATHER],
    ...edgewise,
  });
  const [choice] = asked.choices;
  if (choice === undefined) throw new Error("no choice");
  messages.push(choice.message, {
    role: "tool",
    tool_call_id: choice.message.tool_calls?.[0]?.id ?? "",
    content: "Sunny.",
  });
  const stream = await client.chat.completions.create({
    model: "stub:tokens=30,delay=10",
    messages,
    tools: [WEATHER],
    stream: true,
    ...edgewise,
  });
  for await (const { choices } of stream) if (choices[0]?.delta.content) break;
  const said = await eventually(async () => {
    const all = await one.messages(id);
    return all.length === 4 && all.at(-1)?.status === "completed" && all;
  });
  expect(said.at(-1)?.content.split(" ")).toHaveLength(30);
  expect(said[2]?.parts).toMatchObject([{ type: "tool_result", content: "Sunny." }]);
});

test("somebody else's conversation is not found, and a busy one says so", async () => {
  const one = await person();
  const id = await one.conversation();
  const ask = {
    model: "stub:tokens=1",
    messages: asking("Hello"),
    ...extended({ conversation_id: id }),
  };
  const stranger = await openai();
  for (const conversation_id of [id, "conv_nonsense"]) {
    const error = await errorOf(
      stranger.chat.completions.create({ ...ask, ...extended({ conversation_id }) }),
    );
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({
      code: "conversation_not_found",
      param: "edgewise.conversation_id",
    });
  }
  const client = openaiWith(one.token ?? "");
  const running = await client.chat.completions.create({
    ...ask,
    model: "stub:tokens=100,delay=20",
    stream: true,
  });
  const busy = await errorOf(client.chat.completions.create(ask));
  expect(busy).toMatchObject({ status: 409, code: "conversation_busy" });
  running.controller.abort();
});

test.each(["drop", "500", "malformed"])(
  "a client that asks again after a failure (%s) does not say it again in a conversation",
  async (fault) => {
    const who = await person();
    const { id } = await who.json<{ id: string }>("/api/v1/conversations", { json: {} });
    const { token = "" } = await who.apiKey(["chat"]);
    const client = new OpenAI({ baseURL: BASE_URL, apiKey: token, fetch: toWorker, maxRetries: 2 });
    const error = await errorOf(
      client.chat.completions.create({
        model: `stub:tokens=10,fault=${fault},tag=${newTag()}`,
        messages: asking("Pay 100 to Bob"),
        ...extended({ conversation_id: id }),
      }),
    );
    expect(error.status).toBe(502);
    const said = (await who.messages(id)).filter(({ role }) => role === "user");
    expect(said.map(({ content }) => content)).toEqual(["Pay 100 to Bob"]);
  },
);

test("the same send twice into a conversation is one message", async () => {
  const one = await person();
  const id = await one.conversation();
  const client = openaiWith(one.token ?? "");
  const ask = {
    model: "stub:tokens=3",
    messages: asking("Once"),
    ...extended({ conversation_id: id }),
  };
  const options = { headers: { "Idempotency-Key": newTag() } };
  await client.chat.completions.create(ask, options);
  const again = await Array.fromAsync(
    await client.chat.completions.create({ ...ask, stream: true }, options),
  );
  expect(textOf(again)).toBe("word0 word1 word2");
  expect(await one.messages(id)).toHaveLength(2);
});

test("models are those that are there, by the names that are asked for", async () => {
  const client = await openai();
  const models = await Array.fromAsync(client.models.list());
  const ids = models.map(({ id }) => id);
  expect(ids).toEqual(
    expect.arrayContaining(["auto", "openai/stub", "embedded/edgewise-embedded"]),
  );
  expect(models.find(({ id }) => id === "openai/stub")).toEqual({
    id: "openai/stub",
    object: "model",
    created: 0,
    owned_by: "openai",
  });
  expect(await client.models.retrieve("openai/stub")).toMatchObject({ id: "openai/stub" });
  expect(await client.models.retrieve("stub")).toMatchObject({ id: "openai/stub" });
  const plain = await toWorker(`${BASE_URL}/models/openai/stub`, {
    headers: { Authorization: `Bearer ${client.apiKey}` },
  });
  expect(await plain.json()).toMatchObject({ id: "openai/stub" });
  const error = await errorOf(client.models.retrieve("gpt-4o"));
  expect(error).toBeInstanceOf(NotFoundError);
  expect(error.code).toBe("model_not_found");
});

test("where only the embedded model is, nobody passes for gpt-4o", async () => {
  const alone = appWith({
    OPENAI_API_KEY: "",
    ANTHROPIC_API_KEY: "",
    OLLAMA_BASE_URL: "",
    TITLE_MODEL: "",
    SUMMARY_MODEL: "",
    ENTITIES_MODEL: "",
    INTENT_MODEL: "",
    REFERENCES_MODEL: "",
    LLM_FALLBACKS: "{}",
    ALLOW_ANONYMOUS: "true",
  });
  const ask = (model: string) =>
    alone.ask("/v1/chat/completions", post({ model, messages: asking("Hello") }));
  const refused = await ask("gpt-4o");
  expect(refused.status).toBe(404);
  expect(await refused.json()).toMatchObject({
    error: { type: "invalid_request_error", param: "model", code: "model_not_found" },
  });
  expect((await ask("edgewise-embedded")).status).toBe(200);
  expect((await ask("auto")).status).toBe(200);
});

test("the surface is described with OpenAI's errors", async () => {
  const { paths } = await new Client().json<{
    paths: Record<string, Record<string, { tags: string[]; responses: Record<string, unknown> }>>;
  }>("/api/v1/openapi.json");
  const described = Object.keys(paths).filter((path) => path.startsWith("/v1/"));
  expect(described.sort()).toEqual([
    "/v1/chat/completions",
    "/v1/embeddings",
    "/v1/models",
    "/v1/models/{id}",
    "/v1/responses",
  ]);
  const chat = paths["/v1/chat/completions"]?.["post"];
  expect(chat?.tags).toEqual(["openai"]);
  expect(Object.keys(chat?.responses ?? {})).toContain("429");
  expect(Object.keys(chat?.responses ?? {})).not.toContain("402");
});

test("an address that is none is told in OpenAI's words", async () => {
  const response = await new Client().fetch("/v1/files");
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({
    error: { type: "invalid_request_error", code: "unknown_url", param: null },
  });
});

test("a page of another origin may ask as OpenAI's client does, and reads what was ignored", async () => {
  const asked = await toWorker(`${BASE_URL}/chat/completions`, {
    method: "OPTIONS",
    headers: {
      Origin: "https://app.example",
      "Access-Control-Request-Method": "POST",
      "Access-Control-Request-Headers": "authorization,content-type,x-stainless-lang",
    },
  });
  expect(asked.headers.get("Access-Control-Allow-Headers")?.toLowerCase()).toContain(
    "x-stainless-lang",
  );
  const shown = await toWorker(`${BASE_URL}/models`, {
    headers: { Origin: "https://app.example" },
  });
  await shown.body?.cancel();
  expect(shown.headers.get("Access-Control-Expose-Headers")).toContain("X-Edgewise-Ignored");
});
