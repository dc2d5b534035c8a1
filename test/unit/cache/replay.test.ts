import fc from "fast-check";
import { expect, test } from "vitest";
import { replay } from "../../../src/llm/cache/replay.ts";

test("pieces joined are the text, and none is cut within a character", () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 500 }),
    fc.string({ unit: "binary", maxLength: 500 }),
    fc
      .array(fc.constantFrom("😀", "a", " ", "\n", "word "), { maxLength: 300 })
      .map((it) => it.join("")),
  );
  fc.assert(
    fc.property(text, (whole) => {
      const pieces = [...replay(whole)];
      expect(pieces.join("")).toBe(whole);
      for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(80);
      for (const piece of pieces.slice(0, -1)) expect(piece.length).toBeGreaterThanOrEqual(40);
      if (whole.isWellFormed()) expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
    }),
  );
});

test("pieces end with a word where there are words", () => {
  const pieces = [...replay("lorem ipsum dolor sit amet ".repeat(20))];
  expect(pieces.length).toBeGreaterThan(5);
  for (const piece of pieces) expect(piece).toMatch(/ $/);
});
