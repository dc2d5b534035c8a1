// What an index of words knows of its terms, and what a term's rarity is worth.

export type Statistics = {
  documents: number;
  /** In how many documents (chunks) a term is; of an open one, anything up to their number. */
  df: (term: string) => number;
  /** In terms. */
  averageLength: number;
};

/** BM25's inverse document frequency, as Lucene has it: above 0 whatever the frequency. */
export function idfOf(term: string, { documents, df }: Statistics): number {
  const found = Math.min(df(term), documents);
  return Math.log(1 + (documents - found + 0.5) / (found + 0.5));
}

/** Robertson's usual ones. */
const K1 = 1.2;
const B = 0.75;

/** BM25's count of a term in a text: 1 for one in a text of average length, never above K1 + 1. */
export function saturated(count: number, length: number, averageLength: number): number {
  const norm = K1 * (1 - B + (B * length) / Math.max(averageLength, 1));
  return (count * (K1 + 1)) / (count + norm);
}

/** What a text would be worth, as BM25 counts, that has each of the terms once and is of average length. */
export function worthOf(terms: readonly string[], statistics: Statistics): number {
  return terms.reduce((sum, term) => sum + idfOf(term, statistics), 0);
}
