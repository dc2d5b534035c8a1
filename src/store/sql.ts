/* oxlint-disable typescript/no-unnecessary-type-parameters -- a query's columns are named by its caller */
// The object's SQLite, with a meter: what a turn reads and writes is a promise that tests hold.

type Row = Record<string, SqlStorageValue>;

export class Sql {
  readonly storage: DurableObjectStorage;
  rowsRead = 0;
  rowsWritten = 0;

  constructor(storage: DurableObjectStorage) {
    this.storage = storage;
  }

  run(query: string, ...bindings: SqlStorageValue[]): void {
    this.#meter(this.storage.sql.exec(query, ...bindings));
  }

  /** The columns of `T` are the query's to get right: they are named beside it. */
  all<T extends Row>(query: string, ...bindings: SqlStorageValue[]): T[] {
    const cursor = this.storage.sql.exec<T>(query, ...bindings);
    const rows = cursor.toArray();
    this.#meter(cursor);
    return rows;
  }

  first<T extends Row>(query: string, ...bindings: SqlStorageValue[]): T | null {
    return this.all<T>(query, ...bindings)[0] ?? null;
  }

  /** Reads no further than the caller does. Nothing may be written while it is being read. */
  *each<T extends Row>(query: string, ...bindings: SqlStorageValue[]): Generator<T> {
    const cursor = this.storage.sql.exec<T>(query, ...bindings);
    try {
      yield* cursor;
    } finally {
      this.#meter(cursor);
    }
  }

  /** All of `write`, or none of it. */
  atomically<T>(write: () => T): T {
    return this.storage.transactionSync(write);
  }

  #meter(cursor: { rowsRead: number; rowsWritten: number }): void {
    this.rowsRead += cursor.rowsRead;
    this.rowsWritten += cursor.rowsWritten;
  }
}
