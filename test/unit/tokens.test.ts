// The token estimate against OpenAI's tokenizer, on texts that its figures were not fitted to as well.
import fc from "fast-check";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { expect, test } from "vitest";
import { estimateTokens } from "../../src/llm/tokens.ts";

const samples = Object.entries(
  import.meta.glob<string>("../fixtures/tokens/*/*.txt", {
    query: "?raw",
    import: "default",
    eager: true,
  }),
).map(([path, text]) => ({ name: path.split("/").slice(-2).join("/"), text }));

/** How far off the estimate is of all of them together: 0.1 where it is 10 % over. */
function errorOf(texts: string[]): number {
  const estimated = texts.reduce((sum, text) => sum + estimateTokens(text), 0);
  const counted = texts.reduce((sum, text) => sum + countTokens(text), 0);
  return estimated / counted - 1;
}

test("there are samples of both sets, of the same kinds", () => {
  const kinds = (set: string) =>
    samples.flatMap(({ name }) => (name.startsWith(set) ? [name.slice(set.length)] : []));
  expect(kinds("held/").length).toBeGreaterThanOrEqual(16);
  expect(kinds("fitted/")).toEqual(kinds("held/"));
});

test.each(samples)("$name is estimated within a tenth", ({ name, text }) => {
  const texts = name.endsWith("short.txt") ? text.trim().split("\n") : [text];
  expect(Math.abs(errorOf(texts))).toBeLessThan(0.1);
});

test("all of the held samples together are estimated within a twentieth", () => {
  const held = samples.flatMap(({ name, text }) => (name.startsWith("held/") ? [text] : []));
  expect(Math.abs(errorOf(held))).toBeLessThan(0.05);
});

test("no single paragraph is estimated a quarter too low", () => {
  const paragraphs = samples.flatMap(({ text }) => text.split("\n\n"));
  const longer = paragraphs.filter((text) => countTokens(text) >= 40);
  expect(longer.filter((text) => errorOf([text]) < -0.25)).toEqual([]);
});

test.each([
  [
    "words in capitals",
    "THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG NEAR THE RIVER BANK. ".repeat(3),
  ],
  [
    "names of machines",
    "deadbeef0123 4f172a90-7071-4bc4-ae19-a11b119a8066 sha256:e4fb981b5cb4b9d8",
  ],
  ["escaped text", JSON.stringify('{"path":"C:\\\\Users\\\\me","text":"line\\nline\\ttab"}')],
  ["percent signs", encodeURIComponent("Schöne Grüße aus Köln, bis später!")],
  ["vowel signs", "بِسْمِ اللَّهِ الرَّحْمَنِ الرَّحِيمِ الْحَمْدُ لِلَّهِ رَبِّ الْعَالَمِينَ"],
  [
    "accents as units of their own",
    "Könnten Sie mir bitte die Öffnungszeiten für Fußgänger schicken?".normalize("NFD"),
  ],
  ["a rule", "-".repeat(300)],
])("%s: no quarter too low, and no half too high", (_, text) => {
  expect(errorOf([text])).toBeGreaterThan(-0.25);
  expect(errorOf([text])).toBeLessThan(0.5);
});

test("halves of surrogate pairs are counted, wherever they stand", () => {
  for (const text of ["\ud83d", "\ude00", "a\ud83d", "\ude00b", "\ud83d\ud83d\ude00"])
    expect(estimateTokens(text)).toBeGreaterThan(0);
  expect(estimateTokens("😀")).toBeLessThanOrEqual(estimateTokens("\ude00\ud83d"));
});

test("any text is a whole number of tokens, and only the empty one is none", () => {
  expect(estimateTokens("")).toBe(0);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1 }), (units) => {
      const tokens = estimateTokens(String.fromCharCode(...units));
      return Number.isInteger(tokens) && tokens > 0 && tokens <= 1 + 4 * units.length;
    }),
    { numRuns: 2000 },
  );
});
