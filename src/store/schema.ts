// D1's tables, as drizzle sees them. The SQL that makes them is migrations/*.sql, written by hand;
// a test holds the two together.
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** The projection of conversations: what lists need. The objects are the source of truth. */
export const conversations = sqliteTable(
  "conversations",
  {
    id: text().primaryKey(),
    tenant_id: text().notNull(),
    user_id: text().notNull(),
    title: text(),
    status: text().notNull(),
    provider: text(),
    model: text(),
    message_count: integer().notNull(),
    preview: text().notNull(),
    created_at: integer().notNull(),
    updated_at: integer().notNull(),
    /** A tombstone: the row stays so that nothing late brings the conversation back. */
    deleted_at: integer(),
    version: integer().notNull(),
  },
  (table) => [
    index("conversations_updated").on(
      table.tenant_id,
      table.user_id,
      table.deleted_at,
      table.updated_at,
      table.id,
    ),
    index("conversations_created").on(
      table.tenant_id,
      table.user_id,
      table.deleted_at,
      table.created_at,
      table.id,
    ),
  ],
);

/** Secrets that Edgewise made for itself where none were configured. */
export const secrets = sqliteTable("secrets", {
  name: text().primaryKey(),
  value: text().notNull(),
  created_at: integer().notNull(),
});
