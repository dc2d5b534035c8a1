// The reranker that needs no model: BM25 over a chunk's text, its title and headings, and words of the
// question that stand near each other. Scores are 0 to 1 and compare between questions, too.
import { idfOf, saturated, type Statistics, worthOf } from "../words/statistics.ts";
import { isOpen, opens, queryTermsOf, Sought, termsOf } from "../words/terms.ts";

/** What a term in the title or the headings is worth beside one in the text. */
const IN_HEADING = 0.5;
/** What two words of the question are worth that stand near each other, and how near that is. */
const NEAR = 0.2;
const WINDOW = 6;
/** A sum of this share of what the question's terms are worth is a score of one half. */
const HALF = 0.6;
const STEEP = 2;
/** Of a long question much is beside the point: what is beyond so many terms counts as so much of them. */
const SHORT = 6;
const BEYOND = 0.2;

export type Candidate = {
  title: string | null;
  heading_path: readonly string[];
  text: string;
};

/** A candidate, read once for however many scores. */
export type Reading = {
  /** Where each of its terms stands, its headings' before its text's. */
  places: ReadonlyMap<string, readonly number[]>;
  headings: ReadonlySet<string>;
  /** In terms. */
  length: number;
};

/** The terms of a question, each with what it is worth beside others: 1, less where feedback brought it. */
export type Asked = {
  terms: readonly string[];
  expansion: ReadonlyMap<string, number>;
};

/** @param sought where no other terms are asked for: it is read faster without them */
export function readingOf(
  { title, heading_path, text }: Candidate,
  sought: Sought | null = null,
): Reading {
  const headings = termsOf([title ?? "", ...heading_path].join("\n"), sought);
  const places = new Map<string, number[]>();
  let length = 0;
  const noteAll = (terms: readonly string[]) => {
    for (const term of terms) {
      if (sought === null || sought.terms.has(term)) note(places, term, length);
      length++;
    }
  };
  noteAll(headings);
  length += WINDOW; // what ends the headings is not near what begins the text
  noteAll(termsOf(text, sought));
  return { places, headings: new Set(headings), length: length - WINDOW };
}

/** What readings need to have for a question. */
export function soughtBy({ terms, expansion }: Asked): Sought | null {
  // What an open one stands for is not known before a text is read.
  return terms.some(isOpen) ? null : new Sought([...terms, ...expansion.keys()]);
}

function note(places: Map<string, number[]>, term: string, at: number): void {
  const known = places.get(term);
  if (known === undefined) places.set(term, [at]);
  else known.push(at);
}

/** @returns for each candidate 0 to 1: nothing to do with the question, to an answer in its words */
export function scoreLexically(
  query: string,
  candidates: readonly Candidate[],
  statistics: Statistics,
): number[] {
  const asked = { terms: queryTermsOf(query), expansion: new Map<string, number>() };
  const sought = soughtBy(asked);
  const readings = candidates.map((candidate) => readingOf(candidate, sought));
  return scaled(asked.terms, weighed(asked, readings, statistics), statistics);
}

/** BM25's sums, comparable within one question alone; as good as log-odds of being relevant. */
export function weighed(
  { terms, expansion }: Asked,
  readings: readonly Reading[],
  statistics: Statistics,
): number[] {
  const idf = new Map(
    [...terms, ...expansion.keys()].map((term) => [term, idfOf(term, statistics)]),
  );
  const worth = (term: string) => idf.get(term) ?? 0;
  return readings.map((reading) => {
    const counted = (count: number) =>
      count === 0 ? 0 : saturated(count, reading.length, statistics.averageLength);
    let sum = 0;
    for (const [at, term] of terms.entries()) {
      const places = placesOf(reading, term);
      if (places.length === 0) continue;
      sum += worth(term) * counted(places.length);
      if (inHeadings(reading, term)) sum += IN_HEADING * worth(term);
      const next = terms[at + 1];
      if (next === undefined) continue;
      const near = countNear(places, placesOf(reading, next));
      sum += NEAR * Math.min(worth(term), worth(next)) * counted(near);
    }
    for (const [term, weight] of expansion) {
      sum += weight * worth(term) * counted(reading.places.get(term)?.length ?? 0);
    }
    return sum;
  });
}

/** Sums as scores: beside what each term of the question would bring that stands in a text once. */
export function scaled(
  terms: readonly string[],
  sums: readonly number[],
  statistics: Statistics,
): number[] {
  const counted =
    terms.length <= SHORT ? 1 : (SHORT + BEYOND * (terms.length - SHORT)) / terms.length;
  const whole = counted * worthOf(terms, statistics);
  return sums.map((sum) => {
    const share = whole === 0 ? 0 : sum / whole;
    return share ** STEEP / (share ** STEEP + HALF ** STEEP);
  });
}

function placesOf({ places }: Reading, term: string): readonly number[] {
  if (!isOpen(term)) return places.get(term) ?? [];
  return [...places].filter(([other]) => opens(term, other)).flatMap(([, at]) => at);
}

function inHeadings({ headings }: Reading, term: string): boolean {
  return isOpen(term) ? [...headings].some((other) => opens(term, other)) : headings.has(term);
}

/** How many of `one` have one of `other` near: both in rising order, unless one is open. */
function countNear(one: readonly number[], other: readonly number[]): number {
  if (other.length === 0) return 0;
  return one.filter((at) => other.some((place) => place !== at && Math.abs(place - at) <= WINDOW))
    .length;
}
