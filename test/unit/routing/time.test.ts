// How long a message is does not matter to how long it takes to be routed.
import { expect, test } from "vitest";
import { features } from "./asked.ts";

const TEXT = "Why did nobody, after all that was said of 3 of them, write a function for it? ";
const TRAPS = [" ", "\n", "(", "a(", "1 ", "|", "$", "'", "{ a:", "?", "word ", "我"];

/** Milliseconds of the fastest of several rounds: what others do on the machine only adds. */
function fastest(texts: string[]): number {
  let least = Infinity;
  for (let round = 0; round < 5; round++) {
    const began = performance.now();
    for (let again = 0; again < 5; again++) for (const text of texts) features(text);
    least = Math.min(least, performance.now() - began);
  }
  return least;
}

test("100,000 characters take little longer than what is read of them", () => {
  const of = (length: number) => TEXT.repeat(Math.ceil(length / TEXT.length)).slice(0, length);
  expect(fastest([of(100_000)]) / Math.max(1, fastest([of(1000)]))).toBeLessThan(6);
});

test("no run of signs takes much longer than words do", () => {
  const runs = TRAPS.map((run) => run.repeat(100_000 / run.length));
  const words = TRAPS.map(() => TEXT.repeat(1300));
  expect(fastest(runs) / Math.max(1, fastest(words))).toBeLessThan(6);
});
