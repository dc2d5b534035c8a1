// Documents off their queue and into the index. The queue delivers at least once and in no order: a
// message names a version, and what is not that version any more is let go.
import { LoadError, REASONS } from "../rag/blocks.ts";
import { documentEvent } from "../protocol/webhook.ts";
import { type IngestionMessage, ingestionMessage } from "../rag/ingestion-message.ts";
import { collectionById } from "../store/collections.ts";
import type { Database } from "../store/database.ts";
import {
  deleteDocuments,
  type DocumentRow,
  documentById,
  failed,
  indexed,
  progressed,
} from "../store/documents.ts";
import { originalKey, originalsOf } from "../store/originals.ts";
import { thrownFields } from "../telemetry/log.ts";
import { withMeter } from "./embedding-books.ts";
import { indexOne } from "./indexing.ts";
import type { IngestionServices } from "./ingestion-services.ts";
import { judgeTurn } from "./judging.ts";
import { clearAway } from "./tidying.ts";
import { reembed } from "./reembedding.ts";

/** Seconds before it is tried again: doubles, up to ten minutes. */
const FIRST_RETRY = 5;
const LONGEST_RETRY = 600;
/** Seconds until what was written may be found. */
const VISIBLE_AFTER = 10;

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
        const db = databaseOf(tenant_id);
        const row = await documentById(db, document_id);
        if (row?.version === version && row.status !== "failed") await tell(row, why, services);
        await failed(db, { id: document_id, version }, why, now());
      }
      log.error("ingestion.dead", {
        message: message.id,
        ...(read.success ? { kind: read.data.kind, tenant_id: read.data.tenant_id } : {}),
      });
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
    const outcome = await handle(read.data, services);
    if (outcome === "later") message.retry({ delaySeconds: VISIBLE_AFTER });
    else message.ack();
  } catch (thrown) {
    const { kind, tenant_id } = read.data;
    log.warning("ingestion.delayed", { kind, tenant_id, ...thrownFields(thrown) });
    message.retry({
      delaySeconds: Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** (message.attempts - 1)),
    });
  }
}

function handle(message: IngestionMessage, services: IngestionServices): Promise<"done" | "later"> {
  switch (message.kind) {
    case "document":
      return ingestDocument(message, services);
    case "reembed":
      return reembed(message, services);
    case "judge":
      return judgeTurn(message, services);
  }
}

type DocumentMessage = Extract<IngestionMessage, { kind: "document" }>;

async function ingestDocument(
  asked: DocumentMessage,
  services: IngestionServices,
): Promise<"done" | "later"> {
  const { databaseOf, log, now } = services;
  const db = databaseOf(asked.tenant_id);
  const known = await documentById(db, asked.document_id);
  if (known === undefined || known.version !== asked.version || known.status === "failed")
    return "done";
  const collection = await collectionById(db, known.collection_id);
  if (collection === undefined) {
    // It was deleted while this was brought.
    await deleteDocuments(db, [known], now());
    await clearAway(db, known, services);
    return "done";
  }
  const row = await progressed(db, known, { status: "processing" }, now());
  if (row === undefined) return "done";
  try {
    const outcome = await withMeter(row, services, "ingestion", (meter) =>
      indexOne(db, row, collection, meter, services),
    );
    if (outcome === "waiting") return "later";
    if (outcome === "more") await services.ingestion.send(asked);
    if (outcome === "indexed" || outcome === "outdated") {
      await indexed(db, row, now());
      await tell(row, null, services);
      log.info("document.indexed", { document_id: row.id, version: row.version });
      await dropEarlier(db, row, services);
    }
    if (outcome === "outdated")
      await services.ingestion.send({ kind: "reembed", tenant_id: row.tenant_id });
    return "done";
  } catch (thrown) {
    if (!(thrown instanceof LoadError)) throw thrown;
    const why = { reason: thrown.reason, error: thrown.message };
    await tell(row, why, services); // before: what has failed is not taken up again
    await failed(db, row, why, now());
    log.info("document.failed", { document_id: row.id, reason: thrown.reason });
    return "done";
  }
}

/** Tells webhooks how it ended. @param why it failed; null where it is indexed */
async function tell(
  row: DocumentRow,
  why: { reason: string; error: string } | null,
  { announce, databaseOf, now }: IngestionServices,
): Promise<void> {
  const { tenant_id, user_id } = row;
  const known = why ?? {
    chunks: (await documentById(databaseOf(tenant_id), row.id))?.chunks ?? 0,
  };
  await announce([{ ...documentEvent(row, known, now()), tenant_id, user_id }]);
}

/** Originals of earlier versions. That of a later one is put there after its row: whoever sees it sees that, too. */
async function dropEarlier(
  db: Database,
  row: DocumentRow,
  { originals }: IngestionServices,
): Promise<void> {
  if (row.version === 1) return;
  const all = await originalsOf(originals, row);
  const now = await documentById(db, row.id);
  if (now?.version !== row.version) return;
  const current = originalKey(now);
  const past = all.filter((key) => key !== current);
  if (past.length > 0) await originals.delete(past);
}
