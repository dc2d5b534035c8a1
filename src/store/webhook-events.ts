// Events on their way to whoever asked to be told of them: written with the change that they tell of, in
// one batch with it. Told twice they are written once.
import { and, eq, inArray, lt, notInArray, or, type SQL, sql } from "drizzle-orm";
import type { WebhookEvent } from "../protocol/webhook.ts";
import type { Database } from "./database.ts";
import { webhookDeliveries, webhookEvents } from "./webhook-schema.ts";

/** Whose event it is. */
export type OwnedEvent = WebhookEvent & { tenant_id: string; user_id: string };

const CALLBACK = "callback";

/**
 * Webhooks that hear of the event `e`: its owner's; and of everybody in the organisation those of who still
 * administers it.
 */
const HEARS = sql.raw(`w.tenant_id = e.value ->> 'tenant_id' AND w.enabled = 1
  AND (w.user_id = e.value ->> 'user_id' OR (w.everyone = 1 AND EXISTS (
    SELECT 1 FROM memberships AS m JOIN users AS u ON u.id = m.user_id
    WHERE m.tenant_id = w.tenant_id AND m.user_id = w.user_id AND m.role = 'admin' AND u.is_active = 1)))
  AND EXISTS (SELECT 1 FROM json_each(w.events) AS n WHERE n.value = e.value ->> 'type')`);

/**
 * Statements that write events nobody asked for nowhere. Empty where there are none.
 * @param where what has to hold, should it not be known before
 */
export function recordEvents(
  db: Database,
  events: readonly OwnedEvent[],
  now: number,
  where: SQL = sql`TRUE`,
) {
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
            WHERE ${where} AND (e.value ->> 'callback_url' IS NOT NULL
              OR EXISTS (SELECT 1 FROM webhooks AS w WHERE ${HEARS}))`,
      )
      // Told again it is as it is by now: what was erased meanwhile is not in it any more.
      .onConflictDoUpdate({
        target: webhookEvents.id,
        set: { payload: sql`excluded.payload` },
        setWhere: sql`${webhookEvents.type} = excluded.type`,
      }),
    db
      .insert(webhookDeliveries)
      .select(
        sql`SELECT ${to("w.id", "NULL")}, 0, ${now}, ${now}
            FROM json_each(${brief}) AS e CROSS JOIN webhooks AS w WHERE ${where} AND ${HEARS}
            UNION ALL
            SELECT ${to(CALLBACK, "e.value ->> 'callback_url'")}, 0, ${now}, ${now}
            FROM json_each(${brief}) AS e WHERE ${where} AND e.value ->> 'callback_url' IS NOT NULL`,
      )
      .onConflictDoNothing(),
  ];
}

/** Deliveries of these events that nobody has sent yet, but for those that wait for a receiver until it is back. */
export async function unsentOf(
  db: Database,
  events: readonly Pick<WebhookEvent, "id">[],
  now: number,
): Promise<string[]> {
  if (events.length === 0) return [];
  const ids = JSON.stringify(events.map(({ id }) => id));
  // Of ids that begin with the event's: `/` is what follows `.`.
  const rows = await db.all<{ id: string }>(
    sql`SELECT d.id FROM json_each(${ids}) AS e CROSS JOIN webhook_deliveries AS d
        ON d.id > e.value || '.' AND d.id < e.value || '/'
        LEFT JOIN webhooks AS w ON w.id = d.webhook_id
        WHERE d.status = 'pending' AND d.attempts = 0
          AND NOT (w.failures IS NOT NULL AND w.failures > 0 AND w.retry_at > ${now} AND w.woken_at = w.retry_at)`,
  );
  return rows.map(({ id }) => id);
}

/**
 * What was said in a conversation that is deleted or archived, or in an answer that was erased, is not told
 * any more. What is told of it from `now` on says nothing of that.
 */
export async function forgetEvents(
  db: Database,
  {
    conversation_id,
    ids,
    but = [],
  }: {
    conversation_id: string | null;
    ids: readonly string[];
    /** Ids of events that say nothing of it. */
    but?: readonly string[];
  },
  now: number,
): Promise<void> {
  const among = (some: readonly string[]) =>
    sql`(SELECT value FROM json_each(${JSON.stringify(some)}))`;
  const named = inArray(webhookEvents.id, among(ids));
  const said = and(
    conversation_id === null
      ? named
      : or(named, eq(webhookEvents.conversation_id, conversation_id)),
    lt(webhookEvents.created_at, now),
    notInArray(webhookEvents.id, among(but)),
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
