import { expect, test } from "vitest";
import type { Source } from "../../../src/protocol/knowledge.ts";
import { cite } from "../../../src/rag/cite.ts";

const source = (number: number, text: string, name = `doc-${number}.md`): Source => ({
  number,
  chunk_id: `doc_${number}:1:0`,
  document_id: `doc_${number}`,
  document_name: name,
  collection_id: "col_1",
  title: null,
  page: number,
  heading_path: [],
  score: 0.5,
  text,
  pages: [],
});
const SOURCES = [
  source(1, "Leave is 30 days a year. Unused days may be carried over until March."),
  source(2, "The office opens at 8.\nBikes are kept in the yard.", "house rules.pdf"),
];

test("a citation becomes the sentence that its source says it with, and where that stands", () => {
  const answer = "You may carry unused days over until March [1].";
  const { text, citations, invalid, changedAt } = cite(answer, SOURCES);
  expect({ text, invalid, changedAt }).toEqual({ text: answer, invalid: 0, changedAt: null });
  expect(citations).toHaveLength(1);
  const [citation] = citations;
  expect(citation).toMatchObject({ number: 1, page: 1, document_id: "doc_1", offset: 43 });
  expect(citation?.quote).toBe("Unused days may be carried over until March.");
  expect(SOURCES[0]?.text.slice(citation?.start, citation?.end)).toBe(citation?.quote);
  expect(answer.slice(citation?.offset, (citation?.offset ?? 0) + 3)).toBe("[1]");
});

test("a quote from a later page of its source says that page", () => {
  const text = "On page three this is said.\n\nOn page four something else is told.";
  const long = {
    ...source(1, text),
    page: 3,
    pages: [
      { at: 0, page: 3 },
      { at: 29, page: 4 },
    ],
  };
  const { citations } = cite("Something else is told [1]. This is said [1].", [long]);
  expect(citations.map(({ page }) => page)).toEqual([4, 3]);
});

test("what points at no source is taken out, with the space before it, and counted", () => {
  const { text, invalid, citations, changedAt } = cite("Yes [7]. It is so [1][9].", SOURCES);
  expect(text).toBe("Yes. It is so [1].");
  expect(invalid).toBe(2);
  expect(changedAt).toBe(3);
  expect(citations.map(({ number, offset }) => ({ number, offset }))).toEqual([
    { number: 1, offset: 14 },
  ]);
});

test.each([
  ["several at once", "Both [1, 2].", [1, 2], "Both [1, 2]."],
  ["a range", "Both [1-2].", [1, 2], "Both [1-2]."],
  ["some of several", "Both [1, 5].", [1], "Both [1]."],
  [
    "a source by its name",
    "At 8 [Source: House Rules.pdf].",
    [2],
    "At 8 [Source: House Rules.pdf].",
  ],
  ["a name that nobody has", "At 8 [Source: invented.pdf].", [], "At 8."],
  ["the word before the number", "At 8 [Source 2].", [2], "At 8 [Source 2]."],
  ["several by number, named so", "Both [Sources: 1, 2].", [1, 2], "Both [Sources: 1, 2]."],
  ["a number and a name", "So [Source 1: doc-1.md].", [1], "So [Source 1: doc-1.md]."],
  [
    "a name and a page",
    "At 8 [Source: house rules.pdf, page 2].",
    [2],
    "At 8 [Source: house rules.pdf, page 2].",
  ],
  [
    "several names",
    "So [Source: doc-1.md; Source: house rules.pdf].",
    [1, 2],
    "So [Source: doc-1.md; Source: house rules.pdf].",
  ],
  ["a range of something else", "From [20, 30] days [1].", [1], "From [20, 30] days [1]."],
  ["an index is none", "Then a[3] is set, and $M[2]$.", [], "Then a[3] is set, and $M[2]$."],
  ["right behind a word", "30 days[1].", [1], "30 days[1]."],
  ["full-width brackets", "八时【2】。", [2], "八时【2】。"],
  ["a link is none", "See [1](https://example.com).", [], "See [1](https://example.com)."],
  ["code is none", "Use `list[1]` here.", [], "Use `list[1]` here."],
  ["a block of code is none", "```\na[9] = 1\n```", [], "```\na[9] = 1\n```"],
  ["a year is none that is kept", "As of [2019] it is so.", [], "As of [2019] it is so."],
  ["nothing in brackets", "A list: [], [x], [ ].", [], "A list: [], [x], [ ]."],
])("%s", (_, answer, numbers, text) => {
  const cited = cite(answer, SOURCES);
  expect(cited.citations.map(({ number }) => number)).toEqual(numbers);
  expect(cited.text).toBe(text);
});

test("a quote is never half of a character, and never longer than it may be", () => {
  const long = `${"🙂".repeat(500)} and more`;
  const { citations } = cite("Smiles [1].", [source(1, long)]);
  const quote = citations[0]?.quote ?? "";
  expect(quote.isWellFormed()).toBe(true);
  expect(quote.length).toBeLessThanOrEqual(400);
});

test("a long answer full of brackets is read in a moment", () => {
  const answer = "[".repeat(100_000) + "[1]".repeat(2_000) + "[Source: ".repeat(10_000);
  expect(cite(answer, SOURCES).citations.length).toBeGreaterThan(0);
});

test("where no word of a statement stands in its source, nothing is quoted", () => {
  const { citations } = cite("Mitarbeitende bekommen Urlaub [1].", SOURCES);
  expect(citations).toMatchObject([{ number: 1, quote: "", start: 0, end: 0 }]);
});
