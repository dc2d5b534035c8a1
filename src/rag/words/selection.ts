// Which of a question's terms an index is asked for, and how, where it holds so much that asking for
// all of them would take too long: FTS5 scores a row in about a microsecond, and lists one in a tenth of that.

import { isOpen } from "./terms.ts";

/** Rows that FTS5 scores for one question where it scores all of its terms. */
const MOST_SCORED = 12_000;
/** Where it does not: those that it scores, and those that are listed. */
const FEW_SCORED = 5_000;
const MOST_LISTED = 60_000;
/** Rows up to this number have an array, beyond it a map. */
const DENSE = 4_000_000;

export type Selection = {
  /** To be scored in one MATCH: the rarest ones, at least one where there is any. */
  scored: string[];
  /** To be listed one by one, besides; empty where all are scored. */
  listed: string[];
};

/** @param df in how many rows each is; terms that are in none are asked for nowhere */
export function selectionOf(terms: readonly string[], df: (term: string) => number): Selection {
  const rarest = terms
    .map((term) => ({ term, rows: df(term) }))
    .filter(({ term, rows }) => rows > 0 || isOpen(term))
    .sort((a, b) => a.rows - b.rows);
  const scored = within(rarest, MOST_SCORED);
  if (scored.length === rarest.length) return { scored, listed: [] };
  return { scored: within(rarest, FEW_SCORED), listed: within(rarest, MOST_LISTED) };
}

/** As many as bring no more rows than that, and always the first. */
function within(rarest: readonly { term: string; rows: number }[], most: number): string[] {
  let rows = 0;
  return rarest
    .filter((one, at) => {
      rows += one.rows;
      return at === 0 || rows <= most;
    })
    .map(({ term }) => term);
}

/** The rows in which a term stands, in rising order, and what it is worth. */
export type Listed = { rows: readonly number[]; worth: number };

/**
 * The rows in which the most of the question stands, by how rare its terms are, best first; of equal
 * ones the newer.
 */
export function mostCovered(
  lists: readonly Listed[],
  limit: number,
): { row: number; score: number }[] {
  const last = Math.max(0, ...lists.map(({ rows }) => rows.at(-1) ?? 0));
  const best = new Best(limit);
  if (last > DENSE) {
    const scores = new Map<number, number>();
    for (const { rows, worth } of lists)
      for (const row of rows) scores.set(row, (scores.get(row) ?? 0) + worth);
    for (const [row, score] of scores) best.add(row, score);
  } else {
    const scores = new Float64Array(last + 1);
    for (const { rows, worth } of lists)
      for (const row of rows) scores[row] = (scores[row] ?? 0) + worth;
    for (let row = 0; row <= last; row++) best.add(row, scores[row] ?? 0);
  }
  return best.found.toReversed();
}

class Best {
  /** Worst first; few get in once it is full. */
  readonly found: { row: number; score: number }[] = [];
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(row: number, score: number): void {
    if (score <= 0 || this.#limit <= 0) return;
    if (this.found.length >= this.#limit) {
      if (score < (this.found[0]?.score ?? 0)) return;
      this.found.shift();
    }
    this.found.splice(placeOf(this.found, score), 0, { row, score });
  }
}

/** After all that is not above it: of equal ones the one that came later ends up before the other. */
function placeOf(best: readonly { score: number }[], score: number): number {
  let from = 0;
  let to = best.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((best[middle]?.score ?? 0) <= score) from = middle + 1;
    else to = middle;
  }
  return from;
}
