// An answer as OpenAI's chat completion, whole and in chunks.
// https://platform.openai.com/docs/api-reference/chat/object, …/chat/streaming
import type { ChatCompletion, ChatCompletionChunk } from "openai/resources/chat/completions";
import type { CompletionUsage } from "openai/resources/completions";
import { z } from "zod";
import type { Failure } from "../../errors.ts";
import { isClosing, type ClosingEvent, type TurnEvent } from "../events.ts";
import type { FinishReason, Message, Usage } from "../message.ts";
import type { Encoder } from "../sse.ts";
import type { ToolCall } from "../tool.ts";
import { openaiError } from "./errors.ts";
import { type Beside, besideOf, idOf, modelOf } from "./extension.ts";
import { ForwardText } from "./forward.ts";

/** For the description of the API: what is in it is OpenAI's to say. */
export const completionSchema = z
  .looseObject({
    id: z.string(),
    object: z.literal("chat.completion"),
    created: z.int(),
    model: z.string(),
    choices: z.array(z.looseObject({ index: z.int(), finish_reason: z.string() })),
    usage: z.looseObject({ total_tokens: z.int() }),
    edgewise: z.looseObject({ turn_id: z.string() }),
  })
  .meta({ ref: "ChatCompletion" });

/** `model`: as it was asked for. `created`: in seconds. */
export type ChatFace = { model: string; created: number };
export type ChunksFormat = ChatFace & { name: "openai-chunks"; include_usage: boolean };

/** What models thought before they answered: not OpenAI's field, but the one that clients know. */
type Thought = { reasoning_content?: string };

export function completionFrom({ message }: ClosingEvent, { model, created }: ChatFace) {
  const calls = callsOf(message).map((call) => wireCall(call));
  const reasoning = reasoningOf(message);
  const said = message.content === "" && calls.length > 0 ? null : message.content;
  const refused = isRefusal(message);
  return {
    id: idOf("chatcmpl-", message.turn_id),
    object: "chat.completion",
    created,
    model: modelOf(message, model),
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: refused ? null : said,
          refusal: refused ? said : null,
          ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
          ...(calls.length === 0 ? {} : { tool_calls: calls }),
        },
        logprobs: null,
        finish_reason: finishOf(message.finish_reason),
      },
    ],
    usage: usageOf(message.tokens_used),
    edgewise: besideOf(message),
  } satisfies ChatCompletion & {
    choices: { message: Thought }[];
    edgewise: Beside;
  };
}

export function usageOf(usage: Usage | null): CompletionUsage {
  const { prompt = 0, completion = 0, total = 0, cached = 0, reasoning = 0 } = usage ?? {};
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: total,
    prompt_tokens_details: { cached_tokens: cached },
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}

/** A whole answer ended in one of OpenAI's ways; any other end is an error there. */
function finishOf(reason: FinishReason | null): ChatCompletion.Choice["finish_reason"] {
  return reason === null || reason === "cancelled" || reason === "error" ? "stop" : reason;
}

export function callsOf({ parts }: Message): ToolCall[] {
  return parts.flatMap((part) => (part.type === "tool_call" ? [part] : []));
}

/** Whether its text is why it is no answer, and nobody else went on to answer. */
export function isRefusal({ notices }: Pick<Message, "notices">): boolean {
  const refused = notices.findLastIndex(({ code }) => code === "refused");
  return (
    refused >= 0 &&
    notices.slice(refused).every(({ code }) => code !== "fallback" && code !== "recovered")
  );
}

const reasoningOf = ({ parts }: Message) =>
  parts.map((part) => (part.type === "reasoning" ? part.text : "")).join("");

const wireCall = ({ id, name, arguments: json }: ToolCall) => ({
  id,
  type: "function" as const,
  function: { name, arguments: json },
});

type Delta = ChatCompletionChunk.Choice.Delta & Thought;
type Finish = ChatCompletionChunk.Choice["finish_reason"];

/** One reader's chunks: it has to know what it told them. */
export function chunkEncoder({ model, created, include_usage }: ChunksFormat): Encoder {
  const said = new ForwardText();
  const usageSlot = include_usage ? ',"usage":null' : "";
  let answers = model;
  let head = "";
  /** What stands before a piece of text and after it: most chunks are nothing else. */
  let before = "";
  /** Where a model's words go: into its answer, or into why it gives none. */
  let field = "content";
  const after = `},"logprobs":null,"finish_reason":null}]${usageSlot}}\n\n`;
  let opened = false;
  let ended = false;
  let told = 0;

  const begin = ({ turn_id }: TurnEvent, nothing: "" | null) => {
    const facts = { id: idOf("chatcmpl-", turn_id), object: "chat.completion.chunk", created };
    head = `data: ${JSON.stringify({ ...facts, model: answers }).slice(0, -1)}`;
    before = `${head},"choices":[{"index":0,"delta":{"${field}":`;
    if (opened) return "";
    opened = true;
    return delta({ role: "assistant", content: nothing });
  };
  const choice = (part: string, finish: string, more = "") =>
    `${head},"choices":[{"index":0,"delta":${part},"logprobs":null,"finish_reason":${finish}}]${usageSlot}${more}}\n\n`;
  const delta = (part: Delta) => choice(JSON.stringify(part), "null");
  const content = (text: string) => (text === "" ? "" : before + JSON.stringify(text) + after);
  const open = (event: TurnEvent, nothing: "" | null = "") => (opened ? "" : begin(event, nothing));
  const call = (one: ToolCall) => delta({ tool_calls: [{ index: told++, ...wireCall(one) }] });

  const fail = (failure: Failure) => {
    ended = true;
    return errorChunk(failure);
  };
  const close = (event: ClosingEvent): string => {
    const failure = shortfallOf(event);
    if (failure !== null) return fail(failure);
    const { message } = event;
    answers = modelOf(message, answers);
    if (isRefusal(message)) field = "refusal";
    const opening = begin(event, message.content === "" || field === "refusal" ? null : "");
    const rest = said.end(message.content);
    if (said.broken) return fail(TAKEN_BACK);
    ended = true;
    const calls = callsOf(message).slice(told).map(call).join("");
    const finish: Finish = finishOf(message.finish_reason);
    const beside = `,"edgewise":${JSON.stringify(besideOf(message))}`;
    const usage = include_usage
      ? `${head},"choices":[],"usage":${JSON.stringify(usageOf(message.tokens_used))}}\n\n`
      : "";
    return `${opening}${content(rest)}${calls}${choice("{}", JSON.stringify(finish), beside)}${usage}data: [DONE]\n\n`;
  };

  return (event) => {
    if (ended) return "";
    if (isClosing(event)) return close(event);
    switch (event.type) {
      case "text.delta": {
        const text = said.append(event.text);
        if (said.broken) return fail(TAKEN_BACK);
        return text === "" ? "" : open(event, field === "content" ? "" : null) + content(text);
      }
      case "reasoning.delta":
        return open(event) + delta({ reasoning_content: event.text });
      case "tool.called":
        return open(event, null) + call(event.call);
      case "text.rewound":
        said.rewind(event.offset);
        return "";
      case "sources.found":
        said.cites(event.sources.map(({ number }) => number));
        return "";
      case "notice": {
        const named = answererIn(event.notice);
        if (event.notice.code === "refused") field = "refusal";
        else if (named === null) return "";
        answers = named ?? answers;
        if (opened) begin(event, null);
        return "";
      }
      case "turn.queued":
      case "turn.started":
        return "";
    }
  };
}

/** Who answers, where a notice says so: which model was chosen, or stands in for another. */
function answererIn({ code, details }: Message["notices"][number]): string | null {
  if (code === "model_chosen")
    return `${String(details?.["provider"])}/${String(details?.["model"])}`;
  return code === "fallback" && typeof details?.["to"] === "string" ? details["to"] : null;
}

/** Why an answer is no whole one; null where it is. */
export function shortfallOf(event: ClosingEvent): Failure | null {
  if (event.type === "turn.failed") return event.error;
  if (event.type === "turn.completed") return null;
  return {
    code: "CONFLICT",
    message:
      "The answer was cancelled before it was whole. What arrived is kept in its conversation.",
    details: {},
  };
}

/** What no chunk can say: what was sent is no part of the answer any more. */
export const TAKEN_BACK: Failure = {
  code: "LLM_PROVIDER_ERROR",
  message:
    "The answer broke off and was begun anew, in other words than those that were sent. Ask again; without `stream` only a whole answer is told.",
  details: { reason: "rewound" },
};

const errorChunk = (failure: Failure) =>
  `data: ${JSON.stringify({ error: openaiError(failure) })}\n\n`;
