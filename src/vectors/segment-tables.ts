/* oxlint-disable typescript/no-unnecessary-type-parameters -- a query's columns are named by its caller */
// The tables of a SegmentStore, in the SQLite of whichever object has it, and what it needs of that.

type Row = Record<string, SqlStorageValue>;

/** As src/store/sql.ts has it, which stands above this floor. */
export interface SegmentSql {
  run(query: string, ...bindings: SqlStorageValue[]): void;
  all<T extends Row>(query: string, ...bindings: SqlStorageValue[]): T[];
  first<T extends Row>(query: string, ...bindings: SqlStorageValue[]): T | null;
  /** Nothing may be written while it is being read. */
  each<T extends Row>(query: string, ...bindings: SqlStorageValue[]): Generator<T>;
  /** May be nested: what is outside may still take back what is inside. */
  atomically<T>(write: () => T): T;
}

/** Does nothing where they are there already. */
export function createSegmentTables(sql: SegmentSql): void {
  sql.atomically(() => {
    for (const statement of TABLES) sql.run(statement);
  });
}

const TABLES = [
  // `stamp` rises with each write, and a version of a row that was ever seen never comes again under the
  // same one. SQLite reads a row from its beginning: codes, which every search reads, stand before floats.
  `CREATE TABLE IF NOT EXISTS segments (
    id INTEGER PRIMARY KEY,
    namespace TEXT NOT NULL,
    part TEXT NOT NULL,
    collection TEXT NOT NULL,
    stamp INTEGER NOT NULL,
    vectors INTEGER NOT NULL,   -- how many
    ids TEXT NOT NULL,          -- JSON, in the order of the vectors
    codes BLOB NOT NULL,        -- as int8-codes.ts has it
    floats BLOB NOT NULL        -- packed float32, little-endian
  )`,
  // All that is asked of a segment but for its contents.
  `CREATE INDEX IF NOT EXISTS segments_by_part
    ON segments (namespace, part, collection, vectors, stamp)`,
  `CREATE TABLE IF NOT EXISTS segment_vectors (
    namespace TEXT NOT NULL,
    id TEXT NOT NULL,
    segment INTEGER NOT NULL,
    PRIMARY KEY (namespace, id)
  ) WITHOUT ROWID`,
  // There while there are vectors in it. `stamp`: of its last write.
  `CREATE TABLE IF NOT EXISTS segment_namespaces (
    namespace TEXT PRIMARY KEY,
    dimensions INTEGER NOT NULL,
    stamp INTEGER NOT NULL
  ) WITHOUT ROWID`,
];
