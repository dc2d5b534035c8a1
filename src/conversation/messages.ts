// The conversation's messages: a tree in one table, its active path paged by index.
import { z } from "zod";
import type { Owner } from "../auth/principal.ts";
import { ownedId } from "../ids.ts";
import type { ModelMessage } from "../llm/provider.ts";
import {
  contentOf,
  type Message,
  messageSchema,
  type Part,
  partSchema,
} from "../protocol/message.ts";
import type { Sql } from "../store/sql.ts";

/** UTF-16 units of JSON a row may hold; at 3 bytes a unit well under the limit of 2 MB a row. */
const LONGEST_ROW = 500_000;
/** UTF-16 units a page may have: what opening a conversation holds in memory. */
const LONGEST_PAGE = 2_000_000;

const partsSchema = z.array(partSchema);
const detailsSchema = messageSchema.pick({
  model: true,
  provider: true,
  tokens_used: true,
  finish_reason: true,
  latency_ms: true,
  ttft_ms: true,
  notices: true,
  metadata: true,
});
export type Details = z.infer<typeof detailsSchema>;

export const noDetails: Details = {
  model: null,
  provider: null,
  tokens_used: null,
  finish_reason: null,
  latency_ms: null,
  ttft_ms: null,
  notices: [],
  metadata: {},
};

type Row = {
  seq: number;
  parent_seq: number | null;
  depth: number;
  turn: number;
  role: string;
  parts: string | null;
  status: string;
  created_at: number;
  finished_at: number;
  details: string;
};

export type StoredMessage = {
  seq: number;
  parent_seq: number | null;
  depth: number;
  turn: number;
  role: "user" | "assistant";
  parts: Part[];
  status: Message["status"];
  created_at: number;
  finished_at: number;
  details: Details;
};

const COLUMNS =
  "seq, parent_seq, depth, turn, role, parts, status, created_at, finished_at, details";

export function insertMessage(sql: Sql, owner: Owner, message: StoredMessage): void {
  const parts = JSON.stringify(message.parts);
  const split = parts.length > LONGEST_ROW;
  sql.run(
    `INSERT INTO messages (seq, parent_seq, depth, active, tenant_id, user_id, turn, role, parts, status, created_at, finished_at, details)
     VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    message.seq,
    message.parent_seq,
    message.depth,
    owner.tenant_id,
    owner.user_id,
    message.turn,
    message.role,
    split ? null : parts,
    message.status,
    message.created_at,
    message.finished_at,
    JSON.stringify(message.details),
  );
  if (!split) return;
  for (let piece = 0; piece * LONGEST_ROW < parts.length; piece++) {
    const text = parts.slice(piece * LONGEST_ROW, (piece + 1) * LONGEST_ROW);
    sql.run("INSERT INTO message_parts VALUES (?, ?, ?)", message.seq, piece, JSON.stringify(text));
  }
}

export function readMessage(sql: Sql, conversation: string, seq: number): Message | null {
  const row = sql.first<Row>(`SELECT ${COLUMNS} FROM messages WHERE seq = ?`, seq);
  return row === null ? null : view(conversation, stored(sql, row));
}

/** A page of the active path, oldest first, from `offset` on: as many as fit `limit` and memory. */
export function pageOfMessages(
  sql: Sql,
  conversation: string,
  { limit, offset }: { limit: number; offset: number },
): { placed: { depth: number; message: Message }[]; more: boolean } {
  const placed: { depth: number; message: Message }[] = [];
  let units = 0;
  for (const row of sql.each<Row>(
    `SELECT ${COLUMNS} FROM messages WHERE active = 1 AND depth >= ? ORDER BY depth LIMIT ?`,
    offset,
    limit + 1,
  )) {
    units += (row.parts?.length ?? LONGEST_ROW) + row.details.length;
    if (placed.length === limit || (placed.length > 0 && units > LONGEST_PAGE))
      return { placed, more: true };
    placed.push({ depth: row.depth, message: view(conversation, stored(sql, row)) });
  }
  return { placed, more: false };
}

/** What was said on the active path before `depth`, newest first; reads as it is asked. */
export function* saidBefore(sql: Sql, depth: number): Generator<ModelMessage> {
  for (let at = depth - 1; at >= 0; at -= 8) {
    const rows = sql.all<Row>(
      `SELECT ${COLUMNS} FROM messages WHERE active = 1 AND depth <= ? AND depth > ? ORDER BY depth DESC`,
      at,
      at - 8,
    );
    if (rows.length === 0) return;
    for (const row of rows) {
      const message = stored(sql, row);
      yield { role: message.role, content: contentOf(message.parts) };
    }
  }
}

/** A stored message in the shape that every part agrees on. */
export function view(conversation: string, message: StoredMessage): Message {
  return {
    id: ownedId("msg", conversation, message.seq),
    conversation_id: conversation,
    turn_id: ownedId("turn", conversation, message.turn),
    seq: message.seq,
    parent_id:
      message.parent_seq === null ? null : ownedId("msg", conversation, message.parent_seq),
    role: message.role,
    parts: message.parts,
    content: contentOf(message.parts),
    status: message.status,
    created_at: new Date(message.created_at).toISOString(),
    timestamp: new Date(message.finished_at).toISOString(),
    citations: [],
    ...message.details,
  };
}

function stored(sql: Sql, row: Row): StoredMessage {
  const parts = row.parts ?? joined(sql, row.seq);
  return {
    seq: row.seq,
    parent_seq: row.parent_seq,
    depth: row.depth,
    turn: row.turn,
    role: row.role === "user" ? "user" : "assistant",
    parts: partsSchema.parse(JSON.parse(parts)),
    status: messageSchema.shape.status.parse(row.status),
    created_at: row.created_at,
    finished_at: row.finished_at,
    details: detailsSchema.parse(JSON.parse(row.details)),
  };
}

/** Pieces are JSON strings each: a cut between two halves of a surrogate pair survives that. */
function joined(sql: Sql, seq: number): string {
  return sql
    .all<{ text: string }>("SELECT text FROM message_parts WHERE seq = ? ORDER BY piece", seq)
    .map(({ text }) => z.string().parse(JSON.parse(text)))
    .join("");
}
