// How the object's own tables came to be: what takes one that was made by an older version to the
// newest. Append-only, and it imports nothing.

/** `migrations[n]` takes a schema from version n to n + 1. */
export const migrations: readonly string[] = [
  `
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
    wake_count INTEGER
  );
  CREATE TABLE messages (
    seq INTEGER PRIMARY KEY,
    parent_seq INTEGER,
    depth INTEGER NOT NULL,        -- place on its path, from 0
    active INTEGER NOT NULL,       -- 1 on the path that is shown
    tenant_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    turn INTEGER NOT NULL,
    role TEXT NOT NULL,
    parts TEXT,                    -- JSON; null where it is split into message_parts
    status TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    finished_at INTEGER NOT NULL,
    details TEXT NOT NULL          -- JSON: model, usage, timings, notices, metadata
  );
  CREATE INDEX messages_path ON messages (depth) WHERE active = 1;
  CREATE TABLE message_parts (     -- parts too long for one row, in order
    seq INTEGER NOT NULL,
    piece INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (seq, piece)
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
    ended_at INTEGER
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
  `,
  `
  CREATE TABLE tickets (           -- that opened a socket: each does so once
    id TEXT PRIMARY KEY,
    spent_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  `,
  `
  DROP INDEX messages_path;
  ALTER TABLE messages DROP COLUMN active;
  ALTER TABLE messages ADD COLUMN branch INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE messages ADD COLUMN feedback TEXT; -- JSON: rating and comment
  CREATE INDEX messages_path ON messages (branch, depth);
  ALTER TABLE turns ADD COLUMN branch INTEGER NOT NULL DEFAULT 0; -- the answer's
  ALTER TABLE turns ADD COLUMN spent TEXT; -- JSON: what was settled for it so far
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
  ALTER TABLE conversation ADD COLUMN branch INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE conversation ADD COLUMN last_branch INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE conversation ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE conversation ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
  ALTER TABLE conversation ADD COLUMN topics TEXT NOT NULL DEFAULT '[]';
  ALTER TABLE conversation ADD COLUMN total_input_tokens INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE conversation ADD COLUMN total_output_tokens INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE conversation ADD COLUMN last_message_at INTEGER;
  ALTER TABLE conversation ADD COLUMN settings TEXT NOT NULL DEFAULT '{}'; -- JSON: memory, prompt, tone, context
  ALTER TABLE conversation ADD COLUMN titled_by TEXT NOT NULL DEFAULT 'words'; -- words | model | hand
  ALTER TABLE conversation ADD COLUMN token_ratio REAL NOT NULL DEFAULT 1; -- real tokens per estimated one
  ALTER TABLE conversation ADD COLUMN edited INTEGER NOT NULL DEFAULT 0; -- counts changes by hand
  ALTER TABLE conversation ADD COLUMN fold_failed INTEGER NOT NULL DEFAULT 0;
  -- when it was completed
  ALTER TABLE conversation ADD COLUMN closed_at INTEGER;
  ALTER TABLE conversation ADD COLUMN intake INTEGER NOT NULL DEFAULT 0;
  `,
];
