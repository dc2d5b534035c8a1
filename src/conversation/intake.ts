// Messages on their way out of an object and into another: exports, forks, imports. In stretches: a
// conversation may have more than one call should carry.
import { ok, type Result } from "../errors.ts";
import { contentOf, type Message } from "../protocol/message.ts";
import type { BroughtMessage } from "../protocol/transfer.ts";
import type { Sql } from "../store/sql.ts";
import {
  insertMessage,
  pageAfter,
  pageTo,
  placeOf,
  saidFrom,
  type StoredMessage,
  view,
} from "./messages.ts";
import * as outbox from "./outbox.ts";
import type { Place } from "./path.ts";
import { messageNotFound, lead } from "./question.ts";
import { changed, type ConversationRecord, type Made, previewOf, titleFrom } from "./record.ts";
import { goesOn } from "./recollection.ts";
import { activated } from "./shape.ts";
import type { ObjectState } from "./state.ts";
import { readTurn } from "./turns.ts";

/** @param after the number, or on the way to a message the place, after which it goes on; 0, or -1, at first */
export type DumpPage = { after: number; limit: number; to: number | null };
/** `next` is the `after` of the next page; null for the last one. */
export type Dumped = { messages: Message[]; next: number | null };

/** Everything that was said, in the order in which it came; or the way from the beginning to `to`. */
export function dump({ sql, record }: ObjectState, { after, limit, to }: DumpPage): Result<Dumped> {
  if (to === null) {
    const { messages, more } = pageAfter(sql, after, limit);
    // What waits behind an answer that is still to come follows that answer's question until then.
    const open = record.closed_through < record.last_turn;
    const parentOf = ({ parent_seq }: StoredMessage) =>
      open && parent_seq !== null ? (standing(sql, parent_seq)?.seq ?? null) : parent_seq;
    return ok({
      messages: messages.map((message) =>
        view(record.id, { ...message, parent_seq: parentOf(message) }),
      ),
      next: more ? (messages.at(-1)?.seq ?? null) : null,
    });
  }
  const end = standing(sql, to);
  if (end === null) return messageNotFound(record.id, to, "message_id");
  const messages = pageTo(sql, end, { limit, offset: after + 1 });
  const last = messages.at(-1)?.depth ?? end.depth;
  return ok({
    messages: messages.map((message) => view(record.id, message)),
    next: last < end.depth ? last : null,
  });
}

/**
 * The answers whose tools led to a turn, each with what those returned, back to what somebody said; oldest first.
 * Null where there is no such turn.
 */
export function stepsTo({ sql, record }: ObjectState, turn: number): Message[] | null {
  const row = readTurn(sql, turn);
  const question = row === null ? null : placeOf(sql, row.question_seq);
  if (question === null) return null;
  const steps: Message[] = [];
  for (const message of saidFrom(sql, question)) {
    if (message.role === "user" && !goesOn(message)) break;
    steps.unshift(view(record.id, message));
  }
  return steps;
}

/** Where a message is; of an answer that is still to come, where its question is. */
function standing(sql: Sql, seq: number): Place | null {
  for (let at: number | undefined = seq; at !== undefined;) {
    const place = placeOf(sql, at);
    if (place !== null) return place;
    at = sql.first<{ question_seq: number }>(
      "SELECT question_seq FROM turns WHERE answer_seq = ?",
      at,
    )?.question_seq;
  }
  return null;
}

/** What a conversation was made with, for another to be made alike; and where it ends. */
export type Likeness = { made: Made; status: ConversationRecord["status"]; leaf: number | null };

export function likeness({ sql, record }: ObjectState): Likeness {
  const { title, provider, model, system_prompt, metadata, pinned, tags, settings } = record;
  const made = { pinned, tags, metadata, ...settings };
  return {
    made: {
      ...made,
      title: title ?? undefined,
      provider: provider ?? undefined,
      model: model ?? undefined,
      system_prompt: system_prompt ?? undefined,
    },
    status: record.status,
    leaf: record.leaf_seq === null ? null : (standing(sql, record.leaf_seq)?.seq ?? null),
  };
}

/** `leaf`: the message whose branch is to be shown; null for the one that came last. */
export type IntakeEnd = { leaf: number | null };

/**
 * Takes messages whose parents are here, or before them among `brought`.
 * @param end with the last of them: from then on the conversation is there
 */
export function bring(
  state: ObjectState,
  brought: readonly BroughtMessage[],
  end: IntakeEnd | null,
  now: number,
): Result<ConversationRecord> {
  const { sql } = state;
  const begun = state.record;
  let record = begun;
  for (const message of brought) {
    const { seq, parent_seq } = message;
    const parent = parent_seq === null ? null : placeOf(sql, parent_seq);
    const place = lead({ sql, record }, parent, seq);
    const depth = (parent?.depth ?? -1) + 1;
    insertMessage(sql, record, {
      ...message,
      parent_seq: parent?.seq ?? null,
      branch: place.branch,
      depth,
      turn: 0,
    });
    record = withMessage(record, { ...message, ...place, depth });
  }
  if (brought.length > 0) outbox.putIntake(sql, begun.last_seq, record.last_seq);
  state.record = record;
  const leaf = end?.leaf ?? null;
  const shown = leaf === null ? ok(record) : activated(state, leaf, null, now);
  state.record = begun;
  const intake = begun.intake && end === null;
  return shown.ok ? ok(changed(shown.value, now, { intake })) : shown;
}

/** `record` when a message has come to its end. */
function withMessage(
  record: ConversationRecord,
  message: BroughtMessage & { branch: number; last_branch: number; depth: number },
): ConversationRecord {
  const { seq, depth, branch, last_branch, parts, finished_at, details } = message;
  const text = contentOf(parts);
  return {
    ...record,
    branch,
    last_branch,
    leaf_seq: seq,
    leaf_depth: depth,
    last_seq: Math.max(record.last_seq, seq),
    message_count: record.message_count + (message.status === "deleted" ? 0 : 1),
    title: record.title ?? (text === "" ? null : titleFrom(text)),
    preview: previewOf(text),
    last_message_at: Math.max(record.last_message_at ?? 0, finished_at),
    total_input_tokens: record.total_input_tokens + (details.tokens_used?.prompt ?? 0),
    total_output_tokens: record.total_output_tokens + (details.tokens_used?.completion ?? 0),
  };
}
