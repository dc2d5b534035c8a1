import { expect, test } from "vitest";
import { keepImportant, pickImportant, scoresOf } from "../../../src/memory/importance.ts";
import type { Said } from "../../../src/memory/said.ts";
import { costOf, pickWindow } from "../../../src/memory/window.ts";

const exchange = (text: string, tokens = 10) => ({ text, tokens });

test("the seed's weights: recency, uniqueness, and the edges", () => {
  const [first = 0, middle = 0, last = 0] = scoresOf(["alpha", "beta", "gamma"]);
  expect(first).toBeCloseTo(0.4 + 0.4 + 0.2);
  expect(middle).toBeCloseTo(0.4 * Math.exp(0.5) + 0.4);
  expect(last).toBeCloseTo(0.4 * Math.E + 0.4 + 0.2);
  const [same = 0, again = 0, other = 0] = scoresOf(["one two", "one two", "three"]);
  expect(same).toBeCloseTo(0.4 + 0.4 * (1 - 1 / 2) + 0.2);
  expect(again).toBeCloseTo(0.4 * Math.exp(0.5) + 0.4 * (1 - 1 / 2));
  expect(other).toBeCloseTo(0.4 * Math.E + 0.4 + 0.2);
});

test("what repeats others goes before what no other says", () => {
  const texts = Array.from({ length: 10 }, (_, i) =>
    i === 4 ? "my card ends in four digits" : "tell me a joke about cats please",
  );
  const kept = keepImportant(
    texts.map((text) => exchange(text)),
    50,
  );
  expect(kept).toContain(4);
  expect(kept).toContain(9);
  expect(kept).toHaveLength(5);
});

test("what is kept fits, in its order; what fits whole is kept whole", () => {
  const exchanges = Array.from({ length: 50 }, (_, i) => exchange(`word${i}`, (i % 7) + 1));
  const kept = keepImportant(exchanges, 60);
  expect(kept).toEqual([...kept].sort((a, b) => a - b));
  expect(kept.reduce((sum, at) => sum + (exchanges[at]?.tokens ?? 0), 0)).toBeLessThanOrEqual(60);
  expect(keepImportant(exchanges, 1000)).toHaveLength(50);
  expect(keepImportant([exchange("huge", 100), exchange("small", 1)], 10)).toEqual([1]);
});

test("nothing, one, and exchanges without a word", () => {
  expect(keepImportant([], 10)).toEqual([]);
  expect(keepImportant([exchange("x")], 10)).toEqual([0]);
  expect(keepImportant([exchange("x")], 0)).toEqual([]);
  expect(keepImportant([exchange(""), exchange("…"), exchange("")], 20)).toEqual([1, 2]);
  expect(scoresOf(["", ""]).every(Number.isFinite)).toBe(true);
});

test("scripts without spaces are compared by their pairs", () => {
  const [, same = 0] = scoresOf(["我喜欢喝绿茶", "我喜欢喝绿茶", "今天天气很好"]);
  const [, other = 0] = scoresOf(["我喜欢喝绿茶", "他们住在上海", "今天天气很好"]);
  expect(same).toBeLessThan(other);
});

const user = (content: string): Said => ({ role: "user", content });
const assistant = (content: string): Said => ({ role: "assistant", content });
const long = "the same as ever ".repeat(40);

test("a history that begins with an answer is whole: the answer is an exchange of its own", () => {
  const newestFirst = [assistant("a2"), user("q2"), assistant("hello")];
  expect(pickImportant(newestFirst, 1000)).toMatchObject({
    kept: newestFirst.toReversed(),
    left: false,
  });
  expect(pickImportant([assistant("hello")], 1000)).toMatchObject({
    kept: [assistant("hello")],
    left: false,
  });
});

test("where the newest exchange does not fit nothing older stands in its place, as by recency", () => {
  const newestFirst = [assistant(long), user("q2"), assistant("a1"), user("q1")];
  expect(pickImportant(newestFirst, 60)).toEqual({ kept: [], tokens: 0, left: true });
  expect(pickImportant(newestFirst, 60)).toEqual(pickWindow(newestFirst, 60));
});

test("among the last messages only, where that is asked for, exchanges whole", () => {
  const newestFirst = [3, 2, 1].flatMap((n) => [assistant(`a${n}`), user(`q${n}`)]);
  const { kept, left } = pickImportant(newestFirst, 1000, 1, 5);
  expect(kept.map(({ content }) => content)).toEqual(["q2", "a2", "q3", "a3"]);
  expect(left).toBe(true);
  expect(pickImportant(newestFirst, 1000, 1, 6).left).toBe(false);
  expect(pickImportant([], 1000)).toEqual({ kept: [], tokens: 0, left: false });
});

test("what is kept never comes to more than the budget, as a request is counted", () => {
  const newestFirst = Array.from({ length: 40 }, (_, i) =>
    i % 2 === 0 ? assistant(`${i} ${long}`) : user(`question ${i}`),
  );
  for (const budget of [0, 10, 300, 900, 5000]) {
    const { kept, tokens } = pickImportant(newestFirst, budget, 1.3);
    expect(tokens).toBe(kept.reduce((sum, message) => sum + costOf(message, 1.3), 0));
    expect(tokens).toBeLessThanOrEqual(budget);
  }
});
