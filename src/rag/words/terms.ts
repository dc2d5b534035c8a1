// Terms: what a chunk's text and a question are made of for the index of words, for its statistics and
// for whatever scores by words. The index is given terms already (its tokenizer only parts them at
// spaces), so that all of these agree, and nothing that was typed is ever FTS5 syntax.
import { clip, fold, indexWords, shorten, wordsOf } from "../../store/words.ts";
import { stemOf } from "./porter.ts";
import { isStopWord } from "./stop-words.ts";

/** The tokenizer of the FTS5 table that is given `ftsText`: it leaves alone all that is not ASCII. */
export const TOKENIZER = "ascii";

/** Of a question this many different terms count. */
const MOST_TERMS = 64;

/** What stands behind a term that is only the beginning of one; no term has it in itself. */
const OPEN = "*";

/**
 * The terms of a text in their order: folded, stemmed; pairs of characters where nothing parts words.
 * @param sought where others are of no interest: what is none of them may be "" instead
 */
export function termsOf(text: string, sought: Sought | null = null): string[] {
  const clipped = clip(text);
  if (isAscii(clipped)) return asciiTerms(clipped, sought);
  // Word by word: few words of most texts have anything to fold.
  return clipped
    .split(/\s+/)
    .flatMap((piece) => (isAscii(piece) ? asciiTerms(piece, sought) : foldedTerms(piece)));
}

/** The same as below, several times as fast. */
function asciiTerms(text: string, sought: Sought | null): string[] {
  const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return words.map((word) =>
    sought === null || sought.couldBe(word) ? stemOf(shorten(word)) : "",
  );
}

/** Some terms, told from most other words without a stemmer: it leaves the beginnings of words alone. */
export class Sought {
  readonly terms: ReadonlySet<string>;
  readonly #beginnings = new Uint8Array(1 << 15);

  constructor(terms: Iterable<string>) {
    this.terms = new Set(terms);
    for (const term of this.terms) {
      const from = beginningOf(term);
      // A stem's last letter may be another than its word's: "ey", "eyed"; "ski", "sky".
      const open = term.length <= 2 ? 1 << 10 : term.length === 3 ? 1 << 5 : 1;
      this.#beginnings.fill(1, from - (from % open), from - (from % open) + open);
    }
  }

  /** @param word in lower case, of ASCII */
  couldBe(word: string): boolean {
    return this.#beginnings[beginningOf(word)] === 1;
  }
}

/** The first three characters, five bits of each (0 beyond the end): that some are alike does no harm. */
function beginningOf(word: string): number {
  return (
    ((word.charCodeAt(0) & 31) << 10) | ((word.charCodeAt(1) & 31) << 5) | (word.charCodeAt(2) & 31)
  );
}

function foldedTerms(text: string): string[] {
  const words = indexWords(text);
  return words === "" ? [] : words.split(" ").map(stemOf);
}

function isAscii(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- all of ASCII
  return /^[\x00-\x7f]*$/.test(text);
}

/** What the index is given of a text. */
export function ftsText(text: string): string {
  return termsOf(text).join(" ");
}

/**
 * The terms of a question in their order, each once, without stop words unless there is nothing else. A
 * character that stands alone in a script without spaces is the beginning of a term (`isOpen`).
 */
export function queryTermsOf(query: string): string[] {
  const kept = new Set<string>();
  const stopped = new Set<string>();
  for (const { kind, word } of wordsOf(clip(fold(clip(query))))) {
    if (kept.size >= MOST_TERMS) break;
    if (kind === "word" && isStopWord(word)) stopped.add(stemOf(word));
    else if (kind === "word") kept.add(stemOf(shorten(word)));
    else if (kind === "picture") kept.add(indexWords(word));
    else for (const term of pairsOf(word)) kept.add(term);
  }
  return [...(kept.size > 0 ? kept : stopped)].slice(0, MOST_TERMS);
}

/** The MATCH that finds rows with any of the terms; null where there is none. */
export function ftsQuery(terms: Iterable<string>): string | null {
  const phrases = Array.from(terms, (term) =>
    isOpen(term) ? `"${quoted(term.slice(0, -OPEN.length))}" *` : `"${quoted(term)}"`,
  );
  return phrases.length === 0 ? null : phrases.join(" OR ");
}

/** Whether a term of a question stands for every term that begins with it. */
export function isOpen(term: string): boolean {
  return term.endsWith(OPEN);
}

export function opens(open: string, term: string): boolean {
  return term.startsWith(open.slice(0, -OPEN.length));
}

/** Terms have no quote in them; one that came from elsewhere ends no string. */
function quoted(term: string): string {
  return term.replaceAll('"', '""').replaceAll("\0", "");
}

function pairsOf(run: string): string[] {
  const characters = Array.from(run);
  if (characters.length === 1) return [`${run}${OPEN}`];
  return characters.slice(1).map((character, at) => `${characters[at] ?? ""}${character}`);
}
