// What a turn recalls, and what it does not wait for.
import { expect, test } from "vitest";
import { AppError, fail, ok, type Result } from "../../src/errors.ts";
import type { Choice } from "../../src/llm/models.ts";
import { estimateTokens } from "../../src/llm/tokens.ts";
import type { Said } from "../../src/memory/said.ts";
import { emptyTranscript, applyEvent } from "../../src/protocol/transcript.ts";
import { assemble } from "../../src/turn/assemble.ts";
import { recall } from "../../src/turn/recall.ts";
import {
  initialState,
  type Recollection,
  type TurnInput,
  type TurnServices,
  type TurnSink,
} from "../../src/turn/state.ts";
import { Meter } from "../../src/llm/calls.ts";
import { promptTokens } from "../../src/llm/complete.ts";

const never = new AbortController().signal;
const words = (count: number) => "word ".repeat(count);
const tool = (description: string) => ({ name: "f", description, parameters: {} });
const PICTURE = { type: "image" as const, url: "https://example.com/a.png" };

function turn(
  change: Partial<TurnInput>,
  memory: Partial<Recollection> = {},
  context = 8192,
  defaultMost = 1000,
) {
  const transcript = emptyTranscript();
  const sink: TurnSink = {
    transcript,
    emit: (event) => applyEvent(transcript, event),
  };
  const choice: Choice = {
    model: "m",
    provider: {
      id: "p",
      defaultModel: "m",
      cheapModel: undefined,
      timeout: 1000,
      contextTokens: () => context,
      tiers: {},
      capabilities: () => ({ tools: false, images: false, json_schema: false, reasoning: false }),
      stream: () => {
        throw new Error("not asked");
      },
      list: () => Promise.resolve([]),
    },
  };
  const services: TurnServices = {
    models: {
      standard: choice,
      choose: () => ok({ ...choice, routed: null }),
      forPurpose: () => choice,
      stream: () => {
        throw new Error("not asked");
      },
      complete: () => Promise.reject(new Error("not asked")),
      vendors: [],
      phase: () => "closed",
      links: () => [],
      level: () => "full",
    },
    meter: new Meter(() => 0),
    memory: {
      settings: {
        strategy: ["buffer"],
        compression: "recency",
        history_tokens: null,
        messages: null,
        facts: true,
        references: false,
        intent: false,
        clarify: false,
        title: false,
      },
      ratio: 1,
      digest: null,
      recent: () => [],
      failed: false,
      facts: () => Promise.resolve([]),
      remember: () => Promise.reject(new Error("not asked")),
      ...memory,
    },
    historyTokens: 100_000,
    defaults: { temperature: 1, max_tokens: defaultMost },
    systemPrompt: undefined,
    keeps: { exact: "off", semantic: false },
    retrieve: () => Promise.reject(new Error("not asked")),
    now: () => 0,
    span: () => undefined,
  };
  const state = {
    ...initialState({
      text: "Hi",
      provider: undefined,
      model: undefined,
      system: undefined,
      examples: [],
      tone: undefined,
      context: undefined,
      notices: [],
      settings: {},
      parts: [],
      tools: undefined,
      tool_choice: undefined,
      parallel_tool_calls: undefined,
      response_format: undefined,
      knowledge: null,
      tenant_id: "t",
      user_id: "t",
      asker: { tier: "free", budget_left: null },
      cache: undefined,
      messages: null,
      ignored: [],
      continues: undefined,
      again: false,
      ...change,
    }),
    choice,
  };
  return {
    codes: () => transcript.notices.map(({ code }) => code),
    notices: transcript.notices,
    recalled: async () => recall(state, services, sink, never),
    request: async () => {
      const { request } = await assemble(
        await recall(state, services, sink, never),
        services,
        sink,
        never,
      );
      if (request === null) throw new Error("no request");
      return request;
    },
  };
}

/** Newest first, without end: exchanges of some hundred tokens. */
function* endless(): Generator<Said> {
  for (;;) {
    yield { role: "assistant", content: words(150) };
    yield { role: "user", content: words(50) };
  }
}

test.each<[string, Partial<TurnInput>, string]>([
  ["the message", { text: words(9000) }, "message"],
  ["the system prompt", { system: words(9000) }, "system_prompt"],
  ["the examples", { examples: [{ user: "x", assistant: words(9000) }] }, "prompt"],
  ["the answer so far", { continues: words(9000) }, "message"],
  [
    "what a tool returned",
    { text: "", parts: [{ type: "tool_result", tool_call_id: "a", content: words(9000) }] },
    "parts",
  ],
  ["a picture", { parts: Array.from({ length: 9 }, () => PICTURE) }, "parts"],
  ["the tools", { tools: [tool(words(9000))] }, "tools"],
  [
    "the schema",
    {
      response_format: {
        type: "json_schema",
        name: "answer",
        schema: { description: words(9000) },
        strict: true,
      },
    },
    "response_format.schema",
  ],
])("where %s leaves no room nobody is asked, and it is named", async (_, change, field) => {
  const thrown: unknown = await turn(change)
    .recalled()
    .catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(AppError);
  expect(thrown).toMatchObject({
    failure: { code: "CONTEXT_TOO_LONG", details: { field, context: 8192 } },
  });
});

test("system, question, history and answer never exceed the context, whatever there is of each", async () => {
  for (const context of [600, 2000, 8192])
    for (const most of [1, 500, 100_000])
      for (const text of ["Hi", words(300)])
        for (const rest of [
          {},
          { system: words(100), continues: words(80) },
          { examples: [{ user: words(20), assistant: words(30) }] },
          { tools: [tool(words(40))] },
        ]) {
          const { request } = turn(
            { text, settings: { max_tokens: most }, ...rest },
            { recent: endless, facts: () => Promise.resolve(["I am a vegetarian"]) },
            context,
          );
          const asked = await request();
          const answer = asked.settings.max_tokens ?? 0;
          expect(answer).toBeGreaterThan(0);
          expect(answer).toBeLessThanOrEqual(most);
          expect(promptTokens(asked) + answer).toBeLessThanOrEqual(context);
        }
});

test("a length that was asked for is lowered, and told; what history leaves is the answer's", async () => {
  const { request, notices } = turn({ text: words(5000), settings: { max_tokens: 8000 } });
  const { settings } = await request();
  expect(settings.max_tokens).toBeGreaterThan(3000);
  expect(settings.max_tokens).toBeLessThan(8192 - estimateTokens(words(5000)));
  expect(notices).toMatchObject([
    {
      code: "adjusted_parameter",
      details: { parameter: "max_tokens", asked: 8000, used: settings.max_tokens },
    },
  ]);
});

test("a length that nobody asked for is lowered silently, until hardly an answer fits", async () => {
  const some = turn({ text: words(7500) });
  const { settings, defaults } = await some.request();
  expect(settings.max_tokens).toBeUndefined();
  expect(defaults.max_tokens).toBeLessThan(1000);
  expect(some.codes()).toEqual([]);
  const few = turn({ text: words(8050) });
  expect((await few.request()).defaults.max_tokens).toBeLessThan(256);
  expect(few.codes()).toEqual(["adjusted_parameter"]);
  const brief = turn({}, {}, 8192, 50);
  expect((await brief.request()).defaults.max_tokens).toBe(50);
  expect(brief.codes()).toEqual([]);
});

const ASKS = "Please remember that my dog is called Ferdinand.";

test("a fact that is slow to be kept holds no answer back, and is told of once it is kept", async () => {
  const { promise, resolve } = Promise.withResolvers<Result<unknown>>();
  const { recalled, codes } = turn({ text: ASKS }, { remember: () => promise });
  await recalled();
  expect(codes()).toEqual([]);
  resolve(ok(null));
  await promise;
  await Promise.resolve();
  expect(codes()).toEqual(["memory_saved"]);
});

test("a fact that could not be kept is told of", async () => {
  const { recalled, codes } = turn(
    { text: ASKS },
    { remember: () => Promise.resolve(fail("SERVICE_UNAVAILABLE", "Later.")) },
  );
  await recalled();
  expect(codes()).toEqual(["memory_not_saved"]);
});

test("a question that is asked again keeps nothing again", async () => {
  let kept = 0;
  const remember = () => {
    kept += 1;
    return Promise.resolve(ok(null));
  };
  await turn({ text: ASKS, again: true }, { remember }).recalled();
  await turn({ text: ASKS, continues: "I" }, { remember }).recalled();
  expect(kept).toBe(0);
  await turn({ text: ASKS }, { remember }).recalled();
  expect(kept).toBe(1);
});
