// Whether one word is the other with a slip of the finger: two letters exchanged, one doubled or missed,
// a vowel taken for another. Only of long words, never of their first letter, and never of two that are
// both words.
import { NOT_TYPOS } from "./lexicon.ts";

/** Letters of the longer word, from which on this is believed. */
const SHORTEST = 6;
/** A vowel more easily makes another word, and an ending always may: "nitrate", "nitrite". */
const SHORTEST_OTHER_VOWEL = 8;
const ENDING = 4;

/** Symmetric. */
export function isTypo(a: string, b: string): boolean {
  if (a === b || !/^\p{Ll}+$/u.test(a) || !/^\p{Ll}+$/u.test(b)) return false;
  if (Math.max(a.length, b.length) < SHORTEST || a.charAt(0) !== b.charAt(0)) return false;
  if (NOT_TYPOS.has(`${a}/${b}`) || NOT_TYPOS.has(`${b}/${a}`)) return false;
  if (isExchange(a, b)) return true;
  return single(a) === single(b) || isMissing(a, b) || isOtherVowel(a, b);
}

function isExchange(a: string, b: string): boolean {
  const at = firstDifference(a, b);
  return (
    a.length === b.length &&
    a[at] === b[at + 1] &&
    a[at + 1] === b[at] &&
    a.slice(at + 2) === b.slice(at + 2)
  );
}

/** But not at the end: what is added there is an ending, and may mean something. */
function isMissing(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  const at = firstDifference(short, long);
  return (
    long.length === short.length + 1 && at < short.length && short.slice(at) === long.slice(at + 1)
  );
}

function isOtherVowel(a: string, b: string): boolean {
  const at = firstDifference(a, b);
  return (
    a.length === b.length &&
    a.length >= SHORTEST_OTHER_VOWEL &&
    at < a.length - ENDING &&
    /[aeiou]/.test(a.charAt(at)) &&
    /[aeiou]/.test(b.charAt(at)) &&
    a.slice(at + 1) === b.slice(at + 1)
  );
}

/** Without doubled letters: "tommorow" is "tomorrow". */
const single = (word: string) => word.replaceAll(/(.)\1+/gu, "$1");

function firstDifference(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}
