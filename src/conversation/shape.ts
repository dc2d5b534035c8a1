// How people shape a conversation: which branch is shown, what is erased, what they think of an answer,
// what they change by hand.
import { fail, ok, type Result } from "../errors.ts";
import { ownedId } from "../ids.ts";
import { contentOf, type Feedback, type Part } from "../protocol/message.ts";
import type { PatchBody } from "../protocol/send.ts";
import type { ResolvedPrompt } from "../protocol/resolved-prompt.ts";
import { dropDigests } from "./digests.ts";
import { turned } from "./lifecycle.ts";
import { dropLog } from "./log.ts";
import {
  eraseMessage,
  insertMessage,
  noDetails,
  pageTo,
  placeOf,
  readStored,
  saidFrom,
  setDetails,
  setFeedback,
} from "./messages.ts";
import * as outbox from "./outbox.ts";
import { branchThrough, childAt, childrenOf, endOf, leadTo, type Place } from "./path.ts";
import { lead, messageNotFound, stillRunning } from "./question.ts";
import { changed, type ConversationRecord, previewOf, titleFrom } from "./record.ts";
import type { Sql } from "../store/sql.ts";
import type { ObjectState } from "./state.ts";
import { eraseQuestion } from "./turns.ts";

/** What a change says: its prompt was looked up. */
export type Patch = Omit<PatchBody, "prompt"> & { prompt?: ResolvedPrompt | null | undefined };

/** The conversation's row after a change by hand; where it was changed meanwhile, what it is now. */
export function patched(
  record: ConversationRecord,
  body: Patch,
  now: number,
): Result<ConversationRecord> {
  if (body.version !== undefined && body.version !== record.edited)
    return fail(
      "CONFLICT",
      "The conversation was changed meanwhile, and your change was not made. Look at it, and send it again with its version.",
      { field: "version", version: record.edited, title: record.title },
    );
  const change: Partial<ConversationRecord> = { edited: record.edited + 1 };
  if (body.title !== undefined) {
    change.title = body.title;
    change.titled_by = "hand";
  }
  for (const field of ["provider", "model", "system_prompt", "metadata", "pinned", "tags"] as const)
    Object.assign(change, body[field] === undefined ? {} : { [field]: body[field] });
  change.settings = {
    ...record.settings,
    memory: { ...record.settings.memory, ...body.memory },
    prompt: body.prompt === null ? undefined : (body.prompt ?? record.settings.prompt),
    tone: body.tone === null ? undefined : (body.tone ?? record.settings.tone),
    context: body.context === null ? undefined : (body.context ?? record.settings.context),
    use_rag: body.use_rag ?? record.settings.use_rag,
    collections:
      body.collections === null ? undefined : (body.collections ?? record.settings.collections),
  };
  if (body.status !== undefined) {
    const turn = turned(record, body.status, now);
    if (!turn.ok) return turn;
    Object.assign(change, turn.value);
  }
  return ok(changed(record, now, change));
}

/**
 * Shows the branch that a message lies on, from there on as it was shown last.
 * @param coming where an answer is going to be that has no row yet
 */
export function activated(
  { sql, record }: ObjectState,
  seq: number,
  coming: Place | null,
  now: number,
): Result<ConversationRecord> {
  const place = coming ?? placeOf(sql, seq);
  if (place === null) return messageNotFound(record.id, seq, "message_id");
  const branch = branchThrough(sql, record, place);
  if (branch === record.branch) return ok(record);
  const end = endOf(sql, branch);
  leadTo(sql, record, branch);
  return ok(changed(record, now, { branch, leaf_seq: end.leaf_seq, leaf_depth: end.leaf_depth }));
}

/** Takes everything out of a message that it said: here, in the log, in what was condensed, in D1. */
export function erased(
  state: ObjectState,
  seq: number,
  unfinished: boolean,
  now: number,
): Result<ConversationRecord> {
  const { sql, record } = state;
  if (unfinished) return stillRunning();
  const place = placeOf(sql, seq);
  if (place === null || place.status === "deleted")
    return messageNotFound(record.id, seq, "message_id");
  const said = contentOf(readStored(sql, seq)?.parts ?? []);
  eraseMessage(sql, seq);
  if (place.role === "user") eraseEchoes(sql, place);
  dropLog(sql, place.turn);
  dropDigests(sql, place.depth);
  state.erasures += 1;
  const { titled_by, title } = record;
  const titles =
    (titled_by === "words" && title === titleFrom(said)) ||
    (titled_by === "model" && place.depth <= 1);
  const next = changed(record, now, {
    message_count: Math.max(0, record.message_count - 1),
    topics: [],
    // What was made of it goes with it: its title, its preview.
    ...(titles ? { title: titleOf(state), titled_by: "words" as const } : {}),
    ...(record.preview === previewOf(said) ? { preview: lastSaid(state) } : {}),
  });
  outbox.putMessage(sql, seq, next.version);
  return ok(next);
}

/** A question's words also stand with its answers, and in the turns that asked it. */
function eraseEchoes(sql: Sql, question: Place): void {
  for (const n of eraseQuestion(sql, question.seq)) dropLog(sql, n);
  const children = childrenOf(sql, [question.seq]).get(question.seq) ?? [
    childAt(sql, question.branch, question.depth + 1),
  ];
  for (const seq of children) {
    const answer = seq === null ? null : readStored(sql, seq);
    if (answer === null || answer.parent_seq !== question.seq) continue;
    const { read_as: _readAs, ...metadata } = answer.details.metadata;
    const notices = answer.details.notices.filter(({ code }) => !ECHOES.has(code));
    setDetails(sql, answer.seq, { ...answer.details, metadata, notices });
  }
}

/** Notices that repeat what was said. */
const ECHOES: ReadonlySet<string> = new Set(["memory_saved", "memory_not_saved"]);

/** A title of the first question that still says something. */
function titleOf({ sql, record }: ObjectState): string | null {
  const end = { branch: record.branch, depth: record.leaf_depth };
  const first = pageTo(sql, end, { limit: 20, offset: 0 }).find(
    ({ role, status }) => role === "user" && status !== "deleted",
  );
  return first === undefined ? null : titleFrom(contentOf(first.parts));
}

/** A preview of the last message that still says something. */
function lastSaid({ sql, record }: ObjectState): string {
  let looked = 0;
  for (const { parts } of saidFrom(sql, { branch: record.branch, depth: record.leaf_depth })) {
    const text = contentOf(parts);
    if (text !== "") return previewOf(text);
    if (++looked === 20) break;
  }
  return "";
}

/** What somebody thinks of an answer; null takes it back. */
export function rated(
  { sql, record }: ObjectState,
  seq: number,
  feedback: Feedback | null,
  now: number,
): Result<ConversationRecord> {
  const place = placeOf(sql, seq);
  if (place === null || place.status === "deleted")
    return messageNotFound(record.id, seq, "message_id");
  if (place.role !== "assistant")
    return fail("VALIDATION_ERROR", "message_id: should be an answer", { field: "message_id" });
  setFeedback(sql, seq, feedback);
  const next = changed(record, now, {});
  outbox.putMessage(sql, seq, next.version);
  return ok(next);
}

/** Puts an answer by hand beside one of a model's: nobody is asked. */
export function rewritten(
  state: ObjectState,
  seq: number,
  parts: Part[],
  now: number,
): Result<ConversationRecord> {
  const { sql, record } = state;
  const named = readStored(sql, seq);
  if (named === null || named.status === "deleted")
    return messageNotFound(record.id, seq, "message_id");
  if (parts.some(({ type }) => type !== "text"))
    return fail(
      "VALIDATION_ERROR",
      "parts: should be text; an answer has no pictures and no results of tools",
      { field: "parts" },
    );
  const parent = named.parent_seq === null ? null : placeOf(sql, named.parent_seq);
  const own = record.last_seq + 1;
  const place = lead(state, parent, own);
  insertMessage(sql, record, {
    seq: own,
    parent_seq: parent?.seq ?? null,
    branch: place.branch,
    depth: named.depth,
    turn: named.turn,
    role: "assistant",
    parts,
    status: "completed",
    created_at: now,
    finished_at: now,
    details: {
      ...noDetails,
      metadata: { edited: true, edited_from: ownedId("msg", record.id, seq) },
    },
    feedback: null,
  });
  outbox.putMessage(sql, own, own);
  const text = parts.map((part) => (part.type === "text" ? part.text : "")).join("");
  return ok(
    changed(record, now, {
      ...place,
      last_seq: own,
      leaf_seq: own,
      leaf_depth: named.depth,
      message_count: record.message_count + 1,
      preview: previewOf(text),
      last_message_at: now,
    }),
  );
}
