// What the first of a tenant's index objects knows of the whole: which shard holds which document, and
// which embedder's vectors serve.
import type { Sql } from "../../store/sql.ts";
import type { Generation, Generations } from "./calls.ts";

/**
 * Chunks of a shard before the next one is begun. At 256 dimensions as codes that is 26 MB of memory, of
 * the 128 that an isolate has; and a scan of all of them is under half of what a search may take.
 */
const SHARD = 100_000;

/** The shard that a document is in; a new one goes into the last, or begins another. */
export function placeOf(sql: Sql, document: string, inLast: number, most = SHARD): number {
  const known = sql.first<{ shard: number }>(
    "SELECT shard FROM places WHERE document = ?",
    document,
  );
  if (known !== null) return known.shard;
  const last = lastShard(sql);
  const shard = inLast >= most ? last + 1 : last;
  sql.run("INSERT INTO places (document, shard) VALUES (?, ?)", document, shard);
  return shard;
}

export function lastShard(sql: Sql): number {
  return sql.first<{ last: number | null }>("SELECT max(shard) AS last FROM places")?.last ?? 0;
}

/** They have no place from here on. */
export function unplace(sql: Sql, documents: readonly string[]): void {
  sql.run(
    "DELETE FROM places WHERE document IN (SELECT value FROM json_each(?))",
    JSON.stringify(documents),
  );
}

/** Which of some documents each shard has. */
export function placesOf(sql: Sql, documents: readonly string[]): Map<number, string[]> {
  const rows = sql.all<{ document: string; shard: number }>(
    "SELECT document, shard FROM places WHERE document IN (SELECT value FROM json_each(?))",
    JSON.stringify(documents),
  );
  const shards = Map.groupBy(rows, ({ shard }) => shard);
  return new Map([...shards].map(([n, own]) => [n, own.map(({ document }) => document)]));
}

export function readGenerations(sql: Sql): Generations | null {
  const rows = sql.all<Generation & { state: string }>(
    "SELECT n, embedder, state FROM generations WHERE state IN ('current', 'next')",
  );
  const of = (state: string): Generation | null => {
    const row = rows.find((it) => it.state === state);
    return row === undefined ? null : { n: row.n, embedder: row.embedder };
  };
  const current = of("current");
  return current === null ? null : { current, next: of("next") };
}

/** As they are, a new one begun where `embedder` is not the one that serves. */
export function adopt(sql: Sql, embedder: string): Generations {
  const known = readGenerations(sql);
  if (known === null) {
    const current = insertGeneration(sql, embedder, "current");
    return { current, next: null };
  }
  const { current, next } = known;
  // Back to the one that still serves, or on to a third: what was begun is given up.
  const stays = embedder === current.embedder ? null : embedder;
  if ((next?.embedder ?? null) === stays) return known;
  if (next !== null) sql.run("UPDATE generations SET state = 'past' WHERE n = ?", next.n);
  const begun = stays === null ? null : insertGeneration(sql, stays, "next");
  return { current, next: begun };
}

/** @returns whether it serves from now on */
export function succeed(sql: Sql, n: number): boolean {
  const known = readGenerations(sql);
  if (known?.next?.n !== n) return false;
  sql.atomically(() => {
    sql.run("UPDATE generations SET state = 'past' WHERE state = 'current'");
    sql.run("UPDATE generations SET state = 'current' WHERE n = ?", n);
  });
  return true;
}

/** Those that serve no more, and whose vectors may still be there. */
export function pastGenerations(sql: Sql): number[] {
  return sql.all<{ n: number }>("SELECT n FROM generations WHERE state = 'past'").map(({ n }) => n);
}

export function dropped(sql: Sql, n: number): void {
  sql.run("UPDATE generations SET state = 'dropped' WHERE n = ?", n);
}

function insertGeneration(sql: Sql, embedder: string, state: "current" | "next"): Generation {
  const { n } = sql.first<{ n: number }>(
    "INSERT INTO generations (embedder, state) VALUES (?, ?) RETURNING n",
    embedder,
    state,
  ) ?? { n: 0 };
  return { n, embedder };
}
