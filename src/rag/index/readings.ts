// Candidates, read from their rows once, and their texts as often as there is something else to look for
// in them: of most texts a question needs a few of their words.
import type { Sql } from "../../store/sql.ts";
import { expansionOf, feedbackTermsOf, MOST_FEEDBACK } from "../expand.ts";
import { type Asked, readingOf, soughtBy, weighed } from "../rerank/lexical.ts";
import type { Candidate } from "./calls.ts";
import { candidateOf, type ChunkRow, LIVE_CHUNKS, NO_SCORES } from "./parts.ts";
import type { TermCounts } from "./term-counts.ts";

export type Read = { row: number; candidate: Candidate };

export class Readings {
  readonly all: readonly Read[];

  /** @param chunks rows; what is not live any more is left out */
  constructor(sql: Sql, chunks: readonly number[]) {
    this.all = sql
      .all<ChunkRow>(
        `${LIVE_CHUNKS} AND chunks.row IN (SELECT value FROM json_each(?))`,
        JSON.stringify(chunks),
      )
      .map((row) => ({ row: row.row, candidate: candidateOf(row, NO_SCORES) }));
  }

  /** In the order of `all`. */
  weighed(asked: Asked, counts: TermCounts): number[] {
    const sought = soughtBy(asked);
    return weighed(
      asked,
      this.all.map(({ candidate }) => readingOf(readable(candidate), sought)),
      counts.of([...asked.terms, ...asked.expansion.keys()]),
    );
  }

  /** What the best of them say beside the question's terms, and what that is worth. */
  feedback(
    terms: readonly string[],
    weights: readonly number[],
    counts: TermCounts,
  ): Map<string, number> {
    const best = this.all
      .map(({ candidate }, at) => ({ candidate, weight: weights[at] ?? 0 }))
      .sort((a, b) => b.weight - a.weight)
      .slice(0, MOST_FEEDBACK)
      .map(({ candidate, weight }) => ({ reading: readingOf(readable(candidate)), weight }));
    const { averageLength } = counts.of([]);
    const said = feedbackTermsOf(best, averageLength).keys();
    return expansionOf(terms, best, counts.of([...terms, ...said]));
  }
}

const readable = ({ head, heading_path, text }: Candidate) => ({
  title: head.title ?? head.name,
  heading_path,
  text,
});
