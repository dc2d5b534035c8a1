// The projection of conversations in D1: written from the objects' outboxes, read by lists.
import { and, asc, count, desc, eq, gt, isNull, lt, or, sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { Database } from "./database.ts";
import { conversations } from "./schema.ts";

export type ConversationProjection = typeof conversations.$inferInsert & { status: "active" };

/** As an outbox row holds it. */
export const projectionSchema: z.ZodType<ConversationProjection> = z.object({
  id: z.string(),
  tenant_id: z.string(),
  user_id: z.string(),
  title: z.string().nullable(),
  status: z.literal("active"),
  provider: z.string().nullable(),
  model: z.string().nullable(),
  message_count: z.number(),
  preview: z.string(),
  created_at: z.number(),
  updated_at: z.number(),
  deleted_at: z.number().nullable(),
  version: z.number(),
});

/**
 * Applies a projection unless what is there is as new: delivered twice or late, it changes nothing.
 * A tombstone is for good.
 */
export function upsertConversation(db: Database, row: ConversationProjection) {
  const { id: _id, ...rest } = row;
  return db
    .insert(conversations)
    .values(row)
    .onConflictDoUpdate({
      target: conversations.id,
      set: rest,
      setWhere: sql`${conversations.version} < ${row.version} AND ${conversations.deleted_at} IS NULL`,
    });
}

export type ListQuery = {
  limit: number;
  offset: number;
  sort: "created" | "updated";
  order: "asc" | "desc";
  /** From `next_cursor` of the page before: stable where rows move while one pages. */
  cursor?: Cursor | undefined;
};
export type Cursor = { at: number; id: string };

/** Rows that `owner` may see: the one predicate of every read. */
function visibleTo(owner: { tenant_id: string; user_id: string }): SQL | undefined {
  return and(
    eq(conversations.tenant_id, owner.tenant_id),
    eq(conversations.user_id, owner.user_id),
    isNull(conversations.deleted_at),
  );
}

export async function listConversations(
  db: Database,
  owner: { tenant_id: string; user_id: string },
  query: ListQuery,
) {
  const column = query.sort === "created" ? conversations.created_at : conversations.updated_at;
  const direction = query.order === "asc" ? asc : desc;
  const beyond = query.order === "asc" ? gt : lt;
  const { cursor } = query;
  const after =
    cursor === undefined
      ? undefined
      : or(
          beyond(column, cursor.at),
          and(eq(column, cursor.at), beyond(conversations.id, cursor.id)),
        );
  const [rows, totals] = await db.batch([
    db
      .select()
      .from(conversations)
      .where(and(visibleTo(owner), after))
      .orderBy(direction(column), direction(conversations.id))
      .limit(query.limit + 1)
      .offset(cursor === undefined ? query.offset : 0),
    db.select({ total: count() }).from(conversations).where(visibleTo(owner)),
  ]);
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  const more = rows.length > query.limit && last !== undefined;
  return {
    rows: page,
    total: totals[0]?.total ?? 0,
    next: more
      ? { at: query.sort === "created" ? last.created_at : last.updated_at, id: last.id }
      : null,
  };
}

/** Whether D1 answers. */
export async function pingDatabase(db: Database): Promise<void> {
  await db.run(sql`SELECT 1`);
}
