import fc from "fast-check";
import { expect, test } from "vitest";
import {
  readingOf,
  scaled,
  scoreLexically,
  soughtBy,
  weighed,
} from "../../src/rag/rerank/lexical.ts";
import { queryTermsOf } from "../../src/rag/words/terms.ts";

const frequencies: Record<string, number> = { flow: 300, wing: 40, slipstream: 4, propel: 10 };
const statistics = {
  documents: 1_000,
  averageLength: 12,
  df: (term: string) => frequencies[term] ?? 0,
};
const plain = (text: string) => ({ title: null, heading_path: [], text });
const scores = (query: string, ...texts: string[]) =>
  scoreLexically(query, texts.map(plain), statistics);

test("an answer in the question's words is far above what has none of them", () => {
  const [good = 0, weak = 0, none = 1] = scores(
    "How does a propeller slipstream change the lift of a wing?",
    "The slipstream of a propeller over the wing: lift grows along the span of the wing.",
    "The flow over a wing.",
    "Boil the potatoes until they are soft.",
  );
  expect(good).toBeGreaterThan(0.5);
  expect(weak).toBeLessThan(good / 2);
  expect(none).toBe(0);
});

test("one common word of a question about another thing is next to nothing", () => {
  const [score = 1] = scores("How do I keep potatoes in a salad from the flow of time?", "A flow.");
  expect(score).toBeLessThan(0.2);
});

test("a rare word tells more than a common one, a word twice a little more than once", () => {
  const [rare = 0, common = 0, twice = 0] = scores(
    "flow slipstream",
    "the slipstream here",
    "the flow here",
    "the flow flow",
  );
  expect(rare).toBeGreaterThan(common);
  expect(twice).toBeGreaterThan(common);
  expect(rare).toBeGreaterThan(twice);
});

test("words of the question that stand together count for more than the same words apart", () => {
  const filler = "one two three four five six seven eight nine ten";
  const [near = 0, apart = 0] = scores(
    "wing slipstream",
    `wing slipstream ${filler}`,
    `wing ${filler} slipstream`,
  );
  expect(near).toBeGreaterThan(apart);
});

test("title and headings count, and for more than the text", () => {
  const candidates = [
    { title: "The slipstream", heading_path: [], text: "what is said here" },
    { title: null, heading_path: ["Parts", "The slipstream"], text: "what is here" },
    { title: null, heading_path: [], text: "The slipstream what is said here" },
    { title: null, heading_path: [], text: "The engine what is said here" },
  ];
  const [title = 0, heading = 0, text = 0, none = 1] = scoreLexically(
    "slipstream",
    candidates,
    statistics,
  );
  expect(title).toBeGreaterThan(text);
  expect(heading).toBeGreaterThan(text);
  expect(none).toBe(0);
});

test("a heading's last word is not beside the text's first", () => {
  const apart = readingOf({ title: "wing", heading_path: [], text: "slipstream" });
  const beside = readingOf(plain("wing slipstream"));
  const asked = { terms: ["wing", "slipstream"], expansion: new Map<string, number>() };
  const headings = { ...apart, headings: new Set<string>() };
  expect(apart.length).toBe(2);
  expect(weighed(asked, [headings], statistics)[0]).toBeLessThan(
    weighed(asked, [beside], statistics)[0] ?? 0,
  );
});

test("a text that is read for a question alone says of it what it says read whole", () => {
  const word = fc.constantFrom(
    ..."wing wings winged eyed ey eyes ties tie relational relate sky skies 7 747 a ab abs Überflügel 東京都".split(
      " ",
    ),
  );
  const text = fc.array(word, { maxLength: 12 }).map((words) => words.join(" "));
  fc.assert(
    fc.property(text, text, text, (query, title, body) => {
      const asked = {
        terms: queryTermsOf(query),
        expansion: new Map(queryTermsOf(title).map((term) => [term, 0.5])),
      };
      const candidate = { title, heading_path: [], text: body };
      const [whole, part] = [readingOf(candidate), readingOf(candidate, soughtBy(asked))];
      expect(part.length).toBe(whole.length);
      expect(weighed(asked, [part], statistics)).toEqual(weighed(asked, [whole], statistics));
    }),
  );
});

test("terms of feedback count by their weight", () => {
  const readings = [readingOf(plain("wing propeller")), readingOf(plain("wing engine"))];
  const [more = 0, less = 0] = weighed(
    { terms: ["wing"], expansion: new Map([["propel", 0.5]]) },
    readings,
    statistics,
  );
  expect(more).toBeGreaterThan(less);
  expect(scaled(["wing"], [more, less], statistics)[0]).toBeGreaterThan(
    scaled(["wing"], [more, less], statistics)[1] ?? 1,
  );
});

test("scripts without spaces are scored by their pairs, a single character by what begins with it", () => {
  const [pairs = 0, none = 1] = scores("東京都", "東京都庁の展望室", "大阪城公園");
  expect(pairs).toBeGreaterThan(0.5);
  expect(none).toBe(0);
  const [single = 0, other = 1] = scores("城", "大阪城公園", "東京都庁");
  expect(single).toBeGreaterThan(0.5);
  expect(other).toBe(0);
});

test("whatever is asked of whatever text: one score for each, from 0 to 1", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 60 });
  fc.assert(
    fc.property(text, fc.array(text, { maxLength: 5 }), fc.nat(3), (query, texts, documents) => {
      const empty = { documents, df: () => documents, averageLength: 0 };
      for (const known of [statistics, empty]) {
        const found = scoreLexically(query, texts.map(plain), known);
        expect(found).toHaveLength(texts.length);
        for (const score of found) expect(score >= 0 && score <= 1).toBe(true);
      }
    }),
  );
});
