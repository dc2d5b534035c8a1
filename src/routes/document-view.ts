// A document as the API shows it.
import { z } from "zod";
import { FILE_KINDS, REASONS } from "../rag/blocks.ts";
import { DOCUMENT_STATES, resultSchema } from "../protocol/knowledge.ts";
import type { Candidate } from "../rag/index/calls.ts";
import type { DocumentRow } from "../store/documents.ts";

const reasons = Object.keys(REASONS);

export const documentSchema = z
  .object({
    id: z.string(),
    collection_id: z.string(),
    name: z.string(),
    title: z.string().nullable(),
    status: z.enum(DOCUMENT_STATES),
    reason: z
      .string()
      .nullable()
      .describe(`Why it failed: ${reasons.join(", ")}.`),
    error: z.string().nullable().describe("The same as a sentence, with what can be done."),
    searchable: z.boolean().describe("Whether searches find it; while it is replaced, as it was."),
    kind: z
      .string()
      .nullable()
      .describe(`${FILE_KINDS.join(", ")}; null until it was read.`),
    bytes: z.number().int(),
    version: z.number().int(),
    progress: z.object({
      pages_done: z.number().int(),
      pages: z.number().int().nullable(),
      chunks_done: z.number().int(),
      chunks: z.number().int().nullable(),
    }),
    url: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()),
    described: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe("What it says of itself: author, language, keywords, sections, dates."),
    created_at: z.string(),
    updated_at: z.string(),
    indexed_at: z.string().nullable(),
  })
  .meta({ ref: "Document" });

const iso = (at: number) => new Date(at).toISOString();

export function documentView(row: DocumentRow): z.infer<typeof documentSchema> {
  const { pages, pages_done, chunks, chunks_done } = row;
  return {
    id: row.id,
    collection_id: row.collection_id,
    name: row.name,
    title: row.title,
    status: row.status,
    reason: row.reason,
    error: row.error,
    searchable: row.live_version !== null,
    kind: row.kind,
    bytes: row.bytes,
    version: row.version,
    progress: { pages_done, pages, chunks_done, chunks },
    url: row.url,
    metadata: row.metadata,
    described: row.described,
    created_at: iso(row.created_at),
    updated_at: iso(row.updated_at),
    indexed_at: row.indexed_at === null ? null : iso(row.indexed_at),
  };
}

export const chunkSchema = resultSchema
  .pick({ chunk_id: true, position: true, text: true, page: true, pages: true, heading_path: true })
  .extend({
    overlap: z.number().int().describe("Characters that repeat the end of the chunk before."),
  })
  .meta({ ref: "Chunk" });

export function chunkView(chunk: Candidate): z.infer<typeof chunkSchema> {
  const { chunk_id, position, text, page, pages, heading_path, overlap } = chunk;
  return { chunk_id, position, text, page, pages, heading_path, overlap };
}
