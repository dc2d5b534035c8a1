// The adapters' translations, from streams written as the vendors document them.
import { expect, test } from "vitest";
import { ProviderError, retryAfterOf } from "../../src/llm/errors.ts";
import { messagesOf, normalise } from "../../src/llm/normalise.ts";
import type { ModelEvent, ModelMessage, ModelRequest, Progress } from "../../src/llm/provider.ts";
import { parseStream as parseAnthropic } from "../../src/llm/providers/anthropic/parse-stream.ts";
import { answer } from "../../src/llm/providers/embedded/answer.ts";
import { embeddedProvider } from "../../src/llm/providers/embedded/provider.ts";
import { parseStream as parseOpenai } from "../../src/llm/providers/openai/parse-stream.ts";
import { prepareSettings } from "../../src/llm/providers/openai/prepare-settings.ts";
import { openaiVendors } from "../../src/llm/providers/openai/vendors.ts";
import { workersAiProvider } from "../../src/llm/providers/workers-ai/provider.ts";
import { readConfig } from "../../src/config.ts";
import { type Vendor, VENDORS } from "../../src/vendors.ts";

const request: ModelRequest = {
  purpose: "chat",
  model: "m",
  system: "Be brief.",
  messages: [{ role: "user", content: "Hi" }],
  settings: {},
  defaults: { temperature: 0.7, max_tokens: 100 },
  continues: undefined,
};
const never = new AbortController().signal;
const OPENAI: Vendor | undefined = VENDORS.find(({ id }) => id === "openai");
const openaiEvents = (batches: AsyncIterable<string[]>) => {
  if (OPENAI?.wire !== "openai") throw new Error("no vendor");
  return parseOpenai(OPENAI, batches, "m");
};

/** What there is to tell beside signs of life. */
async function told(events: AsyncIterable<ModelEvent | Progress>): Promise<ModelEvent[]> {
  const all = await Array.fromAsync(events);
  return all.flatMap((event) => (event.type === "progress" ? [] : [event]));
}

/** Each item as an event's data, one a batch: a read apiece. */
async function* from(items: unknown[]): AsyncGenerator<string[]> {
  for (const item of items) yield [JSON.stringify(item)];
}

test("OpenAI: text, reasoning, usage and the reason it ended", async () => {
  const choice = (delta: object, finish_reason: string | null = null) => ({
    choices: [{ index: 0, delta, finish_reason }],
  });
  const events = await told(
    openaiEvents(
      from([
        choice({ role: "assistant", content: "" }),
        choice({ reasoning_content: "hm" }),
        choice({ content: "Hi" }),
        choice({}, "length"),
        { choices: [], usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } },
      ]),
    ),
  );
  expect(events).toEqual([
    { type: "reasoning", text: "hm" },
    { type: "text", text: "Hi" },
    {
      type: "finish",
      reason: { unified: "length", raw: "length" },
      usage: { prompt: 3, completion: 2, total: 5 },
    },
  ]);
});

test("Anthropic: thinking, text, cached tokens counted, refusal told", async () => {
  const events = await told(
    parseAnthropic(
      from([
        {
          type: "message_start",
          message: { usage: { input_tokens: 3, cache_read_input_tokens: 4, output_tokens: 1 } },
        },
        {
          type: "content_block_start",
          index: 0,
          content_block: { type: "thinking", thinking: "" },
        },
        {
          type: "content_block_delta",
          index: 0,
          delta: { type: "thinking_delta", thinking: "hm" },
        },
        { type: "ping" },
        { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: "Hi" } },
        { type: "message_delta", delta: { stop_reason: "refusal" }, usage: { output_tokens: 9 } },
        { type: "message_stop" },
      ]),
      "m",
    ),
  );
  expect(events).toEqual([
    { type: "reasoning", text: "hm" },
    { type: "text", text: "Hi" },
    {
      type: "finish",
      reason: { unified: "content_filter", raw: "refusal" },
      usage: { prompt: 7, completion: 9, total: 16, cached: 4 },
    },
  ]);
});

test.each([
  ["openai", () => openaiEvents(from([{ choices: "no" }]))],
  ["anthropic", () => parseAnthropic(from(["no"]), "m")],
])(
  "%s: what cannot be read is malformed",
  async (_, stream: () => AsyncIterable<ModelEvent | Progress>) => {
    await expect(Array.fromAsync(stream())).rejects.toMatchObject({
      kind: "malformed",
      retryable: true,
    });
  },
);

/** The binding has no local form: this is its documented stream, behind its own interface. */
function binding(lines: string[]): Ai {
  const body = new Response(lines.map((line) => `data: ${line}\n\n`).join("")).body;
  return { run: () => Promise.resolve(body) } as unknown as Ai;
}

test("Workers AI: both shapes of its chunks, and a stream that ends without usage is broken", async () => {
  const run = (lines: string[]) =>
    told(workersAiProvider(binding(lines), { LLM_TIMEOUT: 30 }, Date.now).stream(request, never));
  const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
  const expected = [
    { type: "text", text: "Hi!" }, // it came in one piece
    {
      type: "finish",
      reason: { unified: "stop", raw: expect.any(String) as string },
      usage: { prompt: 3, completion: 2, total: 5 },
    },
  ];
  expect(
    await run([
      '{"response":"Hi"}',
      '{"response":"!"}',
      JSON.stringify({ response: "", usage }),
      "[DONE]",
    ]),
  ).toEqual(expected);
  const choice = (content: string, finish_reason: string | null) =>
    JSON.stringify({ choices: [{ delta: { content }, finish_reason }], usage });
  expect(await run([choice("Hi", null), choice("!", "stop"), "[DONE]"])).toEqual(expected);
  await expect(run(['{"response":"Hi"}'])).rejects.toMatchObject({ kind: "interrupted" });
});

test("Workers AI: the binding's error numbers", async () => {
  const failing = { run: () => Promise.reject(new Error("5007: No such model")) } as unknown as Ai;
  const asked = Array.fromAsync(
    workersAiProvider(failing, { LLM_TIMEOUT: 30 }, Date.now).stream(request, never),
  );
  await expect(asked).rejects.toMatchObject({ kind: "model_not_found" });
});

test("the embedded model says what it is, quotes what was said, and goes on where it broke off", async () => {
  const provider = embeddedProvider({ delay: 0, sleep: () => Promise.resolve() });
  const text = (events: (ModelEvent | Progress)[]) =>
    events.map((event) => (event.type === "text" ? event.text : "")).join("");
  const whole = text(await Array.fromAsync(provider.stream(request, never)));
  expect(whole).toContain("not a language model");
  for (const cut of [1, 40, whole.length - 1]) {
    const rest = await Array.fromAsync(
      provider.stream({ ...request, continues: whole.slice(0, cut) }, never),
    );
    expect(whole.slice(0, cut) + text(rest)).toBe(whole);
  }
  const said = answer([
    { role: "user", content: "The launch is on Friday. Bring cake." },
    { role: "assistant", content: "Noted." },
    { role: "user", content: "When is the launch?" },
  ]);
  expect(said).toContain("> The launch is on Friday.");
  expect(said).not.toContain("cake");
  const cut = await Array.fromAsync(
    provider.stream({ ...request, settings: { max_tokens: 3 } }, never),
  );
  expect(cut.at(-1)).toMatchObject({ reason: { unified: "length" } });
});

test("history alternates and is well-formed, whatever it was; a window's begins with the user", () => {
  const opening = { role: "assistant" as const, content: "an answer without its question" };
  const said: ModelMessage[] = [
    opening,
    { role: "user", content: "one" },
    { role: "user", content: "two\ud800" },
    { role: "assistant", content: "  " },
    { role: "user", content: "three" },
  ];
  const question = { role: "user", content: "one\n\ntwo\ufffd\n\nthree" };
  expect(normalise(said, "dropped")).toEqual([question]);
  expect(normalise(said, "kept")).toEqual([opening, question]);
});

test("several people are told apart", () => {
  const said: ModelMessage[] = [
    { role: "user", name: "alice", content: "I like tea" },
    { role: "user", name: "bob", content: "Who does?" },
    { role: "user", name: "bob", content: "And coffee?" },
  ];
  expect(normalise(said, "kept")).toEqual([
    { role: "user", name: "alice", content: "I like tea" },
    { role: "user", name: "bob", content: "Who does?\n\nAnd coffee?" },
  ]);
});

test("a partial answer is carried in the user's turn: vendors refuse prefilled answers", () => {
  const messages = messagesOf({
    messages: [{ role: "user", content: "Hi" }],
    continues: "Half an ans",
  });
  expect(messages).toHaveLength(1);
  expect(messages[0]?.role).toBe("user");
  expect(messages[0]?.content).toContain("Half an ans");
});

test("OpenAI's own reasoning models are not sent what they refuse, and the caller is told", () => {
  const [own] = openaiVendors(readConfig({ OPENAI_API_KEY: "k" }));
  const [other] = openaiVendors(
    readConfig({ OPENAI_API_KEY: "k", OPENAI_BASE_URL: "http://localhost:1/v1" }),
  );
  if (own === undefined || other === undefined) throw new Error("no vendor");
  const asked = { ...request, model: "gpt-5.4-mini", settings: { temperature: 1 } };
  const prepared = prepareSettings(own, asked);
  expect(prepared.parameters).toEqual({ max_completion_tokens: 100 });
  expect(prepared.notices.map(({ details }) => details)).toEqual([{ parameter: "temperature" }]);
  expect(prepareSettings(other, { ...asked, model: "llama" })).toEqual({
    parameters: { max_tokens: 100, temperature: 1 },
    notices: [],
  });
});

test("how long to wait", () => {
  expect(retryAfterOf(new Headers({ "retry-after": "2" }), 0)).toBe(2000);
  expect(retryAfterOf(new Headers({ "retry-after-ms": "150" }), 0)).toBe(150);
  expect(retryAfterOf(new Headers({ "retry-after": "Thu, 01 Jan 1970 00:00:09 GMT" }), 4000)).toBe(
    5000,
  );
  expect(retryAfterOf(new Headers({ "retry-after": "soon" }), 0)).toBeUndefined();
  const error = new ProviderError("rate_limit", "openai", {
    retryAfter: 1500,
    cause: new Error("sk-secret"),
  });
  expect(JSON.stringify(error.failure)).not.toContain("sk-secret");
  expect(error.failure.details["retry_after"]).toBe(2);
});

test("what one read brought is told as one, in its order", async () => {
  const chunk = (delta: object, finish_reason: string | null = null) =>
    JSON.stringify({ choices: [{ delta, finish_reason }] });
  async function* batches() {
    yield [chunk({ reasoning: "h" }), chunk({ reasoning: "m" }), chunk({ content: "He" })];
    yield [chunk({ content: "ll" }), chunk({ content: "o" }), chunk({}, "stop"), "[DONE]"];
  }
  const events = await told(openaiEvents(batches()));
  expect(events.slice(0, -1)).toEqual([
    { type: "reasoning", text: "hm" },
    { type: "text", text: "He" },
    { type: "text", text: "llo" },
  ]);
});

test("an error inside a stream is the provider's failure", async () => {
  const openai = openaiEvents(from([{ error: { code: "content_filter", message: "sk-x" } }]));
  await expect(Array.fromAsync(openai)).rejects.toMatchObject({ kind: "content_filter" });
  const anthropic = parseAnthropic(
    from([{ type: "error", error: { type: "overloaded_error" } }]),
    "m",
  );
  await expect(Array.fromAsync(anthropic)).rejects.toMatchObject({ kind: "failed" });
});
