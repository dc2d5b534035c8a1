// The projection of conversations in D1, as the objects' outboxes write it. conversation-lists.ts reads it.
import { and, eq, isNotNull, or, sql } from "drizzle-orm";
import { z } from "zod";
import { conversationStatusSchema } from "../protocol/conversation.ts";
import type { Database } from "./database.ts";
import { conversations } from "./schema.ts";

/** As an outbox row holds it; one that was written before a field was has its default. */
export const projectionSchema = z.object({
  id: z.string(),
  tenant_id: z.string(),
  user_id: z.string(),
  title: z.string().nullable(),
  status: conversationStatusSchema,
  provider: z.string().nullable(),
  model: z.string().nullable(),
  message_count: z.number(),
  preview: z.string(),
  created_at: z.number(),
  updated_at: z.number(),
  deleted_at: z.number().nullable(),
  version: z.number(),
  pinned: z.boolean().default(false),
  tags: z.array(z.string()).default([]),
  topics: z.array(z.string()).default([]),
  total_input_tokens: z.number().default(0),
  total_output_tokens: z.number().default(0),
  last_message_at: z.number().nullable().default(null),
});
export type ConversationProjection = z.infer<typeof projectionSchema>;

/**
 * Applies a projection unless what is there is as new: delivered twice or late, it changes nothing.
 * A tombstone is for good. What a turn seldom changes is written where it did change: SQLite writes
 * every index of a column that is named, whether or not its value is another.
 */
export function upsertConversation(db: Database, row: ConversationProjection) {
  const { id, tenant_id: _tenant, user_id: _user, created_at: _created, ...rest } = row;
  const { title, status, model, pinned, tags, deleted_at, ...often } = rest;
  const newer = sql`${conversations.version} < ${row.version} AND ${conversations.deleted_at} IS NULL`;
  const seldom = { title, status, model, pinned, tags };
  const insert = db.insert(conversations).values(row);
  const target = conversations.id;
  if (deleted_at !== null)
    return [insert.onConflictDoUpdate({ target, set: rest, setWhere: newer })];
  const other = or(
    sql`${conversations.title} IS NOT ${title}`,
    sql`${conversations.status} IS NOT ${status}`,
    sql`${conversations.model} IS NOT ${model}`,
    sql`${conversations.pinned} IS NOT ${pinned ? 1 : 0}`,
    sql`${conversations.tags} IS NOT ${JSON.stringify(tags)}`,
  );
  return [
    db
      .update(conversations)
      .set(seldom)
      .where(and(eq(conversations.id, id), newer, other)),
    insert.onConflictDoUpdate({ target, set: often, setWhere: newer }),
  ];
}

/** Whether D1 answers. */
/** Whether a conversation that is not there any more was. */
export async function wasDeleted(db: Database, id: string): Promise<boolean> {
  const [row] = await db
    .select({ id: conversations.id })
    .from(conversations)
    .where(and(eq(conversations.id, id), isNotNull(conversations.deleted_at)));
  return row !== undefined;
}

export async function pingDatabase(db: Database): Promise<void> {
  await db.run(sql`SELECT 1`);
}
