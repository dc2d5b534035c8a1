// What embedders read while documents are indexed, as the books want it.
import type { Embedder } from "../llm/embedders/embedder.ts";
import { newId } from "../ids.ts";
import { bookings } from "../llm/bookings.ts";
import { Meter } from "../llm/calls.ts";
import type { Charge } from "../protocol/charge.ts";
import type { DocumentRow } from "../store/documents.ts";
import { thrownFields } from "../telemetry/log.ts";
import type { IngestionServices } from "./ingestion-services.ts";

/** What is asked of embedders in the name of somebody, written down however it ends. */
export async function withMeter<T>(
  of: Pick<DocumentRow, "tenant_id" | "user_id" | "id">,
  { prices, recordUsage, now, log }: IngestionServices,
  feature: string,
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
    const about = { mark: newId("req", now()), feature, end: null, now: now() };
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

/** Tells a meter what an embedder read; the embedded one reads for nothing. */
export function spentBy(
  meter: Meter,
): (embedder: Embedder, tokens: number, milliseconds: number) => void {
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
