// The event log of a turn: packed batches in storage. Messages are not repeated in it; they are
// filled in when it is read.
import { z } from "zod";
import type { TurnEvent, TurnEventBody } from "../protocol/events.ts";
import { sourceSchema } from "../protocol/knowledge.ts";
import { type Notice, noticeSchema } from "../protocol/message.ts";
import { toolCallSchema } from "../protocol/tool.ts";
import { applyEvent, emptyTranscript } from "../protocol/transcript.ts";
import type { Sql } from "../store/sql.ts";

/** Of the turns that have ended, the logs of this many stay. */
const KEPT_LOGS = 5;

/** An event as it is stored: a string is a text delta, and messages are left out. */
const packedSchema = z.union([
  z.string(),
  z.object({ type: z.literal("reasoning.delta"), text: z.string() }),
  z.object({ type: z.literal("text.rewound"), offset: z.number() }),
  z.object({ type: z.literal("sources.found"), sources: z.array(sourceSchema) }),
  z.object({ type: z.literal("tool.called"), call: toolCallSchema }),
  z.object({ type: z.literal("notice"), notice: noticeSchema }),
  z.object({
    type: z.enum([
      "turn.queued",
      "turn.started",
      "turn.completed",
      "turn.failed",
      "turn.cancelled",
    ]),
  }),
]);
type Packed = z.infer<typeof packedSchema>;
/** An event that repeats a message, kept as its type alone. */
type Marker = Extract<Packed, { type: `turn.${string}` }>;

/** Fills in what a marker leaves out. */
export type Fill = (marker: Marker["type"]) => TurnEventBody;

/** @param events consecutive and of one epoch; at least one */
export function appendBatch(sql: Sql, turn: number, events: readonly TurnEvent[]): void {
  const first = events[0];
  if (first === undefined) return;
  const firstDelta = events.find((event) => event.type === "text.delta");
  sql.run(
    "INSERT INTO events (turn, first_seq, epoch, first_index, body) VALUES (?, ?, ?, ?, ?)",
    turn,
    first.seq,
    first.epoch,
    firstDelta?.type === "text.delta" ? firstDelta.index : 0,
    JSON.stringify(events.map(pack)),
  );
}

/** The stored events of a turn with a `seq` of at least `from`. */
export function* readLog(
  sql: Sql,
  turn: { n: number; id: string },
  from: number,
  fill: Fill,
): Generator<TurnEvent> {
  for (const { packed, ...place } of readPacked(sql, turn.n, from)) {
    const body = isMarker(packed) ? fill(packed.type) : unpack(packed, place.index);
    yield { ...body, turn_id: turn.id, epoch: place.epoch, seq: place.seq };
  }
}

/** What the log of a turn comes to: where a restarted object takes it up. */
export function foldLog(sql: Sql, n: number) {
  const transcript = emptyTranscript();
  let lastSeq = 0;
  let started = false;
  /** In their order, with the epoch that told each. */
  const notices: { epoch: number; notice: Notice }[] = [];
  for (const { packed, seq, index, epoch } of readPacked(sql, n, 1)) {
    lastSeq = seq;
    if (isMarker(packed)) started ||= packed.type === "turn.started";
    else {
      const event = unpack(packed, index);
      applyEvent(transcript, event);
      if (event.type === "notice") notices.push({ epoch, notice: event.notice });
    }
  }
  return { transcript, lastSeq, started, notices };
}
export type Past = ReturnType<typeof foldLog>;

type Placed = { packed: Packed; seq: number; index: number; epoch: number };

/** One batch at a time: a log may be larger than what one read should hold. */
function* readPacked(sql: Sql, turn: number, from: number): Generator<Placed> {
  const start = sql.first<{ first_seq: number }>(
    "SELECT first_seq FROM events WHERE turn = ? AND first_seq <= ? ORDER BY first_seq DESC LIMIT 1",
    turn,
    from,
  );
  for (let next = start?.first_seq ?? from; ;) {
    const row = sql.first<{ first_seq: number; epoch: number; first_index: number; body: string }>(
      "SELECT first_seq, epoch, first_index, body FROM events WHERE turn = ? AND first_seq >= ? ORDER BY first_seq LIMIT 1",
      turn,
      next,
    );
    if (row === null) return;
    let index = row.first_index;
    next = row.first_seq;
    for (const packed of z.array(packedSchema).parse(JSON.parse(row.body))) {
      if (next >= from) yield { packed, seq: next, index, epoch: row.epoch };
      if (typeof packed === "string") index++;
      next++;
    }
  }
}

/**
 * Drops the logs that age out when every turn up to `to` has ended, and before it those up to
 * `from`. Their closing events can still be told. The log of an open turn is never touched.
 */
export function pruneLogs(sql: Sql, from: number, to: number): void {
  if (to > KEPT_LOGS && to > from)
    sql.run("DELETE FROM events WHERE turn > ? AND turn <= ?", from - KEPT_LOGS, to - KEPT_LOGS);
}

export function dropLog(sql: Sql, turn: number): void {
  sql.run("DELETE FROM events WHERE turn = ?", turn);
}

function pack(event: TurnEvent): Packed {
  switch (event.type) {
    case "text.delta":
      return event.text;
    case "reasoning.delta":
      return { type: event.type, text: event.text };
    case "text.rewound":
      return { type: event.type, offset: event.offset };
    case "sources.found":
      return { type: event.type, sources: event.sources };
    case "tool.called":
      return { type: event.type, call: event.call };
    case "notice":
      return { type: event.type, notice: event.notice };
    case "turn.queued":
    case "turn.started":
    case "turn.completed":
    case "turn.failed":
    case "turn.cancelled":
      return { type: event.type };
  }
}

function unpack(packed: Exclude<Packed, Marker>, index: number) {
  return typeof packed === "string" ? { type: "text.delta" as const, index, text: packed } : packed;
}

function isMarker(packed: Packed): packed is Marker {
  return typeof packed === "object" && packed.type.startsWith("turn.");
}
