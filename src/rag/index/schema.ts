// The tables of a KnowledgeIndex object. Made when there is first something to keep; migrations are
// append-only.
import type { Sql } from "../../store/sql.ts";
import { createSegmentTables } from "../../vectors/segment-tables.ts";
import { TOKENIZER } from "../words/terms.ts";

/** `migrations[n]` takes a schema from version n to n + 1. */
const migrations: readonly ((sql: Sql) => void)[] = [
  (sql) => {
    sql.run(`
    CREATE TABLE index_meta (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      schema_version INTEGER NOT NULL,
      chunks INTEGER NOT NULL DEFAULT 0,     -- rows of the table
      length INTEGER NOT NULL DEFAULT 0      -- their words
    );
    CREATE TABLE parts (                     -- versions of documents
      document TEXT NOT NULL,
      version INTEGER NOT NULL,
      collection TEXT NOT NULL,
      state TEXT NOT NULL,                   -- staged | live | dead
      head TEXT NOT NULL,                    -- JSON
      total INTEGER NOT NULL,
      staged INTEGER NOT NULL DEFAULT 0,
      PRIMARY KEY (document, version)
    ) WITHOUT ROWID;
    CREATE INDEX parts_state ON parts (state, collection);
    CREATE TABLE progress (                  -- chunks with a vector, from the first on
      document TEXT NOT NULL,
      version INTEGER NOT NULL,
      generation INTEGER NOT NULL,
      done INTEGER NOT NULL,
      PRIMARY KEY (document, version, generation)
    ) WITHOUT ROWID;
    CREATE TABLE vector_lengths (            -- by which it is known where a generation's vectors are
      generation INTEGER PRIMARY KEY,
      dimensions INTEGER NOT NULL
    );
    CREATE TABLE removed (                   -- never to come back
      document TEXT PRIMARY KEY
    ) WITHOUT ROWID;
    CREATE TABLE chunks (
      row INTEGER PRIMARY KEY,
      document TEXT NOT NULL,
      version INTEGER NOT NULL,
      position INTEGER NOT NULL,
      text TEXT NOT NULL,
      page INTEGER,
      pages TEXT NOT NULL,                   -- JSON: where in the text which page begins
      headings TEXT NOT NULL,                -- JSON
      overlap INTEGER NOT NULL,
      length INTEGER NOT NULL,               -- words
      hash TEXT NOT NULL                     -- of what is embedded
    );
    CREATE UNIQUE INDEX chunks_place ON chunks (document, version, position);
    CREATE INDEX chunks_hash ON chunks (hash);
    CREATE VIRTUAL TABLE words USING fts5 (
      title, headings, body, scope,
      content = '', contentless_delete = 1, tokenize = '${TOKENIZER}'
    );
    CREATE VIRTUAL TABLE vocabulary USING fts5vocab (words, 'row');
    CREATE TABLE places (                    -- the first object alone: which shard holds a document
      document TEXT PRIMARY KEY,
      shard INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE generations (               -- the first object alone
      n INTEGER PRIMARY KEY,
      embedder TEXT NOT NULL,
      state TEXT NOT NULL                    -- current | next | past | dropped
    );
    `);
    createSegmentTables(sql);
  },
];

/** Whether there are tables; if so, brings them to the newest version. */
export function openIndexSchema(sql: Sql): boolean {
  const made = "SELECT 1 AS made FROM sqlite_master WHERE name = 'index_meta'";
  if (sql.first(made) === null) return false;
  const row = sql.first<{ version: number }>("SELECT schema_version AS version FROM index_meta");
  migrate(sql, row?.version ?? 0);
  return true;
}

export function createIndexSchema(sql: Sql): void {
  migrate(sql, 0);
}

function migrate(sql: Sql, from: number): void {
  if (from >= migrations.length) return;
  sql.atomically(() => {
    for (const migration of migrations.slice(from)) migration(sql);
    sql.run(
      `INSERT INTO index_meta (one, schema_version) VALUES (1, ?)
       ON CONFLICT (one) DO UPDATE SET schema_version = excluded.schema_version`,
      migrations.length,
    );
  });
}
