// What a turn sends whatever its conversation holds, and whether the model's context has room beside it.
import { AppError } from "../errors.ts";
import type { Choice } from "../llm/models.ts";
import { formTokens, messageTokens, toolTokens } from "../llm/complete.ts";
import { messagesOf } from "../llm/normalise.ts";
import { estimateTokens, MESSAGE_OVERHEAD } from "../llm/tokens.ts";
import { asked } from "./history.ts";
import type { TurnServices, TurnState } from "./state.ts";
import { systemOf } from "./system.ts";

/** Estimated tokens of each part, what surrounds it included. */
export type Needed = {
  system: number;
  examples: number;
  /** What was asked of tools and what they returned, where the message goes on from there. */
  chain: number;
  question: number;
  /** Pictures, and what tools returned, that come with the question. */
  beside: number;
  tools: number;
  form: number;
  partial: number;
};

/** But for the `chain`, which only the conversation knows. */
export function neededBy(state: TurnState, services: TurnServices): Omit<Needed, "chain"> {
  const system = systemOf({ ...state, recalled: [], found: null }, services);
  const said = state.examples.flatMap(({ user, assistant }) => [user, assistant]);
  const goesOn = messagesOf({ messages: [], continues: state.continues });
  return {
    // Counted where there is none, too: what is recalled makes one.
    system: costOf(system ?? ""),
    examples: sum(said.map(costOf)),
    question: costOf(state.text),
    beside: besideTokens(state),
    tools: toolTokens(state.tools),
    form: formTokens(state.response_format),
    partial: sum(goesOn.map(({ content }) => costOf(content))),
  };
}

/** Of what comes with the question beside its text. */
function besideTokens({ parts }: Pick<TurnState, "parts">): number {
  const beside = parts.filter(({ type }) => type !== "text");
  return beside.length === 0 ? 0 : sum(asked(beside).map(messageTokens));
}

/** How a request calls each part, and what can be done about it. */
const REMEDIES: Record<keyof Needed, { field: string; what: string; remedy: string }> = {
  system: {
    field: "system_prompt",
    what: "The system prompt, with what is to be known beside it,",
    remedy: "Shorten it, or the context",
  },
  examples: { field: "prompt", what: "The prompt's examples", remedy: "Use fewer" },
  chain: {
    field: "parts",
    what: "What tools were asked and returned since the last words",
    remedy: "Send words in the place of the results",
  },
  question: { field: "message", what: "The message", remedy: "Shorten it" },
  beside: {
    field: "parts",
    what: "What comes beside the text, pictures or what tools returned,",
    remedy: "Send fewer pictures, or shorter results",
  },
  tools: {
    field: "tools",
    what: "The list of tools",
    remedy: "Offer fewer, or describe them in fewer words",
  },
  form: {
    field: "response_format.schema",
    what: "The schema of the answer",
    remedy: "Make it simpler",
  },
  partial: {
    field: "message",
    what: "The answer so far",
    remedy: "Send the message again and ask for less",
  },
};

/**
 * Refuses what leaves no room for an answer, before any model is asked.
 * @throws {AppError} CONTEXT_TOO_LONG, naming the largest part
 */
export function requireRoom(needed: Needed, { provider, model }: Choice, ratio: number): void {
  const context = provider.contextTokens(model);
  const tokens = Math.ceil(needed.system * ratio) + Math.ceil(besideHistory(needed) * ratio);
  if (tokens < context) return;
  const parts = [
    "question",
    "system",
    "examples",
    "beside",
    "tools",
    "form",
    "chain",
    "partial",
  ] as const;
  const largest = parts.reduce((a, b) => (needed[b] > needed[a] ? b : a));
  const { field, what, remedy } = REMEDIES[largest];
  throw new AppError(
    "CONTEXT_TOO_LONG",
    `${field}: ${what} leaves no room for an answer: ${model} reads ${context} tokens at once, and this is about ${tokens}. ${remedy}, or name a model that reads more.`,
    {
      field,
      provider: provider.id,
      model,
      tokens,
      context,
      retryable: false,
      reason: "context_too_long",
    },
  );
}

/** Estimated tokens of what is sent beside the history and the system prompt. */
export function besideHistory(needed: Needed): number {
  const { examples, chain, question, beside, tools, form, partial } = needed;
  return examples + chain + question + beside + tools + form + partial;
}

const costOf = (text: string) => estimateTokens(text) + MESSAGE_OVERHEAD;
const sum = (costs: number[]) => costs.reduce((total, cost) => total + cost, 0);
