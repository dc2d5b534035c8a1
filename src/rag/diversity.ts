// Of what answers, what does not say the same twice: near-duplicates out, and maximal marginal relevance
// (Carbonell and Goldstein 1998) for the rest.

/** Texts that share so many of their terms are the same text. */
const SAME = 0.9;

export type Scored<T> = {
  item: T;
  score: number;
  /** Of length 1; null where there is none that tells meanings apart. */
  vector: Float32Array | null;
  terms: ReadonlySet<string>;
};

/**
 * @param scored best first
 * @param diversity 0: by score alone; 1: by what is new alone
 * @returns the chosen ones, in the order in which they were chosen
 */
export function diverse<T>(
  scored: readonly Scored<T>[],
  diversity: number,
  limit: number,
): Scored<T>[] {
  const left = withoutDuplicates(scored).map((one) => ({ one, likest: 0 }));
  const chosen: Scored<T>[] = [];
  while (chosen.length < limit) {
    let best = -1;
    let highest = -Infinity;
    for (const [at, { one, likest }] of left.entries()) {
      const worth = (1 - diversity) * one.score - diversity * likest;
      if (worth <= highest) continue;
      best = at;
      highest = worth;
    }
    const [next] = left.splice(best, best < 0 ? 0 : 1);
    if (next === undefined) break;
    chosen.push(next.one);
    if (diversity === 0) continue;
    for (const other of left) other.likest = Math.max(other.likest, likeness(next.one, other.one));
  }
  return chosen;
}

/** Of what is the same, the best alone. */
export function withoutDuplicates<T>(scored: readonly Scored<T>[]): Scored<T>[] {
  const kept: Scored<T>[] = [];
  for (const one of scored)
    if (!kept.some((other) => shared(one.terms, other.terms) >= SAME)) kept.push(one);
  return kept;
}

function likeness<T>(one: Scored<T>, other: Scored<T>): number {
  if (one.vector === null || other.vector === null) return shared(one.terms, other.terms);
  let cosine = 0;
  for (const [at, value] of one.vector.entries()) cosine += value * (other.vector[at] ?? 0);
  return Math.max(0, cosine);
}

/** Of all terms of two texts, how many are in both. */
function shared(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const [few, many] = one.size <= other.size ? [one, other] : [other, one];
  let both = 0;
  for (const term of few) if (many.has(term)) both++;
  const all = one.size + other.size - both;
  return all === 0 ? 0 : both / all;
}
