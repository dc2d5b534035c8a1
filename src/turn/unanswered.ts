// Says that documents say nothing: what was to be answered from them is not made up instead.
import { nothingFound } from "../rag/context.ts";
import { hasSaid, type Node, type TurnState } from "./state.ts";

/**
 * Whether nothing was found, and nothing else is there to answer from: no conversation, tool or picture. The
 * embedded model has nothing to add to that in any case.
 */
export function isUnanswerable(state: TurnState): boolean {
  const { found, history, messages, parts, tools = [], response_format, choice } = state;
  if (found === null || found.sources.length > 0) return false;
  const alone = history.length === 0 && (messages?.length ?? 0) <= 1;
  const plain = response_format === undefined || response_format.type === "text";
  if (!plain || tools.length > 0 || parts.length > 0) return false;
  return alone || choice?.provider.id === "embedded";
}

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
