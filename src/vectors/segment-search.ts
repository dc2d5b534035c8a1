// The exact search over codes: all of them are read, what may be among the nearest is kept, and of that
// the floats tell. Where codes and floats come from is the caller's.
import { byScore, type Candidate, type Candidates } from "./candidates.ts";
import type { Segment, Stretch } from "./held-codes.ts";
import { type Asked, sums } from "./int8-codes.ts";
import type { Neighbour, VectorQuery } from "./vector-store.ts";

/** Vectors whose sums are told at once. */
const RUN = 1024;

/** Which segments a query is about; whole ones are, or are not. */
export function filterOf({ collections, parts, except }: VectorQuery): (one: Segment) => boolean {
  const within = new Set(collections);
  const among = parts === null ? null : new Set(parts);
  const without = new Set(except);
  return ({ part, collection }) =>
    within.has(collection) && !without.has(part) && (among?.has(part) ?? true);
}

/** Segments that lie behind each other are read as if they were one: most may be small. */
export function scan(
  stretches: Iterable<Stretch>,
  wanted: (segment: Segment) => boolean,
  asked: Asked,
  candidates: Candidates<Segment>,
): void {
  const out = new Int32Array(RUN);
  let run: Stretch[] = [];
  let length = 0;
  const readRun = () => {
    const [first] = run;
    if (first === undefined) return;
    sums(first.codes, first.start, length, asked, out);
    weigh(run, asked, out, candidates);
    run = [];
    length = 0;
  };
  for (const stretch of stretches) {
    if (!wanted(stretch.segment)) continue;
    const { codes, start, segment } = stretch;
    const last = run.at(-1);
    const behind = last?.codes === codes && last.start + last.segment.vectors === start;
    if (!behind || length + segment.vectors > RUN) readRun();
    run.push(stretch);
    length += segment.vectors;
  }
  readRun();
}

function weigh(
  run: readonly Stretch[],
  { unit, length, blur }: Asked,
  out: Int32Array,
  candidates: Candidates<Segment>,
): void {
  let at = 0;
  let { floor } = candidates;
  for (const { segment, codes, start } of run)
    for (let index = 0; index < segment.vectors; index++) {
      const head = (start + index) * 2;
      const scale = codes.heads[head] ?? 0;
      const score = (out[at++] ?? 0) * scale * unit;
      const slack = (codes.heads[head + 1] ?? 0) * length + scale * blur;
      if (score + slack < floor) continue;
      candidates.add(segment, index, score, slack);
      ({ floor } = candidates);
    }
}

/**
 * @param found best first, as far as is known
 * @param vectors of segments, by where they are in there
 */
export function rescored(
  found: readonly Candidate<Segment>[],
  vector: Float32Array,
  k: number,
  vectors: (
    wanted: ReadonlyMap<number, readonly number[]>,
  ) => Iterable<{ id: string; vector: Float32Array }>,
): Neighbour[] {
  const known: Neighbour[] = [];
  const tell = (candidates: readonly Candidate<Segment>[]) => {
    const bySegment = new Map<number, number[]>();
    for (const { place, index } of candidates) {
      const among = bySegment.get(place.id);
      if (among === undefined) bySegment.set(place.id, [index]);
      else among.push(index);
    }
    for (const { id, vector: other } of vectors(bySegment))
      known.push({ id, score: dot(vector, other) });
    known.sort(byScore);
    known.length = Math.min(known.length, k);
  };
  tell(found.slice(0, k));
  // The k-th of these is known now, which fewer of the others may reach than before.
  const floor = known.length < k ? -Infinity : (known.at(-1)?.score ?? -Infinity);
  tell(found.slice(k).filter(({ score, slack }) => score + slack >= floor));
  return known;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
