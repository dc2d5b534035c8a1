// Cuts where a document itself is parted: between blocks, else between paragraphs, sentences or lines, rows.
// What fits a chunk whole is not cut.
import { type Layout, type Part, partAt, runBefore } from "./layout.ts";
import { firstAfter, fits, type Ground, lastStart, pieceEnd } from "./pieces.ts";
import type { Strategy } from "./strategy.ts";
import { lastWordEnd } from "./words.ts";

/** @param breaks where a chunk has to end */
export function recursive(ground: Ground, breaks: readonly number[] = []): Strategy {
  const { layout, measure } = ground;
  return {
    breaks,
    whole: (start, alone) => {
      const end = blockEnd(layout, start);
      if (end !== null && end <= alone) return end;
      const piece = pieceEnd(ground, start);
      return piece <= alone ? piece : start;
    },
    cut: (start, limit) => {
      const index = partAt(layout, limit);
      const part = layout.parts[index];
      if (part === undefined || part.start <= start)
        return within(ground, part, start, limit) ?? lastWordEnd(layout.text, start, limit);
      const head = runBefore(layout, index, start);
      if (
        head > start &&
        (isFull(start, head, limit) || fits(measure, layout.text, part.start, part.end))
      )
        return head;
      // Longer than any chunk, or its headings begin this one: as much of it as there is room for.
      return (
        within(ground, part, start, limit) ??
        (head > start ? head : lastWordEnd(layout.text, part.start, limit))
      );
    },
  };
}

/** Where the block ends that begins at `start`, the headings over it with it; null where none begins there. */
function blockEnd(layout: Layout, start: number): number | null {
  let index = partAt(layout, start);
  if (layout.parts[index]?.start !== start) return null;
  while (layout.parts[index]?.kind === "heading" && index + 1 < layout.parts.length) index++;
  return layout.parts[index]?.end ?? null;
}

/** What is left free is no more than half. */
const isFull = (start: number, end: number, limit: number) => (end - start) * 2 >= limit - start;

/** The best place in a part that has to be cut; null where only words part it. */
function within(
  { layout, measure, pieces }: Ground,
  part: Part | undefined,
  start: number,
  limit: number,
): number | null {
  if (part === undefined) return null;
  let from = Math.max(start, part.start);
  let end = part.end;
  let best: number | null = null;
  for (const level of pieces.levels(part)) {
    const starts = level();
    const last = lastStart(starts, from, limit);
    const next = starts[firstAfter(starts, limit)];
    if (next !== undefined) end = Math.min(end, next);
    if (last === undefined) continue;
    if (isFull(start, last, limit) || fits(measure, layout.text, last, end)) return last;
    // The piece at the limit is itself too long: a place inside it is better than half a chunk.
    best = last;
    from = last;
  }
  return best;
}
