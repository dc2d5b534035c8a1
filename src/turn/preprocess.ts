// Checks the input, settles who answers, and says what of the request was ignored.
import { unwrap } from "../errors.ts";
import type { Routed } from "../llm/models.ts";
import { estimateTokens } from "../llm/tokens.ts";
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
  const said = messages?.slice(0, -1).map(({ content }) => content) ?? [];
  return {
    text: messages?.at(-1)?.content ?? state.text,
    tools: tools.length,
    images,
    json_schema: response_format?.type === "json_schema",
    context_tokens: sumOf([state.system ?? "", ...said]) + historyWeight(memory, historyTokens),
    answer_tokens: settings.max_tokens ?? defaults.max_tokens,
    user_tier: asker.tier,
    budget_left: asker.budget_left,
  };
}

/** Tokens of the history that could be sent, and no more than that is read. */
function historyWeight(memory: Recollection | null, most: number): number {
  let tokens = 0;
  for (const { content } of memory?.recent() ?? []) {
    tokens += estimateTokens(content.slice(0, 4 * most));
    if (tokens >= most) return most;
  }
  return tokens;
}

const sumOf = (texts: readonly string[]) =>
  texts.reduce((sum, text) => sum + estimateTokens(text), 0);

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
