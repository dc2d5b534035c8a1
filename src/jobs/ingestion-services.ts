// What indexing needs from outside; composed once in compose.ts.
import type { Egress } from "../egress/egress.ts";
import type { Models } from "../llm/models.ts";
import type { Prices } from "../llm/prices.ts";
import type { IngestionMessage } from "../rag/ingestion-message.ts";
import type { Embedders, KnowledgeOf } from "../rag/knowledge.ts";
import type { DatabaseOf } from "../store/database.ts";
import type { Originals } from "../store/originals.ts";
import type { UsageEvent } from "../store/usage.ts";
import type { OwnedEvent } from "../store/webhook-events.ts";
import type { Log } from "../telemetry/log.ts";

export type IngestionServices = {
  databaseOf: DatabaseOf;
  originals: Originals;
  ingestion: Pick<Queue<IngestionMessage>, "send">;
  knowledge: KnowledgeOf;
  embedders: Embedders;
  egress: Egress;
  largestFile: number;
  models: Models;
  prices: Prices;
  /** Tells webhooks. @throws where they are not told: then it is to be told again */
  announce: (events: readonly OwnedEvent[]) => Promise<void>;
  recordUsage: (tenant_id: string, events: readonly UsageEvent[]) => Promise<void>;
  now: () => number;
  log: Log;
};
