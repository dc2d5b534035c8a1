// The chat of seed 002, `/chat/` and `/generate/`. It documents what is sent; what is answered is
// chosen here, after what FastAPI services of its kind answer.
import { z } from "zod";
import type { TurnEvent } from "./events.ts";
import type { Message } from "./message.ts";
import {
  broughtSchema,
  failureIn,
  bareFrame,
  usageOf,
  usageSchema,
  withoutNulls,
} from "./seed-chat.ts";
import type { Encoder } from "./sse.ts";

export const askSchema = withoutNulls(
  broughtSchema(100_000).extend({ stream: z.boolean().optional() }),
);

const common = {
  model: z.string().nullable(),
  usage: usageSchema,
  finish_reason: z.string().nullable(),
};
export const chatAnswerSchema = z.object({
  message: z.object({ role: z.literal("assistant"), content: z.string() }),
  ...common,
});
export const generatedSchema = z.object({ content: z.string(), ...common });

export const statusSchema = z.object({
  service: z.string(),
  status: z.literal("running"),
  version: z.string(),
});

const about = (message: Message) => ({
  model: message.model,
  usage: usageOf(message),
  finish_reason: message.finish_reason,
});

export function chatAnswer(message: Message): z.infer<typeof chatAnswerSchema> {
  return { message: { role: "assistant", content: message.content }, ...about(message) };
}

export function generated(message: Message): z.infer<typeof generatedSchema> {
  return { content: message.content, ...about(message) };
}

/** `{content}` for each piece, then `{done: true}` with the whole; or `{error, code}`. */
export const encodeSeed002: Encoder = (event) => bareFrame(dataOf(event));

function dataOf(event: TurnEvent): object | null {
  switch (event.type) {
    case "text.delta":
      return { content: event.text };
    case "text.rewound":
      return { rewind: event.offset };
    case "turn.completed":
      return { done: true, ...chatAnswer(event.message) };
    case "turn.failed":
    case "turn.cancelled": {
      const failure = failureIn(event);
      return { error: failure?.message, code: failure?.code };
    }
    case "turn.queued":
    case "turn.started":
    case "reasoning.delta":
    case "sources.found":
    case "tool.called":
    case "notice":
      return null;
  }
}
