// What goes through the queue of ingestion: references, never content.
import { z } from "zod";

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
