// What people say of answers: a rating a message, of whose conversation it is.
import { sql } from "drizzle-orm";
import type { RATINGS } from "../protocol/conversation.ts";
import type { Database } from "./database.ts";
import { feedback } from "./schema.ts";

export type FeedbackRow = {
  message_id: string;
  conversation_id: string;
  tenant_id: string;
  user_id: string;
  /** Null takes it back. */
  rating: (typeof RATINGS)[number] | null;
  comment: string | null;
  /** Milliseconds; of two about one message the later counts. */
  at: number;
};

/** The newest word counts, in whatever order they come; of a conversation that is deleted nothing is taken. */
export function upsertFeedback(db: Database, rows: readonly FeedbackRow[]) {
  if (rows.length === 0) return [];
  const json = JSON.stringify(
    rows.map((row) => (row.rating === null ? { ...row, comment: null } : row)),
  );
  return [
    db
      .insert(feedback)
      .select(
        sql`SELECT f.value ->> 'message_id', f.value ->> 'conversation_id', f.value ->> 'tenant_id',
          f.value ->> 'user_id', f.value ->> 'rating', f.value ->> 'comment', f.value ->> 'at'
        FROM json_each(${json}) AS f
        WHERE NOT EXISTS (SELECT 1 FROM conversations AS c
          WHERE c.id = f.value ->> 'conversation_id' AND c.deleted_at IS NOT NULL)`,
      )
      .onConflictDoUpdate({
        target: feedback.message_id,
        set: {
          rating: sql`excluded.rating`,
          comment: sql`excluded.comment`,
          at: sql`excluded.at`,
        },
        setWhere: sql`excluded.at >= ${feedback.at}`,
      }),
  ];
}
