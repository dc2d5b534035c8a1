// A question: stored with its turn, before anybody is asked.
import type { SendCommand } from "./command.ts";
import { insertMessage, noDetails } from "./messages.ts";
import * as outbox from "./outbox.ts";
import { changed, previewOf, saveRecord, titleFrom } from "./record.ts";
import type { ObjectState } from "./state.ts";
import { insertTurn, type TurnRow } from "./turns.ts";

/** The heartbeat of a running turn: the alarm that would find it after a crash is at most this far ahead. */
export const HEARTBEAT = 60_000;
/** Milliseconds after which D1 hears of a change; what changes meanwhile is told with it, within a second. */
export const GATHER = 800;

/** The message, its turn, and the alarm that would find it: durable before any model is called. */
export function storeQuestion(
  state: ObjectState,
  command: SendCommand,
  waits: boolean,
  now: number,
): TurnRow {
  const { sql, alarms, record } = state;
  const question = record.last_seq + 1;
  const turn = {
    n: record.last_turn + 1,
    status: waits ? ("queued" as const) : ("running" as const),
    question_seq: question,
    answer_seq: question + 1,
    answer_depth: record.leaf_depth + 2,
    input: { ...command.input, charge: command.charge },
    created_at: now,
  };
  const next = changed(record, now, {
    title: record.title ?? titleFrom(command.input.text),
    last_seq: turn.answer_seq,
    last_turn: turn.n,
    message_count: record.message_count + 1,
    preview: previewOf(command.input.text),
    leaf_seq: turn.answer_seq,
    leaf_depth: turn.answer_depth,
  });
  sql.atomically(() => {
    insertMessage(sql, record, {
      seq: question,
      parent_seq: record.leaf_seq,
      depth: record.leaf_depth + 1,
      turn: turn.n,
      role: "user",
      parts: command.parts,
      status: "completed",
      created_at: now,
      finished_at: now,
      details: { ...noDetails, metadata: command.metadata },
    });
    insertTurn(sql, record, turn, command.idempotency);
    saveRecord(sql, next);
    alarms.schedule("turn", now + HEARTBEAT);
    if (record.message_count > 0) return;
    // A list shows a new conversation by what was said, not only when it was answered.
    outbox.put(sql, next);
    alarms.by("outbox", now + GATHER);
  });
  state.record = next;
  alarms.arm();
  return { ...turn, epoch: 1, epochs: [], last_seq: 0, error: null, idempotency_hash: null };
}
