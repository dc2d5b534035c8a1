// A conversation as the API shows it: in lists from D1's projection, whole from its object.
import { z } from "zod";

export const conversationSchema = z
  .object({
    id: z.string(),
    title: z.string().nullable(),
    status: z.literal("active"),
    provider: z.string().nullable(),
    model: z.string().nullable(),
    message_count: z.number().int(),
    preview: z.string(),
    created_at: z.string(),
    updated_at: z.string(),
  })
  .meta({ ref: "Conversation" });
export type Conversation = z.infer<typeof conversationSchema>;

export const conversationDetailSchema = conversationSchema
  .extend({
    system_prompt: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()),
    running_turn_id: z.string().nullable(),
  })
  .meta({ ref: "ConversationDetail" });
export type ConversationDetail = z.infer<typeof conversationDetailSchema>;

/** @param row as D1 or the object has it: times in milliseconds */
export function conversationView(
  row: Omit<Conversation, "created_at" | "updated_at"> & { created_at: number; updated_at: number },
): Conversation {
  return {
    id: row.id,
    title: row.title,
    status: row.status,
    provider: row.provider,
    model: row.model,
    message_count: row.message_count,
    preview: row.preview,
    created_at: new Date(row.created_at).toISOString(),
    updated_at: new Date(row.updated_at).toISOString(),
  };
}
