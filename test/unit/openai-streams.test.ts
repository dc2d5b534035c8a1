// OpenAI's streams, event by event: what can be taken back is held, and what was sent is never contradicted.
import type { ChatCompletionChunk } from "openai/resources/chat/completions";
import { expect, test } from "vitest";
import { encoderFor } from "../../src/protocol/encoders.ts";
import type { ClosingBody, TurnEventBody } from "../../src/protocol/events.ts";
import type { Source } from "../../src/protocol/knowledge.ts";
import type { Message } from "../../src/protocol/message.ts";
import { ForwardText } from "../../src/protocol/openai/forward.ts";
import { headOf } from "../../src/protocol/openai/response.ts";

const MESSAGE: Message = {
  id: "msg_1",
  conversation_id: null,
  turn_id: "turn_1",
  seq: 0,
  parent_id: null,
  role: "assistant",
  parts: [],
  content: "",
  status: "completed",
  created_at: "2026-11-26T00:00:00.000Z",
  timestamp: "2026-11-26T00:00:00.000Z",
  model: "m",
  provider: "p",
  tokens_used: { prompt: 1, completion: 2, total: 3 },
  finish_reason: "stop",
  latency_ms: 1,
  ttft_ms: 1,
  citations: [],
  notices: [],
  metadata: {},
  feedback: null,
  sibling_ids: [],
};

const completed = (content: string, more: Partial<Message> = {}): ClosingBody => ({
  type: "turn.completed",
  message: { ...MESSAGE, content, parts: [{ type: "text", text: content }], ...more },
});
const said = (...texts: string[]): TurnEventBody[] =>
  texts.map((text, index) => ({ type: "text.delta", index, text }));
const rewound = (offset: number): TurnEventBody => ({ type: "text.rewound", offset });
const sources = (...numbers: number[]): TurnEventBody => ({
  type: "sources.found",
  sources: numbers.map((number) => ({ number }) as Source),
});

const CHUNKS = { name: "openai-chunks", model: "p/m", created: 7, include_usage: false } as const;
const HEAD = headOf({ model: "p/m", input: "Hello" }, "p/m", 7);

function encoded(
  events: readonly TurnEventBody[],
  format: Parameters<typeof encoderFor>[0] = CHUNKS,
): string {
  const encode = encoderFor(format);
  return events
    .map((event, at) => encode({ ...event, turn_id: "turn_1", epoch: 1, seq: at + 1 }))
    .join("");
}

type Frame = Partial<ChatCompletionChunk> & { error?: { code: string }; [field: string]: unknown };

const framesOf = (text: string): Frame[] =>
  [...text.matchAll(/^data: (\{.*\})$/gm)].map(([, json]) => JSON.parse(json ?? "") as Frame);
const textOf = (text: string): string =>
  framesOf(text)
    .map(({ choices }) => choices?.[0]?.delta.content ?? "")
    .join("");

test("text that is sent is the text that is stored, whatever was taken back before it was sent", () => {
  const events = [
    sources(1),
    ...said("It is so [1]", " and so [7", "]."),
    rewound(19),
    ...said("."),
    completed("It is so [1] and so."),
  ];
  const text = encoded(events);
  expect(textOf(text)).toBe("It is so [1] and so.");
  expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
});

test("an answer that begins anew with the same words goes on from where it was", () => {
  const events = [...said("one two"), rewound(0), ...said("one", " two", " three")];
  expect(textOf(encoded([...events, completed("one two three")]))).toBe("one two three");
});

test.each([
  ["other words", [...said("one two"), rewound(0), ...said("three")]],
  ["fewer words", [...said("one two"), rewound(4)]],
])("an answer that ends in %s than were sent ends in an error, and no [DONE]", (_, events) => {
  const text = encoded([...events, completed("three")]);
  expect(framesOf(text).at(-1)?.error).toMatchObject({ type: "server_error" });
  expect(text).not.toContain("[DONE]");
  const response = encoded([...events, completed("three")], {
    name: "openai-response",
    head: HEAD,
  });
  expect(framesOf(response).at(-1)).toMatchObject({
    type: "response.failed",
    response: { status: "failed", error: { code: "server_error" } },
  });
});

test("after an error nothing is said", () => {
  const text = encoded([
    ...said("one"),
    rewound(0),
    ...said("two", "three"),
    completed("twothree"),
  ]);
  expect(framesOf(text).filter(({ error }) => error !== undefined)).toHaveLength(1);
  expect(framesOf(text).at(-1)?.error).toBeDefined();
});

test("a turn of which only the end is left is told whole", () => {
  const call = { id: "call_1", name: "look", arguments: "{}" };
  const closing = completed("All of it.", {
    parts: [
      { type: "text", text: "All of it." },
      { type: "tool_call", ...call },
    ],
    finish_reason: "tool_calls",
  });
  const text = encoded([closing]);
  expect(textOf(text)).toBe("All of it.");
  const calls = framesOf(text).flatMap(({ choices }) => choices?.[0]?.delta.tool_calls ?? []);
  expect(calls).toEqual([
    { index: 0, id: "call_1", type: "function", function: { name: "look", arguments: "{}" } },
  ]);
});

test("a turn that was cancelled, or failed, is no whole answer", () => {
  const cancelled = encoded([...said("one"), { type: "turn.cancelled", message: MESSAGE }]);
  expect(framesOf(cancelled).at(-1)?.error).toMatchObject({ code: "conflict" });
  const error = { code: "LLM_TIMEOUT" as const, message: "Too late.", details: {} };
  const failed = encoded([...said("one"), { type: "turn.failed", error, message: MESSAGE }]);
  expect(framesOf(failed).at(-1)?.error).toMatchObject({ code: "timeout", message: "Too late." });
});

test("who answers is named by a notice before they speak", () => {
  const notice = {
    code: "model_chosen" as const,
    message: "",
    details: { provider: "p", model: "cheap" },
  };
  const text = encoded(
    [{ type: "notice", notice }, ...said("one"), completed("one", { model: "cheap" })],
    { ...CHUNKS, model: "auto" },
  );
  expect(new Set(framesOf(text).map(({ model }) => model))).toEqual(new Set(["p/cheap"]));
});

test("what a model thinks is told apart from what it says", () => {
  const thought: TurnEventBody = { type: "reasoning.delta", text: "Hm." };
  const frames = framesOf(encoded([thought, ...said("Yes."), completed("Yes.")]));
  expect(frames[1]?.choices?.[0]?.delta).toEqual({ reasoning_content: "Hm." });
  expect(frames[2]?.choices?.[0]?.delta).toEqual({ content: "Yes." });
});

test("the events of a response are numbered without a gap, and its deltas are its text", () => {
  const call = { id: "call_1", name: "look", arguments: '{"a":1}' };
  const closing = completed("one two", {
    parts: [
      { type: "text", text: "one two" },
      { type: "tool_call", ...call },
    ],
    finish_reason: "tool_calls",
  });
  const started: TurnEventBody = {
    type: "turn.started",
    conversation_id: null,
    message_id: "msg_1",
    message: null,
  };
  const events = [started, ...said("one", " two"), { type: "tool.called" as const, call }, closing];
  const text = encoded(events, { name: "openai-response", head: HEAD });
  const frames = framesOf(text);
  expect(frames.map((frame) => frame["sequence_number"])).toEqual(frames.map((_, at) => at));
  expect([...text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name)).toEqual(
    frames.map((frame) => frame["type"]),
  );
  expect(frames.map((frame) => frame["type"])).toEqual([
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.output_item.added",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "response.output_item.done",
    "response.completed",
  ]);
  expect(text).not.toContain("[DONE]");
});

test.each([
  ["[1], yes", "[1], yes"],
  ["[Source 2] is", "[Source 2] is"],
  ["[a list] of", "[a list] of"],
  ["so [9] on", "so"],
  ["so [1, 9] on", "so"],
  ["so [Source: handbook] on", "so"],
  ["so 【9】 on", "so"],
  ["so [", "so"],
  ["so ", "so"],
  ["so [1", "so"],
  ["so [see", "so"],
  ["so [other", "so [other"],
])("of %j is sent what no check of citations can change: %j", (text, sent) => {
  const forward = new ForwardText();
  forward.cites([1, 2]);
  expect(forward.append(text)).toBe(sent);
  expect(sent + forward.end(text)).toBe(text);
});
