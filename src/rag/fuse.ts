// Several ranked lists → one. By rank (Cormack, Clarke and Büttcher 2009) where scores do not compare; by
// score where a share of meaning was asked for (seed 003 §6.4).

/** How little the first place is ahead of the second: the paper's figure. */
const K = 60;

export type RankedList<Id> = {
  /** Best first, each once. */
  ids: readonly Id[];
  /** Beside the other lists'; 1 unless said. */
  weight?: number;
};

/** @returns best first, 1 for what is first in every list */
export function fuseByRank<Id>(lists: readonly RankedList<Id>[]): Map<Id, number> {
  const scores = new Map<Id, number>();
  let best = 0;
  for (const { ids, weight = 1 } of lists) {
    if (ids.length === 0) continue; // a list that found nothing takes nothing from the others
    best += weight / (K + 1);
    for (const [at, id] of ids.entries())
      scores.set(id, (scores.get(id) ?? 0) + weight / (K + 1 + at));
  }
  return sorted(scores, (score) => (best === 0 ? 0 : score / best));
}

/**
 * @param semantic cosines; what is below 0 counts as 0
 * @param keyword without a bound: the best of them counts as 1
 * @param alpha the share of meaning
 * @returns best first
 */
export function fuseByScore<Id>(
  semantic: ReadonlyMap<Id, number>,
  keyword: ReadonlyMap<Id, number>,
  alpha: number,
): Map<Id, number> {
  const most = Math.max(0, ...keyword.values());
  const scores = new Map<Id, number>();
  for (const [id, score] of semantic) scores.set(id, alpha * Math.max(0, score));
  for (const [id, score] of keyword) {
    const share = most === 0 ? 0 : Math.max(0, score) / most;
    scores.set(id, (scores.get(id) ?? 0) + (1 - alpha) * share);
  }
  return sorted(scores, (score) => score);
}

/** Of equal ones, what came first stays first. */
function sorted<Id>(scores: Map<Id, number>, scale: (score: number) => number): Map<Id, number> {
  return new Map(
    [...scores].map(([id, score]) => [id, scale(score)] as const).sort(([, a], [, b]) => b - a),
  );
}
