// The tables of an AnswerCache object. Made when there is first something to keep or to count.
// Migrations are append-only.
import type { Sql } from "../../store/sql.ts";

/** `migrations[n]` takes a schema from version n to n + 1. */
const migrations: readonly string[] = [
  `
  CREATE TABLE tally (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    schema_version INTEGER NOT NULL,
    exact_hits INTEGER NOT NULL DEFAULT 0,
    exact_misses INTEGER NOT NULL DEFAULT 0,
    semantic_hits INTEGER NOT NULL DEFAULT 0,
    semantic_misses INTEGER NOT NULL DEFAULT 0,
    evictions INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE answers (
    id INTEGER PRIMARY KEY,    -- rises: the lowest is the oldest
    partition TEXT NOT NULL,
    embedder TEXT NOT NULL,
    said TEXT NOT NULL,        -- the question but for case and spacing: said again, it is the same
    created_at INTEGER NOT NULL,
    question TEXT NOT NULL,
    vector BLOB NOT NULL,      -- packed float32, of length 1; from version 2 on as vectors.ts has it
    answer TEXT NOT NULL       -- JSON, as it is kept in KV
  );
  CREATE UNIQUE INDEX answers_by_question ON answers (partition, embedder, said);
  `,
  // Vectors have another form from here on. What was kept lives a day: it is not worth being translated.
  `
  DELETE FROM answers;
  CREATE INDEX answers_by_age ON answers (partition, embedder);
  ALTER TABLE tally ADD COLUMN semantic_alone INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE tally ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
  `,
];

/** Whether there are tables; if so, brings them to the newest version. */
export function openAnswerSchema(sql: Sql): boolean {
  const made = "SELECT 1 AS made FROM sqlite_master WHERE name = 'tally'";
  if (sql.first(made) === null) return false;
  const row = sql.first<{ version: number }>("SELECT schema_version AS version FROM tally");
  migrate(sql, row?.version ?? 0);
  return true;
}

export function createAnswerSchema(sql: Sql): void {
  migrate(sql, 0);
}

function migrate(sql: Sql, from: number): void {
  if (from >= migrations.length) return;
  sql.atomically(() => {
    for (const migration of migrations.slice(from)) sql.run(migration);
    sql.run(
      `INSERT INTO tally (one, schema_version) VALUES (1, ?)
       ON CONFLICT (one) DO UPDATE SET schema_version = excluded.schema_version`,
      migrations.length,
    );
  });
}
