// Porter's stemmer (M. F. Porter, An algorithm for suffix stripping, 1980), as SQLite's FTS5 has it:
// letters are bytes, and words of fewer than 3 or more than 64 of them stay as they are.

const SHORTEST = 3;
const LONGEST = 64;
/** Words whose stems are remembered, and as many again that were met before those; a text repeats its own. */
const REMEMBERED = 20_000;
let remembered = new Map<string, string>();
let earlier = new Map<string, string>();

/** The stem of a word in lower case. */
export function stemOf(word: string): string {
  if (!/[a-z]$/.test(word)) return word; // no suffix ends otherwise
  const known = remembered.get(word);
  if (known !== undefined) return known;
  const stem =
    earlier.get(word) ?? (isAscii(word) ? stemmed(word) : fromBytes(stemmed(toBytes(word))));
  if (remembered.size >= REMEMBERED) {
    earlier = remembered;
    remembered = new Map();
  }
  remembered.set(word, stem);
  return stem;
}

function stemmed(word: string): string {
  if (word.length < SHORTEST || word.length > LONGEST) return word;
  let stem = withoutTense(withoutPlural(word));
  if (stem.endsWith("y") && hasVowel(stem.slice(0, -1))) stem = `${stem.slice(0, -1)}i`;
  stem = replaced(stem, DOUBLE_SUFFIXES, atLeastOne);
  stem = replaced(stem, SUFFIXES, atLeastOne);
  stem = replaced(stem, LAST_SUFFIXES, atLeastTwo);
  return tidied(stem);
}

type Condition = (stem: string) => boolean;
/** Suffixes and what takes their place, the longer of two that share an end first. */
type Rules = ReadonlyMap<string, readonly (readonly [suffix: string, by: string, Condition?])[]>;

/** Rules by the last letter but one, as the algorithm's own tables are. */
function rules(...list: readonly (readonly [string, string, Condition?])[]): Rules {
  return Map.groupBy(list, ([suffix]) => suffix.at(-2) ?? "");
}

const DOUBLE_SUFFIXES = rules(
  ["ational", "ate"],
  ["tional", "tion"],
  ["enci", "ence"],
  ["anci", "ance"],
  ["izer", "ize"],
  ["logi", "log"],
  ["bli", "ble"],
  ["alli", "al"],
  ["entli", "ent"],
  ["eli", "e"],
  ["ousli", "ous"],
  ["ization", "ize"],
  ["ation", "ate"],
  ["ator", "ate"],
  ["alism", "al"],
  ["iveness", "ive"],
  ["fulness", "ful"],
  ["ousness", "ous"],
  ["aliti", "al"],
  ["iviti", "ive"],
  ["biliti", "ble"],
);

const SUFFIXES = rules(
  ["ical", "ic"],
  ["ness", ""],
  ["icate", "ic"],
  ["iciti", "ic"],
  ["ful", ""],
  ["ative", ""],
  ["alize", "al"],
);

const LAST_SUFFIXES = rules(
  ["al", ""],
  ["ance", ""],
  ["ence", ""],
  ["er", ""],
  ["ic", ""],
  ["able", ""],
  ["ible", ""],
  ["ant", ""],
  ["ement", ""],
  ["ment", ""],
  ["ent", ""],
  ["ion", "", (stem) => /[st]$/.test(stem) && atLeastTwo(stem)],
  ["ou", ""],
  ["ism", ""],
  ["ate", ""],
  ["iti", ""],
  ["ous", ""],
  ["ive", ""],
  ["ize", ""],
);

/** The first suffix that fits decides, whether its condition holds or not. */
function replaced(word: string, table: Rules, usual: Condition): string {
  for (const [suffix, by, condition = usual] of table.get(word.at(-2) ?? "") ?? []) {
    if (word.length <= suffix.length || !word.endsWith(suffix)) continue;
    const stem = word.slice(0, -suffix.length);
    return condition(stem) ? stem + by : word;
  }
  return word;
}

function withoutPlural(word: string): string {
  if (!word.endsWith("s") || word.endsWith("ss")) return word;
  if ((word.length > 4 && word.endsWith("sses")) || (word.length > 3 && word.endsWith("ies")))
    return word.slice(0, -2);
  return word.slice(0, -1);
}

function withoutTense(word: string): string {
  if (word.length > 3 && word.endsWith("eed"))
    return atLeastOne(word.slice(0, -3)) ? word.slice(0, -1) : word;
  const ending = word.endsWith("ed") ? 2 : word.endsWith("ing") ? 3 : 0;
  const stem = word.slice(0, word.length - ending);
  if (ending === 0 || stem === "" || !hasVowel(stem)) return word;
  if (stem.length > 2 && /(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (/([^aeioulsz])\1$/.test(stem)) return stem.slice(0, -1);
  return exactlyOne(stem) && endsClosed(stem) ? `${stem}e` : stem;
}

function tidied(word: string): string {
  let stem = word;
  if (stem.endsWith("e")) {
    const rest = stem.slice(0, -1);
    if (atLeastTwo(rest) || (exactlyOne(rest) && !endsClosed(rest))) stem = rest;
  }
  return stem.endsWith("ll") && atLeastTwo(stem.slice(0, -1)) ? stem.slice(0, -1) : stem;
}

/** How often a consonant follows a vowel, up to 2: what Porter calls m. */
function measure(stem: string): number {
  let count = 0;
  let consonant = false;
  for (let at = 0; at < stem.length && count < 2; at++) {
    const before: boolean = consonant;
    consonant = !isVowel(stem.charCodeAt(at), before);
    if (at > 0 && consonant && !before) count++;
  }
  return count;
}

const atLeastOne: Condition = (stem) => measure(stem) > 0;
const atLeastTwo: Condition = (stem) => measure(stem) > 1;
const exactlyOne: Condition = (stem) => measure(stem) === 1;

/** A consonant, a vowel, a consonant that is not w, x or y. */
function endsClosed(stem: string): boolean {
  if (/[wxy]$/.test(stem)) return false;
  let mask = 0;
  let consonant = false;
  for (let at = 0; at < stem.length; at++) {
    consonant = !isVowel(stem.charCodeAt(at), consonant);
    mask = (mask << 1) | (consonant ? 1 : 0);
  }
  return (mask & 7) === 5;
}

function hasVowel(stem: string): boolean {
  return /[aeiou]|.y/s.test(stem);
}

/** `y` is one after a consonant. */
function isVowel(code: number, afterConsonant: boolean): boolean {
  switch (code) {
    case 97: // a
    case 101: // e
    case 105: // i
    case 111: // o
    case 117: // u
      return true;
    case 121: // y
      return afterConsonant;
    default:
      return false;
  }
}

function isAscii(word: string): boolean {
  // eslint-disable-next-line no-control-regex -- all of ASCII
  return /^[\x00-\x7f]*$/.test(word);
}

function toBytes(word: string): string {
  return Array.from(new TextEncoder().encode(word), (byte) => String.fromCharCode(byte)).join("");
}

function fromBytes(bytes: string): string {
  return new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
}
