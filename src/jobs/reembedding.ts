// Another embedder is to serve a tenant: its vectors are made while the one before it still does.
import { fillSome } from "../rag/ingest.ts";
import type { IngestionMessage } from "../rag/ingestion-message.ts";
import { spentBy, withMeter } from "./embedding-books.ts";
import { TURN } from "./indexing.ts";
import type { IngestionServices } from "./ingestion-services.ts";

/** `later`: some of it cannot be found yet. */
export async function reembed(
  { tenant_id }: Extract<IngestionMessage, { kind: "reembed" }>,
  services: IngestionServices,
): Promise<"done" | "later"> {
  const { knowledge, embedders, ingestion, now, log } = services;
  const { index, shard } = knowledge(tenant_id);
  const generations = await index.generations(embedders.own.id);
  // What was published while the last one took over is still without its vectors.
  const next = generations?.next ?? generations?.current ?? null;
  if (next === null) return "done";
  const embedder = embedders.byId(next.embedder);
  if (embedder === null) return "done";
  const until = now() + TURN;
  const { signal } = new AbortController();
  const owner = { tenant_id, user_id: tenant_id };
  return withMeter({ ...owner, id: tenant_id }, services, "ingestion", async (meter) => {
    for (const n of await index.shards())
      for (;;) {
        const some = { spent: spentBy(meter), now, signal };
        if ((await fillSome(next.n, null, shard(n), embedder, some)) === null) break;
        if (now() < until) continue;
        await ingestion.send({ kind: "reembed", tenant_id });
        return "done";
      }
    if (generations?.next === null) return "done";
    if (!(await index.advance(next.n))) return "later";
    log.info("knowledge.reembedded", { tenant_id, embedder: next.embedder });
    return "done";
  });
}
