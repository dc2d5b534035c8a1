// Conversations and messages as seed 003's clients read them: the columns of its schema (§3.3).
import { z } from "zod";
import type { Conversation, ConversationDetail } from "./conversation.ts";
import { failedUnsaid, type Message } from "./message.ts";

const summaryFields = {
  id: z.string(),
  title: z.string().nullable(),
  model: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
  message_count: z.int(),
};
export const summariesSchema = z.array(z.object(summaryFields));

const messageSchema = z
  .object({
    id: z.string(),
    conversation_id: z.string().nullable(),
    role: z.string(),
    content: z.string(),
    token_count: z.int().nullable(),
    model: z.string().nullable(),
    finish_reason: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()),
    created_at: z.string(),
  })
  .meta({ ref: "ConversationMessage" });

export const wholeSchema = z.object({
  ...summaryFields,
  user_id: z.string(),
  system_prompt: z.string().nullable(),
  metadata: z.record(z.string(), z.unknown()),
  messages: z.array(messageSchema),
});

export function summaryOf(conversation: Conversation): z.infer<typeof summariesSchema>[number] {
  const { id, title, model, created_at, updated_at, message_count } = conversation;
  return { id, title, model, created_at, updated_at, message_count };
}

export function headOf(
  conversation: ConversationDetail,
  user_id: string,
): Omit<z.infer<typeof wholeSchema>, "messages"> {
  const { system_prompt, metadata } = conversation;
  return { ...summaryOf(conversation), user_id, system_prompt, metadata };
}

/** Null for an answer that failed with nothing said: its schema has no word for it. */
export function messageOf(message: Message): z.infer<typeof messageSchema> | null {
  if (failedUnsaid(message)) return null;
  const { id, conversation_id, role, content, model, finish_reason, metadata, created_at } =
    message;
  const token_count = message.tokens_used?.completion ?? null;
  return {
    id,
    conversation_id,
    role,
    content,
    token_count,
    model,
    finish_reason,
    metadata,
    created_at,
  };
}
