// Loads what of the conversation fits: the newest messages within a token budget and a byte budget.
// It reads no further than it keeps, so a turn costs the same however long the conversation is.
import { estimateTokens, MESSAGE_OVERHEAD } from "../llm/tokens.ts";
import type { ModelMessage } from "../llm/provider.ts";
import { hasSaid, type Node } from "./state.ts";

/** However short they are, no more than this many messages are read. */
const MOST_MESSAGES = 100;
/** UTF-16 units: what a turn may hold of its conversation in memory. */
const MOST_UNITS = 2_000_000;

export const recall: Node = (state, services, sink) => {
  const history: ModelMessage[] = [];
  let tokens = 0;
  let units = 0;
  let left = false;
  for (const message of services.recent()) {
    tokens += estimateTokens(message.content) + MESSAGE_OVERHEAD;
    units += message.content.length;
    if (tokens > services.historyTokens || units > MOST_UNITS || history.length === MOST_MESSAGES) {
      left = true;
      break;
    }
    history.unshift(message);
  }
  if (left && !hasSaid(sink, "history_truncated"))
    sink.emit({
      type: "notice",
      notice: {
        code: "history_truncated",
        message: `The model was given the last ${history.length} messages; earlier ones did not fit.`,
        details: { messages: history.length },
      },
    });
  return { ...state, history };
};
