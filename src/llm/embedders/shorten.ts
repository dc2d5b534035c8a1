// Vectors that are wanted shorter than they are. Most models' would be no embedding any more.
import { type Embedder, normalised } from "./embedder.ts";

/**
 * Made so that the beginning of a vector is a vector of its own: OpenAI's own `dimensions` cuts them off and
 * brings them to length 1 (platform.openai.com/docs/guides/embeddings, "Reducing embedding dimensions").
 */
const NESTED = /\/text-embedding-3-(?:small|large)$/;

/** Whether a vector of this embedder may have so many dimensions. */
export function mayHave({ id, dimensions }: Pick<Embedder, "id" | "dimensions">, wanted: number) {
  return wanted === dimensions || (dimensions !== null && wanted < dimensions && NESTED.test(id));
}

/** Of length 1 again. */
export function shortened(vector: Float32Array, dimensions: number): Float32Array {
  if (vector.length <= dimensions) return vector;
  const short = vector.slice(0, dimensions);
  return normalised(short) ?? short;
}
