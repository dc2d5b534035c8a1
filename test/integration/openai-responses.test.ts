// POST /v1/responses and /v1/embeddings, as OpenAI's own client sees them.
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { NotFoundError } from "openai";
import { zodTextFormat } from "openai/helpers/zod";
import type { ResponseFunctionToolCall, ResponseInput } from "openai/resources/responses/responses";
import { z } from "zod";
import { appWith, post } from "./app-with.ts";
import { eventually, journal, newTag } from "./client.ts";
import { errorOf, newKey, openai, openaiWith } from "./openai-client.ts";
import { person, personWith } from "./people.ts";

const WEATHER = {
  type: "function" as const,
  name: "weather",
  parameters: { type: "object", properties: { place: { type: "string" } } },
  strict: false,
};
const isCall = (item: { type: string }): item is ResponseFunctionToolCall =>
  item.type === "function_call";
const sentOf = async (tag: string) => (await journal(tag)).last as Record<string, unknown>;

test("a response has its text, its usage and what was asked", async () => {
  const client = await openai();
  const tag = newTag();
  const response = await client.responses.create({
    model: `stub:tokens=3,tag=${tag}`,
    instructions: "Be brief.",
    input: "Hello",
    max_output_tokens: 50,
    metadata: { purpose: "test" },
  });
  expect(response).toMatchObject({
    object: "response",
    status: "completed",
    model: `openai/stub:tokens=3,tag=${tag}`,
    instructions: "Be brief.",
    max_output_tokens: 50,
    metadata: { purpose: "test" },
    output_text: "word0 word1 word2",
    usage: { input_tokens: 10, output_tokens: 3, total_tokens: 13 },
  });
  const [system, user] = (await sentOf(tag))["messages"] as { content: string }[];
  expect(system?.content).toContain("Be brief.");
  expect(user?.content).toBe("Hello");
});

test("a streamed response is gathered by OpenAI's client to the same", async () => {
  const client = await openai();
  const stream = client.responses.stream({ model: "stub:tokens=4,delay=5", input: "Hello" });
  const types: string[] = [];
  let text = "";
  for await (const event of stream) {
    types.push(event.type);
    if (event.type === "response.output_text.delta") text += event.delta;
  }
  const final = await stream.finalResponse();
  expect(text).toBe("word0 word1 word2 word3");
  expect(final.output_text).toBe(text);
  expect(final.status).toBe("completed");
  expect(types[0]).toBe("response.created");
  expect(types.at(-1)).toBe("response.completed");
});

test.each([true, false])("functions go there and back, streamed: %s", async (streamed) => {
  const client = await openai();
  const tag = newTag();
  const input: ResponseInput = [{ role: "user", content: "How is it in Bonn?" }];
  const ask = { model: `stub:tool=weather,tools=2,tokens=2,tag=${tag}`, input, tools: [WEATHER] };
  const first = streamed
    ? await client.responses.stream(ask).finalResponse()
    : await client.responses.create(ask);
  const calls = (first.output as { type: string }[]).filter(isCall);
  expect(calls).toMatchObject([
    { name: "weather", arguments: '{"place":"Bonn"}', status: "completed" },
    { name: "weather", arguments: '{"place":"Bonn"}', status: "completed" },
  ]);
  input.push(
    ...(first.output as ResponseInput),
    ...calls.map(({ call_id }) => ({
      type: "function_call_output" as const,
      call_id,
      output: "Sunny.",
    })),
  );
  const second = await client.responses.create(ask);
  expect(second.output_text).toBe("word0 word1");
  const sent = (await sentOf(tag))["messages"] as { role: string; tool_calls?: unknown[] }[];
  expect(sent.map(({ role }) => role).slice(-3)).toEqual(["assistant", "tool", "tool"]);
  expect(sent.at(-3)?.tool_calls).toHaveLength(2);
});

test("what was answered before is sent back as it came, thoughts included", async () => {
  const client = await openai();
  const tag = newTag();
  const before = await client.responses.create({ model: "stub:tokens=2", input: "Hello" });
  await client.responses.create({
    model: `stub:tokens=1,tag=${tag}`,
    input: [
      { role: "developer", content: "Be kind." },
      { role: "user", content: "Hello" },
      { type: "reasoning", id: "rs_1", summary: [] },
      ...(before.output as ResponseInput),
      {
        role: "user",
        content: [
          { type: "input_text", text: "And this?" },
          { type: "input_image", image_url: "data:image/png;base64,iVBORw0KGgo=", detail: "auto" },
        ],
      },
    ],
  });
  const sent = (await sentOf(tag))["messages"] as { role: string; content: unknown }[];
  expect(sent.slice(1)).toMatchObject([
    { role: "user", content: "Hello" },
    { role: "assistant", content: "word0 word1" },
    { role: "user" },
  ]);
  expect(JSON.stringify(sent.at(-1))).toContain("iVBORw0KGgo=");
});

test("an answer in the form of a schema is parsed", async () => {
  const client = await openai();
  const response = await client.responses.parse({
    model: `stub:say=${encodeURIComponent('{"city":"Bonn"}')},tag=${newTag()}`,
    input: "Which city?",
    text: { format: zodTextFormat(z.object({ city: z.string() }), "place") },
  });
  expect(response.output_parsed).toEqual({ city: "Bonn" });
});

test("a response that was cut off is incomplete, and says why", async () => {
  const client = await openai();
  const ask = {
    model: "embedded/edgewise-embedded",
    input: "Tell me something long, please.",
    max_output_tokens: 2,
  };
  const told = { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } };
  expect(await client.responses.create(ask)).toMatchObject(told);
  expect(await client.responses.stream(ask).finalResponse()).toMatchObject(told);
});

test.each([
  [{ previous_response_id: "resp_1" }, "previous_response_id", "unsupported_parameter"],
  [{ background: true }, "background", "unsupported_parameter"],
  [{ conversation: "conv_1" }, "conversation", "unsupported_parameter"],
  [{ tools: [{ type: "web_search" }] }, "tools[0].type", "invalid_value"],
  [{ input: [{ type: "item_reference", id: "msg_1" }] }, "input[0]", "invalid_value"],
  [
    { input: [{ type: "function_call", call_id: "c" }] },
    "input[0].name",
    "missing_required_parameter",
  ],
])("%j is refused as OpenAI refuses it", async (extra, param, code) => {
  const client = await openai();
  const body = { model: "stub:tokens=1", input: "Hello", ...extra };
  const error = await errorOf(client.responses.create(body as never));
  expect(error).toMatchObject({ status: 400, type: "invalid_request_error", code });
  expect(error.param).toBe(param);
});

test.each([true, false])("a refusal is a part of its own, streamed: %s", async (streamed) => {
  const client = await openai();
  const ask = { model: "fixture:openai/refusal", input: "Hello" };
  const { output } = streamed
    ? await client.responses.stream(ask).finalResponse()
    : await client.responses.create(ask);
  const refusal = "I can't help with that.";
  expect(output).toMatchObject([{ type: "message", content: [{ type: "refusal", refusal }] }]);
});

test("what counts for nothing is named, and nothing is kept to be got again", async () => {
  const client = await openai();
  const { data, response } = await client.responses
    .create({ model: "stub:tokens=1", input: "Hello", store: true, user: "somebody" })
    .withResponse();
  expect(response.headers.get("X-Edgewise-Ignored")).toBe("store, user");
  expect(await errorOf(client.responses.retrieve(data.id))).toBeInstanceOf(NotFoundError);
});

test("a response that fails in its middle says so in its last event", async () => {
  const client = await openai();
  const stream = await client.responses.create({
    model: `stub:tokens=20,delay=5,fault=malformed,tag=${newTag()}`,
    input: "Hello",
    stream: true,
    text: { format: { type: "json_object" } },
  });
  const events = await Array.fromAsync(stream);
  expect(events.at(-1)).toMatchObject({
    type: "response.failed",
    response: { status: "failed", error: { code: "server_error" } },
  });
});

test("what an input and its instructions hold is reserved for, whatever form they have", async () => {
  const poor = await personWith({ daily_tokens: 500, tokens_per_minute: null });
  const client = openaiWith(poor.token ?? "");
  const long = "All work and no play. ".repeat(200);
  const result = { type: "function_call_output" as const, call_id: "call_1", output: long };
  const inputs = [
    { input: long },
    { input: "Hello", instructions: long },
    { input: [{ role: "user" as const, content: [{ type: "input_text" as const, text: long }] }] },
    { input: [{ role: "user" as const, content: "Hello" }, result] },
  ];
  for (const asked of inputs) {
    const body = { model: "stub:tokens=1", max_output_tokens: 10, ...asked };
    expect(await errorOf(client.responses.create(body))).toMatchObject({
      status: 429,
      code: "insufficient_quota",
    });
  }
});

test("into a conversation goes the last of an input", async () => {
  const one = await person();
  const id = await one.conversation();
  const client = openaiWith(one.token ?? "");
  const edgewise = { edgewise: { conversation_id: id } };
  await client.responses.create({ model: "stub:tokens=2", input: "First", ...edgewise });
  const stream = client.responses.stream({ model: "stub:tokens=3", input: "Second", ...edgewise });
  expect((await stream.finalResponse()).output_text).toBe("word0 word1 word2");
  expect((await one.messages(id)).map(({ content }) => content)).toEqual([
    "First",
    "word0 word1",
    "Second",
    "word0 word1 word2",
  ]);
});

test("a text, and a list of them, become vectors; in base64 they are the same", async () => {
  const client = await openai();
  const input = ["The tide comes in.", "The tide goes out.", "Invoices are due."];
  const { data, usage, model } = await client.embeddings.create({ model: "embedded", input });
  expect(model).toBe("embedded");
  expect(data.map(({ index }) => index)).toEqual([0, 1, 2]);
  expect(usage.prompt_tokens).toBeGreaterThan(5);
  const [first, second, third] = data.map(({ embedding }) => embedding);
  expect(first).toHaveLength(256);
  const likeness = (a: number[] = [], b: number[] = []) =>
    a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
  expect(likeness(first, second)).toBeGreaterThan(likeness(first, third));
  const plain = await client.embeddings.create({
    model: "embedded",
    input: input[0] ?? "",
    encoding_format: "float",
  });
  // The client asks for base64 unless it is told otherwise.
  expect(plain.data[0]?.embedding).toEqual(first);
});

test.each([
  [{ model: "text-embedding-ada-002" }, 404, "model", "model_not_found"],
  [{ dimensions: 64 }, 400, "dimensions", "unsupported_value"],
  [{ input: [1, 2, 3] }, 400, "input", "invalid_type"],
  [{ input: "" }, 400, "input", "string_below_min_length"],
  [{ encoding_format: "hex" }, 400, "encoding_format", "invalid_value"],
])("embeddings for %j are refused as OpenAI refuses them", async (extra, status, param, code) => {
  const client = await openai();
  const error = await errorOf(
    client.embeddings.create({ model: "embedded", input: "Hello", ...extra } as never),
  );
  expect(error).toMatchObject({ status, code });
  expect(error.param?.replace(/\[\d+\]$/, "")).toBe(param);
});

test("a vendor's embedder is asked by either of its names, counted and booked", async () => {
  const one = await personWith({ requests_per_minute: null, tokens_per_minute: null });
  const model = `stub-vectors:dims=8,tag=${newTag()}`;
  const { ask } = appWith({ EMBEDDING_MODEL: `openai/${model}` });
  const headers = { Authorization: `Bearer ${one.token}` };
  for (const name of [model, `openai/${model}`]) {
    const response = await ask(
      "/v1/embeddings",
      post({ model: name, input: ["car", "bus"] }, headers),
    );
    expect(response.status).toBe(200);
    const { data, usage } = await response.json<{
      data: { embedding: number[] }[];
      usage: { total_tokens: number };
    }>();
    expect(data.map(({ embedding }) => embedding.length)).toEqual([8, 8]);
    expect(usage.total_tokens).toBeGreaterThan(0);
  }
  const events = await eventually(async () => {
    const { results } = await env.DB.prepare(
      "SELECT feature, purpose, provider, prompt_tokens FROM usage_events WHERE user_id = ?",
    )
      .bind(one.id)
      .all<{ prompt_tokens: number }>();
    return results.length === 2 && results;
  });
  expect(events[0]).toMatchObject({
    feature: "embeddings",
    purpose: "embedding",
    provider: "openai",
  });
  const { used } = await one.json<{ used: Record<string, number> }>("/api/v1/auth/limits");
  expect(used["daily_tokens"]).toBe(events.reduce((sum, it) => sum + it.prompt_tokens, 0));
  const listed = await ask("/v1/models", { headers });
  expect(JSON.stringify(await listed.json())).toContain(`openai/${model}`);
});

test("an embedder that fails is told of as a server's error, and costs nothing", async () => {
  const one = await personWith({ requests_per_minute: null, tokens_per_minute: null });
  const model = `stub-vectors:fault=500,tag=${newTag()}`;
  const { ask } = appWith({ EMBEDDING_MODEL: `openai/${model}` });
  const headers = { Authorization: `Bearer ${one.token}` };
  const response = await ask("/v1/embeddings", post({ model, input: "car" }, headers));
  expect(response.status).toBe(502);
  expect(await response.json()).toMatchObject({ error: { type: "server_error" } });
  await eventually(async () => {
    const { used } = await one.json<{ used: Record<string, number> }>("/api/v1/auth/limits");
    return used["daily_tokens"] === 0;
  });
});

test("embeddings take the scope that asking models takes", async () => {
  const narrow = openaiWith(await newKey(["conversations"]));
  const refused = await errorOf(narrow.embeddings.create({ model: "embedded", input: "car" }));
  expect(refused.status).toBe(403);
});
