// Whether one word is the other with a slip of the finger: two letters exchanged, one doubled, missed or
// struck beside. Only of long words, never of their first letter, and never of two that are both words.
import { NOT_TYPOS } from "./lexicon.ts";

const SHORTEST = 6;

/** Symmetric. */
export function isTypo(a: string, b: string): boolean {
  if (a === b || !/^\p{Ll}+$/u.test(a) || !/^\p{Ll}+$/u.test(b)) return false;
  if (Math.max(a.length, b.length) < SHORTEST || a.charAt(0) !== b.charAt(0)) return false;
  if (NOT_TYPOS.has(`${a}/${b}`) || NOT_TYPOS.has(`${b}/${a}`)) return false;
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  let from = 0;
  while (from < short.length && short[from] === long[from]) from++;
  if (short.length === long.length)
    return (
      short[from] === long[from + 1] &&
      short[from + 1] === long[from] &&
      short.slice(from + 2) === long.slice(from + 2)
    );
  // What is added at the end is an ending, and may mean something.
  return (
    long.length === short.length + 1 &&
    from < short.length &&
    short.slice(from) === long.slice(from + 1)
  );
}
