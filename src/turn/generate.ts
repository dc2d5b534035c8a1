// Streams from the model and turns its events into the turn's. A turn that was interrupted goes on
// from its partial text: the seam is joined here.
import { AppError } from "../errors.ts";
import { Joiner } from "../llm/continuation.ts";
import type { Finish } from "../llm/provider.ts";
import type { Node, TurnSink } from "./state.ts";

/** UTF-16 units: the work budget of a turn, for a model that never stops. */
const LONGEST_ANSWER = 1_000_000;
/** A delta is stored in one row and sent in one frame. */
const LONGEST_DELTA = 16_384;

export const generate: Node = async (state, services, sink, signal) => {
  const { choice, request } = state;
  if (choice === null || request === null)
    throw new AppError("INTERNAL_ERROR", "generate came before assemble");
  const joiner = state.continues === undefined ? null : new Joiner(state.continues);
  let finish: Finish | null = null;

  for await (const event of services.models.stream(choice, request, signal, services.meter)) {
    if (event.type === "notice") sink.emit(event);
    else if (event.type === "finish") finish = event;
    else if (event.type === "text" || event.type === "reasoning") {
      if (event.type === "reasoning") sink.emit({ type: "reasoning.delta", text: event.text });
      else if (joiner === null) say(sink, event.text);
      else join(sink, joiner.push(event.text));
      if (sink.transcript.text.length + sink.transcript.reasoning.length > LONGEST_ANSWER) {
        finish = cutOff(sink);
        break;
      }
    }
  }
  if (joiner !== null) join(sink, joiner.end());
  if (finish === null) throw new AppError("INTERNAL_ERROR", "the provider ended without a finish");
  return { ...state, finish };
};

function say(sink: TurnSink, text: string): void {
  for (let from = 0; from < text.length; from += LONGEST_DELTA)
    sink.emit({
      type: "text.delta",
      index: sink.transcript.deltas,
      text: text.slice(from, from + LONGEST_DELTA),
    });
}

/** What goes on from a partial: at the seam the reader is told, and where it is. */
function join(sink: TurnSink, joined: ReturnType<Joiner["push"]>): void {
  if (joined === null) return;
  if (joined.first) {
    if (joined.type === "afresh") sink.emit({ type: "text.rewound", offset: 0 });
    sink.emit({
      type: "notice",
      notice: {
        code: "recovered",
        message:
          joined.type === "afresh"
            ? "The answer was interrupted, and begun anew."
            : "The answer was interrupted here and taken up again.",
        offset: sink.transcript.text.length,
      },
    });
  }
  say(sink, joined.text);
}

function cutOff(sink: TurnSink): Finish {
  sink.emit({
    type: "notice",
    notice: {
      code: "output_truncated",
      message: "The answer grew past a million characters and was ended there.",
      offset: sink.transcript.text.length,
    },
  });
  return { type: "finish", reason: { unified: "length", raw: "work_budget" }, usage: undefined };
}
