-- Prompts of a tenant, and every version of what each says.
CREATE TABLE prompts (
  id TEXT PRIMARY KEY NOT NULL,
  tenant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,          -- its author
  name TEXT NOT NULL,
  description TEXT,
  latest_version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX prompts_name ON prompts (tenant_id, name);

CREATE TABLE prompt_versions (
  prompt_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,             -- JSON
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  PRIMARY KEY (prompt_id, version)
);
