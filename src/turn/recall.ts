// Loads what of the conversation fits: the newest messages within a token budget and a byte budget.
// It reads no further than it keeps, so a turn costs the same however long the conversation is.
import { AppError } from "../errors.ts";
import { estimateTokens, MESSAGE_OVERHEAD } from "../llm/tokens.ts";
import type { ModelMessage } from "../llm/provider.ts";
import { hasSaid, type Node, type TurnServices, type TurnState } from "./state.ts";

/** However short they are, no more than this many messages are read. */
const MOST_MESSAGES = 100;
/** UTF-16 units: what a turn may hold of its conversation in memory. */
const MOST_UNITS = 2_000_000;

export const recall: Node = (state, services, sink) => {
  const history: ModelMessage[] = [];
  let tokens = 0;
  let units = 0;
  let left = false;
  const budget = Math.min(services.historyTokens, roomFor(state, services));
  for (const message of services.recent()) {
    tokens += estimateTokens(message.content) + MESSAGE_OVERHEAD;
    units += message.content.length;
    if (tokens > budget || units > MOST_UNITS || history.length === MOST_MESSAGES) {
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

/** Tokens of the model's context that the system prompt, the question and the answer leave. */
function roomFor(state: TurnState, services: TurnServices): number {
  if (state.choice === null) throw new AppError("INTERNAL_ERROR", "recall came before preprocess");
  const { provider, model } = state.choice;
  const system = estimateTokens(state.system ?? services.systemPrompt ?? "");
  const answer = state.settings.max_tokens ?? services.defaults.max_tokens;
  return provider.contextTokens(model) - system - estimateTokens(state.text) - answer;
}
