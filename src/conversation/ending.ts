// The end of a turn: its answer, its row, the log's tail, what it used and what others have yet to hear,
// stored together; only then is it told.
import { closingBody } from "../turn/outcome.ts";
import type { Learnt, Outcome } from "../turn/state.ts";
import { finishedAnswer } from "./answer.ts";
import type { Keeper } from "./keeper.ts";
import type { LiveTurn } from "./live-turn.ts";
import { pruneLogs } from "./log.ts";
import { insertMessage, viewOf } from "./messages.ts";
import * as outbox from "./outbox.ts";
import { GATHER } from "./question.ts";
import { changed, previewOf, saveRecord } from "./record.ts";
import { booked, type Settlement } from "./settlement.ts";
import type { ObjectState } from "./state.ts";
import { endTurn } from "./turns.ts";

/**
 * @param others the numbers of turns that have not ended
 * @returns what is to be settled; null where nothing was reserved
 */
export function storeEnd(
  state: ObjectState,
  keeper: Keeper,
  live: LiveTurn,
  outcome: Outcome,
  learnt: Learnt,
  others: readonly number[],
): Settlement | null {
  const { sql, alarms, services } = state;
  const now = services.now();
  const answer = finishedAnswer(live, outcome, learnt.metadata, now);
  const books = booked(state.record, live, outcome, services.prices, now);
  const used = answer.details.tokens_used;
  live.close(() => {
    const { record } = state;
    insertMessage(sql, record, answer);
    endTurn(sql, live.row.n, {
      status: outcome.status,
      lastSeq: live.lastSeq,
      error: outcome.status === "failed" ? outcome.error : null,
      spent: books?.spent ?? null,
      now,
    });
    const next = changed(record, now, {
      message_count: record.message_count + 1,
      preview: live.transcript.text === "" ? record.preview : previewOf(live.transcript.text),
      last_message_at: now,
      total_input_tokens: record.total_input_tokens + (used?.prompt ?? 0),
      total_output_tokens: record.total_output_tokens + (used?.completion ?? 0),
      token_ratio: learnt.ratio ?? record.token_ratio,
      closed_through: Math.min(...others, record.last_turn + 1) - 1,
    });
    pruneLogs(sql, record.closed_through, next.closed_through);
    saveRecord(sql, next);
    outbox.put(sql, next);
    outbox.putTurn(sql, live.row.n, {
      usage: books?.usage ?? [],
      settlement: books?.settlement ?? null,
      messages: [live.row.question_seq, live.row.answer_seq],
      ended: true,
    });
    keeper.wants(live, outcome, learnt, next);
    if (others.length === 0) alarms.clear("turn");
    // Whoever waits elsewhere is told at once.
    alarms.by("outbox", live.row.input.track === undefined ? now + GATHER : now);
    alarms.arm();
    state.record = next;
    return closingBody(outcome, viewOf(sql, next, answer));
  });
  return books?.settlement ?? null;
}
