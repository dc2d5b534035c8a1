// By the clock, and when somebody deletes: what documents left behind is taken away, and what waits for a
// message that was lost is sent another.
import type { Database } from "../store/database.ts";
import { type DocumentRow, removals, removed, stuck } from "../store/documents.ts";
import { originalsOf } from "../store/originals.ts";
import { thrownFields } from "../telemetry/log.ts";
import type { IngestionServices } from "./ingestion-services.ts";

/** Documents of one run. */
const MOST_TIDIED = 200;
/** Milliseconds. */
const STUCK_AFTER = 15 * 60_000;

/** What a deletion left elsewhere, and messages that were lost: taken up once an hour. Never rejects. */
export async function tidyKnowledge(
  services: Pick<IngestionServices, "knowledge" | "originals" | "ingestion" | "now" | "log"> & {
    database: Database;
  },
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
