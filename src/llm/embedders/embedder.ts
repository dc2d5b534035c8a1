// The seam to whatever turns texts into vectors.

export interface Embedder {
  /** Vectors of two embedders cannot be compared: whoever keeps some keeps this with them. */
  readonly id: string;
  /** Null where nobody knows before the first answer. */
  readonly dimensions: number | null;
  /** The cosine from which on two questions are near enough to be looked at more closely. */
  readonly threshold: number;
  /**
   * What its similarity is made of. `words`: of the words themselves, so that a question about
   * another thing can be very near.
   */
  readonly reads: "words" | "meaning";
  /**
   * One vector of length 1 for each text, in their order.
   * @throws {EmbeddingError} also where what came back is not that; to a cache this is a miss
   */
  embed(texts: readonly string[], signal: AbortSignal): Promise<Float32Array[]>;
}

export class EmbeddingError extends Error {
  constructor(embedder: string, what: string, options?: ErrorOptions) {
    super(`${embedder}: ${what}`, options);
    this.name = "EmbeddingError";
  }
}

/** Where a model is real and nobody has measured better (seed 003 §11.2). */
export const USUAL_THRESHOLD = 0.92;

/**
 * What came back, checked and brought to length 1.
 * @param dimensions that they must have; null: whichever, but all the same
 * @throws {EmbeddingError}
 */
function vectorsOf(
  embedder: string,
  rows: readonly (readonly number[])[],
  count: number,
  dimensions: number | null,
): Float32Array[] {
  if (rows.length !== count)
    throw new EmbeddingError(embedder, `${rows.length} vectors for ${count} texts`);
  const length = dimensions ?? rows[0]?.length ?? 0;
  return rows.map((row) => {
    if (row.length !== length || length === 0)
      throw new EmbeddingError(embedder, `${row.length} dimensions where ${length} were expected`);
    const vector = normalised(Float32Array.from(row));
    if (vector === null) throw new EmbeddingError(embedder, "a vector without a direction");
    return vector;
  });
}

/** In place; null where it has no direction. */
export function normalised(vector: Float32Array): Float32Array | null {
  let sum = 0;
  for (const value of vector) sum += value * value;
  const length = Math.sqrt(sum);
  if (!Number.isFinite(length) || length === 0) return null;
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) / length;
  return vector;
}

/** Texts of one request: the models' schemas take at most 100. */
const BATCH = 96;

/**
 * An embedder of a vendor, which is asked for some texts at a time.
 * @param known its dimensions; null where the first answer tells
 */
export function batching(
  id: string,
  known: number | null,
  threshold: number,
  ask: (texts: string[], signal: AbortSignal) => Promise<number[][]>,
): Embedder {
  let dimensions = known;
  return {
    id,
    threshold,
    reads: "meaning",
    get dimensions() {
      return dimensions;
    },

    async embed(texts, signal) {
      const vectors: Float32Array[] = [];
      for (let from = 0; from < texts.length; from += BATCH) {
        const batch = texts.slice(from, from + BATCH);
        const read = vectorsOf(id, await ask(batch, signal), batch.length, dimensions);
        dimensions ??= read[0]?.length ?? null;
        vectors.push(...read);
      }
      return vectors;
    },
  };
}
