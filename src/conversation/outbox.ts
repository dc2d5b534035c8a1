// What others have yet to hear: D1 of the conversation and of what was said in its turns, the usage
// queue of what they used, the Account objects of what to settle. A row leaves only when its version was taken; a later
// change of the same entity takes its place, so that a busy conversation costs one write a delivery.
import { z } from "zod";
import type { Owner } from "../auth/principal.ts";
import { ownedId } from "../ids.ts";
import type { ClosingBody } from "../protocol/events.ts";
import { contentOf } from "../protocol/message.ts";
import type { Track } from "../protocol/request.ts";
import {
  completedEvent,
  requestState,
  turnEvent,
  turnEventId,
  whyNot,
} from "../protocol/webhook.ts";
import { projectionSchema } from "../store/conversations.ts";
import type { IndexedMessage } from "../store/message-texts.ts";
import type { Changes } from "../store/projection.ts";
import type { RequestEnd } from "../store/requests.ts";
import type { OwnedEvent } from "../store/webhook-events.ts";
import { storedUsageSchema, type UsageEvent } from "../store/usage.ts";
import type { Sql } from "../store/sql.ts";
import { lengthOf, messagesAfter, readStored, type StoredMessage } from "./messages.ts";
import { projectionOf, type ConversationRecord } from "./record.ts";
import { type Settlement, settlementSchema } from "./settlement.ts";

const CONVERSATION = "conversation";
/** Everything after a message: what was brought in from elsewhere is told in stretches. */
const INTAKE = "intake";
/** That its owner closed it. */
const COMPLETED = "completed";
/** Rows, messages of an intake, and UTF-16 units of their text, that one delivery tells. */
const MOST_ROWS = 100;
const MOST_TOLD = 200;
const LONGEST_TOLD = 500_000;

/** Of a turn that has ended; messages by number: their text is read when it is told. */
const turnSchema = z.object({
  usage: z.array(storedUsageSchema).or(storedUsageSchema.transform((event) => [event])),
  settlement: settlementSchema.nullable(),
  messages: z.array(z.number()).default([]),
  /** Whether this is its end, and not what was asked beside it. */
  ended: z.boolean().default(false),
});
export type TurnNews = z.input<typeof turnSchema>;

const intakeSchema = z.object({ after: z.number(), through: z.number() });

function insert(sql: Sql, entity: string, version: number, payload: unknown): void {
  sql.run(
    "INSERT OR REPLACE INTO outbox (entity, version, payload) VALUES (?, ?, ?)",
    entity,
    version,
    JSON.stringify(payload),
  );
}

/** D1 hears nothing of one that is not listed, but how its requests ended. */
export function put(sql: Sql, record: ConversationRecord): void {
  if (record.settings.unlisted_for !== undefined) return;
  insert(sql, CONVERSATION, record.version, projectionOf(record));
}

/** What turn `n` used and said; `purpose` tells what was asked beside its answer. */
export function putTurn(sql: Sql, n: number, news: TurnNews, purpose = ""): void {
  insert(sql, `turn:${n}${purpose}`, 1, news);
}

/** A message is gone, or what somebody thinks of it has changed: told as it then is. */
export function putMessage(sql: Sql, seq: number, version: number): void {
  insert(sql, `message:${seq}`, version, null);
}

/** The messages after `after`, up to `through`, came from elsewhere. */
export function putIntake(sql: Sql, after: number, through: number): void {
  const waiting = sql.first<Row>("SELECT * FROM outbox WHERE entity = ?", INTAKE);
  if (waiting !== null) after = intakeSchema.parse(JSON.parse(waiting.payload)).after;
  insert(sql, INTAKE, through, { after, through } satisfies z.infer<typeof intakeSchema>);
}

/** The conversation was closed by its owner, at `at`. */
export function putCompleted(sql: Sql, at: number): void {
  insert(sql, COMPLETED, at, null);
}

/** There is nothing to tell: nobody has heard of the conversation. */
export function empty(sql: Sql): void {
  sql.run("DELETE FROM outbox");
}

export type Receivers = {
  project: (tenant_id: string, changes: Changes) => Promise<void>;
  /** How turn `n` ended, and who waits for that elsewhere. */
  endOf: (n: number) => TurnEnd | null;
  /** Who waits for it, also where what it said is erased. */
  trackOf: (n: number) => Track | null;
  queueUsage: (events: readonly UsageEvent[]) => Promise<void>;
  /** Answers at once where it was settled before. */
  settle: (settlement: Settlement) => Promise<void>;
};

type Row = { entity: string; version: number; payload: string };

/**
 * Delivers what is there, as much as is told at a time.
 * @returns whether there is more to tell at once
 * @throws whatever the receivers throw; the rows stay
 */
export async function deliver(
  sql: Sql,
  conversation_id: string,
  { project, endOf, trackOf, queueUsage, settle }: Receivers,
): Promise<boolean> {
  const rows = sql.all<Row>("SELECT entity, version, payload FROM outbox LIMIT ?", MOST_ROWS);
  if (rows.length === 0) return false;
  const conversation = rows.find(({ entity }) => entity === CONVERSATION);
  const turns = fitting(
    sql,
    rows
      .filter(({ entity }) => entity.startsWith("turn:"))
      .map((row) => ({ row, turn: turnSchema.parse(JSON.parse(row.payload)) })),
  );
  const waiting = rows.filter(({ entity }) => entity.startsWith("turn:")).length - turns.length;
  const single = rows.filter(({ entity }) => entity.startsWith("message:"));
  const intake = rows.find(({ entity }) => entity === INTAKE);
  const known = sql.first<Owner & { unlisted: number; deleted: number }>(
    "SELECT tenant_id, user_id, settings ->> 'unlisted_for' IS NOT NULL AS unlisted, deleted_at IS NOT NULL AS deleted FROM conversation",
  );
  if (known === null) return false;
  const { unlisted, deleted, ...owner } = known;
  const indexed = (message: StoredMessage): IndexedMessage => ({
    id: ownedId("msg", conversation_id, message.seq),
    conversation_id,
    ...owner,
    role: message.role,
    created_at: message.created_at,
    text: contentOf(message.parts),
  });
  const said = turns.flatMap(({ turn }) => turn.messages);
  const changed = new Map(
    single.map(({ entity, version }) => [Number(entity.slice("message:".length)), version]),
  );
  const stored = [...said, ...changed.keys()]
    .map((seq) => readStored(sql, seq))
    .filter((message) => message !== null);
  // What is in no list is found by nobody; but webhooks have heard of it.
  const named = unlisted === 1 ? [] : stored;
  const taken = intake === undefined ? null : stretch(sql, intake);
  const completed = rows.find(({ entity }) => entity === COMPLETED);
  const news = turns.flatMap(({ row, turn }) => {
    const end = turn.ended ? endOf(numberOf(row)) : null;
    if (end === null) return [];
    const told = deleted === 1 ? { ...end, closing: withoutText(end.closing) } : end;
    return newsOf(told, owner, conversation_id, numberOf(row));
  });
  await project(owner.tenant_id, {
    conversation:
      conversation === undefined ? null : projectionSchema.parse(JSON.parse(conversation.payload)),
    messages: [...named.filter(({ status }) => status !== "deleted"), ...(taken?.messages ?? [])]
      .map(indexed)
      .filter(({ text }) => text !== ""),
    unsaid: stored
      .filter(({ status, role }) => status === "deleted" && role === "assistant")
      .flatMap(({ turn }) => {
        const id = ownedId("turn", conversation_id, turn);
        // Events of requests had their turn's id once.
        return [turnEventId(id, trackOf(turn)), turnEventId(id, null)];
      }),
    gone: named
      .filter(({ status }) => status === "deleted")
      .map(({ seq }) => ownedId("msg", conversation_id, seq)),
    feedback: named.flatMap(({ seq, feedback }) => {
      const at = changed.get(seq);
      if (at === undefined) return [];
      return {
        message_id: ownedId("msg", conversation_id, seq),
        conversation_id,
        tenant_id: owner.tenant_id,
        user_id: owner.user_id,
        rating: feedback?.rating ?? null,
        comment: feedback?.comment ?? null,
        at,
      };
    }),
    requests: news.flatMap(({ request }) => request ?? []),
    events: [
      ...news.map(({ event }) => event),
      ...(completed === undefined
        ? []
        : [{ ...owner, ...completedEvent(conversation_id, owner.user_id, completed.version) }]),
    ],
  });
  // While they were told the conversation may have changed again: that version is still to come.
  for (const row of [conversation, completed, ...single]) if (row !== undefined) heard(sql, row);
  if (intake !== undefined && taken !== null) goOn(sql, intake, taken.next);
  await queueUsage(turns.flatMap(({ turn }) => turn.usage));
  // An account that cannot be reached keeps nobody else waiting.
  for (const { row, turn } of turns) {
    if (turn.settlement !== null) await settle(turn.settlement);
    heard(sql, row);
  }
  return rows.length === MOST_ROWS || waiting > 0 || (taken !== null && taken.next !== null);
}

type TurnEnd = { closing: ClosingBody; track: Track | null };

/** What was said in a conversation that is deleted is nobody's to hear. */
function withoutText(closing: ClosingBody): ClosingBody {
  return { ...closing, message: { ...closing.message, content: "", parts: [] } };
}

/** What the end of a turn is to those who wait for it, and to webhooks. */
function newsOf(
  { closing, track }: TurnEnd,
  owner: Owner,
  conversation_id: string,
  n: number,
): { event: OwnedEvent; request: RequestEnd | null } {
  const turn_id = ownedId("turn", conversation_id, n);
  const { user_id } = owner;
  const event = {
    ...owner,
    ...turnEvent(closing, { turn_id, conversation_id, user_id }, track),
  };
  if (track === null) return { event, request: null };
  const { track_id, batch_id } = track;
  const request = {
    ...owner,
    track_id,
    batch_id,
    conversation_id,
    turn_id,
    status: requestState(closing),
    error: whyNot(closing),
    at: Date.parse(closing.message.timestamp),
  };
  return { event, request };
}

/** Of a row that is about a turn. */
const numberOf = ({ entity }: Row) => Number.parseInt(entity.slice("turn:".length), 10);

function heard(sql: Sql, { entity, version }: Row): void {
  sql.run("DELETE FROM outbox WHERE entity = ? AND version = ?", entity, version);
}

/** As many turns as say no more together than one delivery tells; at least one. */
function fitting<T extends { turn: z.output<typeof turnSchema> }>(sql: Sql, turns: T[]): T[] {
  let units = 0;
  const end = turns.findIndex(({ turn }, at) => {
    for (const seq of turn.messages) units += lengthOf(sql, seq);
    return at > 0 && units > LONGEST_TOLD;
  });
  return end < 0 ? turns : turns.slice(0, end);
}

/** As many messages of an intake as one delivery tells; `next` is null when those were all. */
function stretch(sql: Sql, row: Row): { messages: StoredMessage[]; next: number | null } {
  const { after, through } = intakeSchema.parse(JSON.parse(row.payload));
  const messages: StoredMessage[] = [];
  let units = 0;
  for (const message of messagesAfter(sql, after, MOST_TOLD)) {
    units += contentOf(message.parts).length;
    if (message.seq > through || (messages.length > 0 && units > LONGEST_TOLD)) break;
    messages.push(message);
  }
  const last = messages.at(-1)?.seq ?? through;
  return { messages, next: last < through ? last : null };
}

function goOn(sql: Sql, row: Row, next: number | null): void {
  if (next === null) heard(sql, row);
  else
    sql.run(
      "UPDATE outbox SET payload = json_set(payload, '$.after', ?) WHERE entity = ? AND version = ?",
      next,
      row.entity,
      row.version,
    );
}

export function isEmpty(sql: Sql): boolean {
  return sql.first("SELECT 1 AS waiting FROM outbox LIMIT 1") === null;
}
