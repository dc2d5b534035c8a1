// A turn without a conversation: the same graph, with nothing stored. It lives with its request;
// whoever aborts `signal` ends it.
import { newId } from "../ids.ts";
import { Meter, type ModelCall } from "../llm/calls.ts";
import type { ClosingEvent, TurnEvent, TurnEventBody } from "../protocol/events.ts";
import type { Source } from "../protocol/knowledge.ts";
import { contentOf, type Message, partsOf } from "../protocol/message.ts";
import { applyEvent, emptyTranscript } from "../protocol/transcript.ts";
import { citationsOf } from "./citations.ts";
import { closingBody, finishReasonOf, statusOf, metadataOf } from "./outcome.ts";
import { NO_PROGRESS, noProgress, runTurn } from "./run.ts";
import type { TurnInput, TurnServices, TurnSink } from "./state.ts";
import { tallyOf } from "./tally.ts";

/** `calls`: of models, for the books. `sources`: what was put before the model. */
export type StatelessTurn = {
  closing: ClosingEvent;
  calls: ModelCall[];
  sources: readonly Source[];
  thrown: unknown;
};

/** @param tell each event as it happens, the closing one last */
export async function runStateless(
  input: Omit<TurnInput, "text" | "continues" | "notices" | "again"> & {
    messages: NonNullable<TurnInput["messages"]>;
  },
  services: Omit<TurnServices, "memory" | "meter">,
  tell: (event: TurnEvent) => void,
  signal: AbortSignal,
): Promise<StatelessTurn> {
  const startedAt = services.now();
  const turn_id = newId("turn", startedAt);
  const message_id = newId("msg", startedAt);
  const transcript = emptyTranscript();
  const meter = new Meter(services.now);
  let firstTokenAt: number | null = null;
  let lastEventAt = startedAt;
  let seq = 0;
  const sink: TurnSink = {
    transcript,
    emit(body: TurnEventBody) {
      lastEventAt = services.now();
      applyEvent(transcript, body);
      if (body.type === "text.delta") firstTokenAt ??= lastEventAt;
      tell({ ...body, turn_id, epoch: 1, seq: ++seq });
    },
  };
  sink.emit({ type: "turn.started", conversation_id: null, message_id, message: null });
  const stalled = new AbortController();
  const watch = setInterval(() => {
    if (services.now() - lastEventAt > NO_PROGRESS) stalled.abort(noProgress());
  }, NO_PROGRESS / 10);
  const { outcome, thrown, learnt } = await runTurn(
    { ...input, text: "", notices: [], continues: undefined, again: false },
    { ...services, memory: null, meter },
    sink,
    AbortSignal.any([signal, stalled.signal]),
  );
  clearInterval(watch);
  const now = services.now();
  const tally = tallyOf(meter);
  const parts = partsOf(transcript);
  const message: Message = {
    id: message_id,
    conversation_id: null,
    turn_id,
    seq: 0,
    parent_id: null,
    role: "assistant",
    parts,
    content: contentOf(parts),
    status: statusOf(outcome, parts),
    created_at: new Date(startedAt).toISOString(),
    timestamp: new Date(now).toISOString(),
    model: tally.model,
    provider: tally.provider,
    tokens_used: tally.usage,
    finish_reason: finishReasonOf(outcome),
    latency_ms: now - startedAt,
    ttft_ms: firstTokenAt === null ? null : firstTokenAt - startedAt,
    citations: citationsOf(transcript),
    notices: transcript.notices,
    metadata: { ...metadataOf(outcome, tally, transcript.notices), ...learnt.metadata },
    feedback: null,
    sibling_ids: [],
  };
  const closing = { ...closingBody(outcome, message), turn_id, epoch: 1, seq: ++seq };
  tell(closing);
  return { closing, calls: meter.calls(), sources: transcript.sources, thrown };
}
