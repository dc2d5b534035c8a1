// A conversation as the API shows it: in lists from D1's projection, whole from its object.
import { z } from "zod";
import { memorySettingsSchema } from "./memory.ts";

/** Paused after a while without a word, completed by its user, archived when its messages are gone (seed 003 §7.1). */
export const CONVERSATION_STATUSES = ["active", "paused", "completed", "archived"] as const;
export const conversationStatusSchema = z.enum(
  CONVERSATION_STATUSES,
  `should be one of ${CONVERSATION_STATUSES.join(", ")}`,
);

/** Who said what search finds; `title` is a conversation's title. */
export const TEXT_ROLES = ["user", "assistant", "title"] as const;
export const textRoleSchema = z.enum(TEXT_ROLES, `should be one of ${TEXT_ROLES.join(", ")}`);

export const RATINGS = ["up", "down"] as const;

export const conversationSchema = z
  .object({
    id: z.string(),
    title: z.string().nullable(),
    status: conversationStatusSchema,
    provider: z.string().nullable(),
    model: z.string().nullable(),
    message_count: z.number().int(),
    preview: z.string(),
    pinned: z.boolean(),
    tags: z.array(z.string()),
    topics: z.array(z.string()),
    total_input_tokens: z.number().int(),
    total_output_tokens: z.number().int(),
    created_at: z.string(),
    updated_at: z.string(),
    last_message_at: z.string().nullable(),
  })
  .meta({ ref: "Conversation" });
export type Conversation = z.infer<typeof conversationSchema>;

export const conversationDetailSchema = conversationSchema
  .extend({
    system_prompt: z.string().nullable(),
    prompt: z.object({ name: z.string(), version: z.int() }).nullable(),
    tone: z.string().nullable(),
    context: z.record(z.string(), z.unknown()).nullable(),
    use_rag: z.boolean().describe("Whether its messages are answered from documents."),
    collections: z.array(z.string()).nullable().describe("Null: from all that its owner may read."),
    memory: memorySettingsSchema,
    metadata: z.record(z.string(), z.unknown()),
    leaf_id: z.string().nullable().describe("The message that ends the branch that is shown."),
    version: z.int().describe("Rises with every change by hand."),
    running_turn_id: z.string().nullable(),
  })
  .meta({ ref: "ConversationDetail" });
export type ConversationDetail = z.infer<typeof conversationDetailSchema>;

/** What was condensed of a conversation. */
export const rememberedSchema = z.object({
  settings: memorySettingsSchema,
  summary: z.string().nullable(),
  topics: z.array(z.string()),
  entities: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      attributes: z.record(z.string(), z.string()),
      mentions: z.array(z.string()).describe("When: ISO 8601, UTC, the last ones."),
      mention_count: z.int(),
      last_updated: z.string(),
    }),
  ),
});
export type Remembered = z.infer<typeof rememberedSchema>;

type Times = "created_at" | "updated_at" | "last_message_at";

/** @param row as D1 or the object has it: times in milliseconds */
export function conversationView(
  row: Omit<Conversation, Times> & {
    created_at: number;
    updated_at: number;
    last_message_at: number | null;
  },
): Conversation {
  return {
    id: row.id,
    title: row.title,
    status: row.status,
    provider: row.provider,
    model: row.model,
    message_count: row.message_count,
    preview: row.preview,
    pinned: row.pinned,
    tags: row.tags,
    topics: row.topics,
    total_input_tokens: row.total_input_tokens,
    total_output_tokens: row.total_output_tokens,
    created_at: iso(row.created_at),
    updated_at: iso(row.updated_at),
    last_message_at: row.last_message_at === null ? null : iso(row.last_message_at),
  };
}

const iso = (at: number) => new Date(at).toISOString();
