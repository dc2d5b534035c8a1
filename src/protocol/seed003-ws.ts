// TurnEvent → the frames of seed 003's `/ws/chat` (§3.5): token, done. Newline-delimited, so that a
// stream of them can be cut into frames again.
import { z } from "zod";
import { errorBody } from "../errors.ts";
import type { TurnEvent } from "./events.ts";
import { sendSchema, statelessSchema } from "./send.ts";

/** A frame in: `chat` brings its messages; only with a conversation_id is it stored. */
export const seed003FrameSchema = z.discriminatedUnion(
  "type",
  [
    z.looseObject({
      ...statelessSchema.shape,
      type: z.literal("chat"),
      conversation_id: z.string().nullish(),
      on_busy: sendSchema.shape.on_busy,
    }),
    z.object({ type: z.literal("ping") }),
    /** Where the socket was opened with nothing to show. */
    z.object({ type: z.literal("auth"), token: z.string().min(1) }),
  ],
  "should be chat, auth or ping",
);
export type Seed003Frame = z.infer<typeof seed003FrameSchema>;

export function encodeSeed003Frame(event: TurnEvent): string {
  const frame = frameOf(event);
  return frame === null ? "" : `${JSON.stringify(frame)}\n`;
}

export function frameOf(event: TurnEvent): Record<string, unknown> | null {
  switch (event.type) {
    case "text.delta":
      return { type: "token", content: event.text };
    case "text.rewound":
      return { type: "rewind", offset: event.offset };
    case "turn.started":
      return { type: "start", turn_id: event.turn_id, conversation_id: event.conversation_id };
    case "notice":
      return { type: "notice", notice: event.notice };
    case "turn.completed":
      return { type: "done", finish_reason: event.message.finish_reason, message: event.message };
    case "turn.cancelled":
      return { type: "done", finish_reason: "cancelled", message: event.message };
    case "turn.failed":
      return { type: "error", error: errorBody(event.error) };
    case "sources.found":
      return { type: "sources", sources: event.sources };
    case "tool.called":
      return { type: "tool_call", tool_call: event.call };
    case "turn.queued":
    case "reasoning.delta":
      return null;
  }
}
