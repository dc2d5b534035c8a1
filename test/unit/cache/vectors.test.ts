// A byte for each number: what that costs.
import fc from "fast-check";
import { expect, test } from "vitest";
import { cosine, fromBlob, packed, toBlob } from "../../../src/llm/cache/vectors.ts";
import { vectorOf } from "../../../src/llm/embedders/embedded.ts";
import { normalised } from "../../../src/llm/embedders/embedder.ts";

const exactly = (a: Float32Array, b: Float32Array) =>
  a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);

function moved(a: Float32Array, b: Float32Array): number {
  const kept = packed(b);
  const similarity = kept === null ? null : cosine(a, fromBlob(toBlob(kept)));
  return similarity === null ? Number.NaN : Math.abs(similarity - exactly(a, b));
}

test("similarity moves by less than 0.005, of vectors of words", () => {
  const words = fc.array(
    fc.constantFrom(..."how do I reset my password router in Rome".split(" ")),
    {
      minLength: 1,
      maxLength: 12,
    },
  );
  fc.assert(
    fc.property(words, words, (a, b) => {
      expect(moved(vectorOf(a.join(" ")), vectorOf(b.join(" ")))).toBeLessThan(0.005);
    }),
    { numRuns: 2000 },
  );
});

test("similarity moves by less than 0.005, of 1,536 numbers, near each other or not", () => {
  const numbers = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
    minLength: 1536,
    maxLength: 1536,
  });
  fc.assert(
    fc.property(numbers, numbers, fc.double({ min: 0, max: 1, noNaN: true }), (x, y, near) => {
      const a = normalised(Float32Array.from(x));
      const b = normalised(Float32Array.from(x, (value, at) => value + near * (y[at] ?? 0)));
      fc.pre(a !== null && b !== null);
      expect(moved(a, b)).toBeLessThan(0.005);
    }),
    { numRuns: 30 },
  );
});

test("what is not of length 1 is not kept; what is no vector of ours is near nothing", () => {
  expect(packed(new Float32Array(8))).toBeNull();
  expect(packed(Float32Array.of(Number.NaN))).toBeNull();
  expect(packed(Float32Array.of(0.5))).toBeNull();
  const one = Float32Array.of(1);
  for (const blob of [0, 1, 4, 5, 1024])
    expect(cosine(one, fromBlob(new ArrayBuffer(blob)))).toBeNull();
});
