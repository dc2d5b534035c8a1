// Sessions and their messages as seed 001's clients read them (its ChatService, which gives the fields).
import { z } from "zod";
import type { Conversation } from "./conversation.ts";
import { failedUnsaid, type Message } from "./message.ts";

/** Characters of the last message that a list shows. */
const PREVIEW = 100;
const UNTITLED = "New Chat";
/** What its clients show in the place of an answer that did not come. */
const APOLOGY =
  "I apologize, but I encountered an error processing your message. Please try again.";

const sessionMessageSchema = z
  .object({
    id: z.string(),
    content: z.string(),
    role: z.string(),
    timestamp: z.string(),
    metadata: z.record(z.string(), z.unknown()),
  })
  .meta({ ref: "SessionMessage" });
type SessionMessage = z.infer<typeof sessionMessageSchema>;

const sessionFields = {
  session_id: z.string(),
  title: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  message_count: z.int(),
};

export const newSessionSchema = z.object({
  ...sessionFields,
  first_message: sessionMessageSchema.optional(),
  ai_response: sessionMessageSchema.optional(),
});

export const sessionSchema = z.object({
  ...sessionFields,
  messages: z.array(sessionMessageSchema).optional(),
});

const listedSessionSchema = z.object({
  ...sessionFields,
  last_message_preview: z.string().optional(),
  last_message_timestamp: z.string().optional(),
});

export const sessionListSchema = z.object({
  sessions: z.array(listedSessionSchema),
  pagination: z.object({
    total: z.int(),
    page: z.int(),
    size: z.int(),
    pages: z.int(),
    has_next: z.boolean(),
    has_prev: z.boolean(),
  }),
});

export const exchangeSchema = z.object({
  user_message: sessionMessageSchema,
  ai_response: sessionMessageSchema,
  session_updated: z.object({ message_count: z.int(), updated_at: z.string() }),
});

export function sessionView(conversation: Conversation) {
  const { id, title, created_at, updated_at, message_count } = conversation;
  return { session_id: id, title: title ?? UNTITLED, created_at, updated_at, message_count };
}

export function listedSession(conversation: Conversation): z.infer<typeof listedSessionSchema> {
  const { preview, last_message_at } = conversation;
  const characters = Array.from(preview);
  return {
    ...sessionView(conversation),
    ...(last_message_at === null
      ? {}
      : {
          last_message_preview:
            characters.length > PREVIEW ? `${characters.slice(0, PREVIEW).join("")}...` : preview,
          last_message_timestamp: last_message_at,
        }),
  };
}

/** An answer that failed with nothing said is the apology. */
export function sessionMessage(message: Message): SessionMessage {
  const { id, role, timestamp, metadata, status } = message;
  if (role === "user") return { id, content: message.content, role, timestamp, metadata };
  const { model, provider, tokens_used, finish_reason, latency_ms } = message;
  const failed = status === "failed";
  return {
    id,
    content: failedUnsaid(message) ? APOLOGY : message.content,
    role,
    timestamp,
    metadata: {
      ...metadata,
      model,
      provider,
      tokens_used,
      finish_reason,
      processing_time_ms: latency_ms,
      ...(failed ? { fallback: true } : {}),
    },
  };
}
