-- What a model was asked for beside answers, and how long a tenant keeps its conversations.
ALTER TABLE usage ADD COLUMN purpose TEXT NOT NULL DEFAULT 'chat';

CREATE TABLE retention (
  tenant_id TEXT PRIMARY KEY NOT NULL,
  archive_after_days INTEGER,      -- after completion; null: as configured
  delete_after_days INTEGER,       -- after the last change; null: never
  updated_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  position TEXT                    -- JSON: the conversation that was looked at last; null: begin anew
);
