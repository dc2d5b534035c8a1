import { expect, test } from "vitest";
import { mostCovered, selectionOf } from "../../../src/rag/words/selection.ts";

const frequencies =
  (rows: Record<string, number>) =>
  (term: string): number =>
    rows[term] ?? 0;

test("in a small index all terms are scored that are in it", () => {
  const df = frequencies({ flow: 900, wing: 100 });
  expect(selectionOf(["flow", "wing", "unheard"], df)).toEqual({
    scored: ["wing", "flow"],
    listed: [],
  });
  expect(selectionOf(["unheard"], df)).toEqual({ scored: [], listed: [] });
});

test("in a large one the rarest are scored, and as many as can be are listed", () => {
  const df = frequencies({ the: 99_000, flow: 27_000, wing: 3_000, slipstream: 40 });
  expect(selectionOf(["the", "flow", "wing", "slipstream"], df)).toEqual({
    scored: ["slipstream", "wing"],
    listed: ["slipstream", "wing", "flow"],
  });
});

test("a question of one common term is asked for all the same", () => {
  expect(selectionOf(["the"], frequencies({ the: 99_000 }))).toEqual({
    scored: ["the"],
    listed: [],
  });
});

test("a beginning of terms is asked for though nobody knows how many rows it has", () => {
  expect(selectionOf(["猫*"], frequencies({})).scored).toEqual(["猫*"]);
});

test("rows come by what they have of the question, the newer of equal ones first", () => {
  const lists = [
    { rows: [1, 2, 5], worth: 3 },
    { rows: [2, 3, 5, 9], worth: 1 },
  ];
  expect(mostCovered(lists, 3)).toEqual([
    { row: 5, score: 4 },
    { row: 2, score: 4 },
    { row: 1, score: 3 },
  ]);
  expect(mostCovered(lists, 100).map(({ row }) => row)).toEqual([5, 2, 1, 9, 3]);
  expect(mostCovered([], 3)).toEqual([]);
  expect(mostCovered(lists, 0)).toEqual([]);
});

test("rows of any number are told apart", () => {
  const rows = [7, 2 ** 40, 2 ** 40 + 1];
  expect(mostCovered([{ rows, worth: 1 }], 2).map(({ row }) => row)).toEqual([
    2 ** 40 + 1,
    2 ** 40,
  ]);
});
