-- The projection of conversations, and the secrets Edgewise makes for itself.
CREATE TABLE conversations (
  id TEXT PRIMARY KEY NOT NULL,
  tenant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  title TEXT,
  status TEXT NOT NULL,
  provider TEXT,
  model TEXT,
  message_count INTEGER NOT NULL,
  preview TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER,
  version INTEGER NOT NULL
);
CREATE INDEX conversations_updated ON conversations (tenant_id, user_id, deleted_at, updated_at, id);
CREATE INDEX conversations_created ON conversations (tenant_id, user_id, deleted_at, created_at, id);

CREATE TABLE secrets (
  name TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
