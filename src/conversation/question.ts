// A question: stored with its turn, before anybody is asked. And where in the tree it goes.
import { type Failure, fail, ok, type Result } from "../errors.ts";
import { ownedId } from "../ids.ts";
import { contentOf, type Notice, type Part } from "../protocol/message.ts";
import { resultsFault } from "../protocol/tool-results.ts";
import type { SendCommand } from "./command.ts";
import { keepTime } from "./lifecycle.ts";
import {
  insertMessage,
  noDetails,
  placeOf,
  readStored,
  saidFrom,
  type StoredMessage,
} from "./messages.ts";
import * as outbox from "./outbox.ts";
import {
  branchAfter,
  childAt,
  childrenOf,
  growBranch,
  isAbove,
  leadTo,
  type Place,
} from "./path.ts";
import { goesOn } from "./recollection.ts";
import { changed, type ConversationRecord, previewOf, saveRecord, titleFrom } from "./record.ts";
import type { ObjectState } from "./state.ts";
import { insertTurn, type TurnRow } from "./turns.ts";

/** The heartbeat of a running turn: the alarm that would find it after a crash is at most this far ahead. */
export const HEARTBEAT = 60_000;
/** Milliseconds after which D1 hears of a change; what changes meanwhile is told with it, within a second. */
export const GATHER = 800;

/** What a turn answers: a new message below `parent`, or one that was asked before. */
export type Question =
  | { asked: false; parent: Place | null; parts: Part[] }
  | { asked: true; at: Place; parent_seq: number | null; parts: Part[] };

/**
 * What a command asks, and where.
 * @param running the messages of turns that have not ended, each with its turn's question
 */
export function questionOf(
  state: ObjectState,
  { place, parts, on_busy }: SendCommand,
  running: ReadonlyMap<number, number>,
): Result<Question> {
  const { sql, record } = state;
  const at = (seq: number) => placeOf(sql, seq);
  if (place === null || "againLast" in place) {
    const { leaf_seq: seq, branch, leaf_depth: depth } = record;
    const last = place === null ? null : lastSaid(state, contentOf(parts));
    if (last !== null) return ok(askedAgain(last));
    return ok({ asked: false, parent: seq === null ? null : { seq, branch, depth }, parts });
  }
  if ("after" in place || "againAfter" in place) {
    const parent = answerAt(state, "after" in place ? place.after : place.againAfter, running);
    if (!parent.ok) return parent;
    const asked = "againAfter" in place ? saidAfter(state, parent.value, contentOf(parts)) : null;
    return ok(asked === null ? { asked: false, parent: parent.value, parts } : askedAgain(asked));
  }
  const wanted = "instead" in place ? place.instead : place.again;
  // An answer that is being written, and ends now, has no place yet; its question has.
  const ends = "again" in place && on_busy === "interrupt" ? running.get(wanted) : undefined;
  const named = at(ends ?? wanted);
  if (named === null)
    return running.has(wanted) ? stillRunning() : messageNotFound(record.id, wanted, "message_id");
  if ("instead" in place) {
    if (named.role !== "user")
      return fail("VALIDATION_ERROR", "message_id: should be a message of the user", {
        field: "message_id",
      });
    const parent = named.parent_seq === null ? null : at(named.parent_seq);
    // The answer that it follows is still being written: without that it would begin anew.
    if (parent === null && named.parent_seq !== null) return stillRunning();
    return ok({ asked: false, parent, parts });
  }
  const seq = named.role === "user" ? named.seq : named.parent_seq;
  const question = seq === null ? null : readStored(sql, seq);
  if (question === null || question.role !== "user" || question.status === "deleted")
    return fail(
      "VALIDATION_ERROR",
      "message_id: the question of this answer is not there any more",
      { field: "message_id" },
    );
  return ok(askedAgain(question));
}

function askedAgain(question: StoredMessage): Question {
  return { asked: true, at: question, parent_seq: question.parent_seq, parts: question.parts };
}

/** The answer that a message is to follow. */
function answerAt(
  { sql, record }: ObjectState,
  seq: number | null,
  running: ReadonlyMap<number, number>,
): Result<Place | null> {
  if (seq === null) return ok(null);
  const place = placeOf(sql, seq);
  if (place === null)
    return running.has(seq) ? stillRunning() : messageNotFound(record.id, seq, "parent_id");
  if (place.role !== "assistant")
    return fail("VALIDATION_ERROR", "parent_id: should be an answer; a question is regenerated", {
      field: "parent_id",
    });
  return ok(place);
}

/** What somebody said last on the branch that is shown, results of tools aside; null where that is not `text`. */
function lastSaid({ sql, record }: ObjectState, text: string): StoredMessage | null {
  for (const message of saidFrom(sql, { branch: record.branch, depth: record.leaf_depth }))
    if (message.role === "user" && !goesOn(message))
      return contentOf(message.parts) === text ? message : null;
  return null;
}

/** The question `text` that follows an answer, or begins the conversation: the one that is shown, or the newest. */
function saidAfter(
  { sql, record }: ObjectState,
  parent: Place | null,
  text: string,
): StoredMessage | null {
  const eldest = childAt(sql, parent?.branch ?? 0, (parent?.depth ?? -1) + 1);
  const seq = parent?.seq ?? null;
  const all = childrenOf(sql, [seq]).get(seq) ?? (eldest === null ? [] : [eldest]);
  const same = all.flatMap((child) => {
    const message = readStored(sql, child);
    const { role, status, parts = [] } = message ?? {};
    const asks = role === "user" && status !== "deleted" && contentOf(parts) === text;
    return message !== null && asks ? [message] : [];
  });
  const shown = { branch: record.branch, depth: record.leaf_depth };
  return same.find((message) => isAbove(sql, message, shown)) ?? same.at(-1) ?? null;
}

/** Why results of tools do not fit the answer that they follow; null where they do, or where there are none. */
export function misfit({ sql }: ObjectState, question: Question): Failure | null {
  if (question.parts.every(({ type }) => type !== "tool_result")) return null;
  const seq = question.asked ? question.parent_seq : (question.parent?.seq ?? null);
  const before = seq === null ? null : readStored(sql, seq);
  // What it calls is not known before it has ended.
  if (before === null && seq !== null) return stillRunning().failure;
  return resultsFault(question.parts, before?.parts ?? []);
}

/** The message, its turn, and the alarm that would find it: durable before any model is called. */
export function storeQuestion(
  state: ObjectState,
  command: SendCommand,
  question: Question,
  waits: boolean,
  now: number,
): TurnRow {
  const { sql, alarms, record, services } = state;
  return sql.atomically(() => {
    const last = record.last_seq;
    const seq = question.asked ? question.at.seq : last + 1;
    const answer_seq = question.asked ? last + 1 : last + 2;
    const parent = question.asked ? question.at : question.parent;
    const first = last + 1; // the question, or the new answer to it
    const { branch, last_branch } = lead(state, parent, first);
    const depth = (parent?.depth ?? -1) + 1;
    const answer_depth = question.asked ? depth : depth + 1;
    const text = contentOf(question.parts);
    const turn = {
      n: record.last_turn + 1,
      status: waits ? ("queued" as const) : ("running" as const),
      question_seq: seq,
      answer_seq,
      answer_depth,
      branch,
      input: {
        ...command.input,
        text,
        charge: command.charge,
        track: command.track,
        again: question.asked,
        rich: question.parts.some(({ type }) => type !== "text") || undefined,
      },
      created_at: now,
    };
    const next = changed(record, now, {
      title: record.title ?? titleFrom(text),
      status: "active",
      last_seq: answer_seq,
      last_turn: turn.n,
      message_count: record.message_count + (question.asked ? 0 : 1),
      preview: previewOf(text),
      last_message_at: now,
      leaf_seq: answer_seq,
      leaf_depth: answer_depth,
      branch,
      last_branch,
    });
    if (!question.asked)
      insertMessage(sql, record, {
        seq,
        parent_seq: parent?.seq ?? null,
        branch,
        depth,
        turn: turn.n,
        role: "user",
        parts: question.parts,
        status: "completed",
        created_at: now,
        finished_at: now,
        details: { ...noDetails, metadata: command.metadata },
        feedback: null,
      });
    insertTurn(sql, record, turn, command.idempotency);
    saveRecord(sql, next);
    alarms.schedule("turn", now + HEARTBEAT);
    keepTime(next, services.lifecycle, alarms);
    if (record.message_count === 0 || record.status !== "active") {
      // A list shows a new conversation by what was said, not only when it was answered.
      outbox.put(sql, next);
      alarms.by("outbox", now + GATHER);
    }
    state.record = next;
    alarms.arm();
    return { ...turn, epoch: 1, epochs: [], last_seq: 0, error: null, idempotency_hash: null };
  });
}

/** Leads the active path to where a message `first` is going to follow `parent`. */
export function lead(
  { sql, record }: Pick<ObjectState, "sql" | "record">,
  parent: Place | null,
  first: number,
): Pick<ConversationRecord, "branch" | "last_branch"> {
  const known = branchAfter(sql, record, parent);
  if (known !== null) {
    leadTo(sql, record, known);
    return { branch: known, last_branch: record.last_branch };
  }
  const grown = growBranch(sql, record, parent, first);
  leadTo(sql, { ...record, last_branch: grown.last_branch }, grown.branch);
  return grown;
}

/** `command`, with a notice where its sender saw the conversation end elsewhere than it does. */
export function changedElsewhere(
  record: Pick<ConversationRecord, "id" | "leaf_seq">,
  command: SendCommand,
): SendCommand {
  const { expects, input } = command;
  if (expects === null || expects === record.leaf_seq) return command;
  const notice: Notice = {
    code: "changed_elsewhere",
    message:
      "Meanwhile this conversation went on elsewhere. Nothing is lost: both ways are kept, as branches.",
    details: {
      expected_leaf_id: ownedId("msg", record.id, expects),
      leaf_id: record.leaf_seq === null ? null : ownedId("msg", record.id, record.leaf_seq),
    },
  };
  return { ...command, input: { ...input, notices: [...(input.notices ?? []), notice] } };
}

export function messageNotFound(conversation: string, seq: number, field: string) {
  return fail("NOT_FOUND", "No such message in this conversation.", {
    field,
    message_id: ownedId("msg", conversation, seq),
  });
}

export function stillRunning() {
  return fail(
    "CONVERSATION_BUSY",
    "This message is still being written. Wait for it, or cancel its turn.",
  );
}
