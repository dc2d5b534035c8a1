// Words: how a text is split and folded for the search index, and how what somebody typed becomes a
// query for it. Both sides go through here, so that they agree; nothing typed is ever FTS5 syntax.

/** Of a text this many characters are found; of what NFKC makes of them, too. */
const INDEXED_CHARACTERS = 50_000;
/** Words are told apart by this many characters. */
const LONGEST_WORD = 64;
/** Of a query this many words count (a phrase of Chinese has one for each character). */
const MOST_WORDS = 64;
/** Fewer letters than this are a word, not the beginning of one: too much begins with them. */
const SHORTEST_PREFIX = 3;

/** Scripts that put no spaces between words; and Hangul, whose endings stick to them. */
const UNSPACED = String.raw`[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Bopo}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmr}\p{scx=Mymr}]`;
const FIRST = String.raw`[\p{L}\p{N}]`;
const FURTHER = String.raw`[\p{L}\p{N}\p{Mn}\p{Mc}]`;

/** One picture; a run of an unspaced script; any other word. */
const WORDS = new RegExp(
  [
    String.raw`(?<picture>[\p{Extended_Pictographic}\p{RI}])`,
    `(?<run>[${FIRST}&&${UNSPACED}][${FURTHER}&&${UNSPACED}]*)`,
    `(?<word>[${FIRST}--${UNSPACED}][${FURTHER}--${UNSPACED}]*)`,
  ].join("|"),
  "gv",
);

/**
 * Accents, the points of Hebrew and Arabic, what chooses between shapes of one character; not the marks that
 * make another kana. Then Arabic's stretcher, and what is not seen at all.
 */
const UNTOLD =
  /[[\p{Mn}&&[\p{sc=Zinh}\p{sc=Latn}\p{sc=Grek}\p{sc=Cyrl}\p{sc=Hebr}\p{sc=Arab}]]--[\p{scx=Hira}\p{scx=Kana}]]|[\u0640\u00ad\u2060\ufeff]/gv;

/** One spelling of what reads alike: widths and ligatures, case, accents. */
export function fold(text: string): string {
  // eslint-disable-next-line no-control-regex -- all of ASCII: it has nothing to fold but case
  if (/^[\x00-\x7f]*$/.test(text)) return text.toLowerCase();
  const plain = text.normalize("NFKC").toLowerCase().normalize("NFD").replace(UNTOLD, "");
  return plain.normalize("NFC").replaceAll("ς", "σ");
}

/** What the index is given of a text: words, with single spaces between them. */
export function indexWords(text: string): string {
  const words: string[] = [];
  for (const { kind, word } of wordsOf(clip(fold(clip(text))))) {
    if (kind === "word") words.push(shorten(word));
    else if (kind === "picture") words.push(pictureWord(word));
    else words.push(...grams(word), lastOf(word)); // so that a word begins at each character
  }
  return words.join(" ");
}

/** Words that stand side by side. */
export type Phrase = {
  words: { kind: Kind; text: string }[];
  /** Whether the last word may go on. */
  open: boolean;
};

/** What somebody typed, as phrases: what is in quotes, or has no space in it. Empty where there is no word. */
export function phrasesOf(query: string): Phrase[] {
  const folded = clip(fold(clip(query))).replace(/[“”„‟«»]/g, '"');
  const phrases: Phrase[] = [];
  let left = MOST_WORDS;
  for (const { 0: piece, 1: quoted } of folded.matchAll(/"([^"]*)"|[^\s"]+/g)) {
    const words: Phrase["words"] = [];
    for (const { kind, word } of wordsOf(quoted ?? piece)) {
      if (left <= 0) break;
      const chars = kind === "run" ? Array.from(word).slice(0, left) : [shorten(word)];
      words.push({ kind, text: chars.join("") });
      left -= chars.length;
    }
    const last = words.at(-1);
    if (last === undefined) continue;
    const typed = quoted === undefined && last.kind === "word";
    phrases.push({ words, open: typed && last.text.length >= SHORTEST_PREFIX });
  }
  // Only the word that is still being typed goes on.
  const end = phrases.length - 1;
  return phrases.map(({ words, open }, at) => ({ words, open: open && at === end }));
}

/** The MATCH that finds the rows of `owner` with every phrase of `query`; null where there is no word in it. */
export function matchQuery(
  owner: { tenant_id: string; user_id: string },
  query: string,
): string | null {
  const phrases = phrasesOf(query);
  if (phrases.length === 0) return null;
  return [
    `owner : "${ownerTerm(owner)}"`,
    ...phrases.map((phrase) => `words : ${term(phrase)}`),
  ].join(" AND ");
}

/**
 * One token for tenant and user, which no tokenizer splits, folds or stems: lower-case ASCII letters and
 * digits, a digit last. Two owners never share one: what stands between two x is a code, and the
 * empty code is the border between tenant and user.
 */
export function ownerTerm({ tenant_id, user_id }: { tenant_id: string; user_id: string }): string {
  const plain = (id: string) =>
    Array.from(id, (char) =>
      /[a-wyz0-9]/.test(char) ? char : `x${char.codePointAt(0)?.toString(16) ?? ""}x`,
    ).join("");
  return `${plain(tenant_id)}xx${plain(user_id)}0`;
}

function term({ words, open }: Phrase): string {
  const tokens: string[] = [];
  let prefix = open;
  for (const [at, { text, kind }] of words.entries()) {
    const last = at === words.length - 1;
    if (kind === "run") {
      const pairs = grams(text);
      // The index has a run's last character by itself: what follows stands beside that.
      tokens.push(...pairs, ...(last && pairs.length > 0 ? [] : [lastOf(text)]));
      prefix ||= last && pairs.length === 0; // the pairs that begin with it, and itself at a run's end
    } else tokens.push(kind === "picture" ? pictureWord(text) : text);
  }
  return `"${tokens.join(" ")}"${prefix ? " *" : ""}`;
}

export type Kind = "picture" | "run" | "word";

/** The words of a text with where they begin; folding is the caller's. */
export function* wordsOf(text: string): Generator<{ kind: Kind; word: string; at: number }> {
  for (const { 0: word, index: at, groups = {} } of text.matchAll(WORDS)) {
    const kind =
      groups["picture"] !== undefined ? "picture" : groups["run"] !== undefined ? "run" : "word";
    yield { kind, word, at };
  }
}

/** Each two neighbours of a run; none of a single character. */
function grams(run: string): string[] {
  const chars = Array.from(run);
  return chars.slice(1).map((char, at) => `${chars[at] ?? ""}${char}`);
}

function lastOf(run: string): string {
  return Array.from(run).at(-1) ?? "";
}

/** A picture as a word: a letter of nobody's, its code, and a digit that keeps the stemmer away. */
function pictureWord(picture: string): string {
  return `\uE000${picture.codePointAt(0)?.toString(16) ?? ""}0`;
}

/** As much of a word as counts. */
export function shorten(word: string): string {
  return word.length <= LONGEST_WORD ? word : Array.from(word).slice(0, LONGEST_WORD).join("");
}

/** No more than is indexed, and nothing that is half a character. */
export function clip(text: string): string {
  return text
    .slice(0, INDEXED_CHARACTERS)
    .toWellFormed()
    .replace(/[\0\uFFFD]/g, " ");
}
