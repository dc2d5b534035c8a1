// What a block is made of, level by level: paragraphs, sentences and lines of prose, groups and lines of
// code, rows of a table. Each is found once, and only where a block has to be cut or begun within.
import { type Layout, type Part, partAt } from "./layout.ts";
import type { Measure } from "./measure.ts";
import { sentenceStarts } from "./sentences.ts";
import { lastWordEnd } from "./words.ts";

/** Offsets in the layout's text where pieces begin, in order; that of the first is left out. */
export type Starts = readonly number[];

/** From the coarsest on. Those of one level need not be among those of the next. */
type Levels = readonly (() => Starts)[];

export type Pieces = {
  levels: (part: Part) => Levels;
  /** What reads as one: sentences, or the rows of a table, or lines of code. An item of a list that fits is one. */
  smallest: (part: Part) => Starts;
  /** A table's first line, and the rule below it; "" where it has none or has no rows. */
  header: (part: Part) => string;
};

/** The document that is cut, and what for. */
export type Ground = { layout: Layout; pieces: Pieces; measure: Measure };

export function groundOf(layout: Layout, measure: Measure): Ground {
  return { layout, measure, pieces: piecesOf(layout, measure) };
}

function piecesOf({ text }: Layout, measure: Measure): Pieces {
  const within = (part: Part, find: (text: string) => number[]) =>
    find(text.slice(part.start, part.end)).map((at) => at + part.start);
  const known = <T>(find: (part: Part) => T) => {
    const found = new Map<Part, T>();
    return (part: Part): T => {
      const it = found.get(part) ?? find(part);
      found.set(part, it);
      return it;
    };
  };
  const paragraphs = known((part) => within(part, (own) => startsAfter(own, EMPTY_LINES)));
  const sentences = known((part) => within(part, sentenceStarts));
  const lines = known((part) => within(part, (own) => startsAfter(own, LINE_END)));
  const groups = known((part) => within(part, (own) => linesAfter(own, EMPTY_LINES)));
  const codeLines = known((part) => within(part, (own) => linesAfter(own, LINE_END)));
  const header = known((part) => headerOf(text.slice(part.start, part.end)));
  /** Without the first below the header: the two stay together. */
  const rows = known((part) => codeLines(part).slice(header(part).split("\n").length));
  const none: Starts = [];
  return {
    header,
    levels: (part) => {
      if (part.kind === "table") return [() => rows(part)];
      if (part.kind === "code") return [() => groups(part), () => codeLines(part)];
      const prose = [() => sentences(part), () => lines(part)];
      if (linesAreWhole(text, lines(part))) prose.reverse();
      return [() => paragraphs(part), ...prose];
    },
    smallest: (part) => {
      if (part.kind === "table") return rows(part);
      if (part.kind === "code") return codeLines(part);
      const whole = part.kind === "list_item" && fits(measure, text, part.start, part.end);
      return whole ? none : sentences(part);
    },
  };
}

const EMPTY_LINES = /\n[^\S\n]*\n\s*/g;
const LINE_END = /\n\s*/g;

/** Behind the spaces that a match has at its end. */
function startsAfter(text: string, ends: RegExp): number[] {
  return Array.from(text.matchAll(ends), (match) => match.index + match[0].length);
}

/** Before the spaces that its last line begins with. */
function linesAfter(text: string, ends: RegExp): number[] {
  return Array.from(text.matchAll(ends), (match) => match.index + match[0].lastIndexOf("\n") + 1);
}

/** So many lines of a block are looked at. */
const LINES_SEEN = 200;
const ENDS_LIKE_SENTENCE = /[.!?:;…。！？；：]["'”’»)\]」』）]?\s*$/u;

/** Whether lines are units of what is said, and not only as long as a page is wide: half of them end like sentences. */
function linesAreWhole(text: string, lines: Starts): boolean {
  const seen = lines.slice(0, LINES_SEEN);
  const ending = seen.filter((at) => ENDS_LIKE_SENTENCE.test(text.slice(Math.max(0, at - 8), at)));
  return seen.length > 0 && ending.length * 2 >= seen.length;
}

/** As Markdown has one below a table's header. */
function isRule(line: string): boolean {
  return line.includes("-") && !/[^\s|:+=-]/.test(line);
}

function headerOf(table: string): string {
  const first = table.indexOf("\n");
  if (first === -1) return "";
  const second = table.indexOf("\n", first + 1);
  if (!isRule(table.slice(first + 1, second === -1 ? undefined : second)))
    return table.slice(0, first).trimEnd();
  return second === -1 ? "" : table.slice(0, second).trimEnd();
}

export function fits(measure: Measure, text: string, from: number, to: number): boolean {
  return measure.reach(text, from, measure.size, to) >= to;
}

/** The last of `starts` after `from`, and at most `limit`; undefined where there is none. */
export function lastStart(starts: Starts, from: number, limit: number): number | undefined {
  const at = starts[firstAfter(starts, limit) - 1];
  return at !== undefined && at > from ? at : undefined;
}

/** The index of the first start after `offset`. */
export function firstAfter(starts: Starts, offset: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The last place between the smallest pieces, and between words where there is no other. */
export function lastPieceEnd(ground: Ground, start: number, limit: number): number {
  const { layout, pieces } = ground;
  const part = layout.parts[partAt(layout, limit)];
  if (part === undefined) return limit;
  return (
    lastStart(pieces.smallest(part), Math.max(start, part.start), limit) ??
    (part.start > start ? part.start : lastWordEnd(layout.text, start, limit))
  );
}

/** Where the smallest piece ends that begins at `start`, the headings over it with it. */
export function pieceEnd({ layout, pieces }: Ground, start: number): number {
  let index = partAt(layout, start);
  while (layout.parts[index]?.kind === "heading" && index + 1 < layout.parts.length) index++;
  const part = layout.parts[index];
  if (part === undefined) return start;
  const starts = pieces.smallest(part);
  return starts[firstAfter(starts, Math.max(start, part.start))] ?? part.end;
}
