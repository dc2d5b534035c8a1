// The variables of knowledge: documents, their index, and how it is searched.
import { z } from "zod";
import { placeList, wholeNumber } from "./variable-types.ts";

const GROUP = "Knowledge";

const share = () =>
  z.coerce
    .number("a number from 0 to 1")
    .min(0, "a number from 0 to 1")
    .max(1, "a number from 0 to 1");

export function knowledgeVariables() {
  return {
    DOCUMENT_MAX_MB: wholeNumber("megabytes", 1, 100)
      .default(25)
      .meta({
        variable: { group: GROUP, about: "The largest file that is taken, in megabytes." },
      }),
    VECTOR_STORE: z
      .enum(["auto", "object", "vectorize"], "one of auto, object, vectorize")
      .default("auto")
      .meta({
        variable: {
          group: GROUP,
          about:
            "Where vectors are kept: in the tenant's own object, or in Vectorize. `auto`: in Vectorize where an index for their length is bound and this is no development. Chosen before the first document: what is there is not moved.",
        },
      }),
    KNOWLEDGE_SHARD_CHUNKS: wholeNumber("chunks", 1_000, 1_000_000)
      .default(100_000)
      .meta({
        variable: {
          group: GROUP,
          about: "Chunks that one object holds before a tenant's documents go on in another.",
        },
      }),
    RAG_MIN_SCORE: share()
      .optional()
      .meta({
        variable: {
          group: GROUP,
          about:
            "How similar a chunk must be to a question (cosine) to count as an answer to it. Built in: 0.7; of the embedded embedder what it was measured to need.",
        },
      }),
    RAG_CONTEXT_TOKENS: wholeNumber("tokens", 200, 100_000)
      .default(4_000)
      .meta({
        variable: { group: GROUP, about: "What sources may take of a prompt, in tokens." },
      }),
    RAG_EVALUATION_SHARE: z.coerce
      .number("a number from 0 to 0.1")
      .min(0, "a number from 0 to 0.1")
      .max(0.1, "a number from 0 to 0.1")
      .default(0.05)
      .meta({
        variable: {
          group: GROUP,
          about:
            "The share of turns with sources that are judged afterwards, where JUDGE_MODEL names a judge: 0.05 to 0.1 is usual. Each costs up to four calls.",
        },
      }),
    EGRESS_ALLOW: placeList()
      .default([])
      .meta({
        variable: {
          group: GROUP,
          about:
            "Places that are asked though they are private, on other ports or over http: `host` or `host:port`, with commas between them.",
        },
      }),
  };
}
