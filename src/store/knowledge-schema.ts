// D1's tables of knowledge, as drizzle sees them: collections, documents, evaluations.
import { index, integer, real, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { DOCUMENT_STATES, VISIBILITIES } from "../protocol/knowledge.ts";

export const collections = sqliteTable(
  "collections",
  {
    id: text().primaryKey(),
    tenant_id: text().notNull(),
    /** Its owner. */
    user_id: text().notNull(),
    name: text().notNull(),
    description: text(),
    visibility: text({ enum: VISIBILITIES }).notNull(),
    /** JSON, as collectionSettingsSchema has it. */
    settings: text().notNull(),
    /** Rises with every change of what it holds. */
    version: integer().notNull(),
    created_at: integer().notNull(),
    updated_at: integer().notNull(),
  },
  (table) => [uniqueIndex("collections_name").on(table.tenant_id, table.user_id, table.name)],
);

export const documents = sqliteTable(
  "documents",
  {
    id: text().primaryKey(),
    tenant_id: text().notNull(),
    /** Who brought it. */
    user_id: text().notNull(),
    collection_id: text().notNull(),
    name: text().notNull(),
    title: text(),
    url: text(),
    /** Null until it was read. */
    kind: text(),
    bytes: integer().notNull(),
    /** Of the original; null until an address was fetched. */
    content_hash: text(),
    /** Of the newest content. */
    version: integer().notNull(),
    /** That searches see; null until there is one. */
    live_version: integer(),
    status: text({ enum: DOCUMENT_STATES }).notNull(),
    reason: text(),
    error: text(),
    pages: integer(),
    pages_done: integer().notNull(),
    chunks: integer(),
    chunks_done: integer().notNull(),
    metadata: text({ mode: "json" }).$type<Record<string, unknown>>().notNull(),
    described: text({ mode: "json" }).$type<Record<string, unknown>>(),
    created_at: integer().notNull(),
    updated_at: integer().notNull(),
    indexed_at: integer(),
  },
  (table) => [
    uniqueIndex("documents_name").on(table.collection_id, table.name),
    index("documents_content").on(table.collection_id, table.content_hash),
    index("documents_waiting").on(table.status, table.updated_at),
    index("documents_tenant").on(table.tenant_id, table.updated_at),
  ],
);

/** What is to be taken out of R2 and the index, until it is. */
export const documentRemovals = sqliteTable("document_removals", {
  document_id: text().primaryKey(),
  tenant_id: text().notNull(),
  requested_at: integer().notNull(),
});

export const evaluations = sqliteTable(
  "evaluations",
  {
    id: text().primaryKey(),
    tenant_id: text().notNull(),
    user_id: text().notNull(),
    name: text().notNull(),
    collections: text({ mode: "json" }).$type<string[]>().notNull(),
    cases: integer().notNull(),
    report: text({ mode: "json" }).$type<unknown>().notNull(),
    created_at: integer().notNull(),
  },
  (table) => [index("evaluations_tenant").on(table.tenant_id, table.created_at)],
);

export const judgedTurns = sqliteTable(
  "judged_turns",
  {
    turn_id: text().primaryKey(),
    tenant_id: text().notNull(),
    user_id: text().notNull(),
    configuration: text().notNull(),
    context_relevance: real(),
    faithfulness: real(),
    answer_relevance: real(),
    groundedness: real(),
    overall: real(),
    latency_ms: integer().notNull(),
    judged_by: text().notNull(),
    created_at: integer().notNull(),
  },
  (table) => [index("judged_turns_tenant").on(table.tenant_id, table.created_at)],
);
