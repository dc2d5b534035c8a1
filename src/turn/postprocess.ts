// Checks the citations, totals the usage and closes the turn as completed.
import { AppError } from "../errors.ts";
import { learnRatio } from "../memory/window.ts";
import { cite } from "../rag/cite.ts";
import { say } from "./generate.ts";
import type { Node, TurnServices, TurnSink, TurnState } from "./state.ts";
import { promptTokens } from "../llm/complete.ts";

export const postprocess: Node = (state, services, sink) => {
  if (state.finish === null)
    throw new AppError("INTERNAL_ERROR", "postprocess came before generate");
  // In JSON a bracket is a list.
  if (isProse(state)) checkCitations(sink);
  return {
    ...state,
    learnt: { ...state.learnt, ratio: ratioOf(state, services) },
    outcome: {
      status: "completed",
      finish_reason: state.finish.reason.unified,
    },
  };
};

const isProse = ({ response_format }: TurnState) =>
  response_format === undefined || response_format.type === "text";

/** What cites a source that was not given is taken out, and counted. */
function checkCitations(sink: TurnSink): void {
  const { transcript } = sink;
  if (transcript.sources.length === 0) return;
  const { text, invalid, changedAt } = cite(transcript.text, transcript.sources);
  if (changedAt === null) return;
  sink.emit({ type: "text.rewound", offset: changedAt });
  say(sink, text.slice(changedAt));
  sink.emit({
    type: "notice",
    notice: {
      code: "citations_removed",
      message:
        invalid === 1
          ? "A citation pointed at no source, and was taken out."
          : `${invalid} citations pointed at no source, and were taken out.`,
      details: { invalid },
    },
  });
}

/** What the provider's count of the prompt teaches about our estimates; null where it told nothing. */
function ratioOf(
  { request, finish, continues }: TurnState,
  { memory, meter }: TurnServices,
): number | null {
  const answers = meter.calls().filter(({ purpose }) => purpose === "chat");
  // Of several calls each had a prompt of its own.
  const reported = answers.length === 1 ? finish?.usage?.prompt : undefined;
  if (memory === null || request === null || reported === undefined || continues !== undefined)
    return null;
  return learnRatio(memory.ratio, promptTokens(request), reported);
}
