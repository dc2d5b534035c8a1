// What is not delivered, and what is kept of it: dead letters, webhooks that are switched off, messages
// that were lost, and how long the log goes back.
import type { Mailer } from "../auth/mailer.ts";
import type { Config } from "../config.ts";
import type { Database, DatabaseOf } from "../store/database.ts";
import { forgetRequests, stuckBatches } from "../store/requests.ts";
import { type DeliveryQueue, queueDeliveries } from "../store/webhook-queue.ts";
import {
  disableFailing,
  dueDelivery,
  forgetLog,
  overdue,
  setDelivery,
  type WebhookRow,
} from "../store/webhooks.ts";
import { userById } from "../store/users.ts";
import { type Log, thrownFields } from "../telemetry/log.ts";
import type { BatchMessage } from "./batches.ts";
import { deliveryMessage } from "./delivering.ts";

export type WebhookLogServices = {
  database: Database;
  databaseOf: DatabaseOf;
  webhooks: DeliveryQueue;
  batches: Pick<Queue<BatchMessage>, "send">;
  mailer: Mailer;
  config: Pick<Config, "WEBHOOK_DISABLE_DAYS" | "WEBHOOK_LOG_DAYS" | "TRACKING_TTL">;
  now: () => number;
  log: Log;
};

const DAY = 24 * 3600_000;
/** Rows of one run, of each kind. */
const MOST = 1000;
const MOST_ROUNDS = 50;
/** Milliseconds after which a message counts as lost. */
const LOST_AFTER = 15 * 60_000;

/** Deliveries that are not tried again. They stay in the log, and can be sent again from there. */
export async function buryDeliveries(
  batch: MessageBatch,
  { databaseOf, config, mailer, now, log }: WebhookLogServices,
): Promise<void> {
  for (const message of batch.messages) {
    const read = deliveryMessage.safeParse(message.body);
    if (!read.success) {
      log.error("webhook.unreadable", { message: message.id });
      message.ack();
      continue;
    }
    const { tenant_id, delivery_id, over = false } = read.data;
    try {
      const db = databaseOf(tenant_id);
      // What is over may be due again by now; what the queue gave up waits for nobody else.
      if (!over) await setDelivery(db, delivery_id, { status: "failed", updated_at: now() });
      const due = await dueDelivery(db, delivery_id);
      if (due?.delivery.status === "failed")
        log.warning("webhook.dead", {
          tenant_id,
          delivery_id,
          webhook_id: due.webhook?.id ?? null,
        });
      if (due?.webhook) {
        const before = now() - config.WEBHOOK_DISABLE_DAYS * DAY;
        const reason = `It failed for ${config.WEBHOOK_DISABLE_DAYS} days.`;
        const off = await disableFailing(db, due.webhook.id, before, reason, now());
        if (off !== undefined) await notify(db, off, { mailer, log });
        else if (!due.webhook.enabled) log.info("webhook.off", { webhook_id: due.webhook.id });
      }
      message.ack();
    } catch (thrown) {
      message.retry({ delaySeconds: 600 });
      log.error("webhook.dead.delayed", { delivery_id, ...thrownFields(thrown) });
    }
  }
}

/** Tells its owner that a webhook was switched off. Never rejects. */
async function notify(
  db: Database,
  { id, user_id, url }: WebhookRow,
  { mailer, log }: Pick<WebhookLogServices, "mailer" | "log">,
): Promise<void> {
  log.warning("webhook.disabled", { webhook_id: id });
  try {
    const to = (await userById(db, user_id))?.email ?? null;
    if (to === null) return;
    await mailer.send({
      to,
      subject: "A webhook was switched off",
      text: `${new URL(url).host} took nothing for days, so nothing is sent there any more. Switch the webhook on again to go on, and have what failed before sent again: PATCH /api/v1/webhooks/${id} {"enabled": true}.`,
    });
  } catch (thrown) {
    log.warning("webhook.unnoticed", { webhook_id: id, ...thrownFields(thrown) });
  }
}

/** Once an hour. Never rejects. */
export async function tidyWebhooks(services: WebhookLogServices): Promise<void> {
  const { database, webhooks, batches, config, now, log } = services;
  try {
    const lost = await overdue(database, now() - LOST_AFTER, MOST, now());
    for (const [tenant_id, own] of Map.groupBy(lost, (row) => row.tenant_id))
      await queueDeliveries(
        webhooks,
        tenant_id,
        own.map(({ id }) => id),
      );
    for (const batch of await stuckBatches(database, now() - LOST_AFTER, MOST))
      await batches.send(batch);
    await whileFull(() => forgetLog(database, now() - config.WEBHOOK_LOG_DAYS * DAY, MOST));
    await whileFull(() => forgetRequests(database, now() - config.TRACKING_TTL * 1000, MOST));
  } catch (thrown) {
    log.error("webhooks.untidied", thrownFields(thrown));
  }
}

/** Goes on as long as there is as much as one round takes away. */
async function whileFull(round: () => Promise<number>): Promise<void> {
  for (let rounds = 0; rounds < MOST_ROUNDS; rounds += 1) if ((await round()) < MOST) return;
}
