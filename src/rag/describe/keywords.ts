// What a text speaks of most, in its own words: single ones, and pairs that keep together.
import { stemOf } from "../../llm/embedders/stems.ts";
import { FUNCTION_WORDS, type Language } from "./function-words.ts";

/** UTF-16 units that are looked at. */
const SEEN = 200_000;
const LONGEST = 40;
/** A word in a heading counts as so many. */
const IN_HEADING = 3;
/** So often a pair has to stand there, and so large a part of its rarer word's times. */
const FEWEST_PAIRS = 3;
const PAIRED = 0.4;
/** A pair says more than a word. */
const PAIR = 1.5;

const EVERY_SMALL_WORD = new Set(Object.values(FUNCTION_WORDS).flat());
/** Punctuation parts pairs; a space or hyphen does not. */
const PIECE = /[\p{L}\p{N}\p{M}_]+(?:['’][\p{L}]+)?|[^\s\p{L}\p{N}\p{M}_-]/gu;
/** Its words are told by where one of its scripts ends, its grammar is hiragana. */
const JAPANESE_PIECE = /\p{Script=Han}+|[\p{Script=Katakana}ー]+|[\p{Script=Latin}\p{N}_]+|[^\s]/gu;
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
/** Particles that stick to the end of Korean words. */
const PARTICLE =
  /(?<=\p{Script=Hangul}{2})(?:에서는|에서|으로|에는|까지|부터|에게|처럼|보다|은|는|이|가|을|를|의|에|로|와|과|도|만)$/u;
const POSSESSIVE = /['’]s$/u;
/** What French and Italian leave of a small word before a vowel. */
const ELIDED = /^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|un|(?:d|n)?ell|all|dall|sull|quest|c)['’]/u;

type Counted = { count: number; first: number; forms: Map<string, number> };

/**
 * At most `most`, lower-case, the most telling first.
 * @param texts prose; those of headings weigh more
 */
export function keywordsOf(
  texts: readonly { text: string; heading: boolean }[],
  language: Language | null,
  most: number,
): string[] {
  const small = language === null ? EVERY_SMALL_WORD : new Set(FUNCTION_WORDS[language]);
  const singles = new Map<string, Counted>();
  const pairs = new Map<string, Counted & { words: [string, string] }>();
  let left = SEEN;
  let place = 0;
  for (const { text, heading } of texts) {
    if (left <= 0) break;
    const weight = heading ? IN_HEADING : 1;
    let before: { key: string; word: string } | null = null;
    for (const word of wordsOf(text.slice(0, left), language)) {
      if (word === null || !isContent(word, small)) {
        before = null;
        continue;
      }
      const key = language === "en" ? stemOf(word) : word;
      add(singles, key, word, weight, place++);
      if (before !== null && before.key !== key && !UNSPACED.test(word)) {
        const both = `${before.key} ${key}`;
        const pair = pairs.get(both) ?? { ...none(place), words: [before.key, key] };
        pairs.set(both, pair);
        tally(pair, `${before.word} ${word}`, weight);
      }
      before = { key, word };
    }
    left -= text.length;
  }
  return ranked(singles, pairs).slice(0, most);
}

const none = (first: number): Counted => ({ count: 0, first, forms: new Map() });

function add(into: Map<string, Counted>, key: string, form: string, weight: number, at: number) {
  const counted = into.get(key) ?? none(at);
  into.set(key, counted);
  tally(counted, form, weight);
}

function tally(counted: Counted, form: string, weight: number): void {
  counted.count += weight;
  counted.forms.set(form, (counted.forms.get(form) ?? 0) + weight);
}

function ranked(
  singles: ReadonlyMap<string, Counted>,
  pairs: ReadonlyMap<string, Counted & { words: [string, string] }>,
): string[] {
  const left = new Map(Array.from(singles, ([key, { count }]) => [key, count]));
  const found: { form: string; score: number; first: number }[] = [];
  for (const { count, first, forms, words } of pairs.values()) {
    const rarer = Math.min(...words.map((word) => singles.get(word)?.count ?? 0));
    if (count < FEWEST_PAIRS || count < rarer * PAIRED) continue;
    found.push({ form: usual(forms), score: count * PAIR, first });
    for (const word of words) left.set(word, (left.get(word) ?? 0) - count);
  }
  for (const [key, { forms, first }] of singles) {
    const score = left.get(key) ?? 0;
    if (score > 0) found.push({ form: usual(forms), score, first });
  }
  found.sort((a, b) => b.score - a.score || a.first - b.first);
  return found.map(({ form }) => form);
}

/** The form that is used most, the earlier of equal ones. */
function usual(forms: ReadonlyMap<string, number>): string {
  let best = "";
  let most = 0;
  for (const [form, count] of forms)
    if (count > most) {
      best = form;
      most = count;
    }
  return best;
}

/** Words in their order; null where punctuation stands between two. */
function* wordsOf(text: string, language: Language | null): Generator<string | null> {
  const folded = text.normalize("NFKC").toLowerCase();
  if (language === "zh") {
    for (const { segment, isWordLike } of new Intl.Segmenter("zh", { granularity: "word" }).segment(
      folded,
    ))
      yield isWordLike === true ? segment : null;
    return;
  }
  const pieces = language === "ja" ? JAPANESE_PIECE : PIECE;
  for (const [piece] of folded.matchAll(pieces))
    if (!/[\p{L}\p{N}]/u.test(piece)) yield null;
    else if (language === "ko") yield piece.replace(PARTICLE, "");
    else yield piece.replace(POSSESSIVE, "").replace(ELIDED, "");
}

function isContent(word: string, small: ReadonlySet<string>): boolean {
  if (word.length > LONGEST || !/\p{L}/u.test(word) || small.has(word)) return false;
  // Of what is written without spaces, two characters are a word; single kana are grammar.
  if (UNSPACED.test(word)) return word.length >= 2 && !/^\p{Script=Hiragana}+$/u.test(word);
  return word.length >= (/\p{Script=Hangul}/u.test(word) ? 2 : 3);
}
