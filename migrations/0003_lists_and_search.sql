-- What lists and search need of conversations. Counts and tags are kept by triggers, so that they
-- change with the row they speak of, or not at all.
ALTER TABLE conversations ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';    -- JSON array of strings
ALTER TABLE conversations ADD COLUMN topics TEXT NOT NULL DEFAULT '[]';  -- JSON array of strings
ALTER TABLE conversations ADD COLUMN total_input_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN total_output_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN last_message_at INTEGER;

-- One index per list that has to be short to read. A turn moves those with updated_at alone.
DROP INDEX conversations_updated;
DROP INDEX conversations_created;
CREATE INDEX conversations_updated ON conversations (tenant_id, user_id, updated_at, id) WHERE deleted_at IS NULL;
CREATE INDEX conversations_created ON conversations (tenant_id, user_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX conversations_title ON conversations (tenant_id, user_id, coalesce(title, '') COLLATE NOCASE, id) WHERE deleted_at IS NULL;
CREATE INDEX conversations_status_updated ON conversations (tenant_id, user_id, status, updated_at, id) WHERE deleted_at IS NULL;
CREATE INDEX conversations_status_created ON conversations (tenant_id, user_id, status, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX conversations_model_updated ON conversations (tenant_id, user_id, model, updated_at, id) WHERE deleted_at IS NULL;
CREATE INDEX conversations_model_created ON conversations (tenant_id, user_id, model, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX conversations_pinned_updated ON conversations (tenant_id, user_id, updated_at, id) WHERE deleted_at IS NULL AND pinned = 1;
CREATE INDEX conversations_pinned_created ON conversations (tenant_id, user_id, created_at, id) WHERE deleted_at IS NULL AND pinned = 1;

-- How many conversations somebody has: what is deleted does not count.
CREATE TABLE conversation_counts (
  tenant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  status TEXT NOT NULL,
  n INTEGER NOT NULL,
  pinned INTEGER NOT NULL,  -- of these
  PRIMARY KEY (tenant_id, user_id, status)
) WITHOUT ROWID;
INSERT INTO conversation_counts
  SELECT tenant_id, user_id, status, count(*), sum(pinned) FROM conversations WHERE deleted_at IS NULL GROUP BY 1, 2, 3;

-- The two times are the conversation's: a list of one tag is read in its order.
CREATE TABLE conversation_tags (
  tenant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  tag TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, user_id, tag, conversation_id)
) WITHOUT ROWID;
CREATE INDEX conversation_tags_updated ON conversation_tags (tenant_id, user_id, tag, updated_at, conversation_id);
CREATE INDEX conversation_tags_created ON conversation_tags (tenant_id, user_id, tag, created_at, conversation_id);

CREATE TABLE conversation_tag_counts (
  tenant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  tag TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, user_id, tag)
) WITHOUT ROWID;

-- `OR IGNORE` inside a trigger yields to the statement outside; ON CONFLICT does not.
CREATE TRIGGER conversations_arrive AFTER INSERT ON conversations WHEN new.deleted_at IS NULL
BEGIN
  INSERT INTO conversation_counts (tenant_id, user_id, status, n, pinned)
    VALUES (new.tenant_id, new.user_id, new.status, 1, new.pinned)
    ON CONFLICT (tenant_id, user_id, status) DO UPDATE SET n = n + 1, pinned = pinned + excluded.pinned;
  INSERT INTO conversation_tags (tenant_id, user_id, tag, conversation_id, created_at, updated_at)
    SELECT DISTINCT new.tenant_id, new.user_id, value, new.id, new.created_at, new.updated_at
    FROM json_each(new.tags);
END;
CREATE TRIGGER conversations_change AFTER UPDATE OF status, pinned, deleted_at ON conversations
WHEN old.status <> new.status OR old.pinned <> new.pinned OR (old.deleted_at IS NULL) <> (new.deleted_at IS NULL)
BEGIN
  UPDATE conversation_counts SET n = n - 1, pinned = pinned - old.pinned
    WHERE tenant_id = old.tenant_id AND user_id = old.user_id AND status = old.status AND old.deleted_at IS NULL;
  INSERT INTO conversation_counts (tenant_id, user_id, status, n, pinned)
    SELECT new.tenant_id, new.user_id, new.status, 1, new.pinned WHERE new.deleted_at IS NULL
    ON CONFLICT (tenant_id, user_id, status) DO UPDATE SET n = n + 1, pinned = pinned + excluded.pinned;
END;
CREATE TRIGGER conversations_retag AFTER UPDATE OF tags, deleted_at ON conversations
WHEN old.tags <> new.tags OR (old.deleted_at IS NULL) <> (new.deleted_at IS NULL)
BEGIN
  DELETE FROM conversation_tags
    WHERE tenant_id = old.tenant_id AND user_id = old.user_id AND conversation_id = old.id
      AND tag IN (SELECT value FROM json_each(old.tags));
  INSERT INTO conversation_tags (tenant_id, user_id, tag, conversation_id, created_at, updated_at)
    SELECT DISTINCT new.tenant_id, new.user_id, value, new.id, new.created_at, new.updated_at
    FROM json_each(new.tags) WHERE new.deleted_at IS NULL;
END;
CREATE TRIGGER conversations_move AFTER UPDATE OF updated_at ON conversations
WHEN new.tags <> '[]' AND old.updated_at <> new.updated_at
BEGIN
  UPDATE conversation_tags SET updated_at = new.updated_at
    WHERE tenant_id = new.tenant_id AND user_id = new.user_id AND conversation_id = new.id
      AND tag IN (SELECT value FROM json_each(new.tags));
END;
CREATE TRIGGER conversations_leave AFTER DELETE ON conversations WHEN old.deleted_at IS NULL
BEGIN
  UPDATE conversation_counts SET n = n - 1, pinned = pinned - old.pinned
    WHERE tenant_id = old.tenant_id AND user_id = old.user_id AND status = old.status;
  DELETE FROM conversation_tags
    WHERE tenant_id = old.tenant_id AND user_id = old.user_id AND conversation_id = old.id
      AND tag IN (SELECT value FROM json_each(old.tags));
END;
CREATE TRIGGER conversation_tags_arrive AFTER INSERT ON conversation_tags
BEGIN
  INSERT INTO conversation_tag_counts (tenant_id, user_id, tag, n)
    VALUES (new.tenant_id, new.user_id, new.tag, 1)
    ON CONFLICT (tenant_id, user_id, tag) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER conversation_tags_leave AFTER DELETE ON conversation_tags
BEGIN
  UPDATE conversation_tag_counts SET n = n - 1
    WHERE tenant_id = old.tenant_id AND user_id = old.user_id AND tag = old.tag;
  DELETE FROM conversation_tag_counts
    WHERE tenant_id = old.tenant_id AND user_id = old.user_id AND tag = old.tag AND n = 0;
END;

-- What search finds. A row whose text is gone stays until its conversation is deleted, so that nothing
-- late brings the text back.
CREATE TABLE message_texts (
  rowid INTEGER PRIMARY KEY NOT NULL,
  id TEXT UNIQUE NOT NULL,       -- the message's, or the conversation's for its title
  conversation_id TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  role TEXT NOT NULL,            -- user | assistant | title
  created_at INTEGER NOT NULL,
  text TEXT
);
CREATE INDEX message_texts_conversation ON message_texts (conversation_id);

-- Holds no text, only where words stand. `owner` is one term, asked for in every MATCH; `words` comes
-- from src/store/words.ts, which has split and folded it: marks (vowel signs) stay inside their words.
CREATE VIRTUAL TABLE message_search USING fts5 (
  owner, words, content = '', contentless_delete = 1,
  tokenize = "porter unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
);
CREATE TRIGGER message_texts_change AFTER UPDATE OF text ON message_texts WHEN old.text IS NOT new.text
BEGIN
  DELETE FROM message_search WHERE rowid = old.rowid;
END;
CREATE TRIGGER message_texts_leave AFTER DELETE ON message_texts
BEGIN
  DELETE FROM message_search WHERE rowid = old.rowid;
END;

-- A rating that was taken back is null, and stays so that nothing late brings it back.
CREATE TABLE feedback (
  message_id TEXT PRIMARY KEY NOT NULL,
  conversation_id TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  rating TEXT,                   -- up | down
  comment TEXT,
  at INTEGER NOT NULL
);
CREATE INDEX feedback_tenant ON feedback (tenant_id, at, message_id) WHERE rating IS NOT NULL;
CREATE INDEX feedback_at ON feedback (at, message_id) WHERE rating IS NOT NULL;
CREATE INDEX feedback_conversation ON feedback (conversation_id);
