// Vectors from Cloudflare's Workers AI binding. Works only when deployed: locally WORKERS_AI is off.
import { z } from "zod";
import { type Embedder, EmbeddingError, vectorsOf } from "./embedder.ts";

/** Texts of one request: the models' schemas take at most 100. */
const BATCH = 96;

/** developers.cloudflare.com/workers-ai/models: each model's page. */
const DIMENSIONS: Readonly<Record<string, number>> = {
  "@cf/baai/bge-m3": 1024,
  "@cf/baai/bge-large-en-v1.5": 1024,
  "@cf/baai/bge-base-en-v1.5": 768,
  "@cf/baai/bge-small-en-v1.5": 384,
  "@cf/google/embeddinggemma-300m": 768,
  "@cf/qwen/qwen3-embedding-0.6b": 1024,
};

const answerSchema = z.object({ data: z.array(z.array(z.number())) });

export function workersAiEmbedder(ai: Ai, model: string, threshold: number): Embedder {
  const id = `workers-ai/${model}`;
  let dimensions = DIMENSIONS[model] ?? null;
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
        const text = texts.slice(from, from + BATCH);
        const rows = await ask(ai, id, model, text, signal);
        const read = vectorsOf(id, rows, text.length, dimensions);
        dimensions ??= read[0]?.length ?? null;
        vectors.push(...read);
      }
      return vectors;
    },
  };
}

async function ask(
  ai: Ai,
  id: string,
  model: string,
  text: string[],
  signal: AbortSignal,
): Promise<number[][]> {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- which models exist is the account's to say, not this package's
    const answer: unknown = await ai.run(model as "@cf/baai/bge-m3", { text }, { signal });
    return answerSchema.parse(answer).data;
  } catch (cause) {
    throw new EmbeddingError(id, "no vectors", { cause });
  }
}
