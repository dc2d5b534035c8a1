// The conversation's own row: read once when the object wakes, written whole when it changes.
import { z } from "zod";
import type { Owner } from "../auth/principal.ts";
import type { Conversation } from "../protocol/conversation.ts";
import { knowledgeFields } from "../protocol/knowledge.ts";
import { memorySchema } from "../protocol/memory.ts";
import { toneSchema } from "../protocol/prompt.ts";
import { type ResolvedPrompt, resolvedPromptSchema } from "../protocol/resolved-prompt.ts";
import type { CreateBody } from "../protocol/send.ts";
import type { ConversationProjection } from "../store/conversations.ts";
import { SCHEMA_VERSION } from "./schema.ts";
import type { Sql } from "../store/sql.ts";

export type ConversationRecord = Owner & {
  id: string;
  title: string | null;
  status: Conversation["status"];
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
  /** The branch that the active path ends on, and the number of the youngest. */
  branch: number;
  last_branch: number;
  pinned: boolean;
  tags: string[];
  topics: string[];
  total_input_tokens: number;
  total_output_tokens: number;
  last_message_at: number | null;
  settings: Settings;
  /** Who gave the title: the first message's own words, a model, or a person. */
  titled_by: "words" | "model" | "hand";
  /** Real tokens per estimated one, as the provider's usage has taught. */
  token_ratio: number;
  /** Counts changes that a reader would know of as such: by hand, and a title that was found. */
  edited: number;
  /** Whether condensing failed last. */
  fold_failed: boolean;
  /** What it is made of is still to come: until then it is nobody's to see. */
  intake: boolean;
  /** When it was completed. */
  closed_at: number | null;
  /** Wake-ups counted in the hour that began at `wake_hour`. */
  wake_hour: number;
  wake_count: number;
};

/** What was chosen for this conversation. */
const settingsSchema = z.object({
  memory: memorySchema.optional(),
  prompt: resolvedPromptSchema.optional(),
  tone: toneSchema.optional(),
  context: z.record(z.string(), z.unknown()).optional(),
  ...knowledgeFields,
  /** Milliseconds after its last change for which one is kept that nobody asked to keep: no list has it. */
  unlisted_for: z.number().optional(),
});
type Settings = z.infer<typeof settingsSchema>;

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
  "branch",
  "last_branch",
  "pinned",
  "tags",
  "topics",
  "total_input_tokens",
  "total_output_tokens",
  "last_message_at",
  "settings",
  "titled_by",
  "token_ratio",
  "edited",
  "fold_failed",
  "intake",
  "closed_at",
  "wake_hour",
  "wake_count",
] as const satisfies readonly (keyof ConversationRecord)[];

type Packed = "metadata" | "tags" | "topics" | "settings";
type Flag = "pinned" | "fold_failed" | "intake";
type Row = Omit<ConversationRecord, Packed | Flag> & Record<Packed, string> & Record<Flag, number>;

/** What a conversation begins with: its prompt was looked up. */
export type Made = Omit<CreateBody, "prompt"> & {
  unlisted_for?: number | undefined;
  prompt?: ResolvedPrompt | undefined;
  /** Of one that was led elsewhere before: nobody speaks in it now. */
  status?: "paused" | "completed" | undefined;
  created_at?: number | undefined;
  /** What it is made of comes next; see {@link ConversationRecord.intake}. */
  intake?: boolean | undefined;
};

/** A conversation in which nothing has been said. */
export function newRecord(owner: Owner, id: string, body: Made, now: number): ConversationRecord {
  return {
    id,
    tenant_id: owner.tenant_id,
    user_id: owner.user_id,
    title: body.title ?? null,
    titled_by: body.title === undefined ? "words" : "hand",
    status: body.status ?? "active",
    provider: body.provider ?? null,
    model: body.model ?? null,
    system_prompt: body.system_prompt ?? null,
    metadata: body.metadata ?? {},
    preview: "",
    created_at: body.created_at ?? now,
    updated_at: now,
    deleted_at: null,
    version: now,
    last_seq: 0,
    last_turn: 0,
    closed_through: 0,
    message_count: 0,
    leaf_seq: null,
    leaf_depth: -1,
    branch: 0,
    last_branch: 0,
    pinned: body.pinned ?? false,
    tags: body.tags ?? [],
    topics: [],
    total_input_tokens: 0,
    total_output_tokens: 0,
    last_message_at: null,
    settings: {
      memory: body.memory,
      prompt: body.prompt,
      tone: body.tone,
      context: body.context,
      use_rag: body.use_rag,
      collections: body.collections,
      unlisted_for: body.unlisted_for,
    },
    token_ratio: 1,
    edited: 0,
    fold_failed: false,
    intake: body.intake ?? false,
    closed_at: body.status === "completed" ? now : null,
    wake_hour: 0,
    wake_count: 0,
  };
}

export function readRecord(sql: Sql): ConversationRecord | null {
  const row = sql.first<Row>("SELECT * FROM conversation");
  if (row === null) return null;
  return {
    ...row,
    pinned: row.pinned === 1,
    fold_failed: row.fold_failed === 1,
    intake: row.intake === 1,
    metadata: z.record(z.string(), z.unknown()).parse(JSON.parse(row.metadata)),
    tags: z.array(z.string()).parse(JSON.parse(row.tags)),
    topics: z.array(z.string()).parse(JSON.parse(row.topics)),
    settings: settingsSchema.parse(JSON.parse(row.settings)),
  };
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
  const row: Row = {
    ...record,
    pinned: record.pinned ? 1 : 0,
    fold_failed: record.fold_failed ? 1 : 0,
    intake: record.intake ? 1 : 0,
    metadata: JSON.stringify(record.metadata),
    tags: JSON.stringify(record.tags),
    topics: JSON.stringify(record.topics),
    settings: JSON.stringify(record.settings),
  };
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
    pinned: record.pinned,
    tags: record.tags,
    topics: record.topics,
    total_input_tokens: record.total_input_tokens,
    total_output_tokens: record.total_output_tokens,
    last_message_at: record.last_message_at,
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
