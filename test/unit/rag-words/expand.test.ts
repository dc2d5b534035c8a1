import { expect, test } from "vitest";
import { expansionOf, type Feedback } from "../../../src/rag/expand.ts";
import { readingOf } from "../../../src/rag/rerank/lexical.ts";

const statistics = {
  documents: 1_000,
  averageLength: 8,
  df: (term: string) => ({ common: 800, wing: 40, lift: 30, drag: 20, unknown: 0 })[term] ?? 5,
};
const feedback = (...texts: [text: string, weight: number][]): Feedback[] =>
  texts.map(([text, weight]) => ({
    reading: readingOf({ title: null, heading_path: [], text }),
    weight,
  }));

test("what the best candidates share is worth the most", () => {
  const learnt = expansionOf(
    ["wing"],
    feedback(["wing lift drag common", 4], ["wing lift common", 3.5], ["wing lift stall", 3.2]),
    statistics,
  );
  const weight = (term: string) => learnt.get(term) ?? 0;
  expect(weight("lift")).toBeGreaterThan(weight("drag"));
  expect(weight("drag")).toBeGreaterThan(weight("common"));
});

test("one that stands out says more than all behind it", () => {
  const learnt = expansionOf(
    ["wing"],
    feedback(["wing lift", 12], ["wing drag", 4], ["drag", 4]),
    statistics,
  );
  expect(learnt.get("lift")).toBeGreaterThan(100 * (learnt.get("drag") ?? Infinity));
});

test("where no candidate has half of the question nothing is learnt", () => {
  expect(
    expansionOf(["wing", "salad", "potato"], feedback(["wing lift", 3]), statistics).size,
  ).toBe(0);
  expect(expansionOf(["wing"], [], statistics).size).toBe(0);
  expect(expansionOf(["wing"], feedback(["lift", 0]), statistics).size).toBe(0);
  expect(expansionOf([], feedback(["lift", 1]), statistics).size).toBe(0);
});

test("small words, numbers and terms that the index does not know are not learnt", () => {
  const learnt = expansionOf(["wing"], feedback(["wing the 1958 x unknown lift", 9]), statistics);
  expect([...learnt.keys()].toSorted()).toEqual(["lift", "wing"]);
});

test("feedback weighs less than the question, and brings a bounded number of terms", () => {
  const text = Array.from(
    { length: 200 },
    (_, n) => `term${String.fromCharCode(97 + (n % 26))}${n}`,
  ).join(" ");
  const learnt = expansionOf(["wing"], feedback([`wing ${text}`, 9]), statistics);
  expect(learnt.size).toBeLessThanOrEqual(20);
  expect([...learnt.values()].reduce((sum, weight) => sum + weight)).toBeLessThan(1);
});
