// Documents off their queue and into the index. The queue delivers at least once and in no order: a
// message names a version, and what is not that version any more is let go.
import { z } from "zod";
import type { Egress } from "../egress/egress.ts";
import { newId } from "../ids.ts";
import { bookings } from "../llm/bookings.ts";
import { Meter } from "../llm/calls.ts";
import type { Prices } from "../llm/prices.ts";
import type { Charge } from "../protocol/charge.ts";
import { LoadError, REASONS } from "../rag/blocks.ts";
import { fillSome, ingest, type IngestServices, type Original, type Progress } from "../rag/ingest.ts";
import type { Embedders, KnowledgeOf } from "../rag/knowledge.ts";
import { loadDocument } from "../rag/load/load.ts";
import { type CollectionRow, collectionById, settingsOf } from "../store/collections.ts";
import type { Database, DatabaseOf } from "../store/database.ts";
import {
  type DocumentRow,
  documentById,
  failed,
  indexed,
  progressed,
  removals,
  removed,
  stuck,
} from "../store/documents.ts";
import { type Originals, originalKey, originalsOf } from "../store/originals.ts";
import type { UsageEvent } from "../store/usage.ts";
import { type Log, thrownFields } from "../telemetry/log.ts";

export const ingestionMessage = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("document"),
    tenant_id: z.string(),
    document_id: z.string(),
    version: z.number().int(),
  }),
  z.object({ kind: z.literal("reembed"), tenant_id: z.string() }),
]);
export type IngestionMessage = z.infer<typeof ingestionMessage>;

export type IngestionServices = {
  databaseOf: DatabaseOf;
  originals: Originals;
  ingestion: Pick<Queue<IngestionMessage>, "send">;
  knowledge: KnowledgeOf;
  embedders: Embedders;
  egress: Egress;
  largestFile: number;
  prices: Prices;
  recordUsage: (tenant_id: string, events: readonly UsageEvent[]) => Promise<void>;
  now: () => number;
  log: Log;
};

/** Milliseconds of one message; what is left then goes on in another, behind those that wait. */
const TURN = 30_000;
/** Milliseconds between two writes of how far it is. */
const TELL_EVERY = 700;
/** Seconds before it is tried again: doubles, up to ten minutes. */
const FIRST_RETRY = 5;
const LONGEST_RETRY = 600;
/** Seconds until what was written may be found. */
const VISIBLE_AFTER = 10;
/** Milliseconds for an address. */
const FETCHING = 30_000;

export async function ingestQueued(
  batch: MessageBatch,
  services: IngestionServices,
): Promise<void> {
  for (const message of batch.messages) await consume(message, services);
}

/** What could not be indexed however often it was tried. */
export async function giveUp(batch: MessageBatch, services: IngestionServices): Promise<void> {
  const { databaseOf, now, log } = services;
  for (const message of batch.messages) {
    const read = ingestionMessage.safeParse(message.body);
    try {
      if (read.success && read.data.kind === "document") {
        const { tenant_id, document_id, version } = read.data;
        const why = { reason: "failed", error: REASONS.failed };
        await failed(databaseOf(tenant_id), { id: document_id, version }, why, now());
      }
      log.error("ingestion.dead", { message: message.id, ...(read.success ? read.data : {}) });
      message.ack();
    } catch (thrown) {
      message.retry({ delaySeconds: LONGEST_RETRY });
      log.error("ingestion.dead.delayed", thrownFields(thrown));
    }
  }
}

async function consume(message: Message, services: IngestionServices): Promise<void> {
  const { log } = services;
  const read = ingestionMessage.safeParse(message.body);
  if (!read.success) {
    log.error("ingestion.unreadable", { message: message.id });
    message.ack();
    return;
  }
  try {
    const outcome =
      read.data.kind === "document"
        ? await ingestDocument(read.data, services)
        : await reembed(read.data, services);
    if (outcome === "later") message.retry({ delaySeconds: VISIBLE_AFTER });
    else message.ack();
  } catch (thrown) {
    log.warning("ingestion.delayed", { ...read.data, ...thrownFields(thrown) });
    message.retry({
      delaySeconds: Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** (message.attempts - 1)),
    });
  }
}

type DocumentMessage = Extract<IngestionMessage, { kind: "document" }>;

async function ingestDocument(
  asked: DocumentMessage,
  services: IngestionServices,
): Promise<"done" | "later"> {
  const { databaseOf, knowledge, log, now } = services;
  const db = databaseOf(asked.tenant_id);
  const known = await documentById(db, asked.document_id);
  if (known === undefined || known.version !== asked.version || known.status === "failed")
    return "done";
  const collection = await collectionById(db, known.collection_id);
  if (collection === undefined) return "done";
  const row = await progressed(db, known, { status: "processing" }, now());
  if (row === undefined) return "done";
  try {
    const outcome = await withMeter(row, services, (meter) =>
      indexOne(db, row, collection, meter, services),
    );
    switch (outcome) {
      case "gone":
        return "done";
      case "waiting":
        return "later";
      case "more":
        await services.ingestion.send(asked);
        return "done";
      case "indexed":
        await indexed(db, row, now());
        log.info("document.indexed", { document_id: row.id, version: row.version });
        await afterwards(row, services);
        return "done";
    }
  } catch (thrown) {
    if (!(thrown instanceof LoadError)) throw thrown;
    await failed(db, row, { reason: thrown.reason, error: thrown.message }, now());
    log.info("document.failed", { document_id: row.id, reason: thrown.reason });
    return "done";
  } finally {
    // Deleted meanwhile: what this left behind goes, too.
    if ((await documentById(db, row.id)) === undefined)
      await knowledge(row.tenant_id).index.forget([row.id]);
  }
}

/** What earlier versions left goes; and where another embedder is to serve, its vectors are made. */
async function afterwards(row: DocumentRow, services: IngestionServices): Promise<void> {
  const { originals, knowledge, embedders, ingestion } = services;
  const current = originalKey(row);
  const all = await originalsOf(originals, row);
  const past = all.filter((key) => key !== current);
  if (past.length > 0) await originals.delete(past);
  const generations = await knowledge(row.tenant_id).index.generations(embedders.own.id);
  if ((generations?.next ?? null) !== null)
    await ingestion.send({ kind: "reembed", tenant_id: row.tenant_id });
}

async function indexOne(
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
  if (got.status === "refused") throw new LoadError("refused", got.message);
  if (got.status === "failed")
    throw new LoadError(got.reason === "too_large" ? "too_large" : "unreachable", got.message);
  const content_hash = await hashOf(got.body);
  const fetched = { ...row, content_hash };
  await originals.put(originalKey(fetched), got.body, {
    httpMetadata: got.type === null ? {} : { contentType: got.type },
  });
  await progressed(db, row, { content_hash, bytes: got.body.byteLength }, now());
  return { original: { bytes: got.body, name: row.name, type: got.type }, row: fetched };
}

export async function hashOf(bytes: Uint8Array): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** Makes the vectors of the embedder that is to serve, while the one before it does. */
async function reembed(
  { tenant_id }: Extract<IngestionMessage, { kind: "reembed" }>,
  services: IngestionServices,
): Promise<"done" | "later"> {
  const { knowledge, embedders, ingestion, now, log } = services;
  const { index, shard } = knowledge(tenant_id);
  const generations = await index.generations(embedders.own.id);
  const next = generations?.next ?? null;
  if (next === null) return "done";
  const embedder = embedders.byId(next.embedder);
  if (embedder === null) return "done";
  const until = now() + TURN;
  const { signal } = new AbortController();
  const owner = { tenant_id, user_id: tenant_id };
  return withMeter({ ...owner, id: tenant_id, version: next.n }, services, async (meter) => {
    for (const n of await index.shards())
      for (;;) {
        const some = { spent: spentBy(meter), now, signal };
        if ((await fillSome(next.n, null, shard(n), embedder, some)) === null) break;
        if (now() < until) continue;
        await ingestion.send({ kind: "reembed", tenant_id });
        return "done";
      }
    if (!(await index.advance(next.n))) return "later";
    log.info("knowledge.reembedded", { tenant_id, embedder: next.embedder });
    return "done";
  });
}

/** What is asked of embedders in the name of somebody, written down however it ends. */
async function withMeter<T>(
  of: Pick<DocumentRow, "tenant_id" | "user_id" | "id" | "version">,
  { prices, recordUsage, now, log }: IngestionServices,
  work: (meter: Meter) => Promise<T>,
): Promise<T> {
  const meter = new Meter(now);
  try {
    return await work(meter);
  } finally {
    const charge: Charge = {
      account: of.user_id,
      reservation: null,
      key_id: null,
      tier: "free",
      own: 0,
    };
    const about = { mark: newId("req", now()), feature: "ingestion", end: null, now: now() };
    const { events } = bookings(
      meter.calls(),
      { ...about, turn_id: of.id, tenant_id: of.tenant_id, conversation_id: null, charge },
      prices,
    );
    if (events.length > 0)
      await recordUsage(of.tenant_id, events).catch((thrown: unknown) =>
        log.error("ingestion.unbooked", thrownFields(thrown)),
      );
  }
}

function spentBy(meter: Meter): IngestServices["spent"] {
  return ({ id }, tokens, latency_ms) => {
    const [provider = id, ...model] = id.split("/");
    if (provider === "embedded") return;
    meter.embedded({
      provider,
      model: model.join("/"),
      tokens,
      estimated: true,
      latency_ms,
      outcome: "completed",
      error: null,
    });
  };
}

/** What a deletion left elsewhere, and messages that were lost: taken up once an hour. Never rejects. */
export async function tidyKnowledge(
  services: Omit<IngestionServices, "egress"> & { database: Database },
): Promise<void> {
  const { database, log, now, ingestion } = services;
  try {
    for (const { document_id, tenant_id } of await removals(database, MOST_TIDIED))
      await clearAway(database, { id: document_id, tenant_id }, services);
    for (const row of await stuck(database, now() - STUCK_AFTER, MOST_TIDIED))
      await ingestion.send({
        kind: "document",
        tenant_id: row.tenant_id,
        document_id: row.id,
        version: row.version,
      });
  } catch (thrown) {
    log.error("knowledge.untidied", thrownFields(thrown));
  }
}

const MOST_TIDIED = 200;
/** Milliseconds. */
const STUCK_AFTER = 15 * 60_000;

/** Takes a deleted document's chunks, vectors and original away, and strikes it off the list. */
export async function clearAway(
  db: Database,
  document: Pick<DocumentRow, "id" | "tenant_id">,
  { knowledge, originals }: Pick<IngestionServices, "knowledge" | "originals">,
): Promise<void> {
  await knowledge(document.tenant_id).index.forget([document.id]);
  const keys = await originalsOf(originals, document);
  if (keys.length > 0) await originals.delete(keys);
  await removed(db, [document.id]);
}
