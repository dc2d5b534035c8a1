// One document, from where it lies to where it is found.
import type { Meter } from "../llm/calls.ts";
import { LoadError } from "../rag/blocks.ts";
import { ingest, type IngestServices, type Original, type Progress } from "../rag/ingest.ts";
import { loadDocument } from "../rag/load/load.ts";
import { type CollectionRow, settingsOf } from "../store/collections.ts";
import type { Database } from "../store/database.ts";
import { type DocumentRow, progressed } from "../store/documents.ts";
import { originalKey } from "../store/originals.ts";
import { spentBy } from "./embedding-books.ts";
import type { IngestionServices } from "./ingestion-services.ts";

/** Milliseconds of one message; what is left then goes on in another, behind those that wait. */
export const TURN = 30_000;
/** Milliseconds between two writes of how far it is. */
const TELL_EVERY = 700;
/** Milliseconds for an address. */
const FETCHING = 30_000;

export async function indexOne(
  db: Database,
  row: DocumentRow,
  collection: CollectionRow,
  meter: Meter,
  services: IngestionServices,
) {
  const { knowledge, embedders, now } = services;
  const until = now() + TURN;
  const { signal } = new AbortController();
  let current = row;
  return ingest(
    {
      document: row.id,
      version: row.version,
      collection: row.collection_id,
      title: row.title,
      metadata: row.metadata,
      at: row.updated_at,
      chunking: settingsOf(collection).chunking,
    },
    async () => {
      const { original, row: fetched } = await originalOf(db, current, services);
      current = fetched;
      return original;
    },
    {
      knowledge: knowledge(row.tenant_id),
      embedders,
      load: ({ bytes, name, type }, tell, stop) =>
        loadDocument(bytes, { name, type }, { progress: tell, signal: stop }),
      tell: telling(db, row, now),
      spent: spentBy(meter),
      mayGoOn: () => now() < until,
      now,
      signal,
    },
  );
}

/** Writes how far it is, not too often. */
function telling(db: Database, row: DocumentRow, now: () => number): IngestServices["tell"] {
  let told = 0;
  const changeOf = (how: Progress): Parameters<typeof progressed>[2] => {
    if (!("described" in how)) return how;
    const { described, kind, pages, chunks } = how;
    return {
      kind,
      pages,
      pages_done: pages ?? 0,
      chunks,
      chunks_done: 0,
      title: row.title ?? described.title,
      described: { ...described },
    };
  };
  return async (how) => {
    if (!("described" in how) && now() - told < TELL_EVERY) return true;
    told = now();
    return (await progressed(db, row, changeOf(how), now())) !== undefined;
  };
}

/** From R2; what is only an address yet is fetched into it first. @throws {LoadError} */
async function originalOf(
  db: Database,
  row: DocumentRow,
  services: IngestionServices,
): Promise<{ original: Original; row: DocumentRow }> {
  const { originals, egress, largestFile, now } = services;
  if (row.content_hash !== null) {
    const stored = await originals.get(originalKey(row));
    if (stored === null) throw new LoadError("failed", "the original is not there any more");
    return {
      original: {
        bytes: new Uint8Array(await stored.arrayBuffer()),
        name: row.name,
        type: stored.httpMetadata?.contentType ?? null,
      },
      row,
    };
  }
  const got = await egress.get(row.url ?? "", { maxBytes: largestFile, timeout: FETCHING });
  if (got.status !== "ok") {
    if (got.reason === "too_large") throw new LoadError("too_large", got.message);
    throw new LoadError(got.status === "refused" ? "refused" : "unreachable", got.message);
  }
  const content_hash = await hashOf(got.body);
  const fetched = { ...row, content_hash };
  await originals.put(originalKey(fetched), got.body, {
    httpMetadata: got.type === null ? {} : { contentType: got.type },
  });
  const there = await progressed(db, row, { content_hash, bytes: got.body.byteLength }, now());
  // Deleted or replaced meanwhile: nobody else knows of this one.
  if (there === undefined) await originals.delete(originalKey(fetched));
  return { original: { bytes: got.body, name: row.name, type: got.type }, row: fetched };
}

export async function hashOf(bytes: Uint8Array): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
