// The composition root's room for webhooks and requests that are answered later: what tells of them, what
// sends, and what starts those that wait.
import type { Mailer } from "./auth/mailer.ts";
import type { Vault } from "./auth/vault.ts";
import type { Bindings } from "./compose.ts";
import type { Config } from "./config.ts";
import type { ConversationServices } from "./conversation/services.ts";
import type { Egress } from "./egress/egress.ts";
import type { DeliveringServices } from "./jobs/delivering.ts";
import type { WebhookLogServices } from "./jobs/webhook-log.ts";
import type { Services } from "./routes/context.ts";
import type { DatabaseOf } from "./store/database.ts";
import { type EndUnbegun, endUnbegun, projectChanges } from "./store/projection.ts";
import type { OwnedEvent } from "./store/webhook-events.ts";
import { announce, queueDeliveries } from "./store/webhook-queue.ts";
import type { Log } from "./telemetry/log.ts";

type Around = {
  config: Config;
  database: DatabaseOf;
  egress: Egress;
  vault: Vault;
  mailer: Mailer;
  background: (work: Promise<unknown>) => void;
  now: () => number;
  log: Log;
};

export type Telling = {
  /** Tells webhooks. @throws where they are not told: then it is to be told again */
  announce: (events: readonly OwnedEvent[]) => Promise<void>;
  project: ConversationServices["project"];
  endUnbegun: EndUnbegun;
  deliver: Services["deliver"];
  startBatch: Services["startBatch"];
  jobs: DeliveringServices & WebhookLogServices;
};

export function composeTelling(env: Bindings, around: Around): Telling {
  const { database, now } = around;
  const startBatch = async (tenant_id: string, batch_id: string) => {
    await env.BATCHES.send({ tenant_id, batch_id });
  };
  return {
    announce: async (events) => {
      const [first] = events;
      if (first !== undefined)
        await announce(database(first.tenant_id), env.WEBHOOKS, events, now());
    },
    project: async (tenant_id, changes) => {
      const unsent = await projectChanges(database(tenant_id), changes, now());
      await queueDeliveries(env.WEBHOOKS, tenant_id, unsent);
      // The end of one makes room for the next.
      for (const batch_id of new Set(changes.requests.map((request) => request.batch_id)))
        if (batch_id !== null) await startBatch(tenant_id, batch_id);
    },
    endUnbegun: async (row, end, event) => {
      const { tenant_id, user_id } = row;
      const owned = { ...event, tenant_id, user_id };
      const { ended, unsent } = await endUnbegun(database(tenant_id), row, end, owned);
      await queueDeliveries(env.WEBHOOKS, tenant_id, unsent);
      return ended;
    },
    deliver: (tenant_id, ids) => queueDeliveries(env.WEBHOOKS, tenant_id, ids),
    startBatch,
    jobs: {
      ...around,
      database: database(""),
      databaseOf: database,
      fast: env.WEBHOOKS,
      slow: env.WEBHOOKS_SLOW,
      dead: env.WEBHOOKS_DEAD,
      webhooks: env.WEBHOOKS,
      batches: env.BATCHES,
      admits: async (tenant_id, host) =>
        (await env.WEBHOOK_SHIELD.limit({ key: `${tenant_id} ${host}` })).success,
    },
  };
}
