// What a request is expected to take, before anybody knows.
import type { Limits } from "./limits.ts";

/** Tokens of an answer, until it is known how long this person's answers are. */
const TYPICAL_ANSWER = 512;

/** Millionths of a US dollar: per token, and per picture where they are charged apart from tokens. */
export type Price = {
  input: number;
  output: number;
  /** Of the input, what the vendor read from its cache; else as the rest of the input. */
  cached?: number | undefined;
  image?: number | undefined;
};

export type Ask = {
  id: string;
  /** Tokens of the request itself, estimated. */
  own: number;
  /** Whether a conversation goes before it: then what that typically takes is added. */
  history: boolean;
  /** The longest answer, where the request names it. */
  max_tokens: number | null;
  price: Price;
};

/** Tokens, and millionths of a US dollar. */
export type Expected = { tokens: number; cost: number };

/** What a person's answers typically take, and what goes before them; null until measured. */
type Typical = { typical_answer: number | null; typical_context: number | null };

/**
 * The request's own tokens, what typically goes before it, and its answer. What is only expected is
 * never so much that it alone would stand against a request that fits into an empty minute, day and
 * month: nobody is locked out by what was.
 */
export function expected(
  limits: Limits,
  { own, history, max_tokens, price }: Ask,
  { typical_answer, typical_context }: Typical,
): Expected {
  const { tokens_per_minute, daily_tokens, monthly_tokens, daily_cost, monthly_cost } = limits;
  const room = Math.max(0, smallest(tokens_per_minute, daily_tokens, monthly_tokens) - own);
  const answer = max_tokens ?? Math.min(Math.round(typical_answer ?? TYPICAL_ANSWER), room);
  const typicalBefore = history ? Math.round(typical_context ?? 0) : 0;
  const before = Math.min(typicalBefore, Math.max(0, room - answer));
  const certain = Math.ceil(own * price.input + (max_tokens ?? 0) * price.output);
  const probable = Math.ceil((own + before) * price.input + answer * price.output);
  return {
    tokens: own + before + answer,
    cost: Math.max(certain, Math.min(probable, smallest(daily_cost, monthly_cost))),
  };
}

function smallest(...limits: (number | null)[]): number {
  return Math.min(...limits.map((limit) => limit ?? Infinity));
}
