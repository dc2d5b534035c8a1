// Which of the older exchanges to keep where not all fit (seed 003 §11.1): the recent, those that say
// what no other says, the first and the last. No model is asked: likeness is that of hashed words.
import { begins, type Said } from "./said.ts";
import { costOf, type Window } from "./window.ts";

/** What a question and everything up to the next question came to: never split, so that a tool call keeps its result. */
export type Exchange = { text: string; tokens: number };

const RECENCY = 0.4;
const UNIQUENESS = 0.4;
const POSITION = 0.2;
/** Of the vectors. Two words that share one look alike, so it is far above the words of an exchange. */
const DIMENSIONS = 4096;
/** UTF-16 units of an exchange that are compared. */
const MOST_COMPARED = 20_000;

/** Messages among which the important ones are looked for, and UTF-16 units of them. */
const MOST_WEIGHED = 200;
const MOST_UNITS = 1_000_000;

/**
 * Of what does not fit `budget` real tokens as a whole, the exchanges that matter most. The newest is always among
 * them: where it does not fit, nothing older stands in its place.
 * @param newestFirst read lazily
 * @param most messages; never more than 200 are weighed
 */
export function pickImportant<M extends Said & { tokens?: number | undefined }>(
  newestFirst: Iterable<M>,
  budget: number,
  ratio = 1,
  most = MOST_WEIGHED,
): Window<M> {
  const { exchanges, whole } = exchangesOf(newestFirst, ratio, Math.min(most, MOST_WEIGHED));
  const newest = exchanges.at(-1);
  if (newest === undefined || newest.tokens > budget)
    return { kept: [], tokens: 0, left: newest !== undefined || !whole };
  const older = exchanges.slice(0, -1);
  const kept = keepImportant(older, budget - newest.tokens).flatMap((at) => older[at] ?? []);
  kept.push(newest);
  return {
    kept: kept.flatMap(({ messages }) => messages),
    tokens: kept.reduce((sum, { tokens }) => sum + tokens, 0),
    left: kept.length < exchanges.length || !whole,
  };
}

/** Oldest first; `whole` where nothing was left unread. What nobody had asked opens as an exchange of its own. */
function exchangesOf<M extends Said & { tokens?: number | undefined }>(
  newestFirst: Iterable<M>,
  ratio: number,
  most: number,
) {
  const exchanges: (Exchange & { messages: M[] })[] = [];
  let open: M[] = [];
  let units = 0;
  let count = 0;
  let whole = true;
  const close = () => {
    const tokens = open.reduce((sum, message) => sum + costOf(message, ratio), 0);
    const text = open.map(({ content }) => content).join("\n");
    exchanges.push({ messages: open, text, tokens });
    open = [];
  };
  for (const message of newestFirst) {
    units += message.content.length;
    count += 1;
    whole = units <= MOST_UNITS && count <= most;
    if (!whole) break;
    open.unshift(message);
    if (begins(message)) close();
  }
  if (whole && open.length > 0) close();
  return { exchanges: exchanges.toReversed(), whole };
}

/** Indexes of the exchanges to keep within `budget` tokens, ascending: the most important that fit. */
export function keepImportant(exchanges: readonly Exchange[], budget: number): number[] {
  const scores = scoresOf(exchanges.map(({ text }) => text));
  const kept: number[] = [];
  let left = budget;
  for (const [at, { tokens }] of [...exchanges.entries()].sort(
    ([a], [b]) => (scores[b] ?? 0) - (scores[a] ?? 0) || b - a,
  )) {
    if (tokens > left) continue;
    left -= tokens;
    kept.push(at);
  }
  return kept.sort((a, b) => a - b);
}

/**
 * The seed's score for each: 0.4·e^(position) + 0.4·(1 − mean likeness to the others), and 0.2 for the
 * first and the last. The mean comes from the sum of all vectors, so this is linear in their number.
 */
export function scoresOf(texts: readonly string[]): number[] {
  const vectors = texts.map(vectorOf);
  const sum = new Float64Array(DIMENSIONS);
  for (const vector of vectors)
    for (const [bucket, weight] of vector) sum[bucket] = (sum[bucket] ?? 0) + weight;
  const others = Math.max(texts.length - 1, 1);
  return vectors.map((vector, at) => {
    let likeness = 0;
    for (const [bucket, weight] of vector) likeness += weight * ((sum[bucket] ?? 0) - weight);
    const edge = at === 0 || at === texts.length - 1;
    return (
      RECENCY * Math.exp(at / others) + UNIQUENESS * (1 - likeness / others) + (edge ? POSITION : 0)
    );
  });
}

/** Words, and pairs of neighbours where a script has no spaces, as a unit vector; empty for no words. */
function vectorOf(text: string): Map<number, number> {
  const vector = new Map<number, number>();
  const add = (term: string) => {
    const bucket = hash(term) % DIMENSIONS;
    vector.set(bucket, (vector.get(bucket) ?? 0) + 1);
  };
  const plain = text.slice(0, MOST_COMPARED).normalize("NFKC").toLowerCase();
  for (const [word] of plain.matchAll(/[\p{L}\p{N}]+/gu)) {
    if (/^[\u3040-\u9FFF]{2,}/.test(word))
      for (let i = 0; i + 1 < word.length; i++) add(word.slice(i, i + 2));
    else add(word);
  }
  const length = Math.hypot(...vector.values());
  for (const [bucket, weight] of vector) vector.set(bucket, weight / length);
  return vector;
}

/** FNV-1a. */
function hash(term: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < term.length; i++)
    value = Math.imul(value ^ term.charCodeAt(i), 0x01000193) >>> 0;
  return value;
}
