// Which vectors may be cut off, and what comes of it.
import { expect, test } from "vitest";
import { mayHave, shortened } from "../../src/llm/embedders/shorten.ts";

test("only vectors that are made for it are cut off", () => {
  const nested = { id: "openai/text-embedding-3-small", dimensions: 1536 };
  const whole = { id: "openai/text-embedding-ada-002", dimensions: 1536 };
  expect(mayHave(nested, 512)).toBe(true);
  expect(mayHave(nested, 1536)).toBe(true);
  expect(mayHave(nested, 3072)).toBe(false);
  expect(mayHave(whole, 1536)).toBe(true);
  expect(mayHave(whole, 512)).toBe(false);
  expect(mayHave({ id: "ollama/unheard-of", dimensions: null }, 512)).toBe(false);
});

test("a vector that is cut off has length 1 again, and one that is not stays as it is", () => {
  const vector = Float32Array.of(0.6, 0, 0.8);
  const short = shortened(vector, 2);
  expect([...short]).toEqual([1, 0]);
  expect(shortened(vector, 3)).toBe(vector);
});
