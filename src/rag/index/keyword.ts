// What a shard finds by words. Small, FTS5 scores every row that has any of them; large, it scores those of
// the rarest words, and of others only lists the rows: where most of the question stands comes first.
import type { Sql } from "../../store/sql.ts";
import { mostCovered, selectionOf } from "../words/selection.ts";
import { idfOf } from "../words/statistics.ts";
import { ftsQuery } from "../words/terms.ts";
import type { Part } from "./calls.ts";
import { scopeTerm } from "./parts.ts";
import type { TermCounts } from "./term-counts.ts";

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
  const allowed = scope.parts === null ? null : rowsOfParts(sql, scope.parts);
  const lists = selection.listed.map((term) => {
    const rows = rowsOf(sql, scope, term);
    return {
      rows: allowed === null ? rows : rows.filter((row) => allowed.has(row)),
      worth: idfOf(term, statistics),
    };
  });
  // Some of them are not live: that is told when they are read.
  return { scored, listed: mostCovered(lists, limit) };
}

function scoredRows(sql: Sql, scope: Scope, terms: readonly string[], limit: number): Hit[] {
  const match = matchOf(scope, terms);
  if (match === null) return [];
  const { parts } = scope;
  const among = parts === null ? "" : "AND chunks.document IN (SELECT value FROM json_each(?2))";
  return sql.all<Hit>(
    `SELECT chunks.row AS row, -bm25(words, 1, 1, 1, 0) AS score
     FROM words
     JOIN chunks ON chunks.row = words.rowid
     JOIN parts ON parts.document = chunks.document AND parts.version = chunks.version
     WHERE words MATCH ?1 AND parts.state = 'live' ${among}
     ORDER BY bm25(words, 1, 1, 1, 0) LIMIT ${limit}`,
    match,
    ...(parts === null ? [] : [JSON.stringify(parts.map(({ document }) => document))]),
  );
}

function rowsOfParts(sql: Sql, parts: readonly Part[]): Set<number> {
  const rows = sql.all<{ row: number }>(
    "SELECT row FROM chunks WHERE document IN (SELECT value FROM json_each(?))",
    JSON.stringify(parts.map(({ document }) => document)),
  );
  return new Set(rows.map(({ row }) => row));
}

function rowsOf(sql: Sql, scope: Scope, term: string): number[] {
  const row = sql.first<{ rows: string }>(
    "SELECT json_group_array(rowid) AS rows FROM words WHERE words MATCH ?",
    matchOf(scope, [term]),
  );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- SQLite's own array of rowids
  return JSON.parse(row?.rows ?? "[]") as number[];
}

/** Null where there is no word to be found. */
function matchOf({ collections, whole }: Scope, terms: readonly string[]): string | null {
  const words = ftsQuery(terms);
  if (words === null) return null;
  const any = `{title headings body} : (${words})`;
  return whole ? any : `scope : (${collections.map(scopeTerm).join(" OR ")}) AND ${any}`;
}
