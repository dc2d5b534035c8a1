// Who may be among the k nearest, of scores that are only roughly known: whoever could be as near as the
// k-th is for certain. Scores that are known have no slack, and are kept the same way.
import type { Neighbour } from "./vector-store.ts";

/** Where a candidate is: in which segment, as the how-manieth. */
export type Candidate<Place> = { place: Place; index: number; score: number; slack: number };

export class Candidates<Place> {
  /** What the k best scores are at least, the least of them first (a heap). */
  readonly #least: Float64Array;
  #size = 0;
  #found: Candidate<Place>[] = [];
  #prunedAt: number;

  constructor(k: number) {
    this.#least = new Float64Array(k);
    this.#prunedAt = 4 * k + 1000;
  }

  /** A score that could not reach this is nobody's. */
  get floor(): number {
    return this.#size < this.#least.length ? -Infinity : (this.#least[0] ?? -Infinity);
  }

  /** Of something whose score differs from `score` by at most `slack`, and reaches the floor with it. */
  add(place: Place, index: number, score: number, slack: number): void {
    this.#found.push({ place, index, score, slack });
    this.#atLeast(score - slack);
    if (this.#found.length < this.#prunedAt) return;
    this.#found = this.#left();
    this.#prunedAt = Math.max(this.#prunedAt, 2 * this.#found.length);
  }

  /** Best first, as far as is known. */
  best(): Candidate<Place>[] {
    return this.#left().sort((a, b) => b.score - a.score);
  }

  #left(): Candidate<Place>[] {
    const { floor } = this;
    return this.#found.filter(({ score, slack }) => score + slack >= floor);
  }

  #atLeast(bound: number): void {
    const heap = this.#least;
    const at = (index: number) => heap[index] ?? Infinity;
    if (this.#size < heap.length) {
      let index = this.#size++;
      for (; index > 0; index = (index - 1) >> 1) {
        const parent = at((index - 1) >> 1);
        if (parent <= bound) break;
        heap[index] = parent;
      }
      heap[index] = bound;
      return;
    }
    if (!(bound > at(0))) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (at(child + 1) < at(child)) child++;
      if (at(child) >= bound) break; // beyond the end there is Infinity
      heap[index] = at(child);
      index = child;
    }
    heap[index] = bound;
  }
}

export const byScore = (a: Neighbour, b: Neighbour): number =>
  b.score - a.score || (a.id < b.id ? -1 : 1);
