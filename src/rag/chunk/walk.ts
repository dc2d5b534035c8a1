// Goes through a document chunk by chunk, whatever the strategy: no chunk is longer than it may be,
// nothing is left out, headings stay with what follows them, later rows of a table get its header again.
import type { Pages } from "../../protocol/knowledge.ts";
import type { Chunk } from "./chunk-type.ts";
import { type Layout, partAt, runBefore } from "./layout.ts";
import { evenUp } from "./measure.ts";
import { firstAfter, type Ground, lastStart } from "./pieces.ts";
import { repeatedFrom } from "./repeated.ts";
import type { Strategy } from "./strategy.ts";
import { afterSpace, lastWordEnd } from "./words.ts";

/** Offsets of the text: `from` is where the repeated begins, `start` where the chunk's own does. */
type Stretch = { from: number; start: number; end: number; header: string };

export function chunksAlong(ground: Ground, strategy: Strategy): Chunk[] {
  const { text } = ground.layout;
  const chunks: Chunk[] = [];
  let before: Stretch | null = null;
  for (let start = ownStart(ground, 0); start < text.length;) {
    const stretch = stretchFrom(ground, strategy, start, before);
    chunks.push(chunkOf(ground, stretch, chunks.length));
    before = stretch;
    start = ownStart(ground, stretch.end);
  }
  return chunks;
}

function stretchFrom(
  ground: Ground,
  strategy: Strategy,
  start: number,
  before: Stretch | null,
): Stretch {
  const { layout, measure } = ground;
  const { text } = layout;
  const header = headerAt(ground, start);
  const room = measure.size - (header === "" ? 0 : measure.of(`${header}\n`));
  const { breaks } = strategy;
  const passed = firstAfter(breaks, start);
  const section = breaks[passed - 1] ?? 0;
  const stop = breaks[passed] ?? text.length;
  const reach = (from: number) => afterSpace(text, measure.reach(text, from, room, stop));

  let from = start;
  if (before !== null && header === "") from = repeatedFrom(ground, before.from, start, section);
  let limit = reach(from);
  if (from < start) {
    const whole = strategy.whole(start, reach(start));
    if (whole > limit && before !== null) {
      from = repeatedFrom(ground, before.from, start, measure.back(text, whole, room, from));
      limit = reach(from);
    }
  }
  for (;;) {
    const end = limit >= stop ? stop : cutAt(ground, strategy, start, limit);
    const stretch = { from, start, end, header };
    // Estimates of tokens do not add up exactly.
    if (measure.of(textOf(text, stretch)) <= measure.size || limit <= start + 2) return stretch;
    if (from < start) {
      from = start;
      limit = reach(from);
    } else limit = evenUp(text, start + Math.floor((limit - start) * 0.9));
  }
}

/** After `start`, and with what must not be parted kept together. */
function cutAt(ground: Ground, strategy: Strategy, start: number, limit: number): number {
  const { layout } = ground;
  const end = withoutHeadings(ground, start, strategy.cut(start, limit), limit);
  if (end > start) return end;
  const word = lastWordEnd(layout.text, start, limit);
  // One character fills the chunk.
  return word > start ? word : Math.max(limit, evenUp(layout.text, start + 1));
}

/** Headings at the end go with what follows. Where there is nothing else, some of what follows comes with them. */
function withoutHeadings(ground: Ground, start: number, end: number, limit: number): number {
  const { layout, pieces } = ground;
  const { parts, text } = layout;
  const index = partAt(layout, end);
  const part = parts[index];
  if (part === undefined) return end;
  const inside = part.start < end;
  if (inside && part.kind !== "heading") return end;
  const run = runBefore(layout, index, start);
  if (run > start) return inside || run < part.start ? run : end;
  if (part.kind === "heading" || run === part.start || limit <= part.start) return end;
  const piece = lastStart(pieces.smallest(part), part.start, limit);
  return piece ?? lastWordEnd(text, part.start, limit);
}

/** The header that rows need which have lost theirs. A header that would fill half a chunk is not repeated. */
function headerAt({ layout, pieces, measure }: Ground, start: number): string {
  const part = layout.parts[partAt(layout, start)];
  if (part?.kind !== "table" || start === part.start) return "";
  const header = pieces.header(part);
  if (start <= part.start + header.length) return "";
  return measure.of(header) * 2 <= measure.size ? header : "";
}

/** The first that is no space; in code the line it stands on, so that indentation is kept. */
function ownStart({ layout }: Ground, end: number): number {
  const { text, parts } = layout;
  const start = afterSpace(text, end);
  const part = parts[partAt(layout, start)];
  if (part?.kind !== "code") return start;
  let line = start;
  while (line > end && text[line - 1] !== "\n") line--;
  return line === 0 || text[line - 1] === "\n" ? Math.max(line, part.start) : start;
}

function textOf(text: string, { from, end, header }: Stretch): string {
  const own = text.slice(from, end).trimEnd();
  return header === "" ? own : `${header}\n${own}`;
}

/** A block that goes over several pages counts as on the one where it begins. */
function pagesIn(layout: Layout, { from, end, header }: Stretch): Pages {
  const { parts } = layout;
  const shift = header === "" ? 0 : header.length + 1;
  const pages: Pages = [];
  for (let index = partAt(layout, from); index < parts.length; index++) {
    const part = parts[index];
    if (part === undefined || part.start >= end) break;
    if (part.page === null || part.page === pages.at(-1)?.page) continue;
    pages.push({ at: pages.length === 0 ? 0 : part.start - from + shift, page: part.page });
  }
  return pages;
}

function chunkOf({ layout }: Ground, stretch: Stretch, position: number): Chunk {
  const { text, parts } = layout;
  const { from, start } = stretch;
  let index = partAt(layout, start);
  const page = parts[index]?.page ?? null;
  // A chunk that begins with headings, one below the other, is about the last of them.
  for (let next = parts[index + 1]; next !== undefined; next = parts[++index + 1]) {
    const deeper = next.level > (parts[index]?.level ?? 0);
    if (parts[index]?.kind !== "heading" || !deeper || next.start >= stretch.end) break;
  }
  return {
    position,
    text: textOf(text, stretch),
    page,
    pages: pagesIn(layout, stretch),
    heading_path: [...(parts[index]?.path ?? [])],
    overlap: text.slice(from, start).trimEnd().length,
  };
}
