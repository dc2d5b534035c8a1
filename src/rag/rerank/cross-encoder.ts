// Workers AI's cross-encoder: it reads question and text together. Works only when deployed.
import { z } from "zod";

/** developers.cloudflare.com/workers-ai/models/bge-reranker-base */
const MODEL = "@cf/baai/bge-reranker-base";
/** UTF-16 units: it reads 512 tokens. */
const READ = 2_000;

const answerSchema = z.object({
  response: z.array(z.object({ id: z.number().int().min(0), score: z.number() })),
});

/** From 0 to 1, in the order of the texts. */
export type CrossEncoder = (
  query: string,
  texts: readonly string[],
  signal: AbortSignal,
) => Promise<number[]>;

export function workersAiCrossEncoder(ai: Ai): CrossEncoder {
  return async (query, texts, signal) => {
    const answer: unknown = await ai.run(
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- which models exist is the account's to say, not this package's
      MODEL as "@cf/baai/bge-m3",
      { query, contexts: texts.map((text) => ({ text: text.slice(0, READ) })) },
      { signal },
    );
    const { response } = answerSchema.parse(answer);
    const scores = texts.map(() => 0);
    for (const { id, score } of response) if (id < scores.length) scores[id] = chance(score);
    return scores;
  };
}

/** It answers a logit, or a probability: neither is told apart by its documentation, so both are read. */
const chance = (score: number) => (score >= 0 && score <= 1 ? score : 1 / (1 + Math.exp(-score)));
