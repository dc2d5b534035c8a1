// Documents to be cut, and how a test asks for it.
import fc from "fast-check";
import { estimateTokens } from "../../../src/llm/tokens.ts";
import type { Chunking } from "../../../src/protocol/knowledge.ts";
import type { Block } from "../../../src/rag/blocks.ts";
import type { Chunk } from "../../../src/rag/chunk/chunk-type.ts";
import { chunksOf, type Tools } from "../../../src/rag/chunk/chunk.ts";

export const SETTINGS: Chunking = {
  strategy: "recursive",
  unit: "characters",
  size: 1000,
  overlap: 200,
  threshold: 0.75,
};

export function cut(
  blocks: readonly Block[],
  settings: Partial<Chunking> = {},
  tools: Partial<Tools> = {},
): Promise<Chunk[]> {
  return chunksOf(blocks, { ...SETTINGS, ...settings }, { tokens: estimateTokens, ...tools });
}

type Plain = Exclude<Block["kind"], "heading">;
export const block = (kind: Plain, text: string, page: number | null = null): Block => ({
  kind,
  text,
  page,
});
export const paragraph = (text: string, page: number | null = null) =>
  block("paragraph", text, page);
export const heading = (level: number, text: string, page: number | null = null): Block => ({
  kind: "heading",
  level,
  text,
  page,
});

/** Sentences that can be told apart, of about 40 characters. */
export const prose = (count: number, subject = "keeper") =>
  Array.from(
    { length: count },
    (_, at) => `The ${subject} wrote down line number ${at} today.`,
  ).join(" ");

/** What no chunk may lose, change or bring twice. */
export const bare = (text: string) => text.replaceAll(/\s+/g, "");

/** What chunks say together, without what they repeat. */
export const joined = (chunks: readonly Chunk[]) =>
  bare(chunks.map(({ text, overlap }) => text.slice(overlap)).join(""));

/** What blocks say together, as chunks write them. */
export const said = (blocks: readonly Block[]) =>
  bare(
    blocks
      .filter(({ text }) => text.trim() !== "")
      .map(({ kind, text }) => (kind === "list_item" ? `- ${text}` : text))
      .join("\n"),
  );

const word = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      "tide",
      "harbour",
      "Dr.",
      "3.14",
      "light",
      "No.",
      "über",
      "Łódź",
      "e.g.",
    ),
  },
  { weight: 2, arbitrary: fc.constantFrom("灯台", "船が来る。", "好吗？", "안녕하세요.", "สวัสดี") },
  { weight: 1, arbitrary: fc.constantFrom("👩‍👩‍👧‍👦", "🇨🇭", "e\u0301\u0301", "🌊🌊🌊", "\u{20000}") },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 400 }).map((n) => "x".repeat(n)) },
);
const gap = fc.constantFrom(" ", " ", " ", ". ", "! ", "\n", "\n\n", "   ", "\t", "。", "");
const text = fc
  .array(fc.tuple(word, gap), { minLength: 1, maxLength: 120 })
  .map((pairs) => pairs.flat().join(""));

/** Any document but one with tables whose headers are repeated. */
export const documents = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant("heading" as const),
      level: fc.integer({ min: 1, max: 7 }),
      text: fc.oneof(fc.constantFrom("Tides", "Harbour rules", "潮汐"), text),
      page: fc.constant(null),
    }),
    fc.record({
      kind: fc.constantFrom<Plain[]>("paragraph", "list_item", "code", "quote"),
      // No item has a bullet of its own.
      text: text.map((own) => `y${own}`),
      page: fc.constantFrom(1, 2, null),
    }),
    fc.constant(paragraph(" \n\t ")),
  ),
  { maxLength: 12 },
);

export const settings = fc
  .record({
    strategy: fc.constantFrom<Chunking["strategy"][]>(
      "recursive",
      "fixed",
      "sentence",
      "semantic",
      "markdown",
    ),
    unit: fc.constantFrom<Chunking["unit"][]>("characters", "tokens"),
    size: fc.integer({ min: 50, max: 600 }),
    share: fc.double({ min: 0, max: 0.5, noNaN: true }),
    threshold: fc.constantFrom(0, 0.3, 0.75, 1),
  })
  .map(({ share, ...rest }): Chunking =>
    Object.assign(rest, { overlap: Math.floor(rest.size * share) }),
  );
