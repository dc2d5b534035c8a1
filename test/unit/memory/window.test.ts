import { expect, test } from "vitest";
import type { Said } from "../../../src/memory/said.ts";
import { budgetFor, learnRatio, pickWindow } from "../../../src/memory/window.ts";

const user = (content: string, tokens?: number) => ({ role: "user" as const, content, tokens });
const assistant = (content: string, tokens?: number) => ({
  role: "assistant" as const,
  content,
  tokens,
});

/** Newest first, ten tokens each: as many exchanges as are asked for; counts what was read. */
function talk() {
  const counter = { read: 0 };
  function* newestFirst(exchanges: number) {
    for (let i = exchanges; i > 0; i--) {
      counter.read++;
      yield assistant(`answer ${i}`, 10);
      counter.read++;
      yield user(`question ${i}`, 10);
    }
  }
  return { counter, newestFirst };
}

test("a budget shares the context: the answer first, then knowledge and history", () => {
  const parts = { context: 8192, system: 1000, question: 192, output: 2000, historyMost: 3000 };
  expect(budgetFor({ ...parts, knowledgeMost: 3000 })).toEqual({
    system: 1000,
    question: 192,
    output: 2000,
    knowledge: 2500,
    history: 2500,
  });
  expect(budgetFor({ ...parts, knowledgeMost: 0 }).history).toBe(3000);
  expect(budgetFor({ ...parts, context: 128_000 })).toMatchObject({
    knowledge: 42_666,
    history: 3000,
  });
});

test("a budget never exceeds the context, nor falls below nothing", () => {
  for (const context of [0, 100, 2000, 8192, 200_000])
    for (const output of [1, 4096, 128_000])
      for (const question of [0, 50, 9000]) {
        const budget = budgetFor({ context, system: 20, question, output, historyMost: 8000 });
        const rest = budget.knowledge + budget.history + budget.output;
        expect(rest).toBeLessThanOrEqual(Math.max(0, context - budget.system - budget.question));
        expect(Math.min(...Object.values(budget))).toBeGreaterThanOrEqual(0);
      }
});

test("what tools returned begins no exchange: it goes with its question", () => {
  const results = { ...user("", 10), goesOn: true };
  const newestFirst = [assistant("done", 10), results, assistant("", 10), user("weather?", 10)];
  expect(pickWindow(newestFirst, 35)).toEqual({ kept: [], tokens: 0, left: true });
  expect(pickWindow(newestFirst, 40).kept.at(0)?.content).toBe("weather?");
});

test("a learnt ratio makes what we measure larger", () => {
  const parts = { context: 8000, system: 1000, question: 0, output: 100, historyMost: 9000 };
  expect(budgetFor({ ...parts, knowledgeMost: 0, ratio: 1.5 }).history).toBe(8000 - 1500 - 100);
  const said: Said[] = [{ role: "user", content: "word ".repeat(100) }];
  expect(pickWindow(said, 200).kept).toHaveLength(1);
  expect(pickWindow(said, 200, 2).kept).toHaveLength(0);
});

test("the newest exchanges that fit, whole, oldest first; nothing is read past them", () => {
  const { counter, newestFirst } = talk();
  const window = pickWindow(newestFirst(1000), 50);
  expect(window.kept.map(({ content }) => content)).toEqual([
    "question 999",
    "answer 999",
    "question 1000",
    "answer 1000",
  ]);
  expect(window).toMatchObject({ tokens: 40, left: true });
  expect(counter.read).toBeLessThanOrEqual(6);
});

test("what fits whole leaves nothing", () => {
  const { newestFirst } = talk();
  expect(pickWindow(newestFirst(2), 40)).toMatchObject({ tokens: 40, left: false });
  expect(pickWindow([], 40)).toEqual({ kept: [], tokens: 0, left: false });
  expect(pickWindow([user("x", 10)], 0)).toEqual({ kept: [], tokens: 0, left: true });
});

test("several answers to one question stay with it, and an opening that nobody asked for is kept", () => {
  const messages = [
    assistant("b2", 10),
    assistant("b1", 10),
    user("q2", 10),
    assistant("hello", 10),
  ];
  expect(pickWindow(messages, 40).kept).toHaveLength(4);
  expect(pickWindow(messages, 35).kept).toHaveLength(3);
  expect(pickWindow(messages, 25).kept).toHaveLength(0);
});

test("at most 200 messages, and 2,000,000 UTF-16 units", () => {
  const { newestFirst } = talk();
  const many = pickWindow(newestFirst(1000), 1e9);
  expect(many.kept).toHaveLength(200);
  expect(many.left).toBe(true);
  const large = "x".repeat(900_000);
  const few = pickWindow([user(large, 1), user(large, 1), user(large, 1)], 1e9);
  expect(few.kept).toHaveLength(2);
  expect(few.left).toBe(true);
});

test("the ratio follows what providers report, slowly, within bounds", () => {
  let ratio = 1;
  for (let i = 0; i < 30; i++) ratio = learnRatio(ratio, 1000, 1300);
  expect(ratio).toBeCloseTo(1.3, 2);
  expect(learnRatio(1, 1000, 1300)).toBeCloseTo(1.06);
  // One odd report: a cached prompt counted as one token, or ten times too many.
  expect(learnRatio(1, 1000, 1)).toBeCloseTo(0.9);
  expect(learnRatio(1, 1000, 10_000)).toBeCloseTo(1.2);
  expect(learnRatio(2, 1000, 5000)).toBe(2);
  expect(learnRatio(0.5, 1000, 5)).toBe(0.5);
});

test("nothing is learnt from tiny prompts, nor from no report", () => {
  for (const [estimated, reported] of [
    [20, 60],
    [1000, 0],
    [Number.NaN, 1000],
    [1000, Number.NaN],
    [0, 1000],
  ] as const)
    expect(learnRatio(1.2, estimated, reported)).toBe(1.2);
  expect(learnRatio(Number.NaN, 20, 60)).toBe(1);
});

test("a bound on messages leaves whole exchanges, and says that there was more", () => {
  const { newestFirst } = talk();
  const bounded = (exchanges: number, most: number) => {
    const { kept, left } = pickWindow(newestFirst(exchanges), 1e6, 1, most);
    return [kept.length, left];
  };
  expect(bounded(5, 4)).toEqual([4, true]);
  expect(bounded(5, 3)).toEqual([2, true]);
  expect(bounded(5, 1)).toEqual([0, true]);
  expect(bounded(2, 4)).toEqual([4, false]);
  expect(bounded(1000, 1000)).toEqual([200, true]);
});
