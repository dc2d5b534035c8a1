// What is said of knowledge: how collections are cut and searched, what a search asks and answers, and
// the sources and citations that travel with a turn.
import { z } from "zod";
import { wellFormed } from "./bounds.ts";

const numberIn = (least: number, most: number) =>
  z
    .number(`should be a number from ${least} to ${most}`)
    .min(least, `should be at least ${least}`)
    .max(most, `should be at most ${most}`);
const wholeIn = (least: number, most: number) =>
  z
    .int(`should be a whole number from ${least} to ${most}`)
    .min(least, `should be at least ${least}`)
    .max(most, `should be at most ${most}`);
const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, `should be one of ${values.join(", ")}`);

export const CHUNKING = ["recursive", "fixed", "sentence", "semantic", "markdown"] as const;

/** How documents are cut (seed 003 §6.2). */
export const chunkingSchema = z
  .object({
    strategy: oneOf(CHUNKING).default("recursive"),
    unit: oneOf(["characters", "tokens"]).default("characters"),
    size: wholeIn(50, 4000).default(1000).describe("Of a chunk at most, in `unit`."),
    overlap: wholeIn(0, 2000).default(200).describe("What a chunk repeats of the one before it."),
    threshold: numberIn(0, 1)
      .default(0.75)
      .describe("`semantic`: neighbours less similar than this are parted."),
  })
  .refine(({ size, overlap }) => overlap <= size / 2, {
    error: "should be at most half of size",
    path: ["overlap"],
  });
export type Chunking = z.infer<typeof chunkingSchema>;

const MODES = ["semantic", "keyword", "hybrid"] as const;
export const PATTERNS = ["naive", "advanced", "modular", "agentic"] as const;
const RERANKERS = ["auto", "lexical", "cross_encoder", "model", "none"] as const;

const EXPANSIONS = ["none", "feedback", "model"] as const;

/** Of a search, what a request may say and a collection may be set to (seed 003 §6.4 and §6.5). */
export const searchFields = {
  mode: oneOf(MODES).optional(),
  top_k: wholeIn(1, 50).optional().describe("5 unless said."),
  fusion: oneOf(["rrf", "weighted"]).optional(),
  alpha: numberIn(0, 1)
    .optional()
    .describe("`weighted`: the share of meaning; the rest is words'. 0.5 unless said."),
  rerank: z
    .union([z.boolean().transform((on) => (on ? "auto" : "none")), oneOf(RERANKERS)])
    .optional(),
  rewrite: z
    .boolean()
    .optional()
    .describe("Reads the question in the light of the conversation first."),
  expand: z
    .union([z.boolean().transform((on) => (on ? "feedback" : "none")), oneOf(EXPANSIONS)])
    .optional()
    .describe(
      "`feedback`: words that the best have in common count, too. `model`: a model says the same in other words.",
    ),
  diversity: numberIn(0, 1)
    .optional()
    .describe("How much new a chunk must bring beside those before it (MMR). 0 asks for nothing."),
  neighbours: wholeIn(0, 3)
    .optional()
    .describe("Chunks before and after each found one that are joined to it."),
  min_score: numberIn(0, 1)
    .optional()
    .describe(
      "Of a result, as `score` is told. Unless said, what the embedder was measured to need.",
    ),
} as const;

const settingsSchema = z.object(searchFields);
export type SearchSettings = z.infer<typeof settingsSchema>;

export const retrievalSchema = settingsSchema.extend({
  context_tokens: wholeIn(200, 100_000).optional().describe("Of all sources. 4,000 unless said."),
  order: oneOf(["relevance", "diversity", "recency"])
    .optional()
    .describe("Which sources come first into the prompt."),
});
export type Retrieval = z.infer<typeof retrievalSchema>;

const scalar = z.union(
  [wellFormed(z.string().max(500, "should have at most 500 characters")), z.number(), z.boolean()],
  "should be text, a number, true or false",
);
export type Scalar = z.infer<typeof scalar>;
const several = z.array(scalar).min(1, "should not be empty").max(50, "should be at most 50");
const bound = z.union([z.string().max(500), z.number()], "should be text, a date or a number");

const conditionSchema = z.union(
  [
    scalar,
    several,
    z
      .strictObject({
        eq: scalar,
        ne: scalar,
        in: several,
        nin: several,
        gt: bound,
        gte: bound,
        lt: bound,
        lte: bound,
      })
      .partial()
      .refine((condition) => Object.keys(condition).length > 0, "should not be empty"),
  ],
  "should be a value, a list of values, or an object of eq, ne, in, nin, gt, gte, lt, lte",
);
export type Condition = z.infer<typeof conditionSchema>;

/** Each is a piece of a statement, which has room for so many. */
function comparisonsIn(filters: Record<string, Condition>): number {
  return Object.values(filters).reduce<number>(
    (sum, it) => sum + (typeof it === "object" && !Array.isArray(it) ? Object.keys(it).length : 1),
    0,
  );
}

/** By name: those of documents below, else the documents' own metadata. All have to hold. */
const filtersSchema = z
  .record(z.string().min(1).max(64), conditionSchema)
  .refine((filters) => Object.keys(filters).length <= 20, "should be at most 20")
  .refine((filters) => comparisonsIn(filters) <= 25, "should have at most 25 conditions together");

export type Filters = z.infer<typeof filtersSchema>;

/** Names in filters that are no metadata of one's own. `date` is the document's, or when it came. */
export const FILTER_NAMES = [
  "document_id",
  "document_name",
  "collection_id",
  "kind",
  "title",
  "author",
  "language",
  "date",
] as const;

export const collectionIds = z
  .array(z.string("should be a collection's id").min(1).max(64), "should be a list of collections")
  .min(1, "should not be empty: leave it out to search all that you may")
  .max(50, "should be at most 50");

export const querySchema = wellFormed(
  z
    .string("should be text")
    .min(1, "should not be empty")
    .max(2_000, "should have at most 2,000 characters"),
).refine((value) => value.trim() !== "", "should not be blank");

export const searchSchema = z.object({
  query: querySchema,
  ...searchFields,
  filters: filtersSchema.optional(),
  collections: collectionIds.optional(),
});

/** Where in a text which page begins: the first at 0, or nothing where the format has no pages. */
export const pagesSchema = z.array(z.object({ at: z.number().int(), page: z.number().int() }));
export type Pages = z.infer<typeof pagesSchema>;

/** What a search found. Scores are 0 to 1, and compare within one answer alone. */
export const resultSchema = z
  .object({
    chunk_id: z.string(),
    document_id: z.string(),
    document_name: z.string(),
    collection_id: z.string(),
    title: z.string().nullable(),
    score: z.number(),
    scores: z
      .object({
        semantic: z.number().nullable(),
        keyword: z.number().nullable(),
        rerank: z.number().nullable(),
      })
      .describe("What it is made of; null where a stage did not see it."),
    text: z.string(),
    page: z.number().int().nullable().describe("Where it begins."),
    pages: pagesSchema,
    heading_path: z.array(z.string()),
    position: z.number().int().describe("Of the chunk in its document, from 0."),
    metadata: z.record(z.string(), z.unknown()),
  })
  .meta({ ref: "SearchResult" });
export type SearchResult = z.infer<typeof resultSchema>;

/** Whether a turn is answered from documents, and from which: what a request may say, and a conversation may be set to. */
export const knowledgeFields = {
  use_rag: z.boolean().describe("Answers from your documents, with sources.").optional(),
  collections: collectionIds
    .optional()
    .describe("The documents of these alone; unless said, of all that you may read."),
};

/** A source that a turn was given: `number` is what the answer cites. */
export const sourceSchema = z
  .object({
    number: z.number().int(),
    chunk_id: z.string(),
    document_id: z.string(),
    document_name: z.string(),
    collection_id: z.string(),
    title: z.string().nullable(),
    page: z.number().int().nullable(),
    heading_path: z.array(z.string()),
    score: z.number(),
    text: z.string(),
    pages: pagesSchema.default([]),
  })
  .meta({ ref: "Source" });
export type Source = z.infer<typeof sourceSchema>;

/** A place in an answer that rests on a source. Offsets are UTF-16 units. */
export const citationSchema = z
  .object({
    number: z.number().int(),
    chunk_id: z.string(),
    document_id: z.string(),
    document_name: z.string(),
    title: z.string().nullable(),
    page: z.number().int().nullable().describe("On which the quote begins."),
    heading_path: z.array(z.string()),
    offset: z.number().int().describe("Where in the answer's text the citation stands."),
    quote: z
      .string()
      .describe("What of the source it rests on, word for word; empty where no sentence says so."),
    start: z.number().int().describe("Where in the source's text the quote begins."),
    end: z.number().int(),
  })
  .meta({ ref: "Citation" });
export type Citation = z.infer<typeof citationSchema>;

export const DOCUMENT_STATES = ["queued", "processing", "indexed", "failed"] as const;
export const VISIBILITIES = ["private", "organisation", "public"] as const;

/** How a collection is cut and searched, and by which pattern (seed 003 §6.1). */
export const collectionSettingsSchema = z.object({
  pattern: oneOf(PATTERNS).default("advanced"),
  chunking: chunkingSchema.prefault({}),
  retrieval: retrievalSchema.default({}),
});
export type CollectionSettings = z.infer<typeof collectionSettingsSchema>;
