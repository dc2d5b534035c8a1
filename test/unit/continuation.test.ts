import fc from "fast-check";
import { expect, test } from "vitest";
import { joinAt, Joiner } from "../../src/llm/continuation.ts";

const partial = "The tide is caused by the moon, which pulls the water of the oce";

test.each([
  ["goes on in the middle of a word", "ans toward it.", { type: "append", text: "ans toward it." }],
  ["repeats the end", "water of the oceans toward it.", { type: "append", text: "ans toward it." }],
  [
    "comments, then repeats the end",
    "Sure, continuing: which pulls the water of the oceans.",
    { type: "append", text: "ans." },
  ],
  [
    "begins anew with the same words and goes past",
    `${partial}ans toward it.`,
    { type: "append", text: "ans toward it." },
  ],
  [
    "begins anew and says it otherwise",
    "The tide is caused by the moon, which drags the seas.",
    { type: "afresh", text: "The tide is caused by the moon, which drags the seas." },
  ],
  ["repeats so little that it may be an accident", "ceans", { type: "append", text: "ceans" }],
  ["repeats its last words", "the oce is wide", { type: "append", text: " is wide" }],
  ["repeats its last word", "the oceans toward it", { type: "append", text: "ans toward it" }],
] as const)("a continuation that %s", (_, head, expected) => {
  expect(joinAt(partial, head)).toEqual(expected);
});

test("however a continuation is cut into pieces, the join is the same", () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 80 }),
      fc.string({ maxLength: 400 }),
      fc.array(fc.nat(30), { maxLength: 40 }),
      (before, rest, cuts) => {
        const whole = new Joiner(before);
        const first = [whole.push(rest), whole.end()];
        const joiner = new Joiner(before);
        const pieces: ReturnType<Joiner["push"]>[] = [];
        let at = 0;
        for (const cut of cuts) {
          pieces.push(joiner.push(rest.slice(at, at + cut)));
          at = Math.min(rest.length, at + cut);
        }
        pieces.push(joiner.push(rest.slice(at)), joiner.end());
        const text = (joins: typeof pieces) => joins.map((join) => join?.text ?? "").join("");
        const afresh = (joins: typeof pieces) => joins.some((join) => join?.type === "afresh");
        // What is held back may be judged on more or less of the text, but nothing of it is lost.
        if (!afresh(first) && !afresh(pieces)) expect(rest.endsWith(text(pieces))).toBe(true);
        if (afresh(pieces)) expect(text(pieces)).toBe(rest);
      },
    ),
  );
});
