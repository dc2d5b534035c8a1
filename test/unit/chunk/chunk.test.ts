// What holds of every chunk, whatever the strategy, the sizes and the document.
import fc from "fast-check";
import { expect, test } from "vitest";
import { embeddedEmbedder } from "../../../src/llm/embedders/embedded.ts";
import { estimateTokens } from "../../../src/llm/tokens.ts";
import { CHUNKING, type Chunking } from "../../../src/protocol/knowledge.ts";
import {
  bare,
  block,
  cut,
  documents,
  heading,
  joined,
  paragraph,
  prose,
  said,
  settings,
  SETTINGS,
} from "./documents.ts";

const embedder = embeddedEmbedder();
const embed = (texts: readonly string[]) => embedder.embed(texts, new AbortController().signal);

const lengthOf = (unit: "characters" | "tokens", text: string) =>
  unit === "characters" ? text.length : estimateTokens(text);

test("no chunk is longer than its size, nothing is lost, added or put elsewhere", async () => {
  await fc.assert(
    fc.asyncProperty(documents, settings, async (blocks, chosen) => {
      const chunks = await cut(blocks, chosen, { embed });
      for (const { text } of chunks)
        expect(lengthOf(chosen.unit, text)).toBeLessThanOrEqual(chosen.size);
      expect(joined(chunks)).toBe(said(blocks));
    }),
    { numRuns: 400 },
  );
});

test("what a chunk repeats is the end of the one before, no longer than it may be, and never all of it", async () => {
  await fc.assert(
    fc.asyncProperty(documents, settings, async (blocks, chosen) => {
      const chunks = await cut(blocks, chosen, { embed });
      for (const [at, { text, overlap }] of chunks.entries()) {
        const repeated = text.slice(0, overlap);
        const before = chunks[at - 1]?.text ?? "";
        expect(before.endsWith(repeated)).toBe(true);
        expect(lengthOf(chosen.unit, repeated)).toBeLessThanOrEqual(chosen.overlap);
        if (at > 0) expect(overlap).toBeLessThan(before.length);
      }
    }),
    { numRuns: 400 },
  );
});

test("positions count from 0, no chunk is blank, and no character is cut in two", async () => {
  await fc.assert(
    fc.asyncProperty(documents, settings, async (blocks, chosen) => {
      const chunks = await cut(blocks, chosen, { embed });
      expect(chunks.map(({ position }) => position)).toEqual([...chunks.keys()]);
      for (const { text, heading_path } of chunks) {
        expect(text.trim()).not.toBe("");
        expect(text.isWellFormed()).toBe(true);
        expect(text).not.toMatch(/^[\p{Mn}\p{Join_Control}]/u);
        expect(heading_path.length).toBeLessThanOrEqual(6);
        for (const above of heading_path) expect(above.length).toBeLessThanOrEqual(200);
      }
    }),
    { numRuns: 200 },
  );
});

test("the same document is cut the same way again", async () => {
  await fc.assert(
    fc.asyncProperty(documents, settings, async (blocks, chosen) => {
      expect(await cut(blocks, chosen, { embed })).toEqual(await cut(blocks, chosen, { embed }));
    }),
    { numRuns: 50 },
  );
});

test("whatever a token is taken for, no chunk has more of them than its size", async () => {
  const counts = fc.constantFrom(
    (text: string) => text.length,
    (text: string) => text.split(/\s+/).length,
    (text: string) => Math.ceil(text.length / 7),
    (text: string) => new TextEncoder().encode(text).length,
  );
  await fc.assert(
    fc.asyncProperty(documents, settings, counts, async (blocks, chosen, tokens) => {
      const asked = { ...chosen, unit: "tokens" as const };
      const chunks = await cut(blocks, asked, { tokens });
      for (const { text, overlap } of chunks) {
        expect(tokens(text)).toBeLessThanOrEqual(chosen.size);
        if (overlap > 0) expect(tokens(text.slice(0, overlap))).toBeLessThanOrEqual(chosen.overlap);
      }
      expect(joined(chunks)).toBe(said(blocks));
    }),
    { numRuns: 200 },
  );
});

test.each(CHUNKING)(
  "%s: a document without text has no chunks, one word has one",
  async (strategy) => {
    expect(await cut([], { strategy })).toEqual([]);
    expect(await cut([paragraph(""), paragraph(" \n\u3000 ")], { strategy })).toEqual([]);
    expect(await cut([paragraph(" Ahoy ")], { strategy })).toEqual([
      { position: 0, text: "Ahoy", page: null, pages: [], heading_path: [], overlap: 0 },
    ]);
  },
);

test.each(CHUNKING)(
  "%s: prose is cut between sentences or words, and what is repeated begins with one",
  async (strategy) => {
    const text = prose(200);
    const chunks = await cut([paragraph(text)], { strategy });
    expect(chunks.length).toBeGreaterThan(8);
    for (const chunk of chunks) {
      expect(chunk.text).toMatch(/^\w/);
      expect(` ${text} `).toContain(` ${chunk.text} `);
    }
    for (const { text: own, overlap } of chunks.slice(1)) {
      expect(overlap).toBeGreaterThan(100);
      if (strategy !== "fixed") expect(own).toMatch(/^The keeper/);
    }
  },
);

test("where one sentence fills a chunk, words of it are repeated", async () => {
  const chunks = await cut([paragraph("harbour ".repeat(500).trim())]);
  expect(chunks.length).toBeGreaterThan(4);
  for (const { text, overlap } of chunks.slice(1)) {
    expect(overlap).toBeGreaterThan(180);
    expect(text).toMatch(/^harbour /);
    expect(text).toMatch(/ harbour$/);
  }
});

test("no overlap is asked for: nothing is repeated", async () => {
  const chunks = await cut([paragraph(prose(100))], { overlap: 0 });
  expect(chunks.every(({ overlap }) => overlap === 0)).toBe(true);
  expect(joined(chunks)).toBe(bare(prose(100)));
});

test("a chunk's page is that of the first block of its own, not of what it repeats", async () => {
  const blocks = [1, 2, 3].map((page) => paragraph(prose(20, `keeper of page ${page}`), page));
  const chunks = await cut(blocks, { strategy: "sentence" });
  for (const { text, overlap, page } of chunks)
    expect(text.slice(overlap).trim()).toContain(`of page ${page}`);
  expect(chunks.map(({ page }) => page)).toEqual(
    chunks.map(({ page }) => page).toSorted((a, b) => (a ?? 0) - (b ?? 0)),
  );
  const own = chunks.map(({ text, overlap }) => text.slice(overlap).trim());
  for (const [at, text] of own.entries())
    expect(text.slice(0, 60)).toContain(`of page ${chunks[at]?.page}`);
});

test("Chinese and Japanese are cut at their full stops", async () => {
  const text =
    "潮が引くと灯台まで歩ける。風が強い日は船を出さない！今日は何時に満ちるのか？".repeat(60);
  for (const strategy of CHUNKING.filter((name) => name !== "fixed"))
    for (const { text: own } of (
      await cut([paragraph(text)], { strategy, size: 300, overlap: 60 })
    ).slice(0, -1)) {
      expect(own).toMatch(/[。！？]$/u);
      expect(own).toMatch(/^[潮風今]/u);
      expect(own.length).toBeGreaterThan(200);
    }
});

test("scripts without spaces or full stops are cut between words", async () => {
  const words = new Set(["สวัสดี", "ครับ"]);
  const chunks = await cut([paragraph("สวัสดีครับ".repeat(200))], { size: 100, overlap: 20 });
  const segmenter = new Intl.Segmenter("th", { granularity: "word" });
  for (const { text } of chunks)
    for (const { segment } of segmenter.segment(text)) expect(words).toContain(segment);
});

test("emoji and letters with their accents are not cut in two", async () => {
  const family = "👩‍👩‍👧‍👦";
  for (const strategy of CHUNKING) {
    const chunks = await cut([paragraph(family.repeat(200))], { strategy, size: 100, overlap: 30 });
    for (const { text } of chunks) expect(text.replaceAll(family, "")).toBe("");
  }
});

test("a character longer than a chunk is cut between code points", async () => {
  const text = `a${"\u0301".repeat(500)}${"\u{1D173}".repeat(500)}`;
  const chunks = await cut([paragraph(text)], { size: 50, overlap: 10 });
  expect(joined(chunks)).toBe(text);
  for (const { text: own } of chunks) expect(own.isWellFormed()).toBe(true);
});

test("a size that blocks fit exactly is filled", async () => {
  const blocks = ["a", "b", "c", "d"].map((letter) => paragraph(letter.repeat(49)));
  const chunks = await cut(blocks, { size: 100, overlap: 0 });
  expect(chunks.map(({ text }) => text.length)).toEqual([100, 100]);
});

/** Half a million characters, of kinds that trip up what is not linear. */
const HARD = {
  "one word": "x".repeat(500_000),
  spaces: `a${" ".repeat(500_000)}b`,
  "full stops": ". ".repeat(250_000),
  sentences: "A tide. ".repeat(62_500),
  abbreviations: "Dr. ".repeat(125_000),
  "empty lines": "a\n\n".repeat(166_666),
  "wrapped lines": "as the tide\n".repeat(41_666),
  "a page of spaces to each line": `a\n${" ".repeat(4_000)}`.repeat(125),
  "one rule": `a | b\n${"-".repeat(500_000)}x\nc | d`,
  brackets: `a. ${")".repeat(500_000)}`,
  accents: `a${"\u0301".repeat(500_000)}`,
  Chinese: "潮水".repeat(250_000),
};

test.each(Object.entries(HARD))(
  "half a million characters of %s are cut within seconds",
  async (_, text) => {
    const timely = async (kind: "paragraph" | "table" | "code", strategy: Chunking["strategy"]) => {
      const started = Date.now();
      const chunks = await cut([block(kind, text)], { strategy });
      expect(Date.now() - started).toBeLessThan(5_000);
      if (kind !== "table") expect(joined(chunks)).toBe(bare(text));
    };
    for (const strategy of CHUNKING) await timely("paragraph", strategy);
    await timely("table", "recursive");
    await timely("code", "recursive");
  },
  60_000,
);

test("time grows with the text and not faster", async () => {
  const blocks = (count: number) =>
    Array.from({ length: count }, (_, at) =>
      at % 10 === 0 ? heading(1 + (at % 3), `Part ${at}`) : block("list_item", prose(3)),
    );
  const started = Date.now();
  const chunks = await cut(blocks(20_000), SETTINGS);
  expect(chunks.length).toBeGreaterThan(2_000);
  expect(Date.now() - started).toBeLessThan(5_000);
});

test("a chunk that goes over several pages says where each begins, what it repeats included", async () => {
  const texts = ["One sentence on it. ".repeat(20).trim(), "Two words here. ".repeat(20).trim()];
  const blocks = texts.map((text, at) => Object.assign(paragraph(text), { page: at + 1 }));
  const chunks = await cut(blocks, { size: 500, overlap: 100 });
  for (const { text, page, pages } of chunks) {
    expect(pages[0]?.at).toBe(0);
    for (const { at, page: n } of pages)
      expect(text.slice(at).startsWith(n === 1 ? "One" : "Two")).toBe(true);
    expect(pages.map((it) => it.page)).toContain(page);
  }
  expect(chunks.some(({ pages }) => pages.length === 2)).toBe(true);
});
