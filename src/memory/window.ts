// What of a conversation is sent: a budget of tokens for each part of a prompt (seed 003 §7.2), and the
// newest messages that fit it.
import { estimateTokens, MESSAGE_OVERHEAD } from "../llm/tokens.ts";
import { begins, type Said } from "./said.ts";

/** However short they are, no more messages than this are sent. */
export const MOST_MESSAGES = 200;
/** UTF-16 units: what a turn may hold of its conversation in memory. */
const MOST_UNITS = 2_000_000;

/** The seed's 3,000 tokens of 9,000 for knowledge, as a share of whatever context a model has. */
const KNOWLEDGE_SHARE = 1 / 3;

export type Budget = {
  /** Real tokens, as the provider counts, for each part; never below 0. */
  system: number;
  question: number;
  knowledge: number;
  history: number;
  /** What the answer may have at least: less than was asked for where the context is small. */
  output: number;
};

/**
 * Who gets what of a context. The system prompt and the question are sent whole. The answer gets what was asked for,
 * and at most half of what they leave; knowledge and history share the rest.
 */
export function budgetFor(parts: {
  /** Real tokens: the model's context, answer included. */
  context: number;
  /** Estimated tokens. */
  system: number;
  question: number;
  /** The longest answer, in real tokens. */
  output: number;
  /** Real tokens: the operator's bound. */
  historyMost: number;
  /** 0 where nothing is looked up; a third of the context unless said. */
  knowledgeMost?: number;
  /** Real tokens for one estimated; see {@link learnRatio}. */
  ratio?: number;
}): Budget {
  const { context, output: asked, historyMost, ratio = 1 } = parts;
  const { knowledgeMost = Math.floor(context * KNOWLEDGE_SHARE) } = parts;
  const system = Math.ceil(parts.system * ratio);
  const question = Math.ceil(parts.question * ratio);
  const left = Math.max(0, context - system - question);
  const output = Math.min(asked, Math.ceil(left / 2));
  const room = left - output;
  const knowledge = Math.min(knowledgeMost, Math.floor(room / 2));
  const history = Math.min(historyMost, room - knowledge);
  return { system, question, knowledge, history, output };
}

export type Window<M> = {
  /** Oldest first. */
  kept: M[];
  /** Real tokens, about. */
  tokens: number;
  /** Whether there was more. */
  left: boolean;
};

/**
 * The newest messages that fit `budget` real tokens, exchanges whole: a question with everything up to
 * the next, what tools were asked and returned for it included. Reads no further than to the first message that does not fit.
 * @param newestFirst read lazily; a message's `tokens` are real ones, where they are known
 * @param most messages; never more than 200
 */
export function pickWindow<M extends Said & { tokens?: number | undefined }>(
  newestFirst: Iterable<M>,
  budget: number,
  ratio = 1,
  most = MOST_MESSAGES,
): Window<M> {
  const mostKept = Math.min(most, MOST_MESSAGES);
  const kept: M[] = [];
  let tokens = 0;
  let exchange: M[] = [];
  let cost = 0;
  let units = 0;
  let left = false;
  for (const message of newestFirst) {
    units += message.content.length;
    // Its length alone may rule a message out: then it is not measured.
    if (units <= MOST_UNITS) cost += costOf(message, ratio);
    exchange.push(message);
    if (units > MOST_UNITS || tokens + cost > budget || kept.length + exchange.length > mostKept) {
      left = true;
      break;
    }
    if (!begins(message)) continue;
    kept.push(...exchange);
    tokens += cost;
    exchange = [];
    cost = 0;
  }
  // A conversation may open with something that nobody had asked.
  if (!left) {
    kept.push(...exchange);
    tokens += cost;
  }
  return { kept: kept.toReversed(), tokens, left };
}

/** Real tokens of a message, about. */
export function costOf({ content, tokens }: Said & { tokens?: number | undefined }, ratio: number) {
  return tokens ?? Math.ceil((estimateTokens(content) + MESSAGE_OVERHEAD) * ratio);
}

/** Tokens: below this a prompt is mostly what the vendor adds around it. */
const TINY_PROMPT = 200;
const LEARNING_RATE = 0.2;
const clamp = (ratio: number) => Math.min(2, Math.max(0.5, ratio));

/**
 * Real tokens for one estimated, after a prompt that we took for `estimated` tokens and the provider
 * for `reported`. Begins at 1; between 0.5 and 2, so that one odd report spoils nothing.
 */
export function learnRatio(previous: number, estimated: number, reported: number): number {
  const before = Number.isFinite(previous) && previous > 0 ? clamp(previous) : 1;
  if (!(estimated >= TINY_PROMPT) || !(reported > 0) || !Number.isFinite(reported / estimated))
    return before;
  return clamp(before + LEARNING_RATE * (clamp(reported / estimated) - before));
}
