// Of what answers, what does not say the same twice: near-duplicates out, and maximal marginal relevance
// (Carbonell and Goldstein 1998) for the rest.

/** Texts that share so many of their terms are the same text. */
const SAME = 0.9;

export type Scored<T> = {
  item: T;
  score: number;
  /** Of length 1; null where there is none that tells meanings apart. */
  vector: Float32Array | null;
  /** Asked for where it is compared, and not of all. */
  readonly terms: ReadonlySet<string>;
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
  const left = eligible(scored, diversity, limit).map((one) => ({ one, likest: 0 }));
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
  return eligible(scored, 1, scored.length);
}

/**
 * Without duplicates, and without what could not be chosen: until `limit` are, one of the first so many is
 * left, and however like another it is, that is worth more.
 */
function eligible<T>(scored: readonly Scored<T>[], diversity: number, limit: number): Scored<T>[] {
  const kept: Scored<T>[] = [];
  for (const one of scored) {
    const last = limit > 0 ? kept[limit - 1] : undefined;
    if (last !== undefined && (1 - diversity) * (last.score - one.score) > diversity) break;
    if (!kept.some((other) => isSame(one.terms, other.terms))) kept.push(one);
  }
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
  const [few, many] = bySize(one, other);
  let both = 0;
  for (const term of few) if (many.has(term)) both++;
  const all = one.size + other.size - both;
  return all === 0 ? 0 : both / all;
}

/** Whether `SAME` of all their terms are in both. Most are told apart by their first terms. */
function isSame(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  const [few, many] = bySize(one, other);
  // both / (few + many - both) >= SAME, where both = few - missing
  const most = Math.floor((few.size - SAME * many.size) / (1 + SAME) + 1e-9);
  let missing = 0;
  for (const term of few) if (!many.has(term) && ++missing > most) return false;
  return few.size > 0 && most >= 0;
}

const bySize = (one: ReadonlySet<string>, other: ReadonlySet<string>) =>
  one.size <= other.size ? ([one, other] as const) : ([other, one] as const);
