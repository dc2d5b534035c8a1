import { expect, test } from "vitest";
import { AppError } from "../../src/errors.ts";
import { Meter } from "../../src/llm/calls.ts";
import type { Models } from "../../src/llm/models.ts";
import type { TurnEventBody } from "../../src/protocol/events.ts";
import { applyEvent, emptyTranscript } from "../../src/protocol/transcript.ts";
import { drawGraph, type Graph, turnGraph } from "../../src/turn/graph.ts";
import { Cancelled, runTurn } from "../../src/turn/run.ts";
import type { TurnInput, TurnServices } from "../../src/turn/state.ts";

const input: TurnInput = {
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
};

function listening() {
  const transcript = emptyTranscript();
  const events: TurnEventBody[] = [];
  return {
    transcript,
    events,
    emit: (event: TurnEventBody) => (events.push(event), applyEvent(transcript, event)),
  };
}

function services(change: Partial<TurnServices> = {}): TurnServices {
  const models: Models = {
    standard: {} as Models["standard"],
    choose: () => ({
      ok: false,
      failure: { code: "VALIDATION_ERROR", message: "nobody", details: {} },
    }),
    forPurpose: (_, beside) => beside,
    stream: () => {
      throw new Error("not asked");
    },
    complete: () => Promise.reject(new Error("not asked")),
    vendors: [],
    phase: () => "closed",
    links: () => [],
    level: () => "full",
  };
  return {
    models,
    meter: new Meter(() => 0),
    memory: null,
    historyTokens: 100,
    defaults: { temperature: 1, max_tokens: 10 },
    systemPrompt: undefined,
    keeps: { exact: "off", semantic: false },
    retrieve: () => Promise.reject(new Error("not asked")),
    now: () => 0,
    span: () => undefined,
    ...change,
  };
}

const never = new AbortController().signal;

test("what a node throws leads to recover, and ends as an outcome", async () => {
  const { outcome, thrown } = await runTurn(input, services(), listening(), never);
  expect(outcome).toMatchObject({ status: "failed", error: { code: "VALIDATION_ERROR" } });
  expect(thrown).toBeInstanceOf(AppError);
});

test("an error that is not ours says nothing of itself, even from recover", async () => {
  const broken = (): never => {
    throw new Error("password=hunter2");
  };
  const graph: Graph = {
    ...turnGraph,
    nodes: { ...turnGraph.nodes, preprocess: broken, recover: broken },
  };
  const { outcome } = await runTurn(input, services(), listening(), never, graph);
  expect(outcome).toMatchObject({ status: "failed", error: { code: "INTERNAL_ERROR" } });
  expect(JSON.stringify(outcome)).not.toContain("hunter2");
});

test("an abort that was asked for is a cancellation; any other is a failure with its reason", async () => {
  for (const [reason, expected] of [
    [new Cancelled(), { status: "cancelled" }],
    [new AppError("LLM_TIMEOUT", "gone"), { status: "failed", error: { code: "LLM_TIMEOUT" } }],
  ] as const) {
    const stop = new AbortController();
    stop.abort(reason);
    expect((await runTurn(input, services(), listening(), stop.signal)).outcome).toMatchObject(
      expected,
    );
  }
});

test("each node is a span, without knowing", async () => {
  const spans: string[] = [];
  await runTurn(
    input,
    services({ span: (node, _, failed) => spans.push(`${node}${failed ? "!" : ""}`) }),
    listening(),
    never,
  );
  expect(spans).toEqual(["preprocess!", "recover"]);
});

test("a choice among models goes by all that is sent, tools, results and pictures included", async () => {
  const weigh = async (change: Partial<TurnInput>) => {
    let tokens = 0;
    const { models, ...rest } = services();
    const choose: Models["choose"] = (wanted) => {
      tokens = wanted.about?.().context_tokens ?? 0;
      return models.choose(wanted);
    };
    const its = { ...rest, models: { ...models, choose } };
    await runTurn({ ...input, ...change }, its, listening(), never);
    return tokens;
  };
  const long = "word ".repeat(1000);
  const image = { type: "image" as const, url: "https://example.com/a.png" };
  const called = { role: "assistant" as const, content: "" };
  expect(await weigh({})).toBeLessThan(100);
  for (const change of [
    { tools: [{ name: "f", description: long, parameters: {} }] },
    { parts: [{ type: "tool_result" as const, tool_call_id: "a", content: long }] },
    { parts: [image] },
    { messages: [{ role: "user" as const, content: "Hi", images: [image] }] },
    {
      messages: [
        { ...called, tool_calls: [{ id: "a", name: "f", arguments: long }] },
        { role: "tool" as const, tool_call_id: "a", content: "18" },
      ],
    },
    {
      response_format: {
        type: "json_schema" as const,
        name: "answer",
        schema: { description: long },
        strict: true,
      },
    },
  ])
    expect(await weigh(change)).toBeGreaterThanOrEqual(1000);
});

test("the graph draws itself, and every node can be reached and left", () => {
  const drawing = drawGraph(turnGraph);
  for (const name of Object.keys(turnGraph.nodes)) {
    expect(drawing).toMatch(new RegExp(`(-->|\\.->) ${name}`));
    expect(drawing).toMatch(new RegExp(`^ {2}${name} `, "m"));
  }
});
