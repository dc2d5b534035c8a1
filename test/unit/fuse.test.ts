import fc from "fast-check";
import { expect, test } from "vitest";
import { diverse, type Scored, withoutDuplicates } from "../../src/rag/diversity.ts";
import { fuseByRank, fuseByScore } from "../../src/rag/fuse.ts";

test("what several lists have high up comes before what one has first", () => {
  const fused = fuseByRank([{ ids: ["a", "b", "c"] }, { ids: ["d", "b", "e"] }]);
  expect([...fused.keys()]).toEqual(["b", "a", "d", "c", "e"]);
});

test("ranks are fused by 1 / (60 + rank), beside the best that there could be", () => {
  const fused = fuseByRank([{ ids: ["a", "b"] }, { ids: ["a"] }]);
  expect(fused.get("a")).toBe(1);
  expect(fused.get("b")).toBeCloseTo(1 / 62 / (2 / 61), 10);
});

test("a list of little weight breaks ties, and no more", () => {
  const fused = fuseByRank([{ ids: ["a", "b", "c"] }, { ids: ["c", "x"], weight: 0.01 }]);
  expect([...fused.keys()]).toEqual(["a", "b", "c", "x"]);
});

test("a list that found nothing takes nothing from the other", () => {
  expect([...fuseByRank([{ ids: ["a", "b"] }, { ids: [] }])][0]).toEqual(["a", 1]);
  expect(fuseByRank([{ ids: [] }, { ids: [] }]).size).toBe(0);
  expect(fuseByRank([{ ids: ["a"], weight: 0 }]).get("a")).toBe(0);
});

test("scores are fused by alpha, those of words beside the best of them", () => {
  const semantic = new Map([
    ["a", 0.8],
    ["b", 0.4],
    ["n", -0.3],
  ]);
  const keyword = new Map([
    ["b", 12],
    ["c", 6],
  ]);
  const fused = fuseByScore(semantic, keyword, 0.5);
  expect(Object.fromEntries(fused)).toEqual({ a: 0.4, b: 0.7, c: 0.25, n: 0 });
  expect([...fused.keys()]).toEqual(["b", "a", "c", "n"]);
  expect([...fuseByScore(semantic, keyword, 1).keys()].slice(0, 2)).toEqual(["a", "b"]);
  expect([...fuseByScore(semantic, keyword, 0).keys()].slice(0, 2)).toEqual(["b", "c"]);
  expect([...fuseByScore(new Map([["a", 0.5]]), new Map(), 0.5)]).toEqual([["a", 0.25]]);
  expect([...fuseByScore(new Map(), new Map([["a", 0]]), 0.5)]).toEqual([["a", 0]]);
});

const one = (item: string, score: number, words: string, vector?: number[]): Scored<string> => ({
  item,
  score,
  vector: vector === undefined ? null : Float32Array.from(vector),
  terms: new Set(words.split(" ")),
});
const items = (chosen: Scored<string>[]) => chosen.map(({ item }) => item);

const LONG = Array.from({ length: 30 }, (_, n) => `w${n}`).join(" ");

test("near-duplicates are left out, the best of them stays", () => {
  const scored = [
    one("a", 0.9, LONG),
    one("again", 0.8, `${LONG} more`),
    one("b", 0.7, "other words"),
  ];
  expect(items(withoutDuplicates(scored))).toEqual(["a", "b"]);
  expect(items(diverse(scored, 0, 5))).toEqual(["a", "b"]);
});

test("texts without a word are not duplicates", () => {
  const nothing = { ...one("a", 1, ""), terms: new Set<string>() };
  expect(withoutDuplicates([nothing, { ...nothing, item: "b" }])).toHaveLength(2);
});

test("with some diversity, what is new goes before what is a little better and much the same", () => {
  const scored = [
    one("a", 0.9, "wing lift span slipstream"),
    one("like a", 0.85, "wing lift span slipstream stall"),
    one("new", 0.8, "engine noise at night"),
  ];
  expect(items(diverse(scored, 0, 2))).toEqual(["a", "like a"]);
  expect(items(diverse(scored, 0.3, 2))).toEqual(["a", "new"]);
  expect(items(diverse(scored, 0.3, 9))).toEqual(["a", "new", "like a"]);
});

test("where there are vectors they tell what is alike", () => {
  const scored = [
    one("a", 0.9, "one", [1, 0]),
    one("like a", 0.85, "two", [0.99, 0.14]),
    one("new", 0.8, "three", [0, 1]),
  ];
  expect(items(diverse(scored, 0.3, 2))).toEqual(["a", "new"]);
});

test("what is left out unread would not have been chosen", () => {
  const texts = fc.array(fc.constantFrom("wing", "lift", "span", "stall", "noise"), {
    minLength: 1,
    maxLength: 4,
  });
  const many = fc.array(fc.tuple(fc.integer({ min: 0, max: 100 }), texts), { maxLength: 12 });
  fc.assert(
    fc.property(many, fc.integer({ min: 0, max: 10 }), fc.nat(6), (made, tenths, limit) => {
      const scored = made
        .map(([score, words], at) => one(String(at), score / 100, words.join(" ")))
        .sort((a, b) => b.score - a.score);
      const whole = diverse(scored, tenths / 10, scored.length);
      expect(items(diverse(scored, tenths / 10, limit))).toEqual(items(whole).slice(0, limit));
    }),
  );
});

test("nothing is chosen of nothing, and no more than asked for", () => {
  expect(diverse([], 0.5, 5)).toEqual([]);
  expect(diverse([one("a", 1, "word")], 1, 0)).toEqual([]);
});
