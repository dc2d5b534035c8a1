// The conversation's own row: read once when the object wakes, written whole when it changes.
import { z } from "zod";
import type { Owner } from "../auth/principal.ts";
import type { CreateBody } from "../protocol/send.ts";
import type { ConversationProjection } from "../store/conversations.ts";
import { SCHEMA_VERSION } from "./schema.ts";
import type { Sql } from "../store/sql.ts";

export type ConversationRecord = Owner & {
  id: string;
  title: string | null;
  status: "active";
  provider: string | null;
  model: string | null;
  system_prompt: string | null;
  metadata: Record<string, unknown>;
  /** The first of the last message's text. */
  preview: string;
  created_at: number;
  updated_at: number;
  deleted_at: number | null;
  /** Of the projection: rises with every change, and never falls behind the clock. */
  version: number;
  /** The highest number given to a message, a running turn's answer included. */
  last_seq: number;
  last_turn: number;
  /** Every turn up to this one has ended. */
  closed_through: number;
  message_count: number;
  /** The end of the active path, where the next message goes; -1 is the depth of nothing. */
  leaf_seq: number | null;
  leaf_depth: number;
  /** Wake-ups counted in the hour that began at `wake_hour`. */
  wake_hour: number;
  wake_count: number;
};

const HOUR = 3600_000;

const MUTABLE = [
  "title",
  "status",
  "provider",
  "model",
  "system_prompt",
  "metadata",
  "preview",
  "updated_at",
  "deleted_at",
  "version",
  "last_seq",
  "last_turn",
  "closed_through",
  "message_count",
  "leaf_seq",
  "leaf_depth",
  "wake_hour",
  "wake_count",
] as const satisfies readonly (keyof ConversationRecord)[];

type Row = Omit<ConversationRecord, "metadata"> & { metadata: string };

/** A conversation in which nothing has been said. */
export function newRecord(
  owner: Owner,
  id: string,
  body: CreateBody,
  now: number,
): ConversationRecord {
  return {
    id,
    tenant_id: owner.tenant_id,
    user_id: owner.user_id,
    title: body.title ?? null,
    status: "active",
    provider: body.provider ?? null,
    model: body.model ?? null,
    system_prompt: body.system_prompt ?? null,
    metadata: body.metadata ?? {},
    preview: "",
    created_at: now,
    updated_at: now,
    deleted_at: null,
    version: now,
    last_seq: 0,
    last_turn: 0,
    closed_through: 0,
    message_count: 0,
    leaf_seq: null,
    leaf_depth: -1,
    wake_hour: 0,
    wake_count: 0,
  };
}

export function readRecord(sql: Sql): ConversationRecord | null {
  const row = sql.first<Row>("SELECT * FROM conversation");
  if (row === null) return null;
  return { ...row, metadata: z.record(z.string(), z.unknown()).parse(JSON.parse(row.metadata)) };
}

export function insertRecord(sql: Sql, record: ConversationRecord): void {
  sql.run(
    "INSERT INTO conversation (one, schema_version, id, tenant_id, user_id, created_at) VALUES (1, ?, ?, ?, ?, ?)",
    SCHEMA_VERSION,
    record.id,
    record.tenant_id,
    record.user_id,
    record.created_at,
  );
  saveRecord(sql, record);
}

export function saveRecord(sql: Sql, record: ConversationRecord): void {
  const row: Row = { ...record, metadata: JSON.stringify(record.metadata) };
  sql.run(
    `UPDATE conversation SET ${MUTABLE.map((column) => `${column} = ?`).join(", ")}`,
    ...MUTABLE.map((column) => row[column]),
  );
}

/** What D1 keeps of a conversation. */
export function projectionOf(record: ConversationRecord): ConversationProjection {
  const { id, tenant_id, user_id, title, status, provider, model, message_count } = record;
  const { preview, created_at, updated_at, deleted_at, version } = record;
  return {
    id,
    tenant_id,
    user_id,
    title,
    status,
    provider,
    model,
    message_count,
    preview,
    created_at,
    updated_at,
    deleted_at,
    version,
  };
}

/** `record` changed at `now`: the projection's version rises even where the clock stands still. */
export function changed(
  record: ConversationRecord,
  now: number,
  change: Partial<ConversationRecord>,
): ConversationRecord {
  return { ...record, ...change, updated_at: now, version: Math.max(now, record.version + 1) };
}

/** `record` with one more wake-up that recurs: a running turn's heartbeat, or a delivery tried again. */
export function woken(record: ConversationRecord, now: number): ConversationRecord {
  const fresh = now - record.wake_hour >= HOUR;
  return {
    ...record,
    wake_hour: fresh ? now : record.wake_hour,
    wake_count: fresh ? 1 : record.wake_count + 1,
  };
}

/** A title for a conversation that has none: the first line of what was said first. */
export function titleFrom(text: string): string {
  const line = text.trim().replace(/\s+/g, " ");
  return line.length <= 80 ? line : `${line.slice(0, 79).toWellFormed().replaceAll("\uFFFD", "")}…`;
}

/** What a list shows of a text. */
export function previewOf(text: string): string {
  return text.slice(0, 200).toWellFormed().replaceAll("\uFFFD", "").replace(/\s+/g, " ").trim();
}
