// How good a ranking is, held against judgements: the usual measures of retrieval, as trec_eval has them.

/** What was judged relevant to a question, with its grade. What is not in it, or not above 0, is not relevant. */
export type Relevant = ReadonlyMap<string, number>;

/** Of the first `k`, how many are relevant; fewer results than `k` are as good as wrong ones. */
export function precisionAt(ranked: readonly string[], relevant: Relevant, k: number): number {
  return k <= 0 ? 0 : hits(ranked, relevant, k) / k;
}

/** Of what is relevant, how much is among the first `k`; 0 where nothing is. */
export function recallAt(ranked: readonly string[], relevant: Relevant, k: number): number {
  const all = gradesOf(relevant).length;
  return all === 0 ? 0 : hits(ranked, relevant, k) / all;
}

/**
 * Normalised discounted cumulative gain. A result gains its grade, divided by the binary logarithm of its
 * rank plus one (`ndcg_cut` of trec_eval; Burges et al. gain 2^grade - 1 instead). The ideal ranking
 * is made of all judgements, whether they were found or not.
 */
export function ndcgAt(ranked: readonly string[], relevant: Relevant, k: number): number {
  const ideal = gain(gradesOf(relevant), k);
  if (ideal === 0) return 0;
  return (
    gain(
      once(ranked).map((id) => gradeOf(relevant, id)),
      k,
    ) / ideal
  );
}

/** One divided by the rank of the first relevant result; 0 where none is among the first `k`. */
export function reciprocalRank(ranked: readonly string[], relevant: Relevant, k: number): number {
  const at = once(ranked)
    .slice(0, Math.max(0, k))
    .findIndex((id) => gradeOf(relevant, id) > 0);
  return at === -1 ? 0 : 1 / (at + 1);
}

/** The mean of the precisions at each relevant result, those not found with a precision of 0. */
export function averagePrecision(ranked: readonly string[], relevant: Relevant): number {
  const all = gradesOf(relevant).length;
  let found = 0;
  let sum = 0;
  for (const [at, id] of once(ranked).entries())
    if (gradeOf(relevant, id) > 0) sum += ++found / (at + 1);
  return all === 0 ? 0 : sum / all;
}

/** Of one question. `map` is its average precision, `mrr_at_10` its reciprocal rank: they are named for their means. */
export type RetrievalMeasures = {
  precision_at_1: number;
  precision_at_5: number;
  precision_at_10: number;
  recall_at_5: number;
  recall_at_10: number;
  recall_at_50: number;
  ndcg_at_5: number;
  ndcg_at_10: number;
  mrr_at_10: number;
  map: number;
};

/** @param ranked ids, the best first; what stands there twice counts where it stands first */
export function measure(ranked: readonly string[], relevant: Relevant): RetrievalMeasures {
  const ids = once(ranked);
  return {
    precision_at_1: precisionAt(ids, relevant, 1),
    precision_at_5: precisionAt(ids, relevant, 5),
    precision_at_10: precisionAt(ids, relevant, 10),
    recall_at_5: recallAt(ids, relevant, 5),
    recall_at_10: recallAt(ids, relevant, 10),
    recall_at_50: recallAt(ids, relevant, 50),
    ndcg_at_5: ndcgAt(ids, relevant, 5),
    ndcg_at_10: ndcgAt(ids, relevant, 10),
    mrr_at_10: reciprocalRank(ids, relevant, 10),
    map: averagePrecision(ids, relevant),
  };
}

/** The means over questions, each of which weighs the same; null where there is none. */
export function summarise(all: readonly RetrievalMeasures[]): RetrievalMeasures | null {
  if (all.length === 0) return null;
  const mean = (of: keyof RetrievalMeasures) =>
    all.reduce((sum, measures) => sum + measures[of], 0) / all.length;
  return {
    precision_at_1: mean("precision_at_1"),
    precision_at_5: mean("precision_at_5"),
    precision_at_10: mean("precision_at_10"),
    recall_at_5: mean("recall_at_5"),
    recall_at_10: mean("recall_at_10"),
    recall_at_50: mean("recall_at_50"),
    ndcg_at_5: mean("ndcg_at_5"),
    ndcg_at_10: mean("ndcg_at_10"),
    mrr_at_10: mean("mrr_at_10"),
    map: mean("map"),
  };
}

const once = (ranked: readonly string[]): string[] => [...new Set(ranked)];

const gradeOf = (relevant: Relevant, id: string): number => Math.max(0, relevant.get(id) ?? 0);

/** Those above 0, the highest first. */
const gradesOf = (relevant: Relevant): number[] =>
  [...relevant.values()].filter((grade) => grade > 0).sort((a, b) => b - a);

function hits(ranked: readonly string[], relevant: Relevant, k: number): number {
  const first = once(ranked).slice(0, Math.max(0, k));
  return first.filter((id) => gradeOf(relevant, id) > 0).length;
}

function gain(grades: readonly number[], k: number): number {
  return grades
    .slice(0, Math.max(0, k))
    .reduce((sum, grade, at) => sum + grade / Math.log2(at + 2), 0);
}
