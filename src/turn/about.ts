// What a choice among models goes by, where the model is `auto`: what the person says, and all that is
// sent with it.
import { messageTokens } from "../llm/complete.ts";
import type { Routed } from "../llm/models.ts";
import type { ModelMessage } from "../llm/provider.ts";
import { estimateTokens } from "../llm/tokens.ts";
import { MOST_PICTURES } from "./history.ts";
import { neededBy } from "./room.ts";
import type { Recollection, TurnServices, TurnState } from "./state.ts";

export function aboutOf(state: TurnState, services: TurnServices): Routed {
  const { messages, tools = [], response_format, settings, asker } = state;
  const { system, examples, beside, tools: offered, form } = neededBy(state, services);
  const told = messages === null ? ofConversation(state, services) : ofMessages(messages);
  return {
    ...told,
    tools: tools.length,
    json_schema: response_format?.type === "json_schema",
    context_tokens: system + examples + beside + offered + form + told.context_tokens,
    answer_tokens: settings.max_tokens ?? services.defaults.max_tokens,
    user_tier: asker.tier,
    budget_left: asker.budget_left,
  };
}

type Told = Pick<Routed, "text" | "images" | "context_tokens">;

/** What is asked: the message, or the last words of a person in a history of its own. */
export function lastQuestion({ text, messages }: Pick<TurnState, "text" | "messages">): string {
  return messages === null
    ? text
    : (messages.findLast(({ role }) => role === "user")?.content ?? "");
}

/** What a tool answered is nobody's message: the last words of the person count. */
function ofMessages(messages: readonly ModelMessage[]): Told {
  const last = messages.findLastIndex(({ role }) => role === "user");
  // Its text is counted where it is read.
  const beside = messages.map((message, at) => (at === last ? wordless(message) : message));
  return {
    text: messages[last]?.content ?? "",
    images: messages.reduce(
      (sum, it) => sum + (it.role === "user" ? (it.images?.length ?? 0) : 0),
      0,
    ),
    context_tokens: beside.reduce((sum, message) => sum + messageTokens(message), 0),
  };
}

const wordless = (message: ModelMessage): ModelMessage => ({ ...message, content: "" });

function ofConversation({ text, parts }: TurnState, { memory, historyTokens }: TurnServices): Told {
  const own = parts.filter(({ type }) => type === "image").length;
  const history = weigh(memory, historyTokens);
  return {
    text: text === "" ? history.lastWords : text,
    images: own + Math.min(MOST_PICTURES, history.pictures),
    context_tokens: history.tokens,
  };
}

/** Of the history that could be sent, and no more than that is read. */
function weigh(memory: Recollection | null, most: number) {
  const found = { tokens: 0, pictures: 0, lastWords: "" };
  for (const { role, content, parts = [], tokens } of memory?.recent() ?? []) {
    found.tokens += tokens ?? estimateTokens(content.slice(0, 4 * most));
    found.pictures += parts.filter(({ type }) => type === "image").length;
    if (role === "user" && found.lastWords === "") found.lastWords = content;
    if (found.tokens >= most) return { ...found, tokens: most };
  }
  return found;
}
