// /documents: what is brought in, how far it has come, and what is found in it.
import { Hono } from "hono";
import { z } from "zod";
import { AppError } from "../errors.ts";
import { attachment } from "../protocol/file-name.ts";
import { DOCUMENT_STATES, resultSchema, searchSchema } from "../protocol/knowledge.ts";
import { unknownFields } from "../protocol/send.ts";
import { SSE_HEADERS } from "../protocol/sse.ts";
import type { Candidate } from "../rag/index/calls.ts";
import { deleteDocuments, type DocumentRow, listDocuments, requeued } from "../store/documents.ts";
import { originalKey } from "../store/originals.ts";
import { bring, queue, takeUp, tokensOf, watch } from "./bringing.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { BYTES, describes, describesBody, takes } from "./declare.ts";
import { documentFrom, formBodySchema, jsonBodySchema } from "./document-body.ts";
import { chunkSchema, chunkView, documentSchema, documentView } from "./document-view.ts";
import { collectionsToSearch, documentToChange, documentToRead } from "./knowledge-access.ts";
import { pageOf, paging, paginationOf, paginationSchema } from "./paging.ts";
import { requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";
import { charging, searchFor } from "./searching.ts";

const param = z.object({ id: z.string() });
const REFUSED = ["AUTHENTICATION_ERROR", "FORBIDDEN"] as const;
const MISSING = [...REFUSED, "NOT_FOUND"] as const;

export const documents = new Hono<AppEnv>()
  .use(requirePrincipal, requires({ scope: "conversations" }))
  .post(
    "/",
    describes(
      "documents",
      "Bring a document: a file in a form, or JSON with a text or an address",
      [
        {
          status: 202,
          description: "Taken; it is indexed in the background",
          schema: documentSchema,
        },
        {
          status: 200,
          description: "The collection has the same content already",
          schema: documentSchema,
        },
      ],
      [...MISSING, "PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"],
    ),
    describesBody(jsonBodySchema, ["application/json"], {
      name: "leave.md",
      text: "# Leave\n\nEverybody has 28 days of leave a year.",
      metadata: { team: "people" },
    }),
    describesBody(formBodySchema, ["multipart/form-data"]),
    async (c) => {
      const { services } = c.var;
      const brought = await documentFrom(c, services.config.DOCUMENT_MAX_MB * 1024 * 1024);
      const { content } = brought;
      await charging(c, tokensOf(content));
      const { row, fresh } = await bring(c, brought);
      return c.json(documentView(row), fresh ? 202 : 200);
    },
  )
  .get(
    "/",
    describes(
      "documents",
      "Documents that you may read, those that changed last first",
      [
        {
          status: 200,
          description: "A page",
          schema: z.object({
            documents: z.array(documentSchema),
            pagination: paginationSchema,
          }),
        },
      ],
      [...MISSING],
    ),
    takes(
      "query",
      z.object({
        ...paging,
        status: z
          .enum(DOCUMENT_STATES, `should be one of ${DOCUMENT_STATES.join(", ")}`)
          .optional(),
        collection: z.string().max(64).optional(),
      }),
    ),
    async (c) => {
      const { collection, status, ...rest } = c.req.valid("query");
      const page = pageOf(rest);
      const among = await collectionsToSearch(
        c,
        collection === undefined ? undefined : [collection],
      );
      const ids = among.map(({ id }) => id);
      const { rows, total } = await listDocuments(database(c), ids, { ...page, status });
      c.executionCtx.waitUntil(takeUp(c, rows));
      return c.json({
        documents: rows.map(documentView),
        pagination: paginationOf(page, rows, total),
      });
    },
  )
  .post(
    "/search",
    describes(
      "documents",
      "Find what documents say of something",
      [
        {
          status: 200,
          description: "Best first; empty where nothing says anything of it",
          schema: z.object({ results: z.array(resultSchema), notices: z.array(z.string()) }),
        },
      ],
      [...MISSING, "BUDGET_EXCEEDED", "RATE_LIMIT_EXCEEDED"],
    ),
    takes("json", searchSchema, {
      query: "How many days of leave are there?",
      mode: "hybrid",
      top_k: 5,
    }),
    async (c) => {
      const { query, filters = {}, collections, ...settings } = c.req.valid("json");
      const unknown = unknownFields(await c.req.json<object>(), searchSchema.shape);
      const among = await collectionsToSearch(c, collections);
      const named = collections !== undefined;
      const found = await searchFor(c, { query, filters, settings, among, named });
      const ignored =
        unknown.length === 0 ? [] : [`Not known here, and ignored: ${unknown.join(", ")}.`];
      return c.json({ results: found.results, notices: [...ignored, ...found.notices] });
    },
  )
  .get(
    "/:id",
    describes(
      "documents",
      "A document: what it is, and how far it has come",
      [{ status: 200, description: "As it is", schema: documentSchema }],
      [...MISSING],
    ),
    takes("param", param),
    async (c) => {
      const { document } = await documentToRead(c, c.req.valid("param").id);
      c.executionCtx.waitUntil(takeUp(c, [document]));
      return c.json(documentView(document));
    },
  )
  .get(
    "/:id/events",
    describes(
      "documents",
      "How a document comes along: an event each time that changes, until it is indexed or has failed",
      [{ status: 200, description: "`progress`, then `indexed` or `failed`", stream: true }],
      [...MISSING],
    ),
    takes("param", param),
    async (c) => {
      const { document } = await documentToRead(c, c.req.valid("param").id);
      return c.body(watch(c, document), 200, SSE_HEADERS);
    },
  )
  .get(
    "/:id/chunks",
    describes(
      "documents",
      "What searches find of a document: its chunks as they were cut, in order",
      [
        {
          status: 200,
          description: "A page; empty until it is indexed",
          schema: z.object({
            chunks: z.array(chunkSchema),
            pagination: paginationSchema.pick({ limit: true, offset: true, has_more: true }),
          }),
        },
      ],
      [...MISSING],
    ),
    takes("param", param),
    takes("query", z.object(paging)),
    async (c) => {
      const { document } = await documentToRead(c, c.req.valid("param").id);
      const { limit, offset } = pageOf(c.req.valid("query"));
      // One more than the page has says whether there is another.
      const rows = await chunksFrom(c, document, offset, limit + 1);
      return c.json({
        chunks: rows.slice(0, limit).map(chunkView),
        pagination: { limit, offset, has_more: rows.length > limit },
      });
    },
  )
  .get(
    "/:id/original",
    describes(
      "documents",
      "The document as it was brought",
      [{ status: 200, description: "The file", files: [BYTES] }],
      [...MISSING],
    ),
    takes("param", param),
    async (c) => {
      const { document } = await documentToRead(c, c.req.valid("param").id);
      const stored = await c.var.services.originals.get(originalKey(document));
      if (stored === null)
        throw new AppError("NOT_FOUND", "Its original is not here (yet).", {
          document_id: document.id,
        });
      const [, ending = "bin"] = /\.([A-Za-z0-9]{1,8})$/.exec(document.name) ?? [];
      // Whatever it calls itself, no browser runs it from here.
      return c.body(stored.body, 200, {
        "Content-Type": BYTES,
        "Content-Length": String(stored.size),
        "Content-Disposition": attachment(document.name.replace(/\.[A-Za-z0-9]{1,8}$/, ""), ending),
      });
    },
  )
  .post(
    "/:id/reindex",
    describes(
      "documents",
      "Index a document anew: as its collection is now set, or what its address says now",
      [{ status: 202, description: "Taken", schema: documentSchema }],
      [...MISSING],
    ),
    takes("param", param),
    async (c) => {
      const known = await documentToChange(c, c.req.valid("param").id);
      const row = await requeued(database(c), known.id, c.var.services.now());
      if (row === undefined) throw new AppError("NOT_FOUND", "It was deleted meanwhile.");
      await queue(c, row);
      return c.json(documentView(row), 202);
    },
  )
  .delete(
    "/:id",
    describes(
      "documents",
      "Delete a document with its chunks, vectors and original, and the answers kept from it",
      [{ status: 204, description: "Deleted" }],
      [...MISSING],
    ),
    takes("param", param),
    async (c) => {
      const { services } = c.var;
      const document = await documentToChange(c, c.req.valid("param").id);
      await deleteDocuments(database(c), [document], services.now());
      await services.forgetDocuments([document]);
      return c.body(null, 204);
    },
  );

const database = (c: AppContext) => c.var.services.database(c.var.principal.tenant_id);

/** Of the version that searches see. */
async function chunksFrom(
  c: AppContext,
  { id, tenant_id, live_version }: DocumentRow,
  offset: number,
  count: number,
): Promise<Candidate[]> {
  if (live_version === null) return [];
  const reach = Math.ceil(count / 2);
  const part = { document: id, version: live_version, position: offset + reach };
  const around = await c.var.services.knowledge(tenant_id).index.neighbours([part], reach);
  return around
    .filter(({ position }) => position >= offset && position < offset + count)
    .sort((a, b) => a.position - b.position);
}
