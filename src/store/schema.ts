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
import { TIERS } from "../variables.ts";

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

/** One row a turn, however it ended. */
export const usage = sqliteTable("usage", {
  turn_id: text().primaryKey(),
  at: integer().notNull(),
  tenant_id: text().notNull(),
  user_id: text().notNull(),
  key_id: text(),
  tier: text({ enum: TIERS }).notNull(),
  conversation_id: text(),
  provider: text(),
  model: text(),
  status: text({ enum: ["completed", "failed", "cancelled"] }).notNull(),
  error_code: text(),
  prompt_tokens: integer().notNull(),
  completion_tokens: integer().notNull(),
  /** Millionths of a US dollar. */
  cost: integer().notNull(),
  priced: integer({ mode: "boolean" }).notNull(),
});
