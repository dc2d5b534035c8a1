// What a shard finds by words. Small, FTS5 scores every row that has any of them; large, it scores those of
// the rarest words, and of others only lists the rows: where most of the question stands comes first.
import type { Sql } from "../../store/sql.ts";
import { mostCovered, selectionOf } from "../words/selection.ts";
import { idfOf } from "../words/statistics.ts";
import { ftsQuery } from "../words/terms.ts";
import type { Part } from "./calls.ts";
import { partOf, scopeTerm } from "./parts.ts";
import type { TermCounts } from "./term-counts.ts";

/** Parts whose rows are all told, where a filter leaves no more; else it is asked of so many times the best first. */
const FEW_PARTS = 300;
const LOOKED_THROUGH = 10;

export type Hit = { row: number; score: number };

/** Which parts may be found. `parts`: null for all that is live in the collections. */
export type Scope = { collections: readonly string[]; whole: boolean; parts: Part[] | null };

/** Best first, of what may be found alone: `scored` by BM25, `listed` by how much of the question they have. */
export function byWords(
  sql: Sql,
  scope: Scope,
  terms: readonly string[],
  counts: TermCounts,
  limit: number,
): { scored: Hit[]; listed: Hit[] } {
  const statistics = counts.of(terms);
  const selection = selectionOf(terms, statistics.df);
  const find = (few: ReadonlySet<number> | null, most: number) => ({
    scored: scoredRows(sql, matchOf(scope, selection.scored), few, most),
    listed: mostCovered(
      selection.listed.map((term) => {
        const rows = rowsOf(sql, matchOf(scope, [term]));
        return {
          rows: few === null ? rows : rows.filter((row) => few.has(row)),
          worth: idfOf(term, statistics),
        };
      }),
      most,
    ),
  });

  const { parts } = scope;
  if (parts !== null && parts.length <= FEW_PARTS) return find(rowsIn(sql, parts), limit);
  // Where a row belongs costs more than its score: it is looked up for the best alone. What is there and not live
  // may be among them, too.
  const most = (parts === null ? limit : LOOKED_THROUGH * limit) + hiddenRows(sql);
  const best = find(null, most);
  const names = parts === null ? null : new Set(parts.map(partOf));
  const scored = allowed(sql, best.scored, names, limit);
  const listed = allowed(sql, best.listed, names, limit);
  const mayGoOn = (all: readonly Hit[], kept: readonly Hit[]) =>
    all.length === most && kept.length < limit;
  if (parts !== null && (mayGoOn(best.scored, scored) || mayGoOn(best.listed, listed)))
    return find(rowsIn(sql, parts), limit);
  return { scored, listed };
}

/** The first that are live, and of the named parts. */
function allowed(
  sql: Sql,
  hits: readonly Hit[],
  names: ReadonlySet<string> | null,
  limit: number,
): Hit[] {
  const kept: Hit[] = [];
  // Most of the best are, as a rule.
  for (let from = 0; from < hits.length && kept.length < limit; from += 2 * limit) {
    const some = hits.slice(from, from + 2 * limit);
    const live = partsOf(sql, some);
    const may = (part: string | undefined) => part !== undefined && (names?.has(part) ?? true);
    kept.push(...some.filter(({ row }) => may(live.get(row))));
  }
  return kept.slice(0, limit);
}

function scoredRows(
  sql: Sql,
  match: string | null,
  few: ReadonlySet<number> | null,
  most: number,
): Hit[] {
  if (match === null) return [];
  // FTS5 is not to be asked for each row by its number: `+`.
  return sql.all<Hit>(
    `SELECT rowid AS row, -bm25(words, 1, 1, 1, 0) AS score FROM words
     WHERE words MATCH ? ${few === null ? "" : "AND +rowid IN (SELECT value FROM json_each(?))"}
     ORDER BY score DESC LIMIT ${most}`,
    match,
    ...(few === null ? [] : [JSON.stringify([...few])]),
  );
}

function rowsOf(sql: Sql, match: string | null): number[] {
  const row = sql.first<{ rows: string }>(
    "SELECT json_group_array(rowid) AS rows FROM words WHERE words MATCH ?",
    match,
  );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- SQLite's own array of rowids
  return JSON.parse(row?.rows ?? "[]") as number[];
}

/** Chunks that are there and not live, at most. */
function hiddenRows(sql: Sql): number {
  return (
    sql.first<{ rows: number | null }>(
      "SELECT sum(staged) AS rows FROM parts WHERE state IN ('staged', 'dead')",
    )?.rows ?? 0
  );
}

/** Which part a row belongs to, of those that are live. */
function partsOf(sql: Sql, hits: readonly Hit[]): Map<number, string> {
  const rows = sql.all<Part & { row: number }>(
    `SELECT chunks.row, chunks.document, chunks.version
     FROM json_each(?) AS hit CROSS JOIN chunks ON chunks.row = hit.value
     CROSS JOIN parts ON parts.document = chunks.document AND parts.version = chunks.version
     WHERE parts.state = 'live'`,
    JSON.stringify(hits.map(({ row }) => row)),
  );
  return new Map(rows.map((part) => [part.row, partOf(part)]));
}

function rowsIn(sql: Sql, parts: readonly Part[]): Set<number> {
  const rows = sql.all<{ row: number }>(
    `SELECT chunks.row FROM json_each(?) AS part
     CROSS JOIN chunks ON chunks.document = part.value ->> 'document' AND chunks.version = part.value ->> 'version'`,
    JSON.stringify(parts),
  );
  return new Set(rows.map(({ row }) => row));
}

/** Null where there is no word to be found. */
function matchOf({ collections, whole }: Scope, terms: readonly string[]): string | null {
  const words = ftsQuery(terms);
  if (words === null) return null;
  const any = `{title headings body} : (${words})`;
  return whole ? any : `scope : (${collections.map(scopeTerm).join(" OR ")}) AND ${any}`;
}
