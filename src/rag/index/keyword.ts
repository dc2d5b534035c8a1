// What a shard finds by words. Small, FTS5 scores every row that has any of them; large, it scores those of
// the rarest words, and of others only lists the rows: where most of the question stands comes first.
import type { Sql } from "../../store/sql.ts";
import { mostCovered, selectionOf } from "../words/selection.ts";
import { idfOf } from "../words/statistics.ts";
import { ftsQuery } from "../words/terms.ts";
import type { Part } from "./calls.ts";
import { scopeTerm } from "./parts.ts";
import type { TermCounts } from "./term-counts.ts";

/** Parts whose rows are all told, where a filter leaves no more; else it is asked of so many times the best. */
const FEW_PARTS = 300;
const LOOKED_THROUGH = 10;

export type Hit = { row: number; score: number };

/** Which parts may be found. `parts`: null for all that is live in the collections. */
export type Scope = { collections: readonly string[]; whole: boolean; parts: Part[] | null };

/** Best first, live ones alone: `scored` by BM25, `listed` by how much of the question they have. */
export function byWords(
  sql: Sql,
  scope: Scope,
  terms: readonly string[],
  counts: TermCounts,
  limit: number,
): { scored: Hit[]; listed: Hit[] } {
  const statistics = counts.of(terms);
  const selection = selectionOf(terms, statistics.df);
  const scored = scoredRows(sql, scope, selection.scored, limit);
  if (selection.listed.length === 0) return { scored, listed: [] };
  const lists = selection.listed.map((term) => ({
    rows: rowsOf(sql, scope, term),
    worth: idfOf(term, statistics),
  }));
  return { scored, listed: within(sql, scope, lists, limit) };
}

/** Those that cover most of the question, among those that may be found. What is not live is told when it is read. */
function within(
  sql: Sql,
  { parts }: Scope,
  lists: readonly { rows: readonly number[]; worth: number }[],
  limit: number,
): Hit[] {
  if (parts === null) return mostCovered(lists, limit);
  if (parts.length <= FEW_PARTS) {
    const among = rowsIn(sql, parts);
    return mostCovered(
      lists.map(({ rows, worth }) => ({ rows: rows.filter((row) => among.has(row)), worth })),
      limit,
    );
  }
  const best = mostCovered(lists, LOOKED_THROUGH * limit);
  const among = new Set(parts.map(({ document }) => document));
  const documents = documentsOf(
    sql,
    best.map(({ row }) => row),
  );
  return best.filter(({ row }) => among.has(documents.get(row) ?? "")).slice(0, limit);
}

function scoredRows(sql: Sql, scope: Scope, terms: readonly string[], limit: number): Hit[] {
  const match = matchOf(scope, terms);
  if (match === null) return [];
  const { parts } = scope;
  if (parts !== null)
    return sql.all<Hit>(
      `SELECT chunks.row AS row, -bm25(words, 1, 1, 1, 0) AS score
       FROM words
       CROSS JOIN chunks ON chunks.row = words.rowid
       CROSS JOIN parts ON parts.document = chunks.document AND parts.version = chunks.version
       WHERE words MATCH ?1 AND parts.state = 'live'
         AND chunks.document IN (SELECT value FROM json_each(?2))
       ORDER BY score DESC LIMIT ${limit}`,
      match,
      JSON.stringify(parts.map(({ document }) => document)),
    );
  // Where a row belongs costs more than its score: it is looked up for the best alone, and for as many more
  // as could be hidden among them.
  return sql.all<Hit>(
    `SELECT best.row, best.score
     FROM (SELECT rowid AS row, -bm25(words, 1, 1, 1, 0) AS score FROM words
           WHERE words MATCH ? ORDER BY score DESC LIMIT ?) AS best
     CROSS JOIN chunks ON chunks.row = best.row
     CROSS JOIN parts ON parts.document = chunks.document AND parts.version = chunks.version
     WHERE parts.state = 'live' ORDER BY best.score DESC LIMIT ${limit}`,
    match,
    limit + hiddenRows(sql),
  );
}

/** Chunks that are there and not live, at most. */
function hiddenRows(sql: Sql): number {
  return (
    sql.first<{ rows: number | null }>(
      "SELECT sum(staged) AS rows FROM parts WHERE state IN ('staged', 'dead')",
    )?.rows ?? 0
  );
}

function rowsOf(sql: Sql, scope: Scope, term: string): number[] {
  const row = sql.first<{ rows: string }>(
    "SELECT json_group_array(rowid) AS rows FROM words WHERE words MATCH ?",
    matchOf(scope, [term]),
  );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- SQLite's own array of rowids
  return JSON.parse(row?.rows ?? "[]") as number[];
}

function rowsIn(sql: Sql, parts: readonly Part[]): Set<number> {
  const rows = sql.all<{ row: number }>(
    `SELECT chunks.row FROM json_each(?) AS part
     CROSS JOIN chunks ON chunks.document = part.value ->> 'document' AND chunks.version = part.value ->> 'version'`,
    JSON.stringify(parts),
  );
  return new Set(rows.map(({ row }) => row));
}

function documentsOf(sql: Sql, rows: readonly number[]): Map<number, string> {
  const found = sql.all<{ row: number; document: string }>(
    "SELECT row, document FROM chunks WHERE row IN (SELECT value FROM json_each(?))",
    JSON.stringify(rows),
  );
  return new Map(found.map(({ row, document }) => [row, document]));
}

/** Null where there is no word to be found. */
function matchOf({ collections, whole }: Scope, terms: readonly string[]): string | null {
  const words = ftsQuery(terms);
  if (words === null) return null;
  const any = `{title headings body} : (${words})`;
  return whole ? any : `scope : (${collections.map(scopeTerm).join(" OR ")}) AND ${any}`;
}
