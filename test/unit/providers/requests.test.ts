// What is sent, as each vendor documents it, and what is said of that which could not be sent.
import { expect, test } from "vitest";
import { readConfig } from "../../../src/config.ts";
import { normalise } from "../../../src/llm/normalise.ts";
import type { ModelRequest } from "../../../src/llm/provider.ts";
import { prepareRequest as prepareAnthropic } from "../../../src/llm/providers/anthropic/prepare-request.ts";
import { prepareRequest } from "../../../src/llm/providers/openai/prepare-request.ts";
import { openaiVendors } from "../../../src/llm/providers/openai/vendors.ts";
import { prepareRequest as prepareWorkersAi } from "../../../src/llm/providers/workers-ai/prepare-request.ts";
import { VENDORS } from "../../../src/vendors.ts";
import { adapter, journal, KEY, never, play, request } from "./adapters.ts";

const PNG = "data:image/png;base64,iVBORw0KGgo=";
const URL_PICTURE = "https://example.com/cat.png";
const call = { id: "call_1", name: "get_weather", arguments: '{"city":"Bonn"}' };
const tool = {
  name: "get_weather",
  description: "Now",
  parameters: {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
  },
};
const rich = (model: string, rest: Partial<ModelRequest> = {}): ModelRequest =>
  request(model, {
    system: "Be brief.",
    messages: [
      { role: "user", content: "Weather here?", images: [{ url: PNG, detail: "low" }] },
      { role: "assistant", content: "", tool_calls: [call] },
      { role: "tool", tool_call_id: "call_1", content: "Rain" },
      { role: "user", content: "And now?" },
    ],
    settings: { temperature: 2, top_p: 0.5, stop: ["a", "b", "c", "d", "e"], max_tokens: 9 },
    tools: [tool],
    tool_choice: "required",
    ...rest,
  });

const vendor = (id: string, own = true) => {
  const config = readConfig(
    Object.fromEntries(
      VENDORS.flatMap(({ variables, needs, ...entry }) => [
        [variables.key, KEY],
        ...(own && "baseURL" in entry && needs.length === 1 ? [] : [[variables.url, "http://h"]]),
      ]),
    ),
  );
  const found = openaiVendors(config).find((it) => it.id === id);
  if (found === undefined) throw new Error(`no vendor is called ${id}`);
  return found;
};
const of = (id: string, asked: ModelRequest) => prepareRequest(vendor(id), asked);
const parameters = (notices: { details?: Record<string, unknown> | undefined }[]) =>
  notices.map(({ details }) => details?.["parameter"]);

test("OpenAI: messages, pictures, calls, results and tools", () => {
  const { body, notices } = of("openai", rich("gpt-4o"));
  expect(body).toEqual({
    model: "gpt-4o",
    messages: [
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "Weather here?" },
          { type: "image_url", image_url: { url: PNG, detail: "low" } },
        ],
      },
      {
        role: "assistant",
        content: null,
        tool_calls: [
          {
            id: "call_1",
            type: "function",
            function: { name: "get_weather", arguments: '{"city":"Bonn"}' },
          },
        ],
      },
      { role: "tool", tool_call_id: "call_1", content: "Rain" },
      { role: "user", content: "And now?" },
    ],
    max_completion_tokens: 9,
    temperature: 2,
    top_p: 0.5,
    stop: ["a", "b", "c", "d"],
    tools: [
      {
        type: "function",
        function: { name: "get_weather", description: "Now", parameters: tool.parameters },
      },
    ],
    tool_choice: "required",
    stream: true,
    stream_options: { include_usage: true },
  });
  expect(parameters(notices)).toEqual(["stop"]);
});

test("the others differ in what their entries say", () => {
  const asked = rich("m", { tool_choice: { name: "get_weather" } });
  const named = { type: "function", function: { name: "get_weather" } };
  expect(of("openai", asked).body.tool_choice).toEqual(named);
  const mistral = of("mistral", rich("m")).body;
  expect(mistral).toMatchObject({ tool_choice: "any", temperature: 1.5, max_tokens: 9 });
  expect(mistral).not.toHaveProperty("stream_options");
  const ids = JSON.stringify(mistral.messages).match(/"(?:tool_call_)?id":"([^"]*)"/g);
  expect(new Set(ids?.map((id) => /"([a-z0-9]{9})"$/.exec(id)?.[1]))).toHaveProperty("size", 1);

  const ollama = of("ollama", asked);
  expect(ollama.body).not.toHaveProperty("tool_choice");
  expect(parameters(ollama.notices)).toEqual(["tool_choice"]);
  expect(of("ollama", rich("m", { tool_choice: "none" })).body).not.toHaveProperty("tools");

  const groq = of("groq", rich("m", { settings: { frequency_penalty: 1 } }));
  expect(groq.body).not.toHaveProperty("frequency_penalty");
  expect(parameters(groq.notices)).toEqual(["frequency_penalty"]);

  const own = of("vllm", request("default")).body;
  expect(own).toMatchObject({ model: "", max_tokens: 100 });
  expect(prepareRequest(vendor("openai", false), request("m")).body).toHaveProperty("max_tokens");

  const deepseek = { messages: [{ role: "user" as const, content: "Hi" }], tools: [tool] };
  expect(of("deepseek", rich("m", deepseek)).body).toMatchObject({
    thinking: { type: "disabled" },
  });
  expect(of("deepseek", rich("m", { ...deepseek, tool_choice: "auto" })).body).not.toHaveProperty(
    "thinking",
  );
});

const SCHEMA = { type: "object", properties: { n: { type: "number" } } };
const format = { type: "json_schema" as const, name: "answer", schema: SCHEMA, strict: true };

test("JSON of a schema is asked for as closely as the vendor can be held to it", () => {
  const asked = request("m", { response_format: format });
  const closed = { ...SCHEMA, required: ["n"], additionalProperties: false };
  const strictly = request("m", { response_format: { ...format, schema: closed } });
  expect(of("openai", strictly)).toMatchObject({
    notices: [],
    body: { response_format: { json_schema: { name: "answer", strict: true, schema: closed } } },
  });
  expect(of("openai", asked)).toMatchObject({
    notices: [{ code: "adjusted_parameter", details: { parameter: "response_format.strict" } }],
    body: { response_format: { json_schema: { strict: false } } },
  });
  const told = of("deepseek", asked);
  expect(told.body.response_format).toEqual({ type: "json_object" });
  expect(told.body.messages[0]).toMatchObject({
    role: "system",
    content: expect.stringContaining('"n":{"type":"number"}') as string,
  });
  expect(parameters(told.notices)).toEqual(["response_format"]);
  // json_object is refused where nothing mentions JSON.
  const json = { response_format: { type: "json_object" as const } };
  expect(of("openai", request("m", json)).body.messages[0]).toHaveProperty("role", "system");
  const mentions = request("m", { ...json, messages: [{ role: "user", content: "As JSON" }] });
  expect(of("openai", mentions).body.messages).toHaveLength(1);
});

test("a picture that cannot be sent is refused, with what to do", () => {
  const shown = (url: string) =>
    request("m", { messages: [{ role: "user", content: "What is it?", images: [{ url }] }] });
  expect(() => of("ollama", shown(URL_PICTURE))).toThrow(/Send the picture itself, as a data: URL/);
  expect(() => of("deepseek", shown(PNG))).toThrow(/Choose a model that can/);
  expect(() => of("openai", shown("data:text/html;base64,PGI+"))).toThrow(/JPEG, PNG, GIF or WebP/);
  expect(of("openai", shown(URL_PICTURE)).notices).toEqual([]);
  expect(() => prepareWorkersAi(shown(PNG))).toThrow(/cannot see pictures/);
});

test("Anthropic: blocks, and a cache that ends where the next request still agrees", () => {
  const { body, notices } = prepareAnthropic(rich("claude-haiku-4-5"));
  const ephemeral = { cache_control: { type: "ephemeral" } };
  expect(body).toEqual({
    model: "claude-haiku-4-5",
    system: [{ type: "text", text: "Be brief.", ...ephemeral }],
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "Weather here?" },
          {
            type: "image",
            source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" },
          },
        ],
      },
      {
        role: "assistant",
        content: [
          {
            type: "tool_use",
            id: "call_1",
            name: "get_weather",
            input: { city: "Bonn" },
            ...ephemeral,
          },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "call_1", content: "Rain" },
          { type: "text", text: "And now?" },
        ],
      },
    ],
    max_tokens: 9,
    temperature: 1,
    stop_sequences: ["a", "b", "c", "d", "e"],
    tools: [{ name: "get_weather", description: "Now", input_schema: tool.parameters }],
    tool_choice: { type: "any" },
    stream: true,
  });
  expect(parameters(notices)).toEqual(["top_p", "temperature"]);
});

test("Anthropic: tools that were called before and are offered no more are named all the same", () => {
  const { tools: _, ...asked } = rich("claude-haiku-4-5");
  expect(prepareAnthropic(asked).body).toMatchObject({
    tools: [{ name: "get_weather", input_schema: { type: "object" } }],
    tool_choice: { type: "none" },
  });
});

test("Anthropic: newer models are sent no sampling, and are made to call a tool only where they can be", () => {
  const five = prepareAnthropic(rich("claude-sonnet-5"));
  expect(five.body).not.toHaveProperty("temperature");
  expect(five.body).toMatchObject({ tool_choice: { type: "any" }, thinking: { type: "disabled" } });
  expect(parameters(five.notices)).toEqual(["temperature", "top_p"]);
  const later = prepareAnthropic(rich("claude-opus-5-5", { settings: {} }));
  expect(later.body).toMatchObject({ tool_choice: { type: "auto" } });
  expect(later.body).not.toHaveProperty("thinking");
  expect(parameters(later.notices)).toEqual(["tool_choice"]);
  const title = request("claude-sonnet-5", { purpose: "title", settings: { max_tokens: 20 } });
  expect(prepareAnthropic(title).body.max_tokens).toBe(2020);
  expect(prepareAnthropic(request("claude-sonnet-5", { response_format: format }))).toMatchObject({
    notices: [],
    body: {
      output_config: { format: { type: "json_schema", schema: { additionalProperties: false } } },
    },
  });
});

test("Workers AI: tools for models that know them, JSON without a stream", () => {
  const llama = "@cf/meta/llama-3.3-70b-instruct-fp8-fast";
  const plain = { messages: [{ role: "user" as const, content: "Hi" }] };
  const tools = prepareWorkersAi(rich(llama, plain));
  expect(tools).toMatchObject({ streamed: true, body: { stream: true, tools: [{}] } });
  expect(parameters(tools.notices)).toEqual(["stop", "tool_choice"]);
  expect(parameters(prepareWorkersAi(rich("@cf/x/y", plain)).notices)).toEqual(["stop", "tools"]);
  const json = prepareWorkersAi(request(llama, { response_format: format }));
  expect(json).toMatchObject({
    streamed: false,
    body: { response_format: { type: "json_schema", json_schema: SCHEMA } },
  });
  expect(json.body).not.toHaveProperty("stream");
});

test("a history with gaps is repaired: no call without its result, no result without its call", () => {
  const second = { ...call, id: "call_2" };
  expect(
    normalise(
      [
        { role: "user", content: "Weather?", images: [{ url: PNG }] },
        { role: "user", content: "", images: [{ url: URL_PICTURE }] },
        { role: "assistant", content: "", tool_calls: [call, second] },
        { role: "tool", tool_call_id: "call_1", content: "Rain" },
        { role: "tool", tool_call_id: "call_1", content: "Rain again" },
        { role: "tool", tool_call_id: "call_9", content: "Whose?" },
        { role: "assistant", content: "", tool_calls: [second] },
        { role: "user", content: "Well?" },
      ],
      "dropped",
    ),
  ).toEqual([
    {
      role: "user",
      content: "Weather?",
      images: [
        { url: PNG, at: 8 },
        { url: URL_PICTURE, at: 8 },
      ],
    },
    { role: "assistant", content: "", tool_calls: [call] },
    { role: "tool", tool_call_id: "call_1", content: "Rain" },
    { role: "user", content: "Well?" },
  ]);
});

test("the AI Gateway stands before any vendor whose address is not configured", () => {
  const gateway = "https://gateway.ai.cloudflare.com/v1/acme/chat";
  const vendors = openaiVendors(
    readConfig({
      AI_GATEWAY_URL: gateway,
      AI_GATEWAY_TOKEN: "cf-token",
      OPENAI_API_KEY: KEY,
      MISTRAL_API_KEY: KEY,
      GROQ_API_KEY: KEY,
      GROQ_BASE_URL: "https://groq.internal/v1",
      OLLAMA_BASE_URL: "http://localhost:11434",
    }),
  );
  const token = { "cf-aig-authorization": "Bearer cf-token" };
  expect(vendors.map(({ id, baseURL, headers }) => [id, baseURL, headers])).toEqual([
    ["openai", `${gateway}/openai`, token],
    ["groq", "https://groq.internal/v1", {}],
    ["mistral", `${gateway}/mistral/v1`, token],
    ["ollama", "http://localhost:11434/v1", {}],
  ]);
  // It is still OpenAI that answers.
  expect(vendors[0]).toMatchObject({
    cheapModel: "gpt-5.4-nano",
    maxTokensField: "max_completion_tokens",
  });
});

test.each(VENDORS.map(({ id, path }) => [id, path] as const))(
  "%s: what is sent arrives where its server listens",
  async (id, path) => {
    const tag = `sent-${id}`;
    const { error } = await play(adapter(id).stream(request(`stub:tokens=1,tag=${tag}`), never));
    expect(error).toBeUndefined();
    const sent = await journal(tag);
    expect(sent.path).toBe(id === "anthropic" ? "/v1/messages" : `${path}/chat/completions`);
    expect(sent.headers["api-key"]).toBe(id === "azure" ? KEY : undefined);
  },
);

/** What each of the three wires is sent. */
const everywhere = (asked: Partial<ModelRequest>) => ({
  openai: of("openai", rich("gpt-4o", asked)),
  vllm: of("vllm", rich("gpt-4o", asked)),
  anthropic: prepareAnthropic(rich("claude-sonnet-4-5", asked)),
  workersAi: prepareWorkersAi(rich("@cf/meta/llama-4-scout-17b-16e-instruct", asked)),
});

test("texts and pictures come in the order in which they were said", () => {
  const content = "This one or this one?";
  const images = [
    { url: PNG, at: 8 },
    { url: PNG, at: 16 },
  ];
  const sent = everywhere({ messages: [{ role: "user", content, images }], system: undefined });
  const kinds = ({ body }: { body: object }) => {
    const { messages } = body as { messages: { content: { type: string; text?: string }[] }[] };
    return messages[0]?.content.map(({ type, text }) => text ?? type);
  };
  const [picture, ...others] = ["image_url", "image_url", "image"];
  for (const wire of [sent.openai, sent.vllm, sent.workersAi])
    expect(kinds(wire)).toEqual(["This one", picture, " or this", others[0], " one?"]);
  expect(kinds(sent.anthropic)).toEqual(["This one", "image", " or this", "image", " one?"]);
});

test("who says it is told in a vendor's own way; where it has none, before what they say", () => {
  const messages = [
    { role: "user" as const, name: "alice", content: "Tea" },
    { role: "user" as const, name: "bob", content: "Who likes it?" },
  ];
  const { openai, vllm, anthropic, workersAi } = everywhere({ messages, system: undefined });
  expect(openai.body.messages).toEqual(messages);
  const told = "alice: Tea\n\nbob: Who likes it?";
  expect(vllm.body.messages).toEqual([{ role: "user", content: told }]);
  expect(workersAi.body).toMatchObject({ messages: [{ role: "user", content: told }] });
  expect(anthropic.body.messages).toEqual([
    { role: "user", content: [expect.objectContaining({ text: told })] },
  ]);
});

test("a history that an answer opens is sent as it is, or after a word of the user", () => {
  const greeting = { role: "assistant" as const, content: "The word is 42." };
  const messages = [greeting, { role: "user" as const, content: "Which word?" }];
  const { openai, vllm, anthropic, workersAi } = everywhere({ messages, system: undefined });
  const roles = ({ body }: { body: object }) =>
    (body as { messages: { role: string }[] }).messages.map(({ role }) => role);
  expect(roles(openai)).toEqual(["assistant", "user"]);
  for (const wire of [vllm, anthropic, workersAi])
    expect(roles(wire)).toEqual(["user", "assistant", "user"]);
});

test("models that refuse to be told to call one tool at a time are not told", () => {
  const { body, notices } = of("openai", rich("o3-mini", { parallel_tool_calls: false }));
  expect(body).not.toHaveProperty("parallel_tool_calls");
  expect(parameters(notices)).toContain("parallel_tool_calls");
});

test("one call at a time is asked for where a vendor knows it, and told where it does not", () => {
  const { openai, vllm, anthropic, workersAi } = everywhere({
    parallel_tool_calls: false,
    tool_choice: "auto",
  });
  expect(openai.body).toMatchObject({ parallel_tool_calls: false });
  expect(anthropic.body).toMatchObject({
    tool_choice: { type: "auto", disable_parallel_tool_use: true },
  });
  for (const wire of [vllm, workersAi]) {
    expect(wire.body).not.toHaveProperty("parallel_tool_calls");
    expect(parameters(wire.notices)).toContain("parallel_tool_calls");
  }
});
