// How knowledge asks a model: the words that both sides share. Whoever composes a turn or a request knows
// which model that is, and who pays.
import type { Purpose } from "../llm/purposes.ts";

/** One short question, one whole answer. @throws {AppError} the provider's, or LLM_TIMEOUT */
export type AskModel = (asked: {
  purpose: Purpose;
  system: string;
  prompt: string;
  /** Of the answer. */
  max_tokens: number;
}) => Promise<string>;

/** The numbers 0 to 1 of an answer that was asked for nothing else; null where it holds none. */
export function scoreIn(answer: string): number | null {
  const match = /(?<![\d.])(?:0(?:\.\d+)?|1(?:\.0+)?|\.\d+)(?![\d.]*\d)/.exec(answer);
  return match === null ? null : Number(match[0]);
}

/** What is inside of the first JSON array of an answer; null where there is none. */
export function listIn(answer: string): unknown[] | null {
  const from = answer.indexOf("[");
  const to = answer.lastIndexOf("]");
  if (from < 0 || to < from) return null;
  try {
    const list: unknown = JSON.parse(answer.slice(from, to + 1));
    return Array.isArray(list) ? list : null;
  } catch {
    return null;
  }
}
