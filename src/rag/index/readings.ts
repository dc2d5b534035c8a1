// Candidates with their terms, read once for however many scores.
import type { Sql } from "../../store/sql.ts";
import { expansionOf, feedbackTermsOf, MOST_FEEDBACK } from "../expand.ts";
import { type Asked, type Reading, readingOf, weighed } from "../rerank/lexical.ts";
import { candidateOf, type ChunkRow, LIVE_CHUNKS, NO_SCORES } from "./parts.ts";
import type { TermCounts } from "./term-counts.ts";

export class Readings {
  readonly rows: readonly ChunkRow[];
  readonly #readings: readonly Reading[];

  /** @param chunks rows; what is not live any more is left out */
  constructor(sql: Sql, chunks: readonly number[]) {
    this.rows = sql.all<ChunkRow>(
      `${LIVE_CHUNKS} AND chunks.row IN (SELECT value FROM json_each(?))`,
      JSON.stringify(chunks),
    );
    this.#readings = this.rows.map((row) => {
      const { head, heading_path, text } = candidateOf(row, NO_SCORES);
      return readingOf({ title: head.title ?? head.name, heading_path, text });
    });
  }

  /** In the order of `rows`. */
  weighed(asked: Asked, counts: TermCounts): number[] {
    return weighed(asked, this.#readings, counts.of([...asked.terms, ...asked.expansion.keys()]));
  }

  /** What the best of them say beside the question's terms, and what that is worth. */
  feedback(
    terms: readonly string[],
    weights: readonly number[],
    counts: TermCounts,
  ): Map<string, number> {
    const best = this.#readings
      .map((reading, at) => ({ reading, weight: weights[at] ?? 0 }))
      .sort((a, b) => b.weight - a.weight)
      .slice(0, MOST_FEEDBACK);
    const { averageLength } = counts.of([]);
    const said = feedbackTermsOf(best, averageLength).keys();
    return expansionOf(terms, best, counts.of([...terms, ...said]));
  }
}
