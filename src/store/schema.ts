// D1's tables, as drizzle sees them. The SQL that makes them is migrations/*.sql, written by hand;
// a test holds the two together.
import {
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import type { LimitOverrides } from "../protocol/account.ts";
import { CONVERSATION_STATUSES, RATINGS, TEXT_ROLES } from "../protocol/conversation.ts";
import { TIERS } from "../variables.ts";

/** The projection of conversations: what lists need. The objects are the source of truth. */
export const conversations = sqliteTable("conversations", {
  id: text().primaryKey(),
  tenant_id: text().notNull(),
  user_id: text().notNull(),
  title: text(),
  status: text({ enum: CONVERSATION_STATUSES }).notNull(),
  provider: text(),
  model: text(),
  message_count: integer().notNull(),
  preview: text().notNull(),
  created_at: integer().notNull(),
  updated_at: integer().notNull(),
  /** A tombstone: the row stays so that nothing late brings the conversation back. */
  deleted_at: integer(),
  version: integer().notNull(),
  pinned: integer({ mode: "boolean" }).notNull(),
  tags: text({ mode: "json" }).$type<string[]>().notNull(),
  topics: text({ mode: "json" }).$type<string[]>().notNull(),
  total_input_tokens: integer().notNull(),
  total_output_tokens: integer().notNull(),
  last_message_at: integer(),
});

/** How many of each status somebody has, deleted ones aside. Triggers keep it. */
export const conversationCounts = sqliteTable(
  "conversation_counts",
  {
    tenant_id: text().notNull(),
    user_id: text().notNull(),
    status: text({ enum: CONVERSATION_STATUSES }).notNull(),
    n: integer().notNull(),
    /** Of these. */
    pinned: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant_id, table.user_id, table.status] })],
);

/** One row a tag of a conversation, with its times to sort by. Triggers keep it. */
export const conversationTags = sqliteTable(
  "conversation_tags",
  {
    tenant_id: text().notNull(),
    user_id: text().notNull(),
    tag: text().notNull(),
    conversation_id: text().notNull(),
    created_at: integer().notNull(),
    updated_at: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenant_id, table.user_id, table.tag, table.conversation_id] }),
  ],
);

/** How many conversations have a tag. Triggers keep it. */
export const conversationTagCounts = sqliteTable(
  "conversation_tag_counts",
  {
    tenant_id: text().notNull(),
    user_id: text().notNull(),
    tag: text().notNull(),
    n: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant_id, table.user_id, table.tag] })],
);

/** What search finds; where its words stand is in `message_search`, under the same rowid. */
export const messageTexts = sqliteTable("message_texts", {
  rowid: integer().primaryKey(),
  /** The message's, or the conversation's for its title. */
  id: text().notNull().unique(),
  conversation_id: text().notNull(),
  tenant_id: text().notNull(),
  user_id: text().notNull(),
  role: text({ enum: TEXT_ROLES }).notNull(),
  created_at: integer().notNull(),
  /** Null where it is gone; the row stays so that nothing late brings it back. */
  text: text(),
});

export const feedback = sqliteTable("feedback", {
  message_id: text().primaryKey(),
  conversation_id: text().notNull(),
  tenant_id: text().notNull(),
  user_id: text().notNull(),
  /** Null where it was taken back; the row stays so that nothing late brings it back. */
  rating: text({ enum: RATINGS }),
  comment: text(),
  at: integer().notNull(),
});

/** Secrets that Edgewise made for itself where none were configured. */
export const secrets = sqliteTable("secrets", {
  name: text().primaryKey(),
  value: text().notNull(),
  created_at: integer().notNull(),
});

export const users = sqliteTable(
  "users",
  {
    id: text().primaryKey(),
    email: text(),
    /** Lower case: two that differ only in case are one. */
    email_key: text(),
    username: text(),
    username_key: text(),
    full_name: text(),
    /** Null where people sign in elsewhere. */
    password_hash: text(),
    email_verified_at: integer(),
    role: text({ enum: ["user", "admin"] }).notNull(),
    tier: text({ enum: TIERS }).notNull(),
    features: text({ mode: "json" }).$type<string[]>().notNull(),
    limits: text({ mode: "json" }).$type<LimitOverrides>().notNull(),
    is_active: integer({ mode: "boolean" }).notNull(),
    created_at: integer().notNull(),
    updated_at: integer().notNull(),
    last_login_at: integer(),
  },
  (table) => [
    uniqueIndex("users_email").on(table.email_key),
    uniqueIndex("users_username").on(table.username_key),
    index("users_created").on(table.created_at, table.id),
  ],
);

export const organisations = sqliteTable("organisations", {
  id: text().primaryKey(),
  name: text().notNull(),
  created_by: text().notNull(),
  created_at: integer().notNull(),
});

export const memberships = sqliteTable(
  "memberships",
  {
    tenant_id: text().notNull(),
    user_id: text().notNull(),
    role: text({ enum: ["user", "admin"] }).notNull(),
    created_at: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenant_id, table.user_id] }),
    index("memberships_user").on(table.user_id),
  ],
);

/** Invitations, e-mail verification, password resets, sign-in states: hashed, each used once. */
export const oneTimeTokens = sqliteTable("one_time_tokens", {
  hash: text().primaryKey(),
  purpose: text({
    enum: ["verify_email", "reset_password", "invitation", "oidc_state"],
  }).notNull(),
  tenant_id: text(),
  user_id: text(),
  email_key: text(),
  /** The address as it was written. */
  email: text(),
  role: text({ enum: ["user", "admin"] }),
  created_at: integer().notNull(),
  expires_at: integer().notNull(),
  used_at: integer(),
});

/** Accounts elsewhere that sign in as one here. */
export const identities = sqliteTable(
  "identities",
  {
    issuer: text().notNull(),
    subject: text().notNull(),
    user_id: text().notNull(),
    email: text(),
    created_at: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.issuer, table.subject] })],
);

export const signingKeys = sqliteTable("signing_keys", {
  kid: text().primaryKey(),
  private_jwk: text().notNull(),
  created_at: integer().notNull(),
  signs_from: integer().notNull(),
  retires_at: integer(),
});

/** Append-only, by triggers. */
export const audit = sqliteTable("audit", {
  id: text().primaryKey(),
  at: integer().notNull(),
  tenant_id: text().notNull(),
  user_id: text(),
  via: text().notNull(),
  action: text().notNull(),
  target: text(),
  outcome: text({ enum: ["success", "failure"] }).notNull(),
  address: text(),
  user_agent: text(),
  request_id: text(),
  details: text({ mode: "json" }).$type<Record<string, unknown>>().notNull(),
});

/** What each call of a model used. */
export const usageEvents = sqliteTable(
  "usage_events",
  {
    id: text().primaryKey(),
    turn_id: text().notNull(),
    at: integer().notNull(),
    tenant_id: text().notNull(),
    user_id: text().notNull(),
    key_id: text(),
    tier: text({ enum: TIERS }).notNull(),
    conversation_id: text(),
    /** `chat` is an answer. */
    purpose: text().notNull(),
    feature: text().notNull(),
    provider: text(),
    model: text(),
    outcome: text({ enum: ["completed", "failed", "cancelled"] }).notNull(),
    error: text(),
    /** On the last event of a turn's answer; null on all others. */
    turn_status: text({ enum: ["completed", "failed", "cancelled"] }),
    turn_error: text(),
    cached: text({ enum: ["exact", "semantic"] }),
    prompt_tokens: integer().notNull(),
    completion_tokens: integer().notNull(),
    cached_tokens: integer().notNull(),
    reasoning_tokens: integer().notNull(),
    estimated: integer({ mode: "boolean" }).notNull(),
    /** Millionths of a US dollar; null where the price is not known. */
    cost: integer(),
    latency_ms: integer().notNull(),
    ttft_ms: integer(),
  },
  (table) => [
    index("usage_events_at").on(table.at),
    index("usage_events_tenant").on(table.tenant_id, table.at),
    index("usage_events_user").on(table.user_id, table.tenant_id, table.at),
  ],
);

type RetentionPosition = Pick<
  typeof conversations.$inferSelect,
  "user_id" | "status" | "updated_at" | "id"
>;

/** How long a tenant keeps its conversations, where that is not as configured. */
export const retention = sqliteTable("retention", {
  tenant_id: text().primaryKey(),
  archive_after_days: integer(),
  delete_after_days: integer(),
  updated_by: text().notNull(),
  updated_at: integer().notNull(),
  /** The conversation that was looked at last; null: begin anew. */
  position: text({ mode: "json" }).$type<RetentionPosition>(),
});

/** Prompts of a tenant, by name. */
export const prompts = sqliteTable(
  "prompts",
  {
    id: text().primaryKey(),
    tenant_id: text().notNull(),
    /** Its author. */
    user_id: text().notNull(),
    name: text().notNull(),
    description: text(),
    latest_version: integer().notNull(),
    created_at: integer().notNull(),
    updated_at: integer().notNull(),
  },
  (table) => [uniqueIndex("prompts_name").on(table.tenant_id, table.name)],
);

/** What a prompt said, each time it was changed: never changed itself. */
export const promptVersions = sqliteTable(
  "prompt_versions",
  {
    prompt_id: text().notNull(),
    version: integer().notNull(),
    /** JSON, as promptBodySchema has it. */
    body: text().notNull(),
    created_at: integer().notNull(),
    created_by: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.prompt_id, table.version] })],
);
