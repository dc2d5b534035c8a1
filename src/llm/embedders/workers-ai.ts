// Vectors from Cloudflare's Workers AI binding. Works only when deployed: locally WORKERS_AI is off.
import { z } from "zod";
import { batching, type Embedder, EmbeddingError } from "./embedder.ts";

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
  return batching(id, DIMENSIONS[model] ?? null, threshold, (text, signal) =>
    ask(ai, id, model, text, signal),
  );
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
