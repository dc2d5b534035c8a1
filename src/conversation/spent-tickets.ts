// The tickets that opened a socket here: each does so once.
import type { Sql } from "../store/sql.ts";

/** Milliseconds: a ticket has long expired when it is forgotten. */
const KEPT = 10 * 60_000;

/** Takes a ticket; false where it was taken before. */
export function spendTicket(sql: Sql, id: string, now: number): boolean {
  if (sql.first("SELECT 1 AS spent FROM tickets WHERE id = ?", id) !== null) return false;
  sql.run("DELETE FROM tickets WHERE spent_at < ?", now - KEPT);
  sql.run("INSERT INTO tickets (id, spent_at) VALUES (?, ?)", id, now);
  return true;
}
