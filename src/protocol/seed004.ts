// Conversations and messages as seed 004's clients read them (its section on history).
import { z } from "zod";
import type { Conversation } from "./conversation.ts";
import { failedUnsaid, type Message } from "./message.ts";

const UNTITLED = "New conversation";

const headFields = {
  id: z.string(),
  title: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
};

export const historySchema = z.object({
  conversations: z.array(z.object({ ...headFields, message_count: z.int() })),
  total: z.int(),
  limit: z.int(),
  offset: z.int(),
});

const messageSchema = z
  .object({ role: z.string(), content: z.string(), timestamp: z.string() })
  .meta({ ref: "HistoryMessage" });

export const pastConversationSchema = z.object({
  ...headFields,
  messages: z.array(messageSchema),
});

export function pastHead(conversation: Conversation) {
  const { id, title, created_at, updated_at } = conversation;
  return { id, title: title ?? UNTITLED, created_at, updated_at };
}

export function listedPast(conversation: Conversation) {
  return { ...pastHead(conversation), message_count: conversation.message_count };
}

/** Null for an answer that failed with nothing said: there is no word for it here. */
export function pastMessage(message: Message): z.infer<typeof messageSchema> | null {
  const { role, content, timestamp } = message;
  return failedUnsaid(message) ? null : { role, content, timestamp };
}

/** As Ollama shows sizes: `3.8GB`. */
export function sizeOf(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)}GB` : `${Math.round(bytes / 1e6)}MB`;
}

export const seed004ModelsSchema = z.object({
  models: z.array(
    z.object({
      name: z.string(),
      modified_at: z.string().nullable().describe("Null where the vendor does not say."),
      size: z.string().nullable().describe("Null where the vendor does not say."),
    }),
  ),
});
