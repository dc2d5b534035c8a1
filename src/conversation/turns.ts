// The rows of turns: written before a model is called, ended exactly once.
import { z } from "zod";
import type { Owner } from "../auth/principal.ts";
import { chargeSchema } from "../protocol/charge.ts";
import { errorSchema } from "../protocol/error.ts";
import { noticeSchema } from "../protocol/message.ts";
import { trackSchema } from "../protocol/request.ts";
import { toneSchema } from "../protocol/prompt.ts";
import { knowledgeFields } from "../protocol/knowledge.ts";
import { resolvedPromptSchema } from "../protocol/resolved-prompt.ts";
import { responseFormatSchema, toolChoiceSchema, toolDefinitionSchema } from "../protocol/tool.ts";
import type { Sql } from "../store/sql.ts";

/** What a turn needs to run, and to run again after a restart. */
const turnInputSchema = z.object({
  text: z.string(),
  provider: z.string().optional(),
  model: z.string().optional(),
  system: z.string().optional(),
  settings: z.object({
    temperature: z.number().optional(),
    max_tokens: z.number().optional(),
    top_p: z.number().optional(),
    frequency_penalty: z.number().optional(),
    presence_penalty: z.number().optional(),
    seed: z.number().optional(),
    stop: z.array(z.string()).optional(),
  }),
  ignored: z.array(z.string()),
  tools: z.array(toolDefinitionSchema).optional(),
  tool_choice: toolChoiceSchema.optional(),
  parallel_tool_calls: z.boolean().optional(),
  response_format: responseFormatSchema.optional(),
  cache: z.enum(["on", "off"]).optional(),
  /** Whether the question has more than text: then that is read from its message. */
  rich: z.boolean().optional(),
  prompt: resolvedPromptSchema.optional(),
  tone: toneSchema.optional(),
  context: z.record(z.string(), z.unknown()).optional(),
  ...knowledgeFields,
  /** Whether the question was asked before. */
  again: z.boolean().optional(),
  /** Said at the turn's beginning. */
  notices: z.array(noticeSchema).optional(),
  /** Whether the one who asks has memories to be recalled. */
  facts: z.enum(["some", "none", "unknown"]).optional(),
  /** What of the product it is for, where the request says. */
  feature: z.string().optional(),
  /** Absent from turns that were accepted before there were accounts. */
  charge: chargeSchema.nullish(),
  /** Where somebody asked for the answer later. */
  track: trackSchema.optional(),
});
type StoredInput = z.infer<typeof turnInputSchema>;
/** What is asked of a model, whoever pays. */
export type AskedInput = Omit<StoredInput, "charge" | "track">;

/** What was settled for a turn so far, all that was asked in its name together. */
const spentSchema = z.object({
  attempt: z.number(),
  prompt: z.number(),
  completion: z.number(),
  cost: z.number(),
});
export type Spent = z.infer<typeof spentSchema>;

/** Where a later epoch begins: its first event, and how much text the log held then. */
const epochsSchema = z.array(
  z.object({ epoch: z.number(), first_seq: z.number(), offset: z.number() }),
);
export type Epochs = z.infer<typeof epochsSchema>;

const storedErrorSchema = errorSchema.omit({ request_id: true });
type StoredError = z.infer<typeof storedErrorSchema>;
/** Milliseconds: how long an idempotency key is remembered. */
export const KEY_LIFE = 24 * 3600_000;

export type TurnStatus = "queued" | "running" | "completed" | "failed" | "cancelled";

type Row = {
  n: number;
  status: string;
  question_seq: number;
  answer_seq: number;
  answer_depth: number;
  branch: number;
  input: string;
  epoch: number;
  epochs: string;
  last_seq: number;
  error: string | null;
  idempotency_hash: string | null;
  created_at: number;
};

export type TurnRow = {
  n: number;
  status: TurnStatus;
  question_seq: number;
  answer_seq: number;
  answer_depth: number;
  /** The branch that the answer lies on. */
  branch: number;
  input: StoredInput;
  epoch: number;
  epochs: Epochs;
  last_seq: number;
  error: StoredError | null;
  idempotency_hash: string | null;
  created_at: number;
};

const COLUMNS =
  "n, status, question_seq, answer_seq, answer_depth, branch, input, epoch, epochs, last_seq, error, idempotency_hash, created_at";

export type Idempotency = { key: string; hash: string };

export function insertTurn(
  sql: Sql,
  owner: Owner,
  turn: Pick<
    TurnRow,
    | "n"
    | "status"
    | "question_seq"
    | "answer_seq"
    | "answer_depth"
    | "branch"
    | "input"
    | "created_at"
  >,
  idempotency: Idempotency | null,
): void {
  sql.run(
    `INSERT INTO turns (n, tenant_id, user_id, status, question_seq, answer_seq, answer_depth, branch, input, epoch, epochs, last_seq, idempotency_key, idempotency_hash, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, '[]', 0, ?, ?, ?)`,
    turn.n,
    owner.tenant_id,
    owner.user_id,
    turn.status,
    turn.question_seq,
    turn.answer_seq,
    turn.answer_depth,
    turn.branch,
    JSON.stringify(turn.input),
    idempotency?.key ?? null,
    idempotency?.hash ?? null,
    turn.created_at,
  );
}

export function readTurn(sql: Sql, n: number): TurnRow | null {
  return parse(sql.first<Row>(`SELECT ${COLUMNS} FROM turns WHERE n = ?`, n));
}

/** The turn that a key made, if that was after `since`; an older one is forgotten. */
export function turnOfKey(sql: Sql, key: string, since: number): TurnRow | null {
  const row = parse(sql.first<Row>(`SELECT ${COLUMNS} FROM turns WHERE idempotency_key = ?`, key));
  if (row === null || row.created_at >= since) return row;
  sql.run("UPDATE turns SET idempotency_key = NULL WHERE n = ?", row.n);
  return null;
}

/** Turns after `closedThrough` that have not ended, oldest first. */
export function lastTurnAsking(sql: Sql, question: number): TurnRow | null {
  return parse(
    sql.first<Row>(
      `SELECT ${COLUMNS} FROM turns WHERE question_seq = ? ORDER BY n DESC LIMIT 1`,
      question,
    ),
  );
}

export function openTurns(sql: Sql, closedThrough: number): TurnRow[] {
  return sql
    .all<Row>(
      `SELECT ${COLUMNS} FROM turns WHERE n > ? AND status IN ('queued', 'running') ORDER BY n`,
      closedThrough,
    )
    .flatMap((row) => parse(row) ?? []);
}

/** Until when the key that made this conversation may be sent again (milliseconds); null where none did. */
export function keyedUntil(sql: Sql): number | null {
  const first = sql.first<{ created_at: number }>(
    "SELECT created_at FROM turns WHERE n = 1 AND idempotency_key IS NOT NULL",
  );
  return first === null ? null : first.created_at + KEY_LIFE;
}

export function setRunning(sql: Sql, n: number): void {
  sql.run("UPDATE turns SET status = 'running' WHERE n = ?", n);
}

export function setEpoch(sql: Sql, n: number, epochs: Epochs): void {
  sql.run(
    "UPDATE turns SET status = 'running', epoch = ?, epochs = ? WHERE n = ?",
    epochs.at(-1)?.epoch ?? 1,
    JSON.stringify(epochs),
    n,
  );
}

export function endTurn(
  sql: Sql,
  n: number,
  end: {
    status: TurnStatus;
    lastSeq: number;
    error: StoredError | null;
    spent: Spent | null;
    now: number;
  },
): void {
  sql.run(
    "UPDATE turns SET status = ?, last_seq = ?, error = ?, spent = ?, ended_at = ? WHERE n = ?",
    end.status,
    end.lastSeq,
    end.error === null ? null : JSON.stringify(end.error),
    end.spent === null ? null : JSON.stringify(end.spent),
    end.now,
    n,
  );
}

export function readSpent(sql: Sql, n: number): Spent | null {
  const row = sql.first<{ spent: string | null }>("SELECT spent FROM turns WHERE n = ?", n);
  return row === null || row.spent === null ? null : spentSchema.parse(JSON.parse(row.spent));
}

export function setSpent(sql: Sql, n: number, spent: Spent): void {
  sql.run("UPDATE turns SET spent = ? WHERE n = ?", JSON.stringify(spent), n);
}

/** Forgets what a question said, wherever a turn repeats it. @returns the numbers of those turns */
export function eraseQuestion(sql: Sql, question: number): number[] {
  const turns = sql.all<{ n: number }>("SELECT n FROM turns WHERE question_seq = ?", question);
  for (const { n } of turns)
    sql.run("UPDATE turns SET input = json_set(input, '$.text', '') WHERE n = ?", n);
  return turns.map(({ n }) => n);
}

function parse(row: Row | null): TurnRow | null {
  if (row === null) return null;
  return {
    n: row.n,
    status: z.enum(["queued", "running", "completed", "failed", "cancelled"]).parse(row.status),
    question_seq: row.question_seq,
    answer_seq: row.answer_seq,
    answer_depth: row.answer_depth,
    branch: row.branch,
    input: turnInputSchema.parse(JSON.parse(row.input)),
    epoch: row.epoch,
    epochs: epochsSchema.parse(JSON.parse(row.epochs)),
    last_seq: row.last_seq,
    error: row.error === null ? null : storedErrorSchema.parse(JSON.parse(row.error)),
    idempotency_hash: row.idempotency_hash,
    created_at: row.created_at,
  };
}
