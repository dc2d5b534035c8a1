// How often the caches could answer, and how often not. Counted in memory and written together with
// something else or by the alarm: a lookup writes nothing, so no write holds its reply back. A crash
// loses the counts of a few seconds, and nothing but counts.
import type { Sql } from "../../store/sql.ts";
import type { CacheFigures, CacheStats, Counts } from "./semantic-calls.ts";

/** Milliseconds until counts are written: sooner than an idle object is put away (10 s). */
const WRITTEN_WITHIN = 5000;

type Row = {
  exact_hits: number;
  exact_misses: number;
  semantic_hits: number;
  semantic_misses: number;
  evictions: number;
};

export class Tally {
  readonly #sql: Sql;
  #row: Row = {
    exact_hits: 0,
    exact_misses: 0,
    semantic_hits: 0,
    semantic_misses: 0,
    evictions: 0,
  };
  #dueAt: number | null = null;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  load(): void {
    const row = this.#sql.first<Row>(
      "SELECT exact_hits, exact_misses, semantic_hits, semantic_misses, evictions FROM tally",
    );
    if (row !== null) this.#row = row;
  }

  exact({ hits, misses }: Counts, now: number): void {
    if (hits + misses === 0) return;
    this.#row.exact_hits += hits;
    this.#row.exact_misses += misses;
    this.#dueAt ??= now + WRITTEN_WITHIN;
  }

  semantic(hit: boolean, now: number): void {
    this.#row[hit ? "semantic_hits" : "semantic_misses"]++;
    this.#dueAt ??= now + WRITTEN_WITHIN;
  }

  evicted(many: number, now: number): void {
    this.#row.evictions += many;
    this.#dueAt ??= now + WRITTEN_WITHIN;
  }

  /** When what was counted is to be written; null where it is. */
  get dueAt(): number | null {
    return this.#dueAt;
  }

  write(): void {
    if (this.#dueAt === null) return;
    const { exact_hits, exact_misses, semantic_hits, semantic_misses, evictions } = this.#row;
    this.#sql.run(
      "UPDATE tally SET exact_hits = ?, exact_misses = ?, semantic_hits = ?, semantic_misses = ?, evictions = ?",
      exact_hits,
      exact_misses,
      semantic_hits,
      semantic_misses,
      evictions,
    );
    this.#dueAt = null;
  }

  stats(cache_size: number): CacheStats {
    const { exact_hits, exact_misses, semantic_hits, semantic_misses, evictions } = this.#row;
    const hits = exact_hits + semantic_hits;
    // Where the semantic cache was asked too, its hit was one of the exact one's misses.
    const misses = Math.max(0, exact_misses - semantic_hits);
    return {
      ...figures(hits, misses),
      evictions,
      cache_size,
      exact: figures(exact_hits, exact_misses),
      semantic: figures(semantic_hits, semantic_misses),
    };
  }
}

function figures(hits: number, misses: number): CacheFigures {
  const total_requests = hits + misses;
  return {
    hits,
    misses,
    total_requests,
    hit_rate: total_requests === 0 ? 0 : hits / total_requests,
  };
}
