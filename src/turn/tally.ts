// What is known of a turn however it ends: who answered, and what it used.
import { messagesOf } from "../llm/normalise.ts";
import type { ModelRequest } from "../llm/provider.ts";
import { estimateTokens, MESSAGE_OVERHEAD } from "../llm/tokens.ts";
import type { Usage } from "../protocol/message.ts";
import type { TurnSink, TurnState } from "./state.ts";

export function tally(state: TurnState, sink: TurnSink) {
  const reported = state.finish?.usage;
  return {
    provider: state.choice?.provider.id ?? null,
    model: state.choice?.model ?? null,
    usage: reported ?? estimateUsage(state, sink),
    usageEstimated: reported === undefined,
  };
}

/** About how many tokens a request has, the partial answer that it goes on from included. */
export function promptTokens(request: ModelRequest): number {
  const sent = [request.system ?? "", ...messagesOf(request).map(({ content }) => content)];
  return sent.reduce((sum, text) => sum + estimateTokens(text) + MESSAGE_OVERHEAD, 0);
}

/** Null where no model was asked. */
function estimateUsage({ request }: TurnState, { transcript }: TurnSink): Usage | null {
  if (request === null) return null;
  const prompt = promptTokens(request);
  const completion = estimateTokens(transcript.text) + estimateTokens(transcript.reasoning);
  return { prompt, completion, total: prompt + completion };
}
