// What a chunk repeats of the one before it, so that what a cut has parted can be read in one of them.
import { type Layout, type Part, partAt } from "./layout.ts";
import { firstAfter, fits, type Ground } from "./pieces.ts";
import { firstWordStart, isSpace } from "./words.ts";

/**
 * Where that begins, for a chunk whose own text begins at `start`; `start` where nothing is repeated.
 * It is whole sentences, rows or lines where there are some, else words of prose. It stays within the
 * section: a heading is the first thing in it at most, and a chunk that begins with one repeats nothing.
 * @param before where the text of the chunk before begins, which is never repeated whole
 * @param least the first offset that may be repeated
 */
export function repeatedFrom(ground: Ground, before: number, start: number, least: number): number {
  const { layout, measure } = ground;
  const { text, parts } = layout;
  const own = parts[partAt(layout, start)];
  if (measure.overlap <= 0 || (own?.kind === "heading" && own.start === start)) return start;
  let end = start;
  while (end > before && isSpace(text.charCodeAt(end - 1))) end--;
  const back = measure.back(text, end, measure.overlap, Math.min(end, Math.max(least, before + 1)));
  const from = Math.max(back, headingWithin(layout, back, end));

  const piece = firstPiece(ground, from, end);
  const onlyPieces = from === before + 1 || !isProse(ground, parts[partAt(layout, from)]);
  const long = piece !== null && (end - piece) * 3 >= end - from;
  const begin = onlyPieces || long ? piece : firstWordStart(text, from, end);
  if (begin === null || begin >= end) return start;
  // A part of a text may be told to have more tokens than all of it.
  return measure.of(text.slice(begin, end)) <= measure.overlap ? begin : start;
}

/** Whether words may be taken out of a part. */
function isProse({ layout, measure }: Ground, part: Part | undefined): boolean {
  if (part?.kind === "list_item") return !fits(measure, layout.text, part.start, part.end);
  return part?.kind !== "table" && part?.kind !== "code";
}

/** Where the last heading between the two begins, or ends where it begins before; 0 where there is none. */
function headingWithin(layout: Layout, from: number, end: number): number {
  for (let index = partAt(layout, end - 1); index >= 0; index--) {
    const part = layout.parts[index];
    if (part === undefined || part.end <= from) break;
    if (part.kind === "heading") return part.start >= from ? part.start : part.end;
  }
  return 0;
}

/** Where the first block, sentence, row or line begins between the two; null where none does. */
function firstPiece({ layout, pieces }: Ground, from: number, end: number): number | null {
  for (let index = partAt(layout, from); ; index++) {
    const part = layout.parts[index];
    if (part === undefined || part.start >= end) return null;
    if (part.start >= from) return part.start;
    const starts = pieces.smallest(part);
    const start = starts[firstAfter(starts, from - 1)];
    if (start !== undefined) return start < end ? start : null;
  }
}
