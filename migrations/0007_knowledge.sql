-- Collections of documents, and the documents: what they are and how far they have come. Their text is
-- in the tenant's KnowledgeIndex object, their originals in R2.
CREATE TABLE collections (
  id TEXT PRIMARY KEY NOT NULL,
  tenant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,           -- its owner
  name TEXT NOT NULL,
  description TEXT,
  visibility TEXT NOT NULL,        -- private | organisation | public
  settings TEXT NOT NULL,          -- JSON: pattern, chunking, retrieval
  version INTEGER NOT NULL,        -- rises with every change of what it holds
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX collections_name ON collections (tenant_id, user_id, name);

CREATE TABLE documents (
  id TEXT PRIMARY KEY NOT NULL,
  tenant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,           -- who brought it
  collection_id TEXT NOT NULL,
  name TEXT NOT NULL,              -- in its collection there is one of each
  title TEXT,
  url TEXT,                        -- where it was fetched from, or is to be
  kind TEXT,                       -- null until it was read
  bytes INTEGER NOT NULL,
  content_hash TEXT,               -- of the original; null until an address was fetched
  version INTEGER NOT NULL,        -- of the newest content
  live_version INTEGER,            -- that searches see; null until there is one
  status TEXT NOT NULL,            -- queued | processing | indexed | failed
  reason TEXT,                     -- why it failed, a code
  error TEXT,                      -- the same as a sentence
  pages INTEGER,
  pages_done INTEGER NOT NULL DEFAULT 0,
  chunks INTEGER,
  chunks_done INTEGER NOT NULL DEFAULT 0,
  metadata TEXT NOT NULL,          -- JSON: what whoever brought it says of it
  described TEXT,                  -- JSON: what it says of itself
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  indexed_at INTEGER
);
CREATE UNIQUE INDEX documents_name ON documents (collection_id, name);
CREATE INDEX documents_content ON documents (collection_id, content_hash);
CREATE INDEX documents_waiting ON documents (status, updated_at);
CREATE INDEX documents_tenant ON documents (tenant_id, updated_at);

-- What is to be taken out of R2 and the index, until it is.
CREATE TABLE document_removals (
  document_id TEXT PRIMARY KEY NOT NULL,
  tenant_id TEXT NOT NULL,
  requested_at INTEGER NOT NULL
);

-- Judged runs of questions, and judged turns.
CREATE TABLE evaluations (
  id TEXT PRIMARY KEY NOT NULL,
  tenant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  name TEXT NOT NULL,
  collections TEXT NOT NULL,       -- JSON: ids
  cases INTEGER NOT NULL,
  report TEXT NOT NULL,            -- JSON
  created_at INTEGER NOT NULL
);
CREATE INDEX evaluations_tenant ON evaluations (tenant_id, created_at);

CREATE TABLE judged_turns (
  turn_id TEXT PRIMARY KEY NOT NULL,
  tenant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  configuration TEXT NOT NULL,     -- how was searched, in short
  context_relevance REAL,
  faithfulness REAL,
  answer_relevance REAL,
  groundedness REAL,
  overall REAL,
  latency_ms INTEGER NOT NULL,
  judged_by TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE INDEX judged_turns_tenant ON judged_turns (tenant_id, created_at);
