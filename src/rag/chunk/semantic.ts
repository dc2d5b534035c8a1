// Cuts where the subject changes: between neighbouring sentences that are unlike each other, and where a
// chunk is full. Tables and code are one thing each, and headings go with what they stand over.
import { type Ground, type Pieces } from "./pieces.ts";
import type { Layout } from "./layout.ts";
import { sentence } from "./sentence.ts";
import type { Strategy } from "./strategy.ts";

export type Embed = (texts: readonly string[]) => Promise<readonly Float32Array[]>;

/** Texts that are asked for at a time: so many vectors are held. */
const BATCH = 96;
/** No model reads more of a text for its vector than about this. */
const LONGEST = 2_000;

/**
 * @param threshold the cosine below which neighbours are parted
 * @throws whatever `embed` throws, and where it does not give a vector for each text
 */
export async function semantic(ground: Ground, threshold: number, embed: Embed): Promise<Strategy> {
  const { layout, pieces } = ground;
  const starts = unitStarts(layout, pieces);
  const breaks: number[] = [];
  let before: Float32Array | undefined;
  for (let first = 0; first < starts.length; first += BATCH) {
    const batch = starts.slice(first, first + BATCH);
    const vectors = await embed(
      batch.map((start, at) => textOf(layout, start, starts[first + at + 1])),
    );
    if (vectors.length !== batch.length)
      throw new Error(`${vectors.length} vectors for ${batch.length} texts`);
    for (const [at, vector] of vectors.entries()) {
      const start = batch[at] ?? 0;
      if (before !== undefined && cosine(before, vector) < threshold) breaks.push(start);
      before = vector;
    }
  }
  return sentence(ground, breaks);
}

function textOf({ text }: Layout, start: number, end: number | undefined): string {
  return text.slice(start, end).trim().slice(0, LONGEST).toWellFormed();
}

/** Where the things begin that are compared, the first included. */
function unitStarts({ parts }: Layout, pieces: Pieces): number[] {
  const starts: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (parts[index - 1]?.kind !== "heading") starts.push(part.start);
    if (part.kind === "heading" || part.kind === "table" || part.kind === "code") continue;
    for (const start of pieces.smallest(part)) starts.push(start);
  }
  return starts;
}

function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let lengthA = 0;
  let lengthB = 0;
  for (const [at, x] of a.entries()) {
    const y = b[at] ?? 0;
    dot += x * y;
    lengthA += x * x;
    lengthB += y * y;
  }
  return lengthA === 0 || lengthB === 0 ? 0 : dot / Math.sqrt(lengthA * lengthB);
}
