// How a document comes in: its original, its row and its message; and how whoever waits for it is told.
import { AppError } from "../errors.ts";
import { newId } from "../ids.ts";
import { bringDocument, documentById, type DocumentRow, takenUp } from "../store/documents.ts";
import { originalKey } from "../store/originals.ts";
import { thrownFields } from "../telemetry/log.ts";
import type { AppContext } from "./context.ts";
import type { Brought } from "./document-body.ts";
import { documentView } from "./document-view.ts";
import { collectionToChange, ownCollection } from "./knowledge-access.ts";

/** Of a file, about; and tokens of what an address will give. */
const BYTES_A_TOKEN = 4;
const UNKNOWN_TOKENS = 5_000;
/** Milliseconds between two looks at how far a document is, and how long somebody is told. */
const LOOK_EVERY = 700;
const LONGEST_WATCH = 15 * 60_000;
/** Milliseconds without a sign of it, after which a document's message counts as lost. */
const LOST_AFTER = 60_000;

const database = (c: AppContext) => c.var.services.database(c.var.principal.tenant_id);

/** About as many as it will be. */
export function tokensOf(content: Brought["content"]): number {
  return "bytes" in content ? Math.ceil(content.bytes.byteLength / BYTES_A_TOKEN) : UNKNOWN_TOKENS;
}

/** Its original first, then its row, then the message: what is queued is there. */
export async function bring(
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
export async function queue(c: AppContext, { id, tenant_id, version }: DocumentRow): Promise<void> {
  const { ingestion, log } = c.var.services;
  await ingestion
    .send({ kind: "document", tenant_id, document_id: id, version })
    .catch((thrown: unknown) => log.warning("ingestion.unqueued", thrownFields(thrown)));
}

/**
 * Whoever looks at documents that have waited for so long has their messages sent again: a restart loses those
 * of a local queue. It is harmless where they were not lost.
 */
export async function takeUp(c: AppContext, rows: readonly DocumentRow[]): Promise<void> {
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
export function watch(c: AppContext, document: DocumentRow): ReadableStream<Uint8Array> {
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
