// What a result of a search shows: the part of a text where most of the query stands, as HTML that is
// safe to show, with <mark> around what was found.
import { fold, type Phrase, shorten, wordsOf } from "./words.ts";

/** Characters of text, an ellipsis at each end included; marks and escapes are not counted. */
const LONGEST = 200;
const WIDTH = LONGEST - 2;
/** More places than this are not weighed, of one term and of all: the best of them will do. */
const MOST_OF_A_TERM = 100;
const MOST_PLACES = 1000;
/** So far a cut moves to fall between words. */
const SLACK = 20;

type Term = Phrase["words"][number] & { open: boolean };
type Place = { start: number; end: number; term: number; exact: boolean };

export function snippetOf(text: string, phrases: readonly Phrase[]): string {
  const terms = phrases.flatMap(({ words, open }) =>
    words.map((word, at) => ({ ...word, open: open && at === words.length - 1 })),
  );
  const places = placesOf(text, terms);
  const [start, end] = windowOf(text, places);
  return `${start > 0 ? "…" : ""}${marked(text, start, end, places)}${end < text.length ? "…" : ""}`;
}

/** Where the terms stand, in order. */
function placesOf(text: string, terms: readonly Term[]): Place[] {
  const places = terms.map((): Place[] => []);
  for (const { kind, word, at } of wordsOf(text)) {
    const folded = kind === "picture" ? word : fold(word);
    for (const [term, wanted] of terms.entries()) {
      const its = places[term];
      if (its === undefined || wanted.kind !== kind || its.length >= MOST_OF_A_TERM) continue;
      if (kind === "run")
        for (const [from, to] of placesInRun(word, folded, wanted.text))
          its.push({ start: at + from, end: at + to, term, exact: true });
      else {
        const likeness = likenessOf(shorten(folded), wanted);
        if (likeness !== null)
          its.push({ start: at, end: at + word.length, term, exact: likeness === "same" });
      }
    }
  }
  const all = places.flat().sort((a, b) => a.start - b.start);
  return all.slice(0, MOST_PLACES);
}

/** Where `wanted` stands in a run, as it is written there: folding may have made characters fewer or more. */
function placesInRun(run: string, folded: string, wanted: string): [number, number][] {
  const found: number[] = [];
  let at = folded.indexOf(wanted);
  for (; at >= 0 && found.length < MOST_OF_A_TERM; at = folded.indexOf(wanted, at + wanted.length))
    found.push(at);
  if (found.length === 0 || folded.length === run.length)
    return found.map((from) => [from, from + wanted.length]);
  /** For each unit of what was folded, where its character begins and ends. */
  const origin: { from: number; to: number }[] = [];
  for (const { segment, index } of new Intl.Segmenter().segment(run))
    for (let unit = 0; unit < fold(segment).length; unit++)
      origin.push({ from: index, to: index + segment.length });
  return found.map((from) => [
    origin[from]?.from ?? 0,
    origin[from + wanted.length - 1]?.to ?? run.length,
  ]);
}

/** Endings that English words of one stem have, a doubled letter before them included. */
const ENDING =
  /^(?:[bdgklmnprtv]?(?:e|y|i|s|es|ed|er|ers|ing|ings|ly|ies|ied|ness|iness|ment|ments|ity|ities|ion|ions|ation|ations|ive|ively|al|ally|able|ably|ful|fully))?$/;

/** Whether a word of a text is a term, as the index sees it: the word, its beginning, or one of its stem. */
function likenessOf(word: string, { text, open }: Term): "same" | "akin" | null {
  if (word === text || (open && word.startsWith(text))) return "same";
  let common = 0;
  while (common < word.length && word[common] === text[common]) common++;
  return common >= 3 && ENDING.test(word.slice(common)) && ENDING.test(text.slice(common))
    ? "akin"
    : null;
}

/** Begin and end of the part to show: where most terms are near each other, the first such place. */
function windowOf(text: string, places: readonly Place[]): [number, number] {
  if (text.length <= LONGEST) return [0, text.length];
  let best = { worth: -1, first: 0, end: 0 };
  for (const [at, { start }] of places.entries()) {
    const seen = new Map<number, boolean>();
    let end = start;
    for (let next = at; next < places.length; next++) {
      const place = places[next];
      if (place === undefined || place.end - start > WIDTH) break;
      seen.set(place.term, place.exact || seen.get(place.term) === true);
      end = Math.max(end, place.end);
    }
    // A term more is worth more than any number of exact ones.
    const worth = seen.size * 1000 + [...seen.values()].filter(Boolean).length;
    if (worth > best.worth) best = { worth, first: start, end };
  }
  const lead = Math.floor((WIDTH - (best.end - best.first)) / 3);
  const start = Math.max(0, Math.min(best.first - lead, text.length - WIDTH));
  const from = start === 0 ? 0 : cutAfter(text, start, best.first);
  const to = Math.min(text.length, from + WIDTH);
  return [from, to === text.length ? to : cutBefore(text, to, Math.max(best.end, from + 1))];
}

/** Where to begin at `at` or soon after, at most at `most`: a word's beginning, else a whole character's. */
function cutAfter(text: string, at: number, most: number): number {
  const space = text.slice(at, Math.min(at + SLACK, most)).search(/\s\S/);
  if (space >= 0) return at + space + 1;
  let cut = at;
  while (cut < most && isInside(text, cut)) cut++;
  return cut;
}

/** Where to end at `at` or soon before, at least at `least`. */
function cutBefore(text: string, at: number, least: number): number {
  const from = Math.max(at - SLACK, least);
  const space = text.slice(from, at + 1).search(/\s\S*$/);
  if (space >= 0) return from + space;
  let cut = at;
  while (cut > least && isInside(text, cut)) cut--;
  return cut;
}

/** Whether a cut here falls into a character: between surrogates, or before what belongs to the one before. */
function isInside(text: string, at: number): boolean {
  const char = String.fromCodePoint(text.codePointAt(at) ?? 32);
  return /^[\uDC00-\uDFFF\p{M}\p{EMod}\u200D]/u.test(char) || text[at - 1] === "\u200D";
}

/** What makes one character of those around it: it parts no marks. */
const JOINERS = /^[\u200D\p{M}\p{EMod}]*$/u;

function marked(text: string, start: number, end: number, places: readonly Place[]): string {
  const marks: { from: number; to: number }[] = [];
  for (const place of places) {
    const last = marks.at(-1);
    const from = Math.max(place.start, last?.to ?? start);
    const to = Math.min(place.end, end);
    if (from >= to) continue;
    if (last !== undefined && JOINERS.test(text.slice(last.to, from))) last.to = to;
    else marks.push({ from, to });
  }
  let html = "";
  let at = start;
  for (const { from, to } of marks) {
    html += `${shown(text.slice(at, from))}<mark>${shown(text.slice(from, to))}</mark>`;
    at = to;
  }
  return html + shown(text.slice(at, end));
}

const ESCAPES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function shown(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[&<>"']/g, (char) => ESCAPES[char] ?? "");
}
