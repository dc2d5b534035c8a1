// The conversation's messages: a tree in one table, its active path paged by index.
import { z } from "zod";
import type { Owner } from "../auth/principal.ts";
import { ownedId } from "../ids.ts";
import {
  contentOf,
  type Feedback,
  feedbackSchema,
  type Message,
  messageSchema,
  type Part,
  partSchema,
} from "../protocol/message.ts";
import type { Sql } from "../store/sql.ts";
import { childrenOf, type Place, upward } from "./path.ts";

/** UTF-16 units of JSON a row may hold; at 3 bytes a unit well under the limit of 2 MB a row. */
const LONGEST_ROW = 500_000;
/** UTF-16 units a page may have: what opening a conversation holds in memory. */
const LONGEST_PAGE = 2_000_000;

const partsSchema = z.array(partSchema);
const detailsSchema = messageSchema
  .pick({
    model: true,
    provider: true,
    tokens_used: true,
    finish_reason: true,
    latency_ms: true,
    ttft_ms: true,
    notices: true,
    metadata: true,
  })
  .extend({ citations: messageSchema.shape.citations.default([]) });
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
  citations: [],
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
  branch: number;
  feedback: string | null;
};

export type StoredMessage = {
  seq: number;
  parent_seq: number | null;
  branch: number;
  depth: number;
  turn: number;
  role: "user" | "assistant";
  parts: Part[];
  status: Message["status"];
  created_at: number;
  finished_at: number;
  details: Details;
  feedback: Feedback | null;
};

const COLUMN_NAMES = [
  "seq",
  "parent_seq",
  "branch",
  "depth",
  "turn",
  "role",
  "parts",
  "status",
  "created_at",
  "finished_at",
  "details",
  "feedback",
];
const COLUMNS = COLUMN_NAMES.join(", ");
const OF_M = COLUMN_NAMES.map((name) => `m.${name}`).join(", ");

export function insertMessage(sql: Sql, owner: Owner, message: StoredMessage): void {
  const parts = JSON.stringify(message.parts);
  const split = parts.length > LONGEST_ROW;
  sql.run(
    `INSERT INTO messages (seq, parent_seq, branch, depth, tenant_id, user_id, turn, role, parts, status, created_at, finished_at, details, feedback)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    message.seq,
    message.parent_seq,
    message.branch,
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
    message.feedback === null ? null : JSON.stringify(message.feedback),
  );
  if (!split) return;
  for (let piece = 0; piece * LONGEST_ROW < parts.length; piece++) {
    const text = parts.slice(piece * LONGEST_ROW, (piece + 1) * LONGEST_ROW);
    sql.run("INSERT INTO message_parts VALUES (?, ?, ?)", message.seq, piece, JSON.stringify(text));
  }
}

export function readStored(sql: Sql, seq: number): StoredMessage | null {
  const row = sql.first<Row>(`SELECT ${COLUMNS} FROM messages WHERE seq = ?`, seq);
  return row === null ? null : stored(sql, row);
}

export function readMessage(sql: Sql, of: Viewed, seq: number): Message | null {
  const message = readStored(sql, seq);
  return message === null ? null : viewOf(sql, of, message);
}

/** Whose messages they are, and whether it has branched. */
type Viewed = { id: string; last_branch: number };

/** Messages as they are shown, each with its siblings where it has any. */
export function viewsOf(
  sql: Sql,
  { id, last_branch }: Viewed,
  messages: readonly StoredMessage[],
): Message[] {
  const parents = last_branch === 0 ? [] : messages.map(({ parent_seq }) => parent_seq);
  const siblings = childrenOf(sql, parents);
  return messages.map((message) => view(id, message, siblings.get(message.parent_seq)));
}

export function viewOf(sql: Sql, { id, last_branch }: Viewed, message: StoredMessage): Message {
  const { parent_seq } = message;
  const siblings = last_branch === 0 ? [] : childrenOf(sql, [parent_seq]).get(parent_seq);
  return view(id, message, siblings);
}

/** UTF-16 units that a message takes as it is stored; of a split one, as many as a row may have. */
export function lengthOf(sql: Sql, seq: number): number {
  const row = sql.first<{ units: number | null }>(
    "SELECT length(parts) AS units FROM messages WHERE seq = ?",
    seq,
  );
  return row === null ? 0 : (row.units ?? LONGEST_ROW);
}

/** Where a message is, whatever is in it. */
export function placeOf(
  sql: Sql,
  seq: number,
): (Place & { parent_seq: number | null; role: string; turn: number; status: string }) | null {
  return sql.first(
    "SELECT seq, branch, depth, parent_seq, role, turn, status FROM messages WHERE seq = ?",
    seq,
  );
}

type Paged = { placed: { depth: number; message: StoredMessage }[]; more: boolean };

/**
 * A page of the active path, oldest first, from `offset` on: as many as fit `limit` and memory.
 * @param branches how many there are beside the first
 */
export function pageOfMessages(
  sql: Sql,
  branches: number,
  { limit, offset }: { limit: number; offset: number },
): Paged {
  return filled(
    sql,
    limit,
    branches === 0
      ? sql.each<Row>(
          `SELECT ${COLUMNS} FROM messages WHERE branch = 0 AND depth >= ? ORDER BY depth LIMIT ?`,
          offset,
          limit + 1,
        )
      : sql.each<Row>(
          `SELECT ${OF_M} FROM path AS p CROSS JOIN messages AS m
             ON m.branch = p.branch AND m.depth BETWEEN max(p.from_depth, ?1) AND p.through_depth
           WHERE p.from_depth >= coalesce((SELECT max(from_depth) FROM path WHERE from_depth <= ?1), 0)
           ORDER BY p.from_depth, m.depth LIMIT ?2`,
          offset,
          limit + 1,
        ),
  );
}

/** Every message after `seq`, on whatever branch, in the order in which they came; as many as fit. */
export function messagesAfter(sql: Sql, seq: number, limit: number): StoredMessage[] {
  return pageAfter(sql, seq, limit).messages;
}

/** The same, and whether there are more. */
export function pageAfter(
  sql: Sql,
  seq: number,
  limit: number,
): { messages: StoredMessage[]; more: boolean } {
  const rows = sql.each<Row>(
    `SELECT ${COLUMNS} FROM messages WHERE seq > ? ORDER BY seq LIMIT ?`,
    seq,
    limit + 1,
  );
  const { placed, more } = filled(sql, limit, rows);
  return { messages: placed.map(({ message }) => message), more };
}

function filled(sql: Sql, limit: number, rows: Iterable<Row>): Paged {
  const placed: Paged["placed"] = [];
  let units = 0;
  for (const row of rows) {
    units += (row.parts?.length ?? LONGEST_ROW) + row.details.length;
    if (placed.length === limit || (placed.length > 0 && units > LONGEST_PAGE))
      return { placed, more: true };
    placed.push({ depth: row.depth, message: stored(sql, row) });
  }
  return { placed, more: false };
}

/** What was said on the way up from a place, newest first, it included; reads as it is asked. */
export function* saidFrom(
  sql: Sql,
  from: Pick<Place, "branch" | "depth">,
): Generator<StoredMessage> {
  for (const { branch, from_depth, through_depth } of upward(sql, from))
    for (let at = through_depth; at >= from_depth; at -= 8) {
      const rows = sql.all<Row>(
        `SELECT ${COLUMNS} FROM messages WHERE branch = ? AND depth <= ? AND depth > ? ORDER BY depth DESC`,
        branch,
        at,
        Math.max(at - 8, from_depth - 1),
      );
      for (const row of rows) yield stored(sql, row);
    }
}

/** A page of the way from the beginning to a place, it included, oldest first. */
export function pageTo(
  sql: Sql,
  to: Pick<Place, "branch" | "depth">,
  { limit, offset }: { limit: number; offset: number },
): StoredMessage[] {
  const stretches = [...upward(sql, to)]
    .filter(({ through_depth }) => through_depth >= offset)
    .toReversed();
  const page: StoredMessage[] = [];
  for (const { branch, from_depth, through_depth } of stretches) {
    const rows = sql.each<Row>(
      `SELECT ${COLUMNS} FROM messages WHERE branch = ? AND depth BETWEEN ? AND ? ORDER BY depth LIMIT ?`,
      branch,
      Math.max(from_depth, offset),
      through_depth,
      limit - page.length,
    );
    const { placed, more } = filled(sql, limit, rows);
    page.push(...placed.map(({ message }) => message));
    if (more || page.length >= limit) break;
  }
  return page;
}

/** Takes everything out of a message but its place. */
export function eraseMessage(sql: Sql, seq: number): void {
  sql.run(
    "UPDATE messages SET parts = '[]', status = 'deleted', details = ?, feedback = NULL WHERE seq = ?",
    JSON.stringify(noDetails),
    seq,
  );
  sql.run("DELETE FROM message_parts WHERE seq = ?", seq);
}

/** Replaces what is noted beside a message's text. */
export function setDetails(sql: Sql, seq: number, details: Details): void {
  sql.run("UPDATE messages SET details = ? WHERE seq = ?", JSON.stringify(details), seq);
}

export function setFeedback(sql: Sql, seq: number, feedback: Feedback | null): void {
  sql.run(
    "UPDATE messages SET feedback = ? WHERE seq = ?",
    feedback === null ? null : JSON.stringify(feedback),
    seq,
  );
}

/** A stored message in the shape that every part agrees on. */
export function view(
  conversation: string,
  message: StoredMessage,
  siblings: readonly number[] = [],
): Message {
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
    feedback: message.feedback,
    sibling_ids: siblings.map((seq) => ownedId("msg", conversation, seq)),
    ...message.details,
  };
}

function stored(sql: Sql, row: Row): StoredMessage {
  const parts = row.parts ?? joined(sql, row.seq);
  return {
    seq: row.seq,
    parent_seq: row.parent_seq,
    branch: row.branch,
    depth: row.depth,
    turn: row.turn,
    role: row.role === "user" ? "user" : "assistant",
    parts: partsSchema.parse(JSON.parse(parts)),
    status: messageSchema.shape.status.parse(row.status),
    created_at: row.created_at,
    finished_at: row.finished_at,
    details: detailsSchema.parse(JSON.parse(row.details)),
    feedback: row.feedback === null ? null : feedbackSchema.parse(JSON.parse(row.feedback)),
  };
}

/** Pieces are JSON strings each: a cut between two halves of a surrogate pair survives that. */
function joined(sql: Sql, seq: number): string {
  return sql
    .all<{ text: string }>("SELECT text FROM message_parts WHERE seq = ? ORDER BY piece", seq)
    .map(({ text }) => z.string().parse(JSON.parse(text)))
    .join("");
}
