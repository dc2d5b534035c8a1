// Similarity is not sameness: "how do I enable it" is very near "how do I disable it". What vectors find
// is held here against what was asked, and a wrong answer is worth many right ones: in doubt, no.
import { DECISIVE, JOINTS, OPPOSITES, PREFIXES, UNSPACED_DECISIVE } from "./lexicon.ts";
import { codeIn, namesIn, quotedIn, signsIn } from "./marks.ts";
import { type Phrase, read, type Reading } from "./reading.ts";
import { isTypo } from "./typo.ts";

/**
 * What vouches that the two mean the same. `words`: nothing but the words, so they must be the same
 * but for grammar, manners, spelling and plain synonyms. `meaning`: an embedder that knows meanings, so
 * words may differ where nothing that decides does.
 */
export type Strictness = "words" | "meaning";

/** Words with which a slip of the finger is forgiven. */
const MOST_TYPOS = 2;

/**
 * Whether the answer to `kept` may be given to `asked`. Pure; symmetric; true of a question and itself.
 */
export function mayStandFor(asked: string, kept: string, strictness: Strictness): boolean {
  return standInsFor(asked, strictness)(kept);
}

/** The same for many kept ones: reading is what takes time, and what was asked is read once. */
export function standInsFor(asked: string, strictness: Strictness): (kept: string) => boolean {
  const a = read(asked);
  const [signs, code] = [signsIn(asked), codeIn(asked)];
  return (kept) => {
    if (asked === kept) return true;
    if (!sameList(signs, signsIn(kept)) || !sameList(code, codeIn(kept))) return false;
    if (!quotes(asked, kept) || !quotes(kept, asked)) return false;
    const b = read(kept);
    if (a.plain === b.plain) return true;
    if (!sameAsking(a, b)) return false;
    if (a.stems.length === 0 || b.stems.length === 0) return false;
    const names = new Set([...namesIn(asked), ...namesIn(kept)]);
    if (sameWords(a, b, names)) return true;
    return strictness === "meaning" && nothingDecides(a, b, asked, kept);
  };
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
function sameWords(a: Reading, b: Reading, names: ReadonlySet<string>): boolean {
  const spelling = spelledAlike(a.stems, b.stems, names);
  if (spelling === null) return false;
  const inB = b.phrases.map(({ relation, stems }) => ({
    relation,
    stems: stems.map((stem) => spelling.get(stem) ?? stem),
  }));
  return sameList(a.phrases.map(line).sort(), inB.map(line).sort());
}

const line = ({ relation, stems }: Phrase) => `${relation}: ${stems.join(" ")}`;

/** How words of `b` are spelled in `a`; null where the words are others, or too many are misspelled. */
function spelledAlike(
  a: readonly string[],
  b: readonly string[],
  names: ReadonlySet<string>,
): Map<string, string> | null {
  const [onlyA, onlyB] = [without(a, b), without(b, a)];
  if (onlyA.length !== onlyB.length || onlyA.length > MOST_TYPOS) return null;
  const alike = (x: string | undefined, y: string | undefined) =>
    x !== undefined && y !== undefined && isTypo(x, y, names.has(x) || names.has(y));
  const pairings = [onlyB, onlyB.toReversed()];
  const right = pairings.find((ordered) => onlyA.every((stem, at) => alike(stem, ordered[at])));
  return right === undefined ? null : new Map(right.map((stem, at) => [stem, onlyA[at] ?? stem]));
}

/** Of what vectors hold to be the same in other words: whether nothing that decides is another. */
function nothingDecides(a: Reading, b: Reading, asked: string, kept: string): boolean {
  const [onlyA, onlyB] = [without(a.stems, b.stems), without(b.stems, a.stems)];
  if (onlyA.length === 0 && onlyB.length === 0) return false; // the same words, and yet not the same
  if ([...onlyA, ...onlyB].some((stem) => DECISIVE.has(stem))) return false;
  if (onlyA.some((x) => onlyB.some((y) => areOpposite(x, y)))) return false;
  if (UNSPACED_DECISIVE.some((word) => asked.includes(word) !== kept.includes(word))) return false;
  if (isShortExchange(onlyA, onlyB)) return false;
  if (!knowsNames(asked, b) || !knowsNames(kept, a)) return false;
  return !exchanged(a, b) && sameOrder(asked, kept);
}

function areOpposite(x: string, y: string): boolean {
  return (
    OPPOSITES.some(([p, q]) => (p === x && q === y) || (p === y && q === x)) ||
    PREFIXES.some((prefix) => x === prefix + y || y === prefix + x)
  );
}

/** "npm" for "npx": names that are written like words, and far more often another thing than a synonym. */
function isShortExchange(onlyA: readonly string[], onlyB: readonly string[]): boolean {
  const [[x, ...moreX], [y, ...moreY]] = [onlyA, onlyB];
  if (x === undefined || y === undefined || moreX.length + moreY.length > 0) return false;
  return Math.max(x.length, y.length) <= 4;
}

/** Whether every name in `text` is spoken of in the other question. */
function knowsNames(text: string, { plain }: Reading): boolean {
  const words = new Set(plain.split(" "));
  return namesIn(text).every((name) =>
    read(name)
      .plain.split(" ")
      .every((word) => words.has(word)),
  );
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

/** Names in another order are only the same question where they are named side by side. */
function sameOrder(asked: string, kept: string): boolean {
  const [a, b] = [namesIn(asked), namesIn(kept)];
  if (sameList(a, b)) return true;
  const words = new Set(asked.toLowerCase().split(/[^\p{L}]+/u));
  return [...JOINTS].some((joint) => words.has(joint)) || !sameList(a.toSorted(), b.toSorted());
}

/** Whether what `a` quotes is in `b`, but for case and punctuation. */
function quotes(a: string, b: string): boolean {
  const text = ` ${bare(b)} `;
  return quotedIn(a).every((quoted) => text.includes(` ${bare(quoted)} `));
}

const bare = (text: string) =>
  text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{S}]+/gu, " ")
    .trim();

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
