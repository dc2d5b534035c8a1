// Similarity is not sameness: "how do I enable it" is very near "how do I disable it". What vectors find
// is held here against what was asked, and a wrong answer is worth many right ones: in doubt, no.
import { capitalsIn, lineOf, literalOf, quotedIn, signsIn } from "./line.ts";
import { decidesNothing } from "./meaning.ts";
import { read, type Reading } from "./reading.ts";
import { isAboutWords, isPlainlyEnglish } from "./subject.ts";
import { invisibleIn } from "./visible.ts";
import { withoutManners } from "./wording.ts";

/**
 * What vouches that the two mean the same. `words`: nothing but the words, so they must be the same but for
 * manners and pauses. `meaning`: an embedder that knows meanings, so that of plain English words may differ
 * where nothing that decides does.
 */
export type Strictness = "words" | "meaning";

/** What of a text is held against the other's. */
type Written = {
  text: string;
  invisible: string[];
  quoted: string[];
  line: string;
  aboutWords: boolean;
  literal: string;
  signs: string[];
  capitals: string[];
  plain: string;
  english: boolean;
  /** Read when it is first needed. */
  reading: () => Reading;
};

/**
 * Whether the answer to `kept` may be given to `asked`. Pure; symmetric; true of a question and itself.
 */
export function mayStandFor(asked: string, kept: string, strictness: Strictness): boolean {
  return standInsFor(asked, strictness)(kept);
}

/** The same for many kept ones: reading is what takes time, and what was asked is read once. */
export function standInsFor(asked: string, strictness: Strictness): (kept: string) => boolean {
  const a = written(asked);
  return (kept) => {
    if (asked === kept) return true;
    const b = written(kept);
    // In several lines, how far one is indented may be the question.
    if (isSeveral(a) || isSeveral(b)) return false;
    if (!sameList(a.invisible, b.invisible) || !sameQuotes(a, b)) return false;
    if (a.aboutWords || b.aboutWords) return a.literal === b.literal;
    if (a.plain === b.plain || isTurned(a.plain, b.plain) || isTurned(b.plain, a.plain))
      return true;
    if (strictness === "words" || !a.english || !b.english) return false;
    if (!sameList(a.signs, b.signs) || !sameList(a.capitals, b.capitals)) return false;
    return decidesNothing(a.reading(), b.reading());
  };
}

function written(text: string): Written {
  const line = lineOf(text);
  const plain = withoutManners(line);
  let reading: Reading | null = null;
  return {
    text,
    invisible: invisibleIn(text),
    quoted: quotedIn(text),
    line,
    aboutWords: isAboutWords(text),
    literal: literalOf(text),
    signs: signsIn(plain),
    capitals: capitalsIn(plain),
    plain,
    english: isPlainlyEnglish(text) && !isTwoByCase(plain),
    reading: () => (reading ??= read(plain)),
  };
}

const isSeveral = ({ text }: Written) => text.trim().includes("\n");

/** "g" beside "G". */
function isTwoByCase(plain: string): boolean {
  const words = new Set(plain.split(" "));
  return new Set([...words].map((word) => word.toLowerCase())).size < words.size;
}

/** One may quote what the other only says; what both quote is the same. */
function sameQuotes(a: Written, b: Written): boolean {
  if (a.quoted.length > 0 && b.quoted.length > 0) return sameList(a.quoted, b.quoted);
  const says = ({ line }: Written, { quoted }: Written) =>
    quoted.every((it) => ` ${line} `.toLowerCase().includes(` ${it.toLowerCase()} `));
  return says(a, b) && says(b, a);
}

/** What may stand before or behind: "on Android, how do I …". */
const FRONTED = /^((?:on|in|at|as) (?:[^ ,]+ ){0,3}[^ ,]+) , (?!.* , )(.+)$/;
/** Where these are, the place of every phrase counts. */
const ORDERED = /(?:^| )(?:then|than|before|after|first|and|or|not|to .* from|from .* to)(?: |$)/;

/** Whether `b` is `a` with its first phrase behind. */
function isTurned(a: string, b: string): boolean {
  const [, front = "", rest = ""] = FRONTED.exec(a) ?? [];
  if (front === "" || ORDERED.test(a)) return false;
  const [relation = ""] = front.split(" ");
  if (rest.split(" ").includes(relation)) return false;
  // Behind "," ordinary sentences go on in lower case, so nothing but the place is another.
  return `${withoutManners(rest)} ${front}` === b;
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, at) => item === b[at]);
}
