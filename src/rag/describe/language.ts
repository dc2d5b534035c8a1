// Which language a text is written in: by its script, and by the small words in it. Says nothing where it
// is not sure.
import { FUNCTION_WORDS, type Language, LANGUAGES, LETTERS, NEIGHBOURS } from "./function-words.ts";

/** UTF-16 units that are looked at. */
const SEEN = 20_000;
/** An ideograph or a kana says as much as so many letters. */
const DENSE = 3;
const FEWEST_LETTERS = 12;
/** Of words: so many of them are small words of the language, and so many times more than of the next. */
const LEAST_SHARE = 0.1;
const LEAST_LEAD = 1.4;
const FEWEST_HITS = 2;

const SCRIPTS = {
  latin: /\p{Script=Latin}/gu,
  cyrillic: /\p{Script=Cyrillic}/gu,
  arabic: /\p{Script=Arabic}/gu,
  hangul: /\p{Script=Hangul}/gu,
  han: /\p{Script=Han}/gu,
  kana: /[\p{Script=Hiragana}\p{Script=Katakana}]/gu,
} as const;
const LETTER = /\p{L}/gu;
/** Persian, Urdu and others write Arabic letters, too, and these beside them. */
const NOT_ARABIC = /[پچژگٹڈڑںےکی]/gu;
/** A word, with none of what an apostrophe parts off. */
const WORD = /[\p{L}\p{M}]+/gu;

/** The languages, then their neighbours. A word or letter of a text is told the places that it speaks for. */
const LISTS = [
  ...LANGUAGES.map((language) => ({
    letters: LETTERS[language] ?? "",
    words: FUNCTION_WORDS[language] ?? [],
  })),
  ...NEIGHBOURS,
];
const KNOWN_WORDS = placesOf(LISTS.map(({ words }) => words));
const KNOWN_LETTERS = placesOf(LISTS.map(({ letters }) => Array.from(letters)));
const ANY_LETTER = new RegExp(`[${[...KNOWN_LETTERS.keys()].join("")}]`, "u");
/** A word that has such a letter says so much less than a small word. */
const LETTER_SAYS = 0.5;

function placesOf(lists: readonly (readonly string[])[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (const [place, list] of lists.entries())
    for (const one of new Set(list)) places.set(one, [...(places.get(one) ?? []), place]);
  return places;
}

/** Null where the text is too short, mixed, or in none of the languages that are known. */
export function languageOf(text: string): Language | null {
  const seen = text.slice(0, SEEN).normalize("NFC");
  const count = (pattern: RegExp) => seen.match(pattern)?.length ?? 0;
  const dense = count(SCRIPTS.han) + count(SCRIPTS.kana);
  const letters = count(LETTER) + dense * (DENSE - 1);
  if (letters < FEWEST_LETTERS) return null;
  const leads = (share: number) => share * 2 > letters;

  if (leads(dense * DENSE)) return count(SCRIPTS.kana) * 10 > dense ? "ja" : "zh";
  if (leads(count(SCRIPTS.hangul) * 2)) return "ko";
  const arabic = count(SCRIPTS.arabic);
  if (leads(arabic)) return count(NOT_ARABIC) * 50 < arabic ? "ar" : null;
  if (!leads(count(SCRIPTS.latin)) && !leads(count(SCRIPTS.cyrillic))) return null;
  return byWords(seen);
}

function byWords(text: string): Language | null {
  const words = text.toLowerCase().match(WORD) ?? [];
  const scores = LISTS.map(() => 0);
  const hits = LISTS.map(() => 0);
  const speak = (places: readonly number[], loud: number) => {
    for (const place of places) {
      // What many languages have speaks for none of them.
      scores[place] = (scores[place] ?? 0) + loud / places.length;
      hits[place] = (hits[place] ?? 0) + loud;
    }
  };
  for (const word of words) {
    speak(KNOWN_WORDS.get(word) ?? [], 1);
    const letter = ANY_LETTER.exec(word)?.[0];
    if (letter !== undefined) speak(KNOWN_LETTERS.get(letter) ?? [], LETTER_SAYS);
  }
  const [first, second] = [...scores.keys()].sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  if (first === undefined || second === undefined) return null;
  const best = scores[first] ?? 0;
  const sure =
    best >= FEWEST_HITS / 2 &&
    (hits[first] ?? 0) >= Math.max(FEWEST_HITS, words.length * LEAST_SHARE) &&
    best >= (scores[second] ?? 0) * LEAST_LEAD;
  return sure ? (LANGUAGES[first] ?? null) : null;
}
