// Streams from the model and turns its events into the turn's.
import { AppError } from "../errors.ts";
import type { Finish } from "../llm/provider.ts";
import type { Notice } from "../protocol/message.ts";
import type { Node, TurnSink } from "./state.ts";

/** UTF-16 units: the work budget of a turn, for a model that never stops. */
const LONGEST_ANSWER = 1_000_000;
/** A delta is stored in one row and sent in one frame. */
const LONGEST_DELTA = 16_384;

export const generate: Node = async (state, services, sink, signal) => {
  const { choice, request, caching } = state;
  if (choice === null || request === null)
    throw new AppError("INTERNAL_ERROR", "generate came before assemble");
  const { models, meter } = services;
  for await (const event of models.stream({ choice, request, signal, meter, caching })) {
    switch (event.type) {
      case "text":
        say(sink, event.text);
        break;
      case "reasoning":
        sink.emit({ type: "reasoning.delta", text: event.text });
        break;
      case "rewind":
        sink.emit({ type: "text.rewound", offset: event.offset });
        break;
      case "notice":
        if (!isTold(sink, event.notice)) sink.emit(event);
        break;
      case "tool_call":
        sink.emit({ type: "tool.called", call: event.call });
        break;
      case "tool_call.started":
        break; // told when it is whole
      case "finish":
        return { ...state, finish: event };
    }
    const { text, reasoning } = sink.transcript;
    if (text.length + reasoning.length > LONGEST_ANSWER) return { ...state, finish: cutOff(sink) };
  }
  throw new AppError("INTERNAL_ERROR", "the provider ended without a finish");
};

/** What a model does not take is told once, however many models are asked, and however often. */
function isTold({ transcript }: TurnSink, { code, details }: Notice): boolean {
  const parameter = details?.["parameter"];
  return (
    parameter !== undefined &&
    transcript.notices.some(
      (told) => told.code === code && told.details?.["parameter"] === parameter,
    )
  );
}

export function say(sink: TurnSink, text: string): void {
  for (let from = 0, to = 0; from < text.length; from = to) {
    to = Math.min(text.length, from + LONGEST_DELTA);
    if (isHalf(text, to)) to -= 1;
    sink.emit({
      type: "text.delta",
      index: sink.transcript.deltas,
      text: text.slice(from, to),
    });
  }
}

/** Whether a cut there would part the two halves of a character. */
const isHalf = (text: string, at: number) =>
  at < text.length && /[\uD800-\uDBFF]/.test(text.charAt(at - 1));

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
