// /documents: what is brought in, how far it has come, and what is found in it.
import { Hono } from "hono";
import { z } from "zod";
import { AppError } from "../errors.ts";
import { newId } from "../ids.ts";
import { attachment } from "../protocol/file-name.ts";
import { DOCUMENT_STATES, resultSchema, searchSchema } from "../protocol/knowledge.ts";
import { unknownFields } from "../protocol/send.ts";
import { SSE_HEADERS } from "../protocol/sse.ts";
import {
  bringDocument,
  deleteDocuments,
  documentById,
  type DocumentRow,
  listDocuments,
  requeued,
  takenUp,
} from "../store/documents.ts";
import { originalKey } from "../store/originals.ts";
import { thrownFields } from "../telemetry/log.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { describes, describesBody, takes } from "./declare.ts";
import { type Brought, documentFrom, formBodySchema, jsonBodySchema } from "./document-body.ts";
import { documentSchema, documentView } from "./document-view.ts";
import {
  collectionsToSearch,
  collectionToChange,
  documentToChange,
  documentToRead,
  ownCollection,
} from "./knowledge-access.ts";
import { pageOf, paging, paginationOf, paginationSchema } from "./paging.ts";
import { requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";
import { charging, searchFor } from "./searching.ts";

const param = z.object({ id: z.string() });
const REFUSED = ["AUTHENTICATION_ERROR", "FORBIDDEN"] as const;
const MISSING = [...REFUSED, "NOT_FOUND"] as const;

/** Of a file, about; and tokens of what an address will give. */
const BYTES_A_TOKEN = 4;
const UNKNOWN_TOKENS = 5_000;
/** Milliseconds between two looks at how far a document is, and how long somebody is told. */
const LOOK_EVERY = 700;
const LONGEST_WATCH = 15 * 60_000;
/** Milliseconds without a sign of it, after which a document's message counts as lost. */
const LOST_AFTER = 60_000;

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
    describesBody(jsonBodySchema, ["application/json"]),
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
    takes("json", searchSchema),
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
    "/:id/original",
    describes(
      "documents",
      "The document as it was brought",
      [{ status: 200, description: "The file" }],
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
        "Content-Type": "application/octet-stream",
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

function tokensOf(content: Brought["content"]): number {
  return "bytes" in content ? Math.ceil(content.bytes.byteLength / BYTES_A_TOKEN) : UNKNOWN_TOKENS;
}

/** Its original first, then its row, then the message: what is queued is there. */
async function bring(
  c: AppContext,
  brought: Brought,
): Promise<{ row: DocumentRow; fresh: boolean }> {
  const { services, principal } = c.var;
  const collection =
    brought.collection === undefined
      ? await ownCollection(c)
      : await collectionToChange(c, brought.collection);
  const { content, name, title, metadata } = brought;
  const db = services.database(collection.tenant_id);
  const at = services.now();
  // A name that is deleted in this moment never gets its id again.
  const id = newId("doc", at);
  const file = "bytes" in content ? content : null;
  const content_hash = file === null ? null : await services.hashOf(file.bytes);
  const document = {
    id,
    tenant_id: collection.tenant_id,
    user_id: principal.user_id,
    collection_id: collection.id,
    name,
    title,
    url: "url" in content ? content.url : null,
    bytes: file?.bytes.byteLength ?? 0,
    content_hash,
    metadata,
    at,
  };
  if (file !== null) await keepOriginal(c, document, file);
  const placed = await bringDocument(db, document);
  if (placed === undefined) {
    await services.originals.delete(originalKey(document));
    throw new AppError("NOT_FOUND", "The collection was deleted meanwhile.", {
      collection_id: collection.id,
    });
  }
  const { row, brought: fresh } = placed;
  // It is the next version of another, or what another says already.
  if (row.id !== id && file !== null) {
    if (fresh) await keepOriginal(c, { ...document, id: row.id }, file);
    await services.originals.delete(originalKey(document));
  }
  if (fresh) await queue(c, row);
  return { row, fresh };
}

async function keepOriginal(
  c: AppContext,
  document: { id: string; tenant_id: string; content_hash: string | null },
  { bytes, type }: { bytes: Uint8Array; type: string },
): Promise<void> {
  await c.var.services.originals.put(originalKey(document), bytes, {
    httpMetadata: type === "" ? {} : { contentType: type },
  });
}

/** A message that is lost is sent again by the clock. */
async function queue(c: AppContext, { id, tenant_id, version }: DocumentRow): Promise<void> {
  const { ingestion, log } = c.var.services;
  await ingestion
    .send({ kind: "document", tenant_id, document_id: id, version })
    .catch((thrown: unknown) => log.warning("ingestion.unqueued", thrownFields(thrown)));
}

/**
 * Whoever looks at documents that have waited for so long has their messages sent again: a restart loses those
 * of a local queue. It is harmless where they were not lost.
 */
async function takeUp(c: AppContext, rows: readonly DocumentRow[]): Promise<void> {
  const { now } = c.var.services;
  const before = now() - LOST_AFTER;
  const waiting = rows.filter(
    ({ status, updated_at }) =>
      (status === "queued" || status === "processing") && updated_at < before,
  );
  if (waiting.length === 0) return;
  const ids = waiting.map(({ id }) => id);
  for (const row of await takenUp(database(c), ids, before, now())) await queue(c, row);
}

/** One event each time that a document has changed. */
function watch(c: AppContext, document: DocumentRow): ReadableStream<Uint8Array> {
  const { services } = c.var;
  const db = database(c);
  const until = services.now() + LONGEST_WATCH;
  const encoder = new TextEncoder();
  let told = "";
  let left = false;
  let current: DocumentRow | undefined = document;
  return new ReadableStream({
    cancel() {
      left = true;
    },
    async pull(controller) {
      for (;;) {
        const view = current === undefined ? null : documentView(current);
        const says = JSON.stringify(view ?? { id: document.id });
        const ended = view === null || view.status === "indexed" || view.status === "failed";
        const name = view === null ? "deleted" : ended ? view.status : "progress";
        if (says !== told) {
          told = says;
          controller.enqueue(encoder.encode(`event: ${name}\ndata: ${says}\n\n`));
          if (ended) controller.close();
          return;
        }
        if (services.now() > until) return controller.close();
        await scheduler.wait(LOOK_EVERY);
        if (left) return;
        current = await documentById(db, document.id);
        if (current !== undefined) await takeUp(c, [current]);
      }
    },
  });
}
