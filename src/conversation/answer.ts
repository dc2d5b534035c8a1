// The assistant's message of a turn: while it runs, and when it has ended.
import type { Failure } from "../errors.ts";
import { errorBody, failureOf } from "../errors.ts";
import { type Message, partsOf } from "../protocol/message.ts";
import { citationsOf } from "../turn/citations.ts";
import { finishReasonOf, statusOf, metadataOf } from "../turn/outcome.ts";
import { Cancelled, type TurnRun } from "../turn/run.ts";
import { NOTHING_LEARNT, type Outcome } from "../turn/state.ts";
import { tallyOf } from "../turn/tally.ts";
import type { LiveTurn } from "./live-turn.ts";
import { noDetails, type StoredMessage } from "./messages.ts";

/** After an abort, how long a provider has to end by itself before the turn ends without it. */
const GRACE = 250;

/** What the answer says so far: it has no row until it ends. */
export function runningAnswer(live: LiveTurn): StoredMessage {
  return { ...answerOf(live), status: "running" };
}

/**
 * The answer as it is stored when its turn ends.
 * @param found what the turn made out about the question
 */
export function finishedAnswer(
  live: LiveTurn,
  outcome: Outcome,
  found: Message["metadata"],
  now: number,
): StoredMessage {
  const answer = answerOf(live);
  const tally = tallyOf(live.meter);
  return {
    ...answer,
    status: statusOf(outcome, answer.parts),
    finished_at: now,
    details: {
      ...answer.details,
      citations: citationsOf(live.transcript),
      model: tally.model,
      provider: tally.provider,
      tokens_used: tally.usage,
      finish_reason: finishReasonOf(outcome),
      latency_ms: now - live.startedAt,
      metadata: { ...metadataOf(outcome, tally, answer.details.notices), ...found },
    },
  };
}

/** An end that no model had a part in. */
export function endWithout(failure: Failure | null): Outcome {
  return failure === null
    ? { status: "cancelled" }
    : { status: "failed", error: errorBody(failure) };
}

function answerOf(live: LiveTurn): StoredMessage {
  const { row, transcript } = live;
  return {
    seq: row.answer_seq,
    parent_seq: row.question_seq,
    branch: row.branch,
    depth: row.answer_depth,
    turn: row.n,
    role: "assistant",
    parts: partsOf(transcript),
    status: "running",
    created_at: live.startedAt,
    finished_at: live.lastEventAt,
    details: {
      ...noDetails,
      notices: transcript.notices,
      ttft_ms: live.firstTokenAt === null ? null : live.firstTokenAt - live.startedAt,
    },
    feedback: null,
  };
}

/** Why a turn could not be finished; `when` completes the sentence. */
export function interrupted(when: string): Failure {
  return {
    code: "TURN_INTERRUPTED",
    message: `The answer was interrupted and could not be finished${when}. What arrived is kept; send the message again to retry.`,
    details: { retryable: true },
  };
}

/** The outcome of a turn whose provider does not end although it was told to. */
export function forced(signal: AbortSignal): Promise<TurnRun> {
  return new Promise((resolve) => {
    const end = () => {
      const { reason } = signal as { reason: unknown };
      const failure = reason instanceof Cancelled ? null : failureOf(reason);
      setTimeout(
        () =>
          resolve({
            outcome: endWithout(failure),
            thrown: failure === null ? undefined : reason,
            learnt: NOTHING_LEARNT,
          }),
        GRACE,
      );
    };
    signal.addEventListener("abort", end, { once: true });
  });
}
