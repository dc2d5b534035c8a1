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
  /** Of them: where the exact cache was not asked before. */
  semantic_alone: number;
  evictions: number;
  generation: number;
};

const COLUMNS = [
  "exact_hits",
  "exact_misses",
  "semantic_hits",
  "semantic_misses",
  "semantic_alone",
  "evictions",
  "generation",
] as const satisfies (keyof Row)[];

export class Tally {
  readonly #sql: Sql;
  #row: Row = {
    exact_hits: 0,
    exact_misses: 0,
    semantic_hits: 0,
    semantic_misses: 0,
    semantic_alone: 0,
    evictions: 0,
    generation: 0,
  };
  #dueAt: number | null = null;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  load(): void {
    const row = this.#sql.first<Row>(`SELECT ${COLUMNS.join(", ")} FROM tally`);
    if (row !== null) this.#row = row;
  }

  exact({ hits, misses }: Counts, now: number): void {
    if (hits + misses === 0) return;
    this.#row.exact_hits += hits;
    this.#row.exact_misses += misses;
    this.#dueAt ??= now + WRITTEN_WITHIN;
  }

  /** @param alone the exact cache was not asked before */
  semantic(hit: boolean, alone: boolean, now: number): void {
    if (alone) this.#row.semantic_alone++;
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
    this.#sql.run(
      `UPDATE tally SET ${COLUMNS.map((column) => `${column} = ?`).join(", ")}`,
      ...COLUMNS.map((column) => this.#row[column]),
    );
    this.#dueAt = null;
  }

  get generation(): number {
    return this.#row.generation;
  }

  /** At once: what was forgotten must not come back. */
  raise(now: number): void {
    this.#row.generation++;
    this.#dueAt ??= now;
    this.write();
  }

  stats(cache_size: number): CacheStats {
    const { exact_hits, exact_misses, semantic_hits, semantic_misses, evictions } = this.#row;
    const asked = exact_misses + this.#row.semantic_alone;
    const hits = exact_hits + semantic_hits;
    // Where the semantic cache was asked too, its hit was one of the exact one's misses.
    const misses = Math.max(0, asked - semantic_hits);
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
