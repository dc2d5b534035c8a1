// What goes through the queue of ingestion: references, and turns that are to be judged, cut to what a
// message may have.
import { z } from "zod";
import { type Source, sourceSchema } from "../protocol/knowledge.ts";

export const ingestionMessage = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("document"),
    tenant_id: z.string(),
    document_id: z.string(),
    version: z.number().int(),
  }),
  z.object({ kind: z.literal("reembed"), tenant_id: z.string() }),
  z.object({
    kind: z.literal("judge"),
    tenant_id: z.string(),
    user_id: z.string(),
    turn_id: z.string(),
    query: z.string(),
    answer: z.string(),
    sources: z.array(sourceSchema),
    configuration: z.string(),
    latency_ms: z.number(),
  }),
]);
export type IngestionMessage = z.infer<typeof ingestionMessage>;
export type JudgeMessage = Extract<IngestionMessage, { kind: "judge" }>;

/** UTF-16 units and sources: in UTF-8 as JSON well under the 128 KB of a message. */
const LONGEST_TEXT = 1_500;
const LONGEST_ANSWER = 6_000;
const MOST_SOURCES = 10;

/** A turn as it is judged; null where it was answered from nothing. */
export function judgeMessage(
  turn: Omit<JudgeMessage, "kind" | "sources" | "configuration"> & {
    sources: readonly Source[];
    metadata: Record<string, unknown>;
  },
): JudgeMessage | null {
  const { metadata, ...rest } = turn;
  const retrieval = retrievalSchema.safeParse(metadata["retrieval"]);
  if (turn.sources.length === 0 || !retrieval.success) return null;
  return {
    ...rest,
    kind: "judge",
    query: turn.query.slice(0, LONGEST_TEXT).toWellFormed(),
    answer: turn.answer.slice(0, LONGEST_ANSWER).toWellFormed(),
    sources: turn.sources.slice(0, MOST_SOURCES).map(shortened),
    configuration: retrieval.data.configuration,
  };
}

function shortened(source: Source): Source {
  return { ...source, text: source.text.slice(0, LONGEST_TEXT).toWellFormed() };
}

const retrievalSchema = z.object({ configuration: z.string() });
