// What D1 has yet to hear. A row leaves only when D1 has confirmed its version; a later change of
// the same entity takes its place, so that a busy conversation costs one write a delivery.
import { type ConversationProjection, projectionSchema } from "../store/conversations.ts";
import { projectionOf, type ConversationRecord } from "./record.ts";
import type { Sql } from "../store/sql.ts";

export function put(sql: Sql, record: ConversationRecord): void {
  sql.run(
    "INSERT OR REPLACE INTO outbox (entity, version, payload) VALUES ('conversation', ?, ?)",
    record.version,
    JSON.stringify(projectionOf(record)),
  );
}

/**
 * Delivers what is there.
 * @throws whatever `apply` throws; the rows stay
 */
export async function deliver(
  sql: Sql,
  apply: (row: ConversationProjection) => Promise<void>,
): Promise<void> {
  const rows = sql.all<{ entity: string; version: number; payload: string }>(
    "SELECT entity, version, payload FROM outbox",
  );
  for (const { entity, version, payload } of rows) {
    await apply(projectionSchema.parse(JSON.parse(payload)));
    // While D1 was written the conversation may have changed again: that version is still to come.
    sql.run("DELETE FROM outbox WHERE entity = ? AND version = ?", entity, version);
  }
}

export function isEmpty(sql: Sql): boolean {
  return sql.first("SELECT 1 AS waiting FROM outbox LIMIT 1") === null;
}
