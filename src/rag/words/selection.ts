// Which of a question's terms an index is asked for, and how, where it holds so much that asking for
// all of them would take too long: FTS5 scores a row in about a microsecond, and lists one in a tenth of that.

/** Rows that are scored by FTS5 in one question, and that are only listed. */
const MOST_SCORED = 12_000;
const MOST_LISTED = 120_000;

export type Selection = {
  /** To be scored in one MATCH; the rarest ones, at least one. */
  scored: string[];
  /** To be listed one by one, besides; empty where all are scored. */
  listed: string[];
};

/** @param df in how many rows each is; terms that are in none are asked for nowhere */
export function selectionOf(terms: readonly string[], df: (term: string) => number): Selection {
  const rarest = terms
    .map((term) => ({ term, rows: df(term) }))
    .filter(({ rows }) => rows > 0)
    .sort((a, b) => a.rows - b.rows);
  const scored = within(rarest, MOST_SCORED);
  if (scored.length === rarest.length) return { scored, listed: [] };
  return { scored, listed: within(rarest, MOST_LISTED) };
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

/**
 * The rows in which the most of the question stands, by how rare its terms are, best first.
 * @param lists of each term its rows and what it is worth
 */
export function mostCovered(
  lists: readonly { rows: readonly number[]; worth: number }[],
  limit: number,
): { row: number; score: number }[] {
  const scores = new Map<number, number>();
  for (const { rows, worth } of lists)
    for (const row of rows) scores.set(row, (scores.get(row) ?? 0) + worth);
  return best(scores, limit);
}

/** Of equal ones the newer row. */
function best(scores: ReadonlyMap<number, number>, limit: number): { row: number; score: number }[] {
  const floor = Array.from(scores.values())
    .toSorted((a, b) => b - a)
    .at(Math.min(limit, scores.size) - 1);
  if (floor === undefined || limit <= 0) return [];
  return Array.from(scores, ([row, score]) => ({ row, score }))
    .filter(({ score }) => score >= floor)
    .sort((a, b) => b.score - a.score || b.row - a.row)
    .slice(0, limit);
}
