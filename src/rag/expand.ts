// Pseudo-relevance feedback (Rocchio 1971; Lavrenko and Croft 2001): terms that the best candidates share
// and the question does not have. A candidate counts by the odds that it is relevant, so that where one
// stands out the others say little, and where nothing fits the question, feedback says little, too.
import type { Reading } from "./rerank/lexical.ts";
import { idfOf, saturated, type Statistics, worthOf } from "./words/statistics.ts";
import { isStopWord } from "./words/stop-words.ts";

/** Candidates that are asked at most; terms whose rarity is looked up; terms that they may bring. */
export const MOST_FEEDBACK = 10;
const MOST_LOOKED_UP = 40;
const MOST_TERMS = 20;
/** What all terms of feedback together are worth beside those of the question. */
const SHARE = 0.4;

export type Feedback = {
  reading: Reading;
  /** BM25's sum, as `weighed` gives it. */
  weight: number;
};

/**
 * @param feedback best first
 * @returns what each term is worth beside a term of the question. Those of the question that the
 *   candidates stress are among them; those whose frequency is told as 0 are not
 */
export function expansionOf(
  queryTerms: readonly string[],
  feedback: readonly Feedback[],
  statistics: Statistics,
): Map<string, number> {
  const highest = feedback[0]?.weight ?? 0;
  const worth = worthOf(queryTerms, statistics);
  const trust = worth === 0 ? 0 : trustIn(highest / worth);
  if (trust === 0) return new Map();
  const terms = [...feedbackTermsOf(feedback, statistics.averageLength)]
    .filter(([term]) => statistics.df(term) > 0)
    .map(([term, weight]) => [term, weight * idfOf(term, statistics)] as const)
    .sort(byWeight)
    .slice(0, MOST_TERMS);
  const whole = terms.reduce((sum, [, weight]) => sum + weight, 0);
  const share = (SHARE / (1 - SHARE)) * queryTerms.length * trust;
  return new Map(terms.map(([term, weight]) => [term, (share * weight) / whole]));
}

/** None in a candidate that has less than half of the question, all in one that has it whole. */
function trustIn(share: number): number {
  return Math.max(0, Math.min(1, 2 * share - 1));
}

/**
 * The terms that the best candidates share, and how much, before their rarity is known: of so few of
 * them it has to be looked up.
 * @param feedback best first
 */
export function feedbackTermsOf(
  feedback: readonly Feedback[],
  averageLength: number,
): Map<string, number> {
  const highest = feedback[0]?.weight ?? 0;
  const weights = new Map<string, number>();
  for (const { reading, weight } of feedback.slice(0, MOST_FEEDBACK)) {
    if (weight <= 0) break;
    const odds = Math.exp(weight - highest);
    for (const [term, { length: count }] of reading.places) {
      if (!tells(term)) continue;
      const share = odds * saturated(count, reading.length, averageLength);
      weights.set(term, (weights.get(term) ?? 0) + share);
    }
  }
  return new Map([...weights].sort(byWeight).slice(0, MOST_LOOKED_UP));
}

function byWeight([one, a]: readonly [string, number], [other, b]: readonly [string, number]) {
  return b - a || (one < other ? -1 : 1);
}

/** Numbers, single letters and the smallest words say nothing of what a text is about. */
function tells(term: string): boolean {
  return term.length > 1 && /\p{L}/u.test(term) && !isStopWord(term);
}
