// Answers an ambiguous message by the question that would clear it up: no model is asked for more.
import { hasSaid, type Node } from "./state.ts";

export const clarify: Node = (state, _services, sink) => {
  const question = state.clarifies ?? "";
  if (!hasSaid(sink, "clarifying_question"))
    sink.emit({
      type: "notice",
      notice: {
        code: "clarifying_question",
        message: "The message could mean several things, so this asks instead of answering.",
      },
    });
  if (sink.transcript.text !== "") sink.emit({ type: "text.rewound", offset: 0 });
  sink.emit({ type: "text.delta", index: sink.transcript.deltas, text: question });
  return {
    ...state,
    finish: {
      type: "finish",
      reason: { unified: "stop", raw: "clarifying_question" },
      usage: undefined,
    },
  };
};
