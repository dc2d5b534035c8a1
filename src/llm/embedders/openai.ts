// Vectors from any server that speaks OpenAI's embeddings, through its SDK.
import OpenAI from "openai";
import { z } from "zod";
import { OPENAI_DIMENSIONS } from "./dimensions.ts";
import { batching, type Embedder, EmbeddingError } from "./embedder.ts";

/** The SDK asks for base64 and reads it; a server that answers numbers all the same is read too. */
const rowsSchema = z.array(
  z.object({ index: z.number().int(), embedding: z.array(z.number()).min(1) }),
);

export type OpenaiEmbedding = {
  /** The provider, for the id. */
  provider: string;
  model: string;
  baseURL: string;
  apiKey: string;
  organization?: string | undefined;
  headers?: Record<string, string> | undefined;
  threshold: number;
};

export function openaiEmbedder(
  { provider, model, threshold, ...server }: OpenaiEmbedding,
  fetch: typeof globalThis.fetch,
): Embedder {
  const id = `${provider}/${model}`;
  const client = new OpenAI({
    baseURL: server.baseURL,
    apiKey: server.apiKey,
    organization: server.organization ?? null,
    defaultHeaders: server.headers ?? {},
    maxRetries: 0, // a cache does not wait for a second attempt
    logLevel: "off",
    fetch,
  });
  return batching(id, OPENAI_DIMENSIONS[model] ?? null, threshold, (input, signal) =>
    ask(client, id, model, input, signal),
  );
}

async function ask(
  client: OpenAI,
  id: string,
  model: string,
  input: string[],
  signal: AbortSignal,
): Promise<number[][]> {
  try {
    const { data } = await client.embeddings.create({ model, input }, { signal });
    const rows = rowsSchema.parse(
      data.map(({ index, embedding }) => ({ index, embedding: Array.from(embedding) })),
    );
    return rows.sort((a, b) => a.index - b.index).map(({ embedding }) => embedding);
  } catch (cause) {
    throw new EmbeddingError(id, "no vectors", { cause });
  }
}
