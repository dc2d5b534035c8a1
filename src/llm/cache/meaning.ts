// Of two English questions that vectors hold to be the same in other words: whether anything that decides
// is another.
import { DECISIVE, OPPOSITES, PREFIXES } from "./lexicon.ts";
import { stemOf } from "../embedders/stems.ts";
import type { Phrase, Reading } from "./reading.ts";
import { isTypo } from "./typo.ts";

/** Words with which a slip of the finger is forgiven. */
const MOST_TYPOS = 2;
/** Where these are, the phrases keep their order. */
const SEQUENCE = new Set(["then", "before", "after", "than"]);

/** Symmetric. Signs, capitals and quotations are held against each other before. */
export function decidesNothing(a: Reading, b: Reading): boolean {
  if (!sameAsking(a, b) || a.stems.length === 0 || b.stems.length === 0) return false;
  return sameWords(a, b) || nothingDecides(a, b);
}

/** What was asked of it: the intent, who is spoken of, when, and whether it is denied. */
function sameAsking(a: Reading, b: Reading): boolean {
  return (
    a.intent === b.intent &&
    a.past === b.past &&
    a.negations === b.negations &&
    sameList([...a.modals].sort(), [...b.modals].sort()) &&
    sameList(a.numbers, b.numbers) &&
    samePersons(a, b)
  );
}

/** How something is done may be asked in general or of one's own; nothing else may. */
function samePersons(a: Reading, b: Reading): boolean {
  const speaker = ({ persons }: Reading) => ["i", "we"].filter((person) => persons.has(person));
  const others = ({ persons }: Reading) =>
    [...persons].filter((person) => person !== "i" && person !== "we").sort();
  if (!sameList(others(a), others(b))) return false;
  if (sameList(speaker(a), speaker(b))) return true;
  const general = speaker(a).length === 0 || speaker(b).length === 0;
  return general && a.intent === "how" && others(a).length === 0;
}

/** The same content words in the same phrases, whatever the order of the phrases. */
function sameWords(a: Reading, b: Reading): boolean {
  const spelling = spelledAlike(a.stems, b.stems);
  if (spelling === null) return false;
  const inB = b.phrases.map(({ relation, stems }) => ({
    relation,
    stems: stems.map((stem) => spelling.get(stem) ?? stem),
  }));
  const [left, right] = [a.phrases.map(line), inB.map(line)];
  const ordered = [...a.words, ...b.words].some((word) => SEQUENCE.has(word));
  return ordered ? sameList(left, right) : sameList(left.sort(), right.sort());
}

const line = ({ relation, stems }: Phrase) => `${relation}: ${stems.join(" ")}`;

/** How words of `b` are spelled in `a`; null where the words are others, or too many are misspelled. */
function spelledAlike(a: readonly string[], b: readonly string[]): Map<string, string> | null {
  const [onlyA, onlyB] = [without(a, b), without(b, a)];
  if (onlyA.length !== onlyB.length || onlyA.length > MOST_TYPOS) return null;
  const alike = (x: string | undefined, y: string | undefined) =>
    x !== undefined && y !== undefined && isTypo(x, y);
  const pairings = [onlyB, onlyB.toReversed()];
  const right = pairings.find((ordered) => onlyA.every((stem, at) => alike(stem, ordered[at])));
  return right === undefined ? null : new Map(right.map((stem, at) => [stem, onlyA[at] ?? stem]));
}

/** Of what vectors hold to be the same in other words: whether nothing that decides is another. */
function nothingDecides(a: Reading, b: Reading): boolean {
  const [onlyA, onlyB] = [without(a.stems, b.stems), without(b.stems, a.stems)];
  if (onlyA.length === 0 && onlyB.length === 0) return false; // the same words, and yet not the same
  if ([...onlyA, ...onlyB].some((stem) => DECISIVE.has(stem))) return false;
  if (onlyA.some((x) => onlyB.some((y) => areOpposite(x, y)))) return false;
  if (isShortExchange(onlyA, onlyB)) return false;
  return !exchanged(a, b);
}

/** Also a word and what is done with it. */
function areOpposite(x: string, y: string): boolean {
  return (
    OPPOSITES.some(([p, q]) => (p === x && q === y) || (p === y && q === x)) ||
    isDoing(x, y) ||
    isDoing(y, x) ||
    PREFIXES.some((prefix) => x === prefix + y || y === prefix + x)
  );
}

/** "Banking" has little to do with a bank. */
const isDoing = (x: string, y: string) => x.endsWith("ing") && stemOf(x) === y;

/** "npm" for "npx": names that are written like words, and far more often another thing than a synonym. */
function isShortExchange(onlyA: readonly string[], onlyB: readonly string[]): boolean {
  const [[x, ...moreX], [y, ...moreY]] = [onlyA, onlyB];
  if (x === undefined || y === undefined || moreX.length + moreY.length > 0) return false;
  return Math.max(x.length, y.length) <= 4;
}

/** Whether what one question goes to, the other comes from: the same things in other relations. */
function exchanged(a: Reading, b: Reading): boolean {
  return a.phrases.some(({ relation, stems: [first] }) => {
    if (relation === "" || relation === "of" || first === undefined) return false;
    const others = b.phrases.filter((phrase) => phrase.relation === relation);
    if (others.length === 0 || others.some(({ stems }) => stems.includes(first))) return false;
    return (
      b.stems.includes(first) &&
      others.some(({ stems }) => stems.some((it) => a.stems.includes(it)))
    );
  });
}

/** What `from` has more of than `other`, sorted. */
function without(from: readonly string[], other: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const stem of other) left.set(stem, (left.get(stem) ?? 0) + 1);
  return from
    .filter((stem) => {
      const count = left.get(stem) ?? 0;
      left.set(stem, count - 1);
      return count <= 0;
    })
    .toSorted();
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, at) => item === b[at]);
}
