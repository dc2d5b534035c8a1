// The object's own tables. Made when a conversation is created, never when an object wakes: asking
// for what never was leaves nothing behind. migrations.ts brings
// older objects to the same.
import type { Sql } from "../store/sql.ts";
import { migrations } from "./migrations.ts";

/** What a new conversation is made with: the same as all migrations leave, in one go. */
const current = `
  CREATE TABLE conversation (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    schema_version INTEGER NOT NULL,
    id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    title TEXT,
    status TEXT,
    provider TEXT,
    model TEXT,
    system_prompt TEXT,
    metadata TEXT,
    preview TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER,
    deleted_at INTEGER,
    version INTEGER,
    last_seq INTEGER,
    last_turn INTEGER,
    closed_through INTEGER,
    message_count INTEGER,
    leaf_seq INTEGER,
    leaf_depth INTEGER,
    wake_hour INTEGER,
    wake_count INTEGER,
    branch INTEGER NOT NULL DEFAULT 0,
    last_branch INTEGER NOT NULL DEFAULT 0,
    pinned INTEGER NOT NULL DEFAULT 0,
    tags TEXT NOT NULL DEFAULT '[]',
    topics TEXT NOT NULL DEFAULT '[]',
    total_input_tokens INTEGER NOT NULL DEFAULT 0,
    total_output_tokens INTEGER NOT NULL DEFAULT 0,
    last_message_at INTEGER,
    settings TEXT NOT NULL DEFAULT '{}',    -- JSON: memory, prompt, tone, context
    titled_by TEXT NOT NULL DEFAULT 'words', -- words | model | hand
    token_ratio REAL NOT NULL DEFAULT 1,    -- real tokens per estimated one
    edited INTEGER NOT NULL DEFAULT 0,      -- counts changes by hand
    fold_failed INTEGER NOT NULL DEFAULT 0, -- 1 where condensing failed last
    intake INTEGER NOT NULL DEFAULT 0,      -- 1 while what it is made of is still to come
    closed_at INTEGER                       -- when it was completed
  );
  CREATE TABLE messages (
    seq INTEGER PRIMARY KEY,
    parent_seq INTEGER,
    depth INTEGER NOT NULL,        -- place on its path, from 0
    tenant_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    turn INTEGER NOT NULL,         -- 0 for one that was brought in from elsewhere
    role TEXT NOT NULL,
    parts TEXT,                    -- JSON; null where it is split into message_parts
    status TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    finished_at INTEGER NOT NULL,
    details TEXT NOT NULL,         -- JSON: model, usage, timings, notices, metadata
    branch INTEGER NOT NULL DEFAULT 0,
    feedback TEXT                  -- JSON: rating and comment
  );
  CREATE INDEX messages_path ON messages (branch, depth);
  CREATE TABLE message_parts (     -- parts too long for one row, in order
    seq INTEGER NOT NULL,
    piece INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (seq, piece)
  ) WITHOUT ROWID;
  CREATE TABLE branches (          -- empty until the conversation first branches
    n INTEGER PRIMARY KEY,
    parent INTEGER,                -- the branch it grew from; null where it begins the conversation
    parent_seq INTEGER,            -- the message its first one follows
    from_depth INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    leaf_seq INTEGER NOT NULL,     -- its end; of the branch that is active the conversation's row knows
    leaf_depth INTEGER NOT NULL,
    left_at INTEGER NOT NULL       -- the conversation's version when it was last left
  );
  CREATE INDEX branches_parent ON branches (parent_seq);
  CREATE INDEX branches_below ON branches (parent, from_depth);
  CREATE TABLE path (              -- the active path by stretches; empty while there is one branch
    from_depth INTEGER PRIMARY KEY,
    branch INTEGER NOT NULL,
    through_depth INTEGER NOT NULL
  );
  CREATE TABLE summaries (         -- what a branch says up to a depth, condensed
    branch INTEGER NOT NULL,
    depth INTEGER NOT NULL,
    body TEXT NOT NULL,            -- JSON: summary, topics, entities
    created_at INTEGER NOT NULL,
    PRIMARY KEY (branch, depth)
  ) WITHOUT ROWID;
  CREATE TABLE turns (
    n INTEGER PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    status TEXT NOT NULL,          -- queued | running | completed | failed | cancelled
    question_seq INTEGER NOT NULL,
    answer_seq INTEGER NOT NULL,
    answer_depth INTEGER NOT NULL,
    input TEXT NOT NULL,           -- JSON: the request's settings
    epoch INTEGER NOT NULL,
    epochs TEXT NOT NULL,          -- JSON: where each epoch after the first begins
    last_seq INTEGER NOT NULL,     -- of the events that are stored
    error TEXT,
    idempotency_key TEXT,
    idempotency_hash TEXT,
    created_at INTEGER NOT NULL,
    ended_at INTEGER,
    branch INTEGER NOT NULL DEFAULT 0, -- the answer's
    spent TEXT                     -- JSON: what was settled for it so far
  );
  CREATE UNIQUE INDEX turns_key ON turns (idempotency_key) WHERE idempotency_key IS NOT NULL;
  CREATE TABLE events (            -- a turn's log, in packed batches
    turn INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    first_index INTEGER NOT NULL,
    body TEXT NOT NULL,            -- JSON array; a string is a text delta
    PRIMARY KEY (turn, first_seq)
  ) WITHOUT ROWID;
  CREATE TABLE outbox (            -- what D1 has yet to hear, newest version only
    entity TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    payload TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE due (               -- what the object's one alarm is for
    task TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    attempts INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE tickets (           -- that opened a socket: each does so once
    id TEXT PRIMARY KEY,
    spent_at INTEGER NOT NULL
  ) WITHOUT ROWID;
`;

export const SCHEMA_VERSION = migrations.length;

/** Makes the tables of a new conversation. */
export function createSchema(sql: Sql): void {
  sql.run(current);
}

/** Whether a conversation was ever created here; brings its tables to the current version. */
export function openSchema(sql: Sql): boolean {
  if (!hasTable(sql, "conversation")) return false;
  const row = sql.first<{ schema_version: number }>("SELECT schema_version FROM conversation");
  if (row === null) return false;
  if (row.schema_version < SCHEMA_VERSION) {
    sql.atomically(() => {
      for (const migration of migrations.slice(row.schema_version)) sql.run(migration);
      sql.run("UPDATE conversation SET schema_version = ?", SCHEMA_VERSION);
    });
  }
  return true;
}

/** What stays of a deleted conversation that a key had made: until when it may not be made again. */
export function writeTombstone(sql: Sql, until: number): void {
  sql.run("CREATE TABLE tombstone (until INTEGER NOT NULL)");
  sql.run("INSERT INTO tombstone VALUES (?)", until);
}

export function readTombstone(sql: Sql): number | null {
  if (!hasTable(sql, "tombstone")) return null;
  return sql.first<{ until: number }>("SELECT until FROM tombstone")?.until ?? null;
}

function hasTable(sql: Sql, name: string): boolean {
  return (
    sql.first("SELECT 1 AS made FROM sqlite_master WHERE type = 'table' AND name = ?", name) !==
    null
  );
}
