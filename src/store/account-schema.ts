// The tables of an Account object. Made when there is first something to keep, never when it wakes:
// asking about somebody who never was leaves nothing behind. Migrations are append-only.
import type { Sql } from "./sql.ts";

/** `migrations[n]` takes a schema from version n to n + 1. */
const migrations: readonly string[] = [
  `
  CREATE TABLE account (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    schema_version INTEGER NOT NULL,
    profile TEXT,                  -- JSON; null for a visitor
    revoked_before INTEGER NOT NULL -- the epoch: a token issued before it is dead
  );
  CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    hash TEXT NOT NULL,            -- of the one refresh token that is good
    created_at INTEGER NOT NULL,
    rotated_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    address TEXT,
    user_agent TEXT
  ) WITHOUT ROWID;
  CREATE TABLE spent_tokens (      -- refresh tokens that were used: seen again, they end their session
    hash TEXT PRIMARY KEY,
    session TEXT NOT NULL,
    at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL,
    body TEXT NOT NULL             -- JSON: name, tenant, scopes, limits, times
  ) WITHOUT ROWID;
  CREATE TABLE reservations (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    key_id TEXT,
    own INTEGER NOT NULL,          -- tokens of the request itself, estimated
    history INTEGER NOT NULL,      -- 1 where a conversation went before it
    tokens INTEGER NOT NULL,       -- what is charged: the estimate until it is settled
    cost INTEGER NOT NULL,         -- millionths of a US dollar, likewise
    attempt INTEGER NOT NULL,      -- that settled it; 0: not yet
    lease_until INTEGER NOT NULL   -- it counts as a stream until then
  ) WITHOUT ROWID;
  CREATE TABLE totals (            -- what this day and this month have been charged so far
    bucket TEXT PRIMARY KEY,       -- '' for the account, else a key's id
    day TEXT NOT NULL,
    day_tokens INTEGER NOT NULL,
    day_cost INTEGER NOT NULL,
    month TEXT NOT NULL,
    month_tokens INTEGER NOT NULL,
    month_cost INTEGER NOT NULL,
    typical_answer REAL,           -- tokens; null until measured
    typical_context REAL
  ) WITHOUT ROWID;
  `,
  `
  ALTER TABLE account ADD COLUMN outsider INTEGER NOT NULL DEFAULT 0; -- 1: an outside issuer vouched for them
  ALTER TABLE account ADD COLUMN memories_used_at INTEGER NOT NULL DEFAULT 0; -- known by the day
  CREATE TABLE memories (
    n INTEGER PRIMARY KEY,         -- rises: newest last
    id TEXT NOT NULL UNIQUE,
    tenant_id TEXT NOT NULL,       -- it is known in no other
    text TEXT NOT NULL,
    said TEXT NOT NULL,            -- what its spellings have in common
    source_conversation TEXT,
    source_message TEXT,
    enabled INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (tenant_id, said)
  );
  CREATE INDEX memories_recalled ON memories (tenant_id, enabled);
  CREATE VIRTUAL TABLE memory_words USING fts5(  -- rowid: the memory's n
    words, tokenize = 'porter unicode61 remove_diacritics 2'
  );
  INSERT INTO memory_words (memory_words, rank) VALUES ('secure-delete', 1); -- what is forgotten is gone
  CREATE TABLE memory_settings (
    tenant_id TEXT PRIMARY KEY,
    memory_enabled INTEGER NOT NULL -- 0: nothing is remembered or recalled; 1 where there is no row
  ) WITHOUT ROWID;
  `,
];

export const ACCOUNT_SCHEMA_VERSION = migrations.length;

/** Whether anything was ever kept here; brings its tables to the current version. */
export function openAccountSchema(sql: Sql): boolean {
  const made = sql.first("SELECT 1 AS made FROM sqlite_master WHERE name = 'account'");
  if (made === null) return false;
  const version =
    sql.first<{ schema_version: number }>("SELECT schema_version FROM account")?.schema_version ??
    ACCOUNT_SCHEMA_VERSION;
  if (version < ACCOUNT_SCHEMA_VERSION)
    sql.atomically(() => {
      for (const migration of migrations.slice(version)) sql.run(migration);
      sql.run("UPDATE account SET schema_version = ?", ACCOUNT_SCHEMA_VERSION);
    });
  return true;
}

export function createAccountSchema(sql: Sql): void {
  sql.atomically(() => {
    for (const migration of migrations) sql.run(migration);
    sql.run(
      "INSERT INTO account (one, schema_version, revoked_before) VALUES (1, ?, 0)",
      ACCOUNT_SCHEMA_VERSION,
    );
  });
}
