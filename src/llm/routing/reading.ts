// What of a message is read, and in which form its words are compared. How long a message is must
// not matter to how long it takes: of a long one its beginning and its end are read, where people put
// what they want.

/** UTF-16 units of a long message's beginning and end. */
const HEAD = 1000;
const TAIL = 500;

/** No sign of anything is longer; patterns would take a run's square to get past it. */
const RUN_KEPT = 16;
const RUN = /(.)\1{16,}/gs;

export type Reading = {
  /** As it was written. */
  written: string;
  /** Its runs of one character cut short. */
  raw: string;
  /** See `fold`. */
  folded: string;
  /** How many times longer the message is than what was read. */
  scale: number;
};

export function readingOf(text: string): Reading {
  const long = text.length > HEAD + TAIL;
  const written = long ? `${text.slice(0, HEAD)}\n${text.slice(-TAIL)}` : text;
  const raw = written.replaceAll(RUN, (run) => run.slice(0, RUN_KEPT));
  return { written, raw, folded: fold(raw), scale: long ? text.length / written.length : 1 };
}

/** Letters whose stroke or joint is no accent to Unicode; people leave it out as they do accents. */
const PLAIN: Readonly<Record<string, string>> = {
  ł: "l",
  ø: "o",
  đ: "d",
  ı: "i",
  ß: "ss",
  æ: "ae",
  œ: "oe",
};

/**
 * Words in small letters without accents, one space apart, and a full stop wherever a sentence, a line
 * or a clause before a colon ends: `Où est-il ?` is ` . ou est il . `.
 */
function fold(text: string): string {
  const plain = text
    .toLowerCase()
    .normalize("NFD")
    .replaceAll(/[\u0300-\u036f]/g, "")
    .normalize("NFC")
    .replaceAll(/[łøđıßæœ]/g, (letter) => PLAIN[letter] ?? letter)
    .replaceAll(/[.!?:;](?=\s|$)|[。！？：；؟।¿¡]/g, "\n")
    .replaceAll(/[^\p{L}\p{M}\p{N}\n]+/gu, " ")
    .replaceAll(/ ?\n[ \n]*/g, " . ")
    .trim();
  const opened = plain.startsWith(".") ? plain : `. ${plain}`;
  return ` ${opened.endsWith(" .") ? opened : `${opened} .`} `;
}

export const wordsIn = (folded: string): string[] =>
  folded.split(" ").filter((word) => word !== "" && word !== ".");

/** About how many words; of writing without spaces, two letters are one. */
export function lengthOf(folded: string): number {
  let length = 0;
  for (const word of wordsIn(folded))
    length += UNSPACED.test(word) ? Math.ceil(word.length / 2) : 1;
  return length;
}

/** By language, phrases apart by commas: `^` before one wants a sentence's start, `*` leaves an end open. */
export type PhraseList = Readonly<Record<string, string>>;

/** Written without spaces between words, or with endings that grow onto them. */
const UNSPACED = /[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/;

/**
 * Finds the phrases of a list in folded text, of two that begin alike the longer. Kinds of phrases are
 * apart so that what all of a kind begin with is looked for first: that is what makes it fast.
 */
export function phrases(list: PhraseList): RegExp {
  const kinds = { opening: [], openingStem: [], word: [], stem: [], inside: [] } as Record<
    "opening" | "openingStem" | "word" | "stem" | "inside",
    string[]
  >;
  for (const phrase of Object.values(list).flatMap((all) => all.split(","))) {
    const words = fold(phrase).slice(3, -3);
    const stem = phrase.endsWith("*");
    if (UNSPACED.test(words)) kinds.inside.push(words.replaceAll(" ", " ?"));
    else if (phrase.trim().startsWith("^")) kinds[stem ? "openingStem" : "opening"].push(words);
    else kinds[stem ? "stem" : "word"].push(words);
  }
  const any = (all: string[]) => all.sort((a, b) => b.length - a.length).join("|");
  const sources = [
    ["(?<=\\. )(?:", kinds.opening, ")(?= )"],
    ["(?<=\\. )(?:", kinds.openingStem, ")"],
    [" (?:", kinds.word, ")(?= )"],
    [" (?:", kinds.stem, ")"],
    ["(?:", kinds.inside, ")"],
  ] as const;
  return new RegExp(
    sources
      .filter(([, all]) => all.length > 0)
      .map(([before, all, after]) => `${before}${any(all)}${after}`)
      .join("|"),
    "gu",
  );
}

/** How many different phrases of a list a text has. */
export function countOf(list: RegExp, folded: string): number {
  return new Set(folded.match(list)).size;
}

export const has = (list: RegExp, folded: string): boolean => folded.search(list) >= 0;
