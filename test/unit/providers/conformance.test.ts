// What every adapter has to do alike, with the streams that its vendor documents: played by a real
// server, whole and byte by byte.
import { describe, expect, test } from "vitest";
import { workersAiProvider } from "../../../src/llm/providers/workers-ai/provider.ts";
import { adapter, expectOrder, expectShowable, never, play, request, textOf } from "./adapters.ts";

type Expected = {
  text?: string;
  reasoning?: string;
  calls?: [name: string, json: string][];
  reason?: [unified: string, raw: string];
  usage?: [prompt: number, completion: number, rest?: { cached?: number; reasoning?: number }];
};

const BONN: [string, string] = ["get_weather", '{"city":"Bonn"}'];
const SPACED: [string, string] = ["get_weather", '{"city": "Bonn"}'];
const TIME: [string, string] = ["get_time", "{}"];

const ANSWERS: Record<string, Expected> = {
  "openai/text": {
    text: "Grüße aus Köln 🌉",
    usage: [12, 5, { cached: 0, reasoning: 0 }],
  },
  "openai/tools": {
    calls: [BONN, TIME],
    reason: ["tool_calls", "tool_calls"],
    usage: [60, 31, { cached: 0, reasoning: 0 }],
  },
  "openai/length": {
    text: "One, two",
    reason: ["length", "length"],
    usage: [9, 3, { cached: 0, reasoning: 0 }],
  },
  "openai/content-filter": {
    text: "The",
    reason: ["content_filter", "content_filter"],
    usage: [9, 1, { cached: 0, reasoning: 0 }],
  },
  "openai/refusal": {
    text: "I can't help with that.",
    usage: [20, 6, { cached: 0, reasoning: 0 }],
  },
  "openai/cached": { text: "Yes.", usage: [2006, 66, { cached: 1920, reasoning: 64 }] },
  "azure/text": { text: "Good morning.", usage: [8, 3] },
  "azure/tools": {
    calls: [BONN, ["get_time", '{"zone":"CET"}']],
    reason: ["tool_calls", "tool_calls"],
    usage: [50, 28],
  },
  "azure/content-filter": { text: "Take", reason: ["content_filter", "content_filter"] },
  "groq/text": { text: "Fast words.", usage: [15, 4] },
  "groq/tools": { calls: [BONN, TIME], reason: ["tool_calls", "tool_calls"], usage: [80, 30] },
  "groq/reasoning": {
    reasoning: "Count the r's.",
    text: "Three.",
    usage: [20, 12, { reasoning: 8 }],
  },
  "groq/think": { reasoning: "\nLet me see <b>.", text: "Three r's.", usage: [20, 14] },
  "groq/length": { text: "One", reason: ["length", "length"], usage: [9, 1] },
  "mistral/text": { text: "Bonjour.", usage: [11, 4] },
  "mistral/tools": { calls: [SPACED, TIME], reason: ["tool_calls", "tool_calls"], usage: [95, 33] },
  "mistral/reasoning": { reasoning: "Seven plus two.", text: "Nine.", usage: [14, 9] },
  "mistral/length": { text: "Un, deux", reason: ["length", "model_length"], usage: [9, 3] },
  "mistral/cached": { text: "Oui.", usage: [700, 3, { cached: 640 }] },
  "deepseek/text": { text: "Deep sea.", usage: [10, 3, { cached: 0 }] },
  "deepseek/reasoning": {
    reasoning: "9.8 is more.",
    text: "9.8.",
    usage: [18, 11, { cached: 0, reasoning: 7 }],
  },
  "deepseek/tools": {
    calls: [SPACED, TIME],
    reason: ["tool_calls", "tool_calls"],
    usage: [170, 40, { cached: 128 }],
  },
  "deepseek/cached": { text: "Again.", usage: [1500, 2, { cached: 1472 }] },
  "deepseek/length": { text: "One", reason: ["length", "length"], usage: [9, 1, { cached: 0 }] },
  "deepseek/content-filter": {
    text: "It",
    reason: ["content_filter", "content_filter"],
    usage: [9, 1, { cached: 0 }],
  },
  // The finish comes twice: once more with the usage.
  "openrouter/text": { text: "Open roads.", usage: [9, 3, { cached: 0, reasoning: 0 }] },
  "openrouter/reasoning": {
    reasoning: "Think twice.",
    text: "Done.",
    usage: [12, 9, { cached: 0, reasoning: 6 }],
  },
  "openrouter/tools": {
    calls: [BONN, TIME],
    reason: ["tool_calls", "tool_calls"],
    usage: [300, 44, { cached: 256, reasoning: 0 }],
  },
  "openrouter/length": {
    text: "One",
    reason: ["length", "length"],
    usage: [9, 1, { cached: 0, reasoning: 0 }],
  },
  "ollama/text": { text: "Llamas hum.", usage: [26, 5] },
  // Two calls of the same index, and a reason that does not tell of them.
  "ollama/tools": { calls: [BONN, TIME], reason: ["tool_calls", "stop"], usage: [170, 29] },
  "ollama/reasoning": { reasoning: "Hm, yes.", text: "Yes.", usage: [30, 8] },
  "ollama/think": { reasoning: "\n\n", text: "Hello.", usage: [7, 6] },
  "ollama/length": { text: "One", reason: ["length", "length"], usage: [9, 1] },
  "vllm/text": { text: "Paged attention.", usage: [13, 4] },
  "vllm/tools": { calls: [SPACED, TIME], reason: ["tool_calls", "tool_calls"], usage: [210, 38] },
  "vllm/reasoning": { reasoning: "Compare them.", text: "9.8", usage: [20, 9] },
  "vllm/think": { reasoning: "Compare them.", text: "9.8", usage: [20, 9] },
  "vllm/length": { text: "One", reason: ["length", "length"], usage: [9, 1] },
  "anthropic/text": {
    text: "Hello – 你好!",
    reason: ["stop", "end_turn"],
    usage: [25, 9, { cached: 0 }],
  },
  "anthropic/tools": {
    text: "Let me look.",
    calls: [SPACED, TIME],
    reason: ["tool_calls", "tool_use"],
    usage: [472, 89, { cached: 0 }],
  },
  "anthropic/reasoning": {
    reasoning: "First, count.",
    text: "Three.",
    reason: ["stop", "end_turn"],
    usage: [30, 40, { cached: 0, reasoning: 31 }],
  },
  "anthropic/length": {
    text: "One",
    reason: ["length", "max_tokens"],
    usage: [10, 1, { cached: 0 }],
  },
  "anthropic/content-filter": {
    text: "I",
    reason: ["content_filter", "refusal"],
    usage: [10, 2, { cached: 0 }],
  },
  // What was written to the cache and what was read from it are part of the prompt.
  "anthropic/cached": {
    text: "Yes.",
    reason: ["stop", "end_turn"],
    usage: [2056, 4, { cached: 1800 }],
  },
  "workers-ai/text": {
    text: "Edge words.",
    reason: ["stop", "end_of_stream"],
    usage: [20, 4, { cached: 0 }],
  },
  "workers-ai/chunks": { reasoning: "Short", text: "Edge.", usage: [20, 5] },
  "workers-ai/tools": {
    calls: [BONN, TIME],
    reason: ["tool_calls", "end_of_stream"],
    usage: [150, 30],
  },
  "workers-ai/tool-chunks": {
    calls: [SPACED, TIME],
    reason: ["tool_calls", "end_of_stream"],
    usage: [150, 30],
  },
  "workers-ai/length": { text: "One two", reason: ["length", "end_of_stream"], usage: [9, 100] },
};

/** The kind, and what came before it. */
const ERRORS: Record<string, [kind: string, text: string, rest?: object]> = {
  "openai/error-inside": ["failed", "Hel", { retryable: true }],
  "openai/rate-limit": [
    "rate_limit",
    "",
    { retryable: true, requestId: "req_openai1", retryAfter: 7000 },
  ],
  "azure/filtered-prompt": ["content_filter", "", { retryable: false, requestId: "0f6c-az1" }],
  "groq/tool-use-failed": ["malformed", "", { retryable: true, requestId: "req_01groq" }],
  "groq/error-inside": ["failed", "One", { retryable: true }],
  "mistral/gave-up": ["interrupted", "Un", { retryable: true }],
  "mistral/refused": ["invalid_request", "", { retryable: false, requestId: "mistral-1" }],
  "deepseek/gave-up": ["interrupted", "One", { retryable: true }],
  "deepseek/no-credit": ["authentication", "", { retryable: false }],
  "openrouter/error-inside": ["rate_limit", "Half", { retryable: true }],
  "openrouter/flagged": ["content_filter", "", { retryable: false }],
  "ollama/no-model": ["model_not_found", "", { retryable: false }],
  "ollama/error-inside": ["failed", "One", { retryable: true }],
  "vllm/too-long": ["context_too_long", "", { retryable: false }],
  "vllm/error-inside": ["failed", "One", { retryable: true }],
  "anthropic/error-inside": ["failed", "Hel", { retryable: true, requestId: "req_011ant" }],
  "anthropic/overloaded": ["failed", "", { retryable: true, requestId: "req_011ant" }],
  "anthropic/too-long": ["context_too_long", "", { retryable: false, requestId: "req_011ant" }],
  "workers-ai/error-inside": ["rate_limit", "One", { retryable: true }],
};

const providerOf = (fixture: string) => fixture.slice(0, fixture.indexOf("/"));
const stream = (fixture: string, cut: number) =>
  adapter(providerOf(fixture)).stream(request(`fixture:${fixture},cut=${cut}`), never);

describe.each([
  ["whole", 0],
  ["byte by byte", 1],
  ["in pieces of 7 bytes", 7],
])("read %s", (_, cut) => {
  test.each(Object.entries(ANSWERS))("%s", async (fixture, expected) => {
    const { events, error } = await play(stream(fixture, cut));
    expect(error).toBeUndefined();
    expectOrder(events, true);
    const { text = "", reasoning = "", calls = [], reason = ["stop", "stop"], usage } = expected;
    expect(textOf(events)).toBe(text);
    expect(textOf(events, "reasoning")).toBe(reasoning);
    const called = events.flatMap((it) => (it.type === "tool_call" ? [it.call] : []));
    expect(called.map(({ name, arguments: json }) => [name, json])).toEqual(calls);
    const [prompt = 0, completion = 0, rest = {}] = usage ?? [];
    expect(events.at(-1)).toEqual({
      type: "finish",
      reason: { unified: reason[0], raw: reason[1] },
      usage: usage && { prompt, completion, total: prompt + completion, ...rest },
    });
  });

  test.each(Object.entries(ERRORS))("%s", async (fixture, [kind, text, rest]) => {
    const { events, error } = await play(stream(fixture, cut));
    expectOrder(events, false);
    expect(textOf(events)).toBe(text);
    expect(expectShowable(error, providerOf(fixture))).toMatchObject({ kind, ...rest });
  });
});

test("an id that a vendor left out is made, and is no other answer's", async () => {
  const { events } = await play(stream("workers-ai/tools", 0));
  const ids = events.flatMap((it) => (it.type === "tool_call" ? [it.call.id] : []));
  expect(ids).toEqual([
    expect.stringMatching(/^call_\w+_0$/),
    expect.stringMatching(/^call_\w+_1$/),
  ]);
});

test("Workers AI: whoever stops reading ends the binding's stream, and its errors name no secret", async () => {
  let cancelled = false;
  const body = new ReadableStream({
    type: "bytes",
    pull: (controller) =>
      controller.enqueue(new TextEncoder().encode('data: {"response":"a"}\n\n')),
    cancel: () => {
      cancelled = true;
    },
  });
  const ai = { run: () => Promise.resolve(body) } as unknown as Ai;
  const provider = workersAiProvider(ai, { LLM_TIMEOUT: 30 }, Date.now);
  for await (const { type } of provider.stream(request("m"), never)) if (type === "text") break;
  expect(cancelled).toBe(true);
  const failing = { run: () => Promise.reject(new Error("3036: secret")) } as unknown as Ai;
  const failed = workersAiProvider(failing, { LLM_TIMEOUT: 30 }, Date.now);
  const { error } = await play(failed.stream(request("m"), never));
  expect(expectShowable(error, "workers-ai").kind).toBe("rate_limit");
});

test("Workers AI: JSON mode answers whole, as text or as a value", async () => {
  for (const response of ['{"n":1}', { n: 1 }]) {
    const usage = { prompt_tokens: 5, completion_tokens: 3 };
    const ai = { run: () => Promise.resolve({ response, usage }) } as unknown as Ai;
    const asked = request("@cf/meta/llama-3.3-70b-instruct-fp8-fast", {
      response_format: { type: "json_object" },
    });
    const { events } = await play(
      workersAiProvider(ai, { LLM_TIMEOUT: 30 }, Date.now).stream(asked, never),
    );
    expectOrder(events, true);
    expect(textOf(events)).toBe('{"n":1}');
    expect(events.at(-1)).toHaveProperty("usage.total", 8);
  }
});
