// What a viewer missed: from the log, then from what is not stored yet.
import { errorBody, failureOf } from "../errors.ts";
import { ownedId } from "../ids.ts";
import type { ClosingBody, Position, TurnEvent, TurnEventBody } from "../protocol/events.ts";
import type { LiveTurn } from "./live-turn.ts";
import { readLog } from "./log.ts";
import { readMessage } from "./messages.ts";
import type { ObjectState } from "./state.ts";
import { readTurn, type TurnRow } from "./turns.ts";

/**
 * The events of a turn after `after` (null: all of them). A viewer that was ahead of storage when
 * its epoch ended, or that names a place that never was, is first told to rewind. Where the log was
 * pruned, the closing event alone.
 */
export function* replay(
  state: ObjectState,
  row: TurnRow,
  live: LiveTurn | undefined,
  after: Pick<Position, "epoch" | "seq"> | null,
): Generator<TurnEvent> {
  const id = ownedId("turn", state.record.id, row.n);
  const lastSeq = live?.lastSeq ?? row.last_seq;
  let from = 1;
  if (after !== null) {
    const next = row.epochs.find((epoch) => epoch.epoch > after.epoch);
    const ahead = next !== undefined && after.seq >= next.first_seq;
    const nowhere = next === undefined && (after.epoch > row.epoch || after.seq > lastSeq);
    if (ahead) {
      from = next.first_seq;
      yield {
        type: "text.rewound",
        offset: next.offset,
        turn_id: id,
        epoch: next.epoch,
        seq: from - 1,
      };
    } else if (nowhere) yield { type: "text.rewound", offset: 0, turn_id: id, epoch: 1, seq: 0 };
    else from = after.seq + 1;
  }
  let told = from - 1;
  // Read as the viewer takes it: meanwhile more may have been said, or stored, or have ended.
  for (let before = -1; told > before;) {
    before = told;
    for (const event of readLog(state.sql, { n: row.n, id }, told + 1, (type) =>
      fill(state, row.n, type),
    )) {
      told = event.seq;
      yield event;
    }
    for (const event of live?.pendingFrom(told + 1) ?? []) {
      told = event.seq;
      yield event;
    }
  }
  if (live === undefined && told < row.last_seq)
    yield { ...closingOf(state, row), turn_id: id, epoch: row.epoch, seq: row.last_seq };
}

/** How an ended turn ended. The whole message is read from where it is stored. */
export function closingOf(state: ObjectState, row: TurnRow): ClosingBody {
  const message = readMessage(state.sql, state.record, row.answer_seq);
  if (message === null) throw new Error(`turn ${row.n} has ended without its message`);
  switch (row.status) {
    case "completed":
      return { type: "turn.completed", message };
    case "cancelled":
      return { type: "turn.cancelled", message };
    case "failed":
    case "queued":
    case "running":
      return { type: "turn.failed", error: row.error ?? errorBody(failureOf(undefined)), message };
  }
}

function fill(state: ObjectState, n: number, type: TurnEventBody["type"]): TurnEventBody {
  const row = readTurn(state.sql, n);
  if (row === null) throw new Error(`turn ${n} has a log and no row`);
  const conversation_id = state.record.id;
  switch (type) {
    case "turn.queued":
    case "turn.started": {
      const message = readMessage(state.sql, state.record, row.question_seq);
      if (message === null) throw new Error(`turn ${row.n} has no question`);
      if (type === "turn.queued") return { type, conversation_id, message };
      const message_id = ownedId("msg", conversation_id, row.answer_seq);
      return { type, conversation_id, message_id, message };
    }
    default:
      return closingOf(state, row);
  }
}
