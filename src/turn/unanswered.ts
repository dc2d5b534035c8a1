// Says that documents say nothing: what was to be answered from them is not made up instead.
import { nothingFound } from "../rag/context.ts";
import { hasSaid, type Node } from "./state.ts";

export const unanswered: Node = (state, _services, sink) => {
  if (!hasSaid(sink, "nothing_found"))
    sink.emit({
      type: "notice",
      notice: {
        code: "nothing_found",
        message:
          "No document says anything of this. Ask in other words, choose other collections, or switch answering from documents off.",
      },
    });
  if (sink.transcript.text !== "") sink.emit({ type: "text.rewound", offset: 0 });
  sink.emit({ type: "text.delta", index: sink.transcript.deltas, text: nothingFound() });
  return {
    ...state,
    finish: {
      type: "finish",
      reason: { unified: "stop", raw: "nothing_found" },
      usage: undefined,
    },
  };
};
