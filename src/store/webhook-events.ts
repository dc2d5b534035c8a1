// Events on their way to whoever asked to be told of them: written with the change that they tell of, in
// one batch with it. Told twice they are written once.
import { and, eq, inArray, sql } from "drizzle-orm";
import type { WebhookEvent } from "../protocol/webhook.ts";
import type { Database } from "./database.ts";
import { webhookDeliveries, webhookEvents } from "./webhook-schema.ts";

/** Whose event it is. */
export type OwnedEvent = WebhookEvent & { tenant_id: string; user_id: string };

const CALLBACK = "callback";

/** Webhooks that hear of the event `e`: of its tenant, of its owner or of everybody there. */
const HEARS = sql.raw(`w.tenant_id = e.value ->> 'tenant_id' AND w.enabled = 1
  AND (w.everyone = 1 OR w.user_id = e.value ->> 'user_id')
  AND EXISTS (SELECT 1 FROM json_each(w.events) AS n WHERE n.value = e.value ->> 'type')`);

/** Statements that write events nobody asked for nowhere. Empty where there are none. */
export function recordEvents(db: Database, events: readonly OwnedEvent[], now: number) {
  if (events.length === 0) return [];
  const whole = JSON.stringify(
    events.map(({ payload, ...event }) => ({ ...event, payload: JSON.stringify(payload) })),
  );
  const brief = JSON.stringify(events.map(({ payload: _payload, ...event }) => event));
  const to = (webhook: string, url: string) =>
    sql.raw(`e.value ->> 'id' || '.' || ${webhook === CALLBACK ? `'${CALLBACK}'` : webhook}, e.value ->> 'id',
      e.value ->> 'tenant_id', ${webhook === CALLBACK ? "NULL" : webhook}, ${url}, e.value ->> 'type', 'pending', 0`);
  return [
    db
      .insert(webhookEvents)
      .select(
        sql`SELECT e.value ->> 'id', e.value ->> 'tenant_id', e.value ->> 'user_id', e.value ->> 'conversation_id',
              e.value ->> 'type', e.value ->> 'payload', ${now}
            FROM json_each(${whole}) AS e
            WHERE e.value ->> 'callback_url' IS NOT NULL OR EXISTS (SELECT 1 FROM webhooks AS w WHERE ${HEARS})`,
      )
      .onConflictDoNothing(),
    db
      .insert(webhookDeliveries)
      .select(
        sql`SELECT ${to("w.id", "NULL")}, w.retry_at, ${now}, ${now}
            FROM json_each(${brief}) AS e CROSS JOIN webhooks AS w WHERE ${HEARS}
            UNION ALL
            SELECT ${to(CALLBACK, "e.value ->> 'callback_url'")}, 0, ${now}, ${now}
            FROM json_each(${brief}) AS e WHERE e.value ->> 'callback_url' IS NOT NULL`,
      )
      .onConflictDoNothing(),
  ];
}

/** Deliveries of these events that nobody has sent yet. */
export async function unsentOf(
  db: Database,
  events: readonly Pick<WebhookEvent, "id">[],
): Promise<string[]> {
  if (events.length === 0) return [];
  const ids = JSON.stringify(events.map(({ id }) => id));
  // Of ids that begin with the event's: `/` is what follows `.`.
  const rows = await db.all<{ id: string }>(
    sql`SELECT d.id FROM json_each(${ids}) AS e CROSS JOIN webhook_deliveries AS d
        ON d.id > e.value || '.' AND d.id < e.value || '/'
        WHERE d.status = 'pending' AND d.attempts = 0`,
  );
  return rows.map(({ id }) => id);
}

/**
 * What was said in a conversation that is deleted or archived is not told any more; that it is over was
 * never said in it.
 */
export async function forgetEvents(db: Database, conversation_id: string): Promise<void> {
  const said = and(
    eq(webhookEvents.conversation_id, conversation_id),
    eq(webhookEvents.type, "chat.response.generated"),
  );
  const theirs = db.select({ id: webhookEvents.id }).from(webhookEvents).where(said);
  await db.batch([
    db
      .update(webhookDeliveries)
      .set({ status: "failed" })
      .where(
        and(eq(webhookDeliveries.status, "pending"), inArray(webhookDeliveries.event_id, theirs)),
      ),
    db.delete(webhookEvents).where(said),
  ]);
}

/** An event for one webhook, whatever it hears of. */
export async function addDelivery(
  db: Database,
  { payload, callback_url: _callback, ...event }: OwnedEvent,
  webhook: { id: string },
  now: number,
): Promise<typeof webhookDeliveries.$inferSelect> {
  const delivery = {
    id: `${event.id}.${webhook.id}`,
    event_id: event.id,
    tenant_id: event.tenant_id,
    webhook_id: webhook.id,
    url: null,
    type: event.type,
    status: "pending" as const,
    attempts: 0,
    retry_at: 0,
    created_at: now,
    updated_at: now,
  };
  await db.batch([
    db
      .insert(webhookEvents)
      .values({ ...event, payload: JSON.stringify(payload), created_at: now }),
    db.insert(webhookDeliveries).values(delivery),
  ]);
  return delivery;
}
