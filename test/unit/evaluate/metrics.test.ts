// The measures of retrieval against examples that others worked out.
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  averagePrecision,
  measure,
  ndcgAt,
  precisionAt,
  recallAt,
  reciprocalRank,
  summarise,
} from "../../../src/rag/evaluate/metrics.ts";

const ranking = (length: number) => Array.from({ length }, (_, at) => `d${at + 1}`);
const relevantAt = (...ranks: number[]) => new Map(ranks.map((rank) => [`d${rank}`, 1]));

/** Croft, Metzler, Strohman, "Search Engines: Information Retrieval in Practice" (chapter 8). */
const CROFT = {
  first: relevantAt(1, 3, 4, 5, 6, 10),
  second: relevantAt(2, 5, 6, 7, 9, 10),
};

test("precision and recall at each rank are those of Croft et al.", () => {
  const ks = ranking(10).map((_, at) => at + 1);
  const rounded = (values: number[]) => values.map((value) => Number(value.toFixed(2)));
  const of = (relevant: Map<string, number>) => ({
    recall: rounded(ks.map((k) => recallAt(ranking(10), relevant, k))),
    precision: rounded(ks.map((k) => precisionAt(ranking(10), relevant, k))),
  });
  expect(of(CROFT.first)).toEqual({
    recall: [0.17, 0.17, 0.33, 0.5, 0.67, 0.83, 0.83, 0.83, 0.83, 1],
    precision: [1, 0.5, 0.67, 0.75, 0.8, 0.83, 0.71, 0.63, 0.56, 0.6],
  });
  expect(of(CROFT.second)).toEqual({
    recall: [0, 0.17, 0.17, 0.17, 0.33, 0.5, 0.67, 0.67, 0.83, 1],
    precision: [0, 0.5, 0.33, 0.25, 0.4, 0.5, 0.57, 0.5, 0.56, 0.6],
  });
});

test("average precisions and their mean are those of Croft et al.", () => {
  expect(averagePrecision(ranking(10), CROFT.first)).toBeCloseTo(0.775, 10); // printed as 0.78
  expect(averagePrecision(ranking(10), CROFT.second)).toBeCloseTo(0.52, 2);
  // Two questions, with five and three relevant documents.
  const one = measure(ranking(10), relevantAt(1, 3, 6, 9, 10));
  const two = measure(ranking(10), relevantAt(2, 5, 7));
  expect(one.map).toBeCloseTo(0.62, 2);
  expect(two.map).toBeCloseTo(0.44, 2);
  expect(summarise([one, two])?.map).toBeCloseTo(0.53, 2);
});

test("discounted gain is that of Wikipedia's example (Discounted cumulative gain)", () => {
  const grades = new Map([3, 2, 3, 0, 1, 2].map((grade, at) => [`d${at + 1}`, grade]));
  // Among the six alone; then with two more that were judged and not found.
  expect(ndcgAt(ranking(6), grades, 6)).toBeCloseTo(6.861 / 7.141, 3);
  const all = new Map([...grades, ["d7", 3], ["d8", 2]]);
  expect(ndcgAt(ranking(6), all, 6)).toBeCloseTo(0.785, 3);
});

test("reciprocal ranks of 3, 2 and 1 have a mean of 11/18 (Wikipedia, Mean reciprocal rank)", () => {
  const all = [3, 2, 1].map((rank) => measure(ranking(3), relevantAt(rank)));
  expect(summarise(all)?.mrr_at_10).toBeCloseTo(11 / 18, 10);
  expect(reciprocalRank(ranking(20), relevantAt(11), 10)).toBe(0);
});

test("what is relevant and not found counts, and so do results that are not there", () => {
  const relevant = relevantAt(1, 2, 30, 40);
  expect(averagePrecision(["d1", "d2"], relevant)).toBe(0.5);
  expect(recallAt(["d1", "d2"], relevant, 10)).toBe(0.5);
  expect(precisionAt(["d1", "d2"], relevant, 5)).toBe(0.4);
});

test("what is found twice counts once, where it stands first", () => {
  const relevant = new Map([
    ["a", 2],
    ["b", 1],
  ]);
  expect(measure(["a", "a", "b", "a"], relevant)).toEqual(measure(["a", "b"], relevant));
  expect(ndcgAt(["a", "a", "b"], relevant, 2)).toBe(1);
});

test("a grade of 0 or less is not relevant", () => {
  const relevant = new Map([
    ["a", 0],
    ["b", -1],
    ["c", 1],
  ]);
  expect(recallAt(["a", "b"], relevant, 10)).toBe(0);
  expect(measure(["c"], relevant)).toMatchObject({ recall_at_5: 1, ndcg_at_10: 1, map: 1 });
});

test("where nothing is relevant, nothing asked or nothing found, all is 0 and not NaN", () => {
  for (const measures of [
    measure(["a"], new Map()),
    measure([], relevantAt(1)),
    measure([], new Map()),
  ])
    expect(new Set(Object.values(measures))).toEqual(new Set([0]));
  expect(precisionAt(["d1"], relevantAt(1), 0)).toBe(0);
  expect(summarise([])).toBeNull();
});

test("measures lie between 0 and 1, a ranking by grade has the highest gain, and moving a hit up never hurts", () => {
  const judged = fc.dictionary(fc.constantFrom(...ranking(12)), fc.integer({ min: 0, max: 3 }));
  const order = fc.shuffledSubarray(ranking(12));
  fc.assert(
    fc.property(judged, order, fc.nat(10), (grades, ranked, at) => {
      const relevant = new Map(Object.entries(grades));
      const measures = measure(ranked, relevant);
      for (const value of Object.values(measures))
        expect(value >= 0 && value <= 1 + 1e-9).toBe(true);
      const best = [...relevant.keys()].sort((a, b) => (grades[b] ?? 0) - (grades[a] ?? 0));
      const found = [...relevant.values()].some((grade) => grade > 0);
      if (found) expect(measure(best, relevant).ndcg_at_10).toBeCloseTo(1, 10);
      const [above, below] = [ranked[at], ranked[at + 1]];
      if (above === undefined || below === undefined) return;
      if ((grades[below] ?? 0) <= (grades[above] ?? 0)) return;
      const swapped = measure(ranked.with(at, below).with(at + 1, above), relevant);
      for (const name of ["ndcg_at_10", "ndcg_at_5"] as const)
        expect(swapped[name]).toBeGreaterThanOrEqual(measures[name] - 1e-9);
    }),
  );
});
