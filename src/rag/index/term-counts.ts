// In how many chunks a term stands, as FTS5 knows it. For a common term that is a walk through all of its
// places, so what was counted is kept until the index has changed by some share.
import type { Sql } from "../../store/sql.ts";
import type { Statistics } from "../words/statistics.ts";

const MOST_KEPT = 50_000;
/** What is counted anew when there are so many more chunks, or fewer, than when it was. */
const DRIFT = 0.05;

/**
 * Chunks that are reckoned with at least: in an index of a few, a word that stands in it would seem common
 * beside any that does not.
 */
const LEAST = 500;

export class TermCounts {
  readonly #sql: Sql;
  readonly #kept = new Map<string, number>();
  #chunks = 0;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  get chunks(): number {
    return this.#meta().chunks;
  }

  /** @param terms that will be asked for */
  of(terms: Iterable<string>): Statistics {
    const { chunks, length } = this.#meta();
    if (Math.abs(chunks - this.#chunks) > DRIFT * this.#chunks || this.#kept.size > MOST_KEPT) {
      this.#kept.clear();
      this.#chunks = chunks;
    }
    const unknown = [...new Set(terms)].filter((term) => !this.#kept.has(term));
    if (unknown.length > 0) {
      const rows = this.#sql.all<{ term: string; doc: number }>(
        "SELECT term, doc FROM vocabulary WHERE term IN (SELECT value FROM json_each(?))",
        JSON.stringify(unknown),
      );
      for (const term of unknown) this.#kept.set(term, 0);
      for (const { term, doc } of rows) this.#kept.set(term, doc);
    }
    return {
      documents: Math.max(chunks, LEAST),
      df: (term) => this.#kept.get(term) ?? 0,
      averageLength: chunks === 0 ? 0 : length / chunks,
    };
  }

  #meta(): { chunks: number; length: number } {
    return (
      this.#sql.first<{ chunks: number; length: number }>(
        "SELECT chunks, length FROM index_meta",
      ) ?? { chunks: 0, length: 0 }
    );
  }
}
