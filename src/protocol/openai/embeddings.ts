// Embeddings as OpenAI asks for them and answers them. https://platform.openai.com/docs/api-reference/embeddings
import type { CreateEmbeddingResponse } from "openai/resources/embeddings";
import { z } from "zod";
import { wellFormed } from "../bounds.ts";
import { statelessSchema } from "../send.ts";

const input = wellFormed(
  z
    .string("should be text; lists of tokens are not read here")
    .min(1, "should not be empty")
    .max(100_000, "should have at most 100,000 characters"),
);

export const embeddingsSchema = z.object({
  model: statelessSchema.shape.model.unwrap(),
  input: z.union(
    [
      input,
      z.array(input).min(1, "should not be empty").max(2048, "should have at most 2,048 texts"),
    ],
    "should be a text, or a list of texts; lists of tokens are not read here: send text",
  ),
  dimensions: z.int("should be a whole number").min(1, "should be at least 1").nullish(),
  encoding_format: z.enum(["float", "base64"], "should be float or base64").nullish(),
});

export const embeddedSchema = z
  .looseObject({
    object: z.literal("list"),
    model: z.string(),
    data: z.array(
      z.object({
        object: z.literal("embedding"),
        index: z.int(),
        embedding: z.union([z.array(z.number()), z.string()]),
      }),
    ),
    usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
  })
  .meta({ ref: "Embeddings" });

/** @param tokens as they were estimated: embedders tell none. */
export function embeddingsFrom(
  vectors: readonly Float32Array[],
  { model, tokens, base64 }: { model: string; tokens: number; base64: boolean },
) {
  return {
    object: "list",
    model,
    data: vectors.map((vector, index) => ({
      object: "embedding",
      index,
      embedding: base64 ? base64Of(vector) : Array.from(vector),
    })),
    usage: { prompt_tokens: tokens, total_tokens: tokens },
    edgewise: { usage_estimated: true },
  } satisfies Omit<CreateEmbeddingResponse, "data"> & z.infer<typeof embeddedSchema>;
}

/** Little-endian floats of 32 bits, as every machine that runs this has them. */
function base64Of({ buffer, byteOffset, byteLength }: Float32Array): string {
  return new Uint8Array(buffer, byteOffset, byteLength).toBase64();
}
