import { expect, test } from "vitest";
import { searchAgainFor } from "../../../src/rag/again.ts";
import { listIn, scoreIn } from "../../../src/rag/ask.ts";
import { rephrase } from "../../../src/rag/rephrase.ts";

const says = (text: string) => () => Promise.resolve(text);

test.each<[string, string[]]>([
  ['["one way", "another way"]', ["one way", "another way"]],
  ['Sure! ["one way", "one way", "a question", ""]', ["one way"]],
  ["I cannot.", []],
  ["[1, 2]", []],
  [`["${"x".repeat(400)}"]`, []],
])("other words for a question are read out of what a model says: %s", async (text, expected) => {
  expect(await rephrase(says(text), "a question")).toEqual(expected);
});

test.each<[string, string | null]>([
  ["ENOUGH", null],
  ["SEARCH: the colour of the door", "the colour of the door"],
  ['search: "quoted words"', "quoted words"],
  ["SEARCH: A question", null], // it was searched for already
  ["SEARCH:", null],
  ["Let me think about it.", null],
])("a model searches again, or does not: %s", async (text, expected) => {
  expect(await searchAgainFor(says(text), "a question", ["a question"], [])).toBe(expected);
});

test.each<[string, number | null]>([
  ["0.8", 0.8],
  ["Score: 1", 1],
  ["I'd say 0.75 of it.", 0.75],
  ["10", null],
  ["none", null],
  [".5", 0.5],
])("a score is read out of %s", (text, expected) => {
  expect(scoreIn(text)).toBe(expected);
});

test("a list is read wherever it stands, and nothing else is", () => {
  expect(listIn("well: [0.1, 1] then")).toEqual([0.1, 1]);
  expect(listIn("{}")).toBeNull();
  expect(listIn("[broken")).toBeNull();
});
