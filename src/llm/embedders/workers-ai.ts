// Vectors from Cloudflare's Workers AI binding. Works only when deployed: locally WORKERS_AI is off.
import { z } from "zod";
import { WORKERS_AI_DIMENSIONS } from "./dimensions.ts";
import { batching, type Embedder, EmbeddingError } from "./embedder.ts";

const answerSchema = z.object({ data: z.array(z.array(z.number())) });

export function workersAiEmbedder(ai: Ai, model: string, threshold: number): Embedder {
  const id = `workers-ai/${model}`;
  return batching(id, WORKERS_AI_DIMENSIONS[model] ?? null, threshold, (text, signal) =>
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
