// What a turn sends whatever its conversation holds, and whether the model's context has room beside it.
import { AppError } from "../errors.ts";
import type { Choice } from "../llm/models.ts";
import { messagesOf } from "../llm/normalise.ts";
import { estimateTokens, MESSAGE_OVERHEAD } from "../llm/tokens.ts";
import type { TurnServices, TurnState } from "./state.ts";
import { systemOf } from "./system.ts";

/** Estimated tokens of each part, what surrounds it included. */
export type Needed = { system: number; examples: number; question: number; partial: number };

export function neededBy(state: TurnState, services: TurnServices): Needed {
  const system = systemOf({ ...state, recalled: [] }, services);
  const said = state.examples.flatMap(({ user, assistant }) => [user, assistant]);
  const goesOn = messagesOf({ messages: [], continues: state.continues });
  return {
    // Counted where there is none, too: what is recalled makes one.
    system: costOf(system ?? ""),
    examples: sum(said.map(costOf)),
    question: costOf(state.text),
    partial: sum(goesOn.map(({ content }) => costOf(content))),
  };
}

/** How a request calls each part, and what can be done about it. */
const REMEDIES: Record<keyof Needed, { field: string; what: string; remedy: string }> = {
  system: {
    field: "system_prompt",
    what: "The system prompt, with what is to be known beside it,",
    remedy: "Shorten it, or the context",
  },
  examples: { field: "prompt", what: "The prompt's examples", remedy: "Use fewer" },
  question: { field: "message", what: "The message", remedy: "Shorten it" },
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
  const tokens = Math.ceil(needed.system * ratio) + Math.ceil(messagesIn(needed) * ratio);
  if (tokens < context) return;
  const parts = ["question", "system", "examples", "partial"] as const;
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

/** Estimated tokens of the messages that are sent beside the history. */
export function messagesIn({ examples, question, partial }: Needed): number {
  return examples + question + partial;
}

const costOf = (text: string) => estimateTokens(text) + MESSAGE_OVERHEAD;
const sum = (costs: number[]) => costs.reduce((total, cost) => total + cost, 0);
