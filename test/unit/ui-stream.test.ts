// The UI message stream, as the `ai` package's own client puts it together again: what a network does
// not do on demand.
import { DefaultChatTransport, readUIMessageStream, type UIMessage } from "ai";
import { expect, test } from "vitest";
import type { TurnEvent, TurnEventBody } from "../../src/protocol/events.ts";
import type { Source } from "../../src/protocol/knowledge.ts";
import type { Message } from "../../src/protocol/message.ts";
import { uiStreamEncoder } from "../../src/protocol/ui-stream.ts";

const source = (number: number, document_name: string): Source => ({
  number,
  chunk_id: `chunk_${number}`,
  document_id: "doc_1",
  document_name,
  collection_id: "col_1",
  title: null,
  page: null,
  heading_path: [],
  score: 1,
  text: "The moon pulls.",
  pages: [],
});
const message = (content: string, change: Partial<Message> = {}): Message => ({
  id: "msg_2",
  conversation_id: "conv_1",
  turn_id: "turn_1",
  seq: 2,
  parent_id: "msg_1",
  role: "assistant",
  parts: [{ type: "text", text: content }],
  content,
  status: "completed",
  created_at: "2026-11-01T00:00:00.000Z",
  timestamp: "2026-11-01T00:00:01.000Z",
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
  ...change,
});
const started: TurnEventBody = {
  type: "turn.started",
  conversation_id: "conv_1",
  message_id: "msg_2",
  message: message("Hello", { id: "msg_1", role: "user" }),
};
const delta = (text: string): TurnEventBody => ({ type: "text.delta", index: 0, text });
const thought = (text: string): TurnEventBody => ({ type: "reasoning.delta", text });
const rewound = (offset: number): TurnEventBody => ({ type: "text.rewound", offset });
const notice: TurnEventBody = {
  type: "notice",
  notice: { code: "fallback", message: "Another model went on.", offset: 3 },
};
const completed = (content: string, change: Partial<Message> = {}): TurnEventBody => ({
  type: "turn.completed",
  message: message(content, change),
});

/** The message that a client has at last, and how often it was told each kind of chunk. */
async function shown(events: TurnEventBody[], goesOn = false) {
  const encode = uiStreamEncoder({ name: "ui", goesOn });
  const raw = events
    .map((body, at) => encode({ ...body, turn_id: "turn_1", epoch: 1, seq: at + 1 }))
    .join("");
  // Its transport checks each chunk by its own schema, and throws where one is none.
  const transport = new DefaultChatTransport({ fetch: async () => new Response(raw) });
  const stream = await transport.sendMessages({
    chatId: "chat",
    messages: [],
    abortSignal: undefined,
    trigger: "submit-message",
    messageId: undefined,
  });
  const errors: unknown[] = [];
  let last: UIMessage | undefined;
  for await (const state of readUIMessageStream({ stream, onError: (error) => errors.push(error) }))
    last = structuredClone(state);
  return {
    raw,
    errors,
    message: last,
    text: last?.parts.map((part) => (part.type === "text" ? part.text : "")).join(""),
    kinds: last?.parts.map(({ type }) => type),
  };
}

test("what is thought and what is said are parts of their own", async () => {
  const {
    kinds,
    message: whole,
    errors,
  } = await shown([
    started,
    thought("Hm"),
    thought("m."),
    delta("Yes"),
    thought("Or?"),
    delta(" and no."),
    completed("Yes and no."),
  ]);
  expect(errors).toEqual([]);
  expect(kinds).toEqual(["step-start", "reasoning", "text", "reasoning", "text"]);
  expect(whole?.parts[1]).toMatchObject({ text: "Hmm.", state: "done" });
  expect(whole).toMatchObject({ id: "msg_2", metadata: { usage: { totalTokens: 3 } } });
});

test("a notice in the middle of a text does not cut it", async () => {
  const { kinds, text } = await shown([
    started,
    delta("Yes"),
    notice,
    delta(" sir"),
    completed("Yes sir"),
  ]);
  expect([kinds, text]).toEqual([["step-start", "text", "data-notice"], "Yes sir"]);
});

test.each([
  [0, ["step-start", "source-document", "source-url", "reasoning", "data-notice", "text"]],
  [3, ["step-start", "source-document", "source-url", "reasoning", "text", "data-notice"]],
])("what is rewound to %i is gone, and all that stays is there once", async (offset, kinds) => {
  const {
    message: whole,
    text,
    kinds: seen,
    errors,
  } = await shown([
    started,
    {
      type: "sources.found",
      sources: [source(1, "tides.pdf"), source(2, "https://moon.example/")],
    },
    thought("Hm."),
    delta("Yes"),
    notice,
    delta(", but"),
    rewound(offset),
    delta(" indeed"),
    completed(`${"Yes".slice(0, offset)} indeed`),
  ]);
  expect(errors).toEqual([]);
  expect(text).toBe(`${"Yes".slice(0, offset)} indeed`);
  expect(seen).toEqual(kinds);
  expect(whole?.parts.filter((part) => part.type === "text")).toHaveLength(1);
  expect(whole?.parts[1]).toMatchObject({ title: "tides.pdf", filename: "tides.pdf" });
  expect(whole?.parts[2]).toMatchObject({ url: "https://moon.example/" });
});

test("a rewind that changes nothing is not told", async () => {
  const { raw, text } = await shown([
    started,
    delta("Yes"),
    rewound(3),
    delta("!"),
    completed("Yes!"),
  ]);
  expect(raw).not.toContain("reset-step");
  expect(text).toBe("Yes!");
});

test("a tool is told of once, at the end, whatever is rewound after it was called", async () => {
  const call = { id: "call_1", name: "weather", arguments: '{"place":"Kiel"}' };
  const broken = { id: "call_2", name: "weather", arguments: "{" };
  const { raw, message: whole } = await shown([
    started,
    delta("Let me see [9]"),
    { type: "tool.called", call },
    { type: "tool.called", call: broken },
    rewound(10),
    completed("Let me see", { finish_reason: "tool_calls" }),
  ]);
  expect(raw.split('"type":"tool-input-available"')).toHaveLength(2);
  expect(raw).toContain('"finishReason":"tool-calls"');
  expect(whole?.parts.slice(-2)).toMatchObject([
    { type: "tool-weather", state: "input-available", input: { place: "Kiel" } },
    { type: "tool-weather", state: "output-error" },
  ]);
});

test("whoever comes when only the end is left has the whole message", async () => {
  const {
    kinds,
    text,
    message: whole,
  } = await shown([
    completed("Yes.", {
      parts: [
        { type: "reasoning", text: "Hm." },
        { type: "text", text: "Yes." },
        { type: "tool_call", id: "call_1", name: "weather", arguments: "" },
      ],
    }),
  ]);
  expect(kinds).toEqual(["step-start", "reasoning", "text", "tool-weather"]);
  expect([text, whole?.id]).toEqual(["Yes.", "msg_2"]);
});

test("where the end has another text than was told, it counts", async () => {
  const { text } = await shown([started, delta("Yes, bu"), completed("Yes.")]);
  expect(text).toBe("Yes.");
});

test("what fails is an error, with what arrived of it closed", async () => {
  const {
    errors,
    message: whole,
    raw,
  } = await shown([
    started,
    delta("Yes"),
    {
      type: "turn.failed",
      error: { code: "LLM_PROVIDER_ERROR", message: "It failed.", details: {} },
      message: message("Yes", { status: "partial", finish_reason: "error" }),
    },
  ]);
  expect(errors).toEqual([new Error("It failed.")]);
  expect(whole?.parts.at(-1)).toEqual({ type: "text", text: "Yes", state: "done" });
  expect(raw.endsWith('{"type":"error","errorText":"It failed."}\n\ndata: [DONE]\n\n')).toBe(true);
});

test("an answer to what tools returned has no id of its own: it is part of the message before", async () => {
  const { raw } = await shown([started, delta("Yes"), completed("Yes")], true);
  expect(raw.startsWith('data: {"type":"start","messageMetadata":{')).toBe(true);
});

test("each reader has an encoder: one who comes late hears nothing of another's parts", () => {
  const [one, two] = [
    uiStreamEncoder({ name: "ui", goesOn: false }),
    uiStreamEncoder({ name: "ui", goesOn: false }),
  ];
  const place = { turn_id: "turn_1", epoch: 1, seq: 1 };
  const event: TurnEvent = { ...started, ...place };
  expect(one(event)).toBe(two(event));
});
