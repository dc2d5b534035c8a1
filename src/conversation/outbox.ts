// What others have yet to hear: D1 of the conversation and of what its turns used, the Account objects
// of what to settle. A row leaves only when its version was taken; a later change of the same entity
// takes its place, so that a busy conversation costs one write a delivery.
import { z } from "zod";
import { type ConversationProjection, projectionSchema } from "../store/conversations.ts";
import { type UsageRow, usageRowSchema } from "../store/usage.ts";
import type { Sql } from "../store/sql.ts";
import { projectionOf, type ConversationRecord } from "./record.ts";
import { type Settlement, settlementSchema } from "./settlement.ts";

const CONVERSATION = "conversation";

const turnSchema = z.object({ usage: usageRowSchema, settlement: settlementSchema.nullable() });

export function put(sql: Sql, record: ConversationRecord): void {
  sql.run(
    "INSERT OR REPLACE INTO outbox (entity, version, payload) VALUES (?, ?, ?)",
    CONVERSATION,
    record.version,
    JSON.stringify(projectionOf(record)),
  );
}

/** What turn `n` used, and what is to be settled for it. */
export function putTurn(sql: Sql, n: number, usage: UsageRow, settlement: Settlement | null): void {
  sql.run(
    "INSERT OR REPLACE INTO outbox (entity, version, payload) VALUES (?, 1, ?)",
    `turn:${n}`,
    JSON.stringify({ usage, settlement } satisfies z.infer<typeof turnSchema>),
  );
}

export type Receivers = {
  project: (rows: {
    conversation: ConversationProjection | null;
    usage: UsageRow[];
  }) => Promise<void>;
  /** Answers at once where it was settled before. */
  settle: (settlement: Settlement) => Promise<void>;
};

/**
 * Delivers what is there.
 * @throws whatever the receivers throw; the rows stay
 */
export async function deliver(sql: Sql, { project, settle }: Receivers): Promise<void> {
  const rows = sql.all<{ entity: string; version: number; payload: string }>(
    "SELECT entity, version, payload FROM outbox LIMIT 100",
  );
  if (rows.length === 0) return;
  // While they are told the conversation may change again: that version is still to come.
  const heard = ({ entity, version }: { entity: string; version: number }) =>
    sql.run("DELETE FROM outbox WHERE entity = ? AND version = ?", entity, version);
  const conversation = rows.find(({ entity }) => entity === CONVERSATION);
  const turns = rows
    .filter(({ entity }) => entity !== CONVERSATION)
    .map((row) => ({ row, turn: turnSchema.parse(JSON.parse(row.payload)) }));
  await project({
    conversation:
      conversation === undefined ? null : projectionSchema.parse(JSON.parse(conversation.payload)),
    usage: turns.map(({ turn }) => turn.usage),
  });
  if (conversation !== undefined) heard(conversation);
  // An account that cannot be reached keeps nobody else waiting.
  for (const { row, turn } of turns) {
    if (turn.settlement !== null) await settle(turn.settlement);
    heard(row);
  }
}

export function isEmpty(sql: Sql): boolean {
  return sql.first("SELECT 1 AS waiting FROM outbox LIMIT 1") === null;
}
