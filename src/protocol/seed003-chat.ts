// The two chats of seed 003: `/api/chat` of its quick start (§1.4), whose stream is bare text, and
// `/api/chat/completions` (§3.2), whose stream is typed JSON (§5.3).
import { z } from "zod";
import type { TurnEvent } from "./events.ts";
import type { Message } from "./message.ts";
import {
  bareFrame,
  broughtSchema,
  conversationNameSchema,
  failureIn,
  usageOf,
  usageSchema,
  withoutNulls,
} from "./seed-chat.ts";
import { frameOf } from "./seed003-ws.ts";
import type { Encoder } from "./sse.ts";

const envelope = {
  stream: z.boolean("should be true or false").default(true),
  conversation_id: conversationNameSchema,
};
export const quickSchema = withoutNulls(broughtSchema(32_000).extend(envelope));
export const completionsSchema = withoutNulls(broughtSchema(100_000).extend(envelope));

export const quickAnswerSchema = z.object({
  message: z.object({ role: z.literal("assistant"), content: z.string() }),
  usage: usageSchema,
  conversation_id: z.string().optional().describe("Where the request named one."),
});
export const completionSchema = z.object({
  conversation_id: z.string(),
  message: z.object({
    role: z.literal("assistant"),
    content: z.string(),
    timestamp: z.string(),
  }),
  usage: usageSchema,
  model: z.string(),
});

export function quickAnswer(message: Message): z.infer<typeof quickAnswerSchema> {
  const { content, conversation_id } = message;
  return {
    message: { role: "assistant", content },
    usage: usageOf(message),
    ...(conversation_id === null ? {} : { conversation_id }),
  };
}

export function completion(message: Message): z.infer<typeof completionSchema> {
  const { content, timestamp, model, conversation_id } = message;
  return {
    conversation_id: conversation_id ?? "",
    message: { role: "assistant", content, timestamp },
    usage: usageOf(message),
    model: model ?? "",
  };
}

/** A text of several events: an end of line may be cut in two. */
export type Seed003TextFormat = { name: "seed003-text" };

/**
 * Bare text. What cannot be said in it is a comment, which its clients pass over. What they have of
 * a text that is rewound they cannot take back: what replaces it begins after an empty line.
 */
export function seed003TextEncoder(): Encoder {
  /** Whether the text so far ends with a carriage return, which a newline may follow. */
  let returned = false;
  return (event) => {
    switch (event.type) {
      case "text.delta": {
        const text = returned ? event.text.replace(/^\n/, "") : event.text;
        returned = event.text.endsWith("\r");
        return text === "" ? "" : textFrames(text);
      }
      case "text.rewound":
        returned = false;
        return `: rewind ${event.offset}\n\n${textFrames("\n\n")}`;
      case "turn.completed":
        return "data: [DONE]\n\n";
      case "turn.failed":
      case "turn.cancelled":
        return `data: [ERROR] ${failureIn(event)?.message.replaceAll(/\s+/g, " ")}\n\n`;
      case "turn.queued":
      case "turn.started":
      case "reasoning.delta":
      case "sources.found":
      case "tool.called":
      case "notice":
        return "";
    }
  };
}

/**
 * A line that would pass for one of the stream's own words is told in two frames: clients look at each
 * `data:` line for itself. To SSE a carriage return ends a line as a newline does, so it becomes one.
 */
function textFrames(text: string): string {
  return text
    .replaceAll(/\r\n?/g, "\n")
    .split(/(?<=^\[)(?=(?:DONE|ERROR)\])/m)
    .map((piece) => `data: ${piece.replaceAll("\n", "\ndata: ")}\n\n`)
    .join("");
}

/** Typed JSON: `token`, then `done` or `error`; what else there is, as on `/ws/chat`. */
export const encodeSeed003Typed: Encoder = (event) => bareFrame(typedOf(event));

function typedOf(event: TurnEvent): object | null {
  switch (event.type) {
    case "turn.completed":
      return {
        type: "done",
        finish_reason: event.message.finish_reason,
        ...completion(event.message),
      };
    case "turn.failed":
    case "turn.cancelled": {
      const failure = failureIn(event);
      return { type: "error", message: failure?.message, code: failure?.code };
    }
    default:
      return frameOf(event);
  }
}
