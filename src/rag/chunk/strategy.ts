// What tells one way of cutting from another. Everything else, sizes and repetition and what may not be
// parted, is the same for all of them (walk.ts).

export type Strategy = {
  /** Offsets where a chunk has to end, in order. Nothing is repeated over one. */
  breaks: readonly number[];
  /** Where to cut what begins at `start`: at most at `limit`, before the text's end. */
  cut: (start: number, limit: number) => number;
  /**
   * Where that ends which begins at `start` and should stay whole, if it does by `alone`, as far as a chunk
   * goes that repeats nothing. For it, less is repeated. `start` where there is no such thing.
   */
  whole: (start: number, alone: number) => number;
};
