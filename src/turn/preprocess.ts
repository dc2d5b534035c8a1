// Checks the input, settles who answers, and says what of the request was ignored.
import { unwrap } from "../errors.ts";
import type { Routed } from "../llm/models.ts";
import { formTokens, messageTokens, toolTokens } from "../llm/complete.ts";
import { estimateTokens } from "../llm/tokens.ts";
import { besideTokens } from "./room.ts";
import {
  hasSaid,
  type Node,
  type Recollection,
  type TurnServices,
  type TurnState,
} from "./state.ts";

/** Where the model is to be chosen by what is asked: what that is. */
function aboutOf(state: TurnState, { memory, historyTokens, defaults }: TurnServices): Routed {
  const { messages, beside, tools = [], response_format, settings, asker } = state;
  const images =
    messages?.flatMap((it) => (it.role === "user" ? (it.images ?? []) : [])).length ??
    beside.filter(({ type }) => type === "image").length;
  // The text is counted where it is read.
  const said = messages?.map((message, at) =>
    at === messages.length - 1 ? { ...message, content: "" } : message,
  );
  const sent = said?.reduce((sum, message) => sum + messageTokens(message), 0);
  return {
    text: messages?.at(-1)?.content ?? state.text,
    tools: tools.length,
    images,
    json_schema: response_format?.type === "json_schema",
    context_tokens:
      estimateTokens(state.system ?? "") +
      (sent ?? besideTokens(state) + historyWeight(memory, historyTokens)) +
      toolTokens(tools) +
      formTokens(response_format),
    answer_tokens: settings.max_tokens ?? defaults.max_tokens,
    user_tier: asker.tier,
    budget_left: asker.budget_left,
  };
}

/** Tokens of the history that could be sent, and no more than that is read. */
function historyWeight(memory: Recollection | null, most: number): number {
  let tokens = 0;
  for (const said of memory?.recent() ?? []) {
    tokens += said.tokens ?? estimateTokens(said.content.slice(0, 4 * most));
    if (tokens >= most) return most;
  }
  return tokens;
}

export const preprocess: Node = (state, services, sink) => {
  if (state.ignored.length > 0 && !hasSaid(sink, "ignored_parameter"))
    sink.emit({
      type: "notice",
      notice: {
        code: "ignored_parameter",
        message: `Not known here, and ignored: ${state.ignored.join(", ")}.`,
        details: { parameters: state.ignored },
      },
    });
  for (const notice of state.notices)
    if (!hasSaid(sink, notice.code)) sink.emit({ type: "notice", notice });
  const { provider, model } = state;
  const { routed, ...choice } = unwrap(
    services.models.choose({ provider, model, about: () => aboutOf(state, services) }),
  );
  if (routed !== null && !hasSaid(sink, routed.code)) sink.emit({ type: "notice", notice: routed });
  return { ...state, choice };
};
