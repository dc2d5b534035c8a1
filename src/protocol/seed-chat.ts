// What the chats of seeds 002, 003 and 004 have in common: a body as Python writes it, messages that
// their client brings, and what an answer cost. Their clients append what they are told: a text
// that is rewound has to be said in a way that they pass over.
import { z } from "zod";
import { errorBody, fail, type Failure, type Result } from "../errors.ts";
import type { ClosingEvent } from "./events.ts";
import type { Message } from "./message.ts";
import { messageTextOf, statelessSchema, unknownFields } from "./send.ts";

/** Python's clients send null for what they do not say. */
export const withoutNulls = <S extends z.ZodType>(schema: S) =>
  z.preprocess(
    (value) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null))
        : value,
    schema,
  );

/** The empty text is what clients send before they have one. */
export const conversationNameSchema = z
  .string("should be text")
  .max(100, "should have at most 100 characters")
  .transform((name) => (name === "" ? undefined : name))
  .optional();

/** How a model may be asked beside what the seeds say, as at /api/v1/chat/direct; their answers have no tools. */
const settings = statelessSchema.omit({ messages: true, tools: true, tool_choice: true });

/** @param longest characters of a message */
export const broughtSchema = (longest: number) =>
  settings.extend({
    messages: z
      .array(
        z.object({
          role: z.enum(["user", "assistant", "system"], "should be user, assistant or system"),
          content: messageTextOf(longest),
        }),
        "should be a list of messages",
      )
      .min(1, "should have at least one message")
      .max(100, "should have at most 100 messages"),
  });

/** The names of fields that nobody knows. */
export const ignoredIn = (body: object): string[] =>
  unknownFields(body, settings.shape, ["messages", "stream", "conversation_id"]);

export const usageSchema = z.object({
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  total_tokens: z.int(),
});

export function usageOf({ tokens_used }: Message): z.infer<typeof usageSchema> {
  return {
    prompt_tokens: tokens_used?.prompt ?? 0,
    completion_tokens: tokens_used?.completion ?? 0,
    total_tokens: tokens_used?.total ?? 0,
  };
}

const STOPPED = fail(
  "CONFLICT",
  "The answer was stopped before its end. Send the message again.",
).failure;

/**
 * The whole answer, or why there is none. These clients have no word for a part of one, so an answer
 * that was stopped is a failure, too; what arrived of it is in the details.
 */
export function wholeAnswer(closing: ClosingEvent): Result<Message> {
  if (closing.type === "turn.completed") return { ok: true, value: closing.message };
  const { code, message, details }: Failure =
    closing.type === "turn.failed" ? closing.error : STOPPED;
  const where = { turn_id: closing.turn_id, partial: closing.message };
  return { ok: false, failure: { code, message, details: { ...details, ...where } } };
}

/** The same for a stream, which says why in few words. */
export function failureIn(closing: ClosingEvent): Failure | null {
  if (closing.type === "turn.completed") return null;
  return closing.type === "turn.failed" ? errorBody(closing.error) : STOPPED;
}

/** One bare `data:` frame; of nothing, nothing. */
export const bareFrame = (data: object | null): string =>
  data === null ? "" : `data: ${JSON.stringify(data)}\n\n`;
