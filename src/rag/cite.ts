// Citations of an answer, checked against the sources that it was given: each becomes a chunk, a page and
// the words that it rests on; what points at no source is taken out, and counted.
import type { Citation, Source } from "../protocol/knowledge.ts";
import { queryTermsOf, termsOf } from "./words/terms.ts";

/**
 * `[1]`, `[1, 2]`, `[1–3]`, `[Source 2]`, `[Sources: 1, 2]`, `[Source 1: name]`, `[Source: name, page 3]`, and the same in
 * full-width brackets; neither a link nor an index (`x[3]`).
 */
const MARK =
  /(?<!(?:^|[\s(=+*$-])[A-Za-z])[[【]\s*(?:(?<numbers>(?:(?:sources?|docs?|documents?)\s*:?\s*)?\^?[1-9]\d{0,2}(?:\s*(?:[,;&–-]|and)\s*\^?[1-9]\d{0,2})*)(?:\s*:[^\]】\n]{0,300})?|sources?\s*:\s*(?<names>[^\]】\n]{1,300}))\s*[\]】](?!\()/giu;

/** UTF-16 units of an answer that are looked at before a citation, for what it is about. */
const CLAIM = 600;
const LONGEST_QUOTE = 400;

export type Cited = {
  /** The answer without what points at nothing. */
  text: string;
  citations: Citation[];
  /** How many were taken out. */
  invalid: number;
  /** Where `text` first differs from what it was; null where it does not. */
  changedAt: number | null;
};

export function cite(answer: string, sources: readonly Source[]): Cited {
  const citations: Citation[] = [];
  let text = "";
  let from = 0;
  let invalid = 0;
  let changedAt: number | null = null;
  const codes = codesIn(answer);
  for (const match of answer.matchAll(MARK)) {
    while ((codes[0]?.end ?? Infinity) <= match.index) codes.shift();
    if ((codes[0]?.start ?? Infinity) <= match.index) continue; // `a[1]` is no citation
    const named = meant(match.groups?.["numbers"], match.groups?.["names"], sources);
    const wrong = named.filter((source) => source === null).length;
    const good = [...new Set(named.filter((source) => source !== null))];
    // `[20, 30] days` is a range of something else.
    if (good.length === 0 && named.length > 1) continue;
    text += answer.slice(from, match.index);
    from = match.index + match[0].length;
    invalid += wrong;
    const written = wrong === 0 ? match[0] : good.map(({ number }) => `[${number}]`).join("");
    if (written !== match[0]) changedAt ??= written === "" ? text.trimEnd().length : text.length;
    if (written === "") text = text.replace(/[ \t]+$/, "");
    for (const source of good) {
      const quote = quoteOf(claimBefore(text), source);
      const page = pageAt(source, quote.start);
      citations.push({ ...placeOf(source), page, offset: text.length, ...quote });
    }
    text += written;
  }
  return { text: text + answer.slice(from), citations, invalid, changedAt };
}

function meant(
  numbers: string | undefined,
  names: string | undefined,
  sources: readonly Source[],
): (Source | null)[] {
  if (numbers !== undefined)
    return expanded(numbers).map((n) => sources.find(({ number }) => number === n) ?? null);
  const whole = sourceNamed(names ?? "", sources);
  if (whole !== null) return [whole];
  return (names ?? "")
    .split(/[,;]/)
    .map((name) => name.replace(/^\s*sources?\s*:/i, ""))
    .filter((name) => !/^\s*(?:p|pp|page|pages)\.?\s*[\d–-]+\s*$/i.test(name))
    .map((name) => sourceNamed(name, sources));
}

function sourceNamed(name: string, sources: readonly Source[]): Source | null {
  const wanted = plain(name);
  const is = (other: string | null) => other !== null && plain(other) === wanted;
  return sources.find(({ document_name, title }) => is(document_name) || is(title)) ?? null;
}

/** `1, 3–5` is 1, 3, 4, 5. */
function expanded(numbers: string): number[] {
  const all: number[] = [];
  for (const { groups } of numbers.matchAll(/(?<first>\d+)(?:\s*[–-]\s*\^?(?<last>\d+))?/g)) {
    const first = Number(groups?.["first"]);
    const last = Number(groups?.["last"] ?? first);
    for (let n = first; n <= Math.min(last, first + 20); n++) all.push(n);
  }
  return all;
}

const plain = (name: string) => name.normalize("NFKC").trim().toLowerCase().replaceAll(/\s+/g, " ");

/** Where blocks and spans of code are, in their order. A block that is not closed goes to the end. */
function codesIn(answer: string): { start: number; end: number }[] {
  return [...answer.matchAll(CODE)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
  }));
}
const CODE = /^ {0,3}(```|~~~)[\s\S]*?(?:^ {0,3}\1.*$|$(?![\s\S]))|`[^`\n]+`/gm;

/** The sentence, or sentences, that a citation stands behind. */
function claimBefore(text: string): string {
  const near = text.slice(-CLAIM).replace(MARK, " ");
  const sentences = near.split(/(?<=[.!?。！？])\s+|\n+/u).filter((it) => /[\p{L}\p{N}]/u.test(it));
  return sentences.at(-1) ?? near;
}

/** What of the source says most of the claim, word for word; nothing where no word of it stands there. */
function quoteOf(
  claim: string,
  { text, heading_path }: Source,
): Pick<Citation, "quote" | "start" | "end"> {
  const wanted = new Set(queryTermsOf(claim));
  let best = { start: 0, end: 0, score: 0 };
  for (const { start, end } of sentencesOf(text)) {
    const sentence = text.slice(start, end);
    if (heading_path.includes(sentence)) continue; // it names what follows, and says nothing
    const terms = new Set(termsOf(sentence));
    let shared = 0;
    for (const term of terms) if (wanted.has(term)) shared += 1;
    // Of two that share as much the shorter one says it more plainly.
    const score = shared / Math.sqrt(terms.size + 4);
    if (terms.size > 0 && score > best.score) best = { start, end, score };
  }
  const end = wholeEnd(text, Math.min(best.end, best.start + LONGEST_QUOTE));
  return { quote: text.slice(best.start, end), start: best.start, end };
}

function* sentencesOf(text: string): Generator<{ start: number; end: number }> {
  for (const match of text.matchAll(/[^\n]+?(?:[.!?。！？]+(?=\s|$)|(?=\n)|$)/gu)) {
    const lead = match[0].length - match[0].trimStart().length;
    const start = match.index + lead;
    const end = match.index + match[0].trimEnd().length;
    if (end > start) yield { start, end };
  }
}

/** No half of a character. */
const wholeEnd = (text: string, end: number) =>
  /[\uD800-\uDBFF]/.test(text.charAt(end - 1)) ? end - 1 : end;

/** A source may go over several pages. */
function pageAt({ page, pages }: Source, offset: number): number | null {
  return pages.findLast(({ at }) => at <= offset)?.page ?? page;
}

function placeOf({ number, chunk_id, document_id, document_name, title, heading_path }: Source) {
  return { number, chunk_id, document_id, document_name, title, heading_path };
}
