// Webhooks in D1, and the log of what was sent to them.
import { and, count, desc, eq, gte, inArray, isNull, lt, lte, or, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { learned, type Outcome, type Receiver } from "./receivers.ts";
import {
  failingCallbacks,
  webhookAttempts,
  webhookDeliveries,
  webhookEvents,
  webhooks,
} from "./webhook-schema.ts";

export type WebhookRow = typeof webhooks.$inferSelect;
export type DeliveryRow = typeof webhookDeliveries.$inferSelect;
export type AttemptRow = typeof webhookAttempts.$inferSelect;
type Page = { limit: number; offset: number };

/** Whose webhooks: one's own; an administrator's, all of the organisation. */
export type Reach = { tenant_id: string; user_id: string | null };

const within = ({ tenant_id, user_id }: Reach) =>
  and(
    eq(webhooks.tenant_id, tenant_id),
    user_id === null ? undefined : eq(webhooks.user_id, user_id),
  );

/** @returns false where the tenant has `most` of them */
export async function insertWebhook(db: Database, row: WebhookRow, most: number): Promise<boolean> {
  const tooMany = sql`(SELECT count(*) FROM webhooks WHERE tenant_id = ${row.tenant_id}) > ${most}`;
  // In one transaction: of many at once no more are made than there may be.
  const [, refused] = await db.batch([
    db.insert(webhooks).values(row),
    db
      .delete(webhooks)
      .where(and(eq(webhooks.id, row.id), tooMany))
      .returning({ id: webhooks.id }),
  ]);
  return refused.length === 0;
}

export async function listWebhooks(db: Database, reach: Reach): Promise<WebhookRow[]> {
  return db.select().from(webhooks).where(within(reach)).orderBy(desc(webhooks.created_at));
}

export async function webhookIn(
  db: Database,
  reach: Reach,
  id: string,
): Promise<WebhookRow | undefined> {
  const [row] = await db
    .select()
    .from(webhooks)
    .where(and(eq(webhooks.id, id), within(reach)));
  return row;
}

export async function updateWebhook(
  db: Database,
  id: string,
  set: Partial<Omit<WebhookRow, "id" | "tenant_id" | "user_id" | "created_at">>,
): Promise<WebhookRow | undefined> {
  const [row] = await db.update(webhooks).set(set).where(eq(webhooks.id, id)).returning();
  return row;
}

/** With its log; events that others hear of stay. */
export async function deleteWebhook(db: Database, id: string): Promise<void> {
  const own = eq(webhookDeliveries.webhook_id, id);
  const theirs = db.select({ id: webhookDeliveries.id }).from(webhookDeliveries).where(own);
  await db.batch([
    db.delete(webhooks).where(eq(webhooks.id, id)),
    db.delete(webhookAttempts).where(inArray(webhookAttempts.delivery_id, theirs)),
    db.delete(webhookDeliveries).where(own),
  ]);
}

/** A delivery with what is sent, and to whom. */
export type Due = {
  delivery: DeliveryRow;
  payload: string | null;
  webhook: WebhookRow | null;
};

export async function dueDelivery(db: Database, id: string): Promise<Due | undefined> {
  const [row] = await db
    .select({ delivery: webhookDeliveries, payload: webhookEvents.payload, webhook: webhooks })
    .from(webhookDeliveries)
    .leftJoin(webhookEvents, eq(webhookEvents.id, webhookDeliveries.event_id))
    .leftJoin(webhooks, eq(webhooks.id, webhookDeliveries.webhook_id))
    .where(eq(webhookDeliveries.id, id));
  return row;
}

/**
 * Takes a delivery to send it: of two who try, one may. Its attempt is written before it is made.
 * @param until nobody else tries before
 */
export async function claim(
  db: Database,
  { id, attempts, retry_at }: Pick<DeliveryRow, "id" | "attempts" | "retry_at">,
  attempt: Pick<AttemptRow, "id" | "started_at">,
  until: number,
): Promise<boolean> {
  const [taken] = await db.batch([
    db
      .update(webhookDeliveries)
      .set({ attempts: attempts + 1, retry_at: until, updated_at: attempt.started_at })
      .where(
        and(
          eq(webhookDeliveries.id, id),
          eq(webhookDeliveries.status, "pending"),
          eq(webhookDeliveries.attempts, attempts),
          eq(webhookDeliveries.retry_at, retry_at),
        ),
      )
      .returning({ id: webhookDeliveries.id }),
    db
      .insert(webhookAttempts)
      .select(
        sql`SELECT ${attempt.id}, ${id}, ${attempt.started_at}, NULL, NULL, NULL, NULL WHERE changes() > 0`,
      ),
  ]);
  return taken.length > 0;
}

/**
 * What an attempt came to, for its log, its delivery as it was claimed, and its receiver as it was tried. What
 * changed meanwhile, by hand or by another attempt, stands.
 */
export async function conclude(
  db: Database,
  attempt: AttemptRow,
  /** `lease`: until when it was claimed. */
  delivery: Pick<DeliveryRow, "id" | "status" | "retry_at"> & { at: number; lease: number },
  receiver: Receiver,
  outcome: Outcome,
): Promise<void> {
  const { id: attempt_id, delivery_id: _delivery, ...came } = attempt;
  const { id, at, lease, ...set } = delivery;
  await db.batch([
    db.update(webhookAttempts).set(came).where(eq(webhookAttempts.id, attempt_id)),
    db
      .update(webhookDeliveries)
      .set({ ...set, updated_at: at })
      .where(
        and(
          eq(webhookDeliveries.id, id),
          eq(webhookDeliveries.status, "pending"),
          eq(webhookDeliveries.retry_at, lease),
        ),
      ),
    ...learned(db, receiver, outcome),
  ]);
}

/** Lets a delivery wait, or ends it, without an attempt. */
export async function setDelivery(
  db: Database,
  id: string,
  set: Partial<Pick<DeliveryRow, "status" | "retry_at">> & { updated_at: number },
): Promise<void> {
  await db
    .update(webhookDeliveries)
    .set(set)
    .where(and(eq(webhookDeliveries.id, id), eq(webhookDeliveries.status, "pending")));
}

export async function listDeliveries(
  db: Database,
  webhook_id: string,
  { status, limit, offset }: Page & { status?: DeliveryRow["status"] | undefined },
): Promise<{ rows: DeliveryRow[]; total: number }> {
  const where = and(
    eq(webhookDeliveries.webhook_id, webhook_id),
    status === undefined ? undefined : eq(webhookDeliveries.status, status),
  );
  const [rows, [counted]] = await db.batch([
    db
      .select()
      .from(webhookDeliveries)
      .where(where)
      .orderBy(desc(webhookDeliveries.created_at), desc(webhookDeliveries.id))
      .limit(limit)
      .offset(offset),
    db.select({ total: count() }).from(webhookDeliveries).where(where),
  ]);
  return { rows, total: counted?.total ?? 0 };
}

/** A delivery with the body it has, and each time it was sent, oldest first. */
export async function deliveryOf(
  db: Database,
  webhook_id: string,
  id: string,
): Promise<{ delivery: DeliveryRow; payload: string | null; attempts: AttemptRow[] } | undefined> {
  const [[row], attempts] = await db.batch([
    db
      .select({ delivery: webhookDeliveries, payload: webhookEvents.payload })
      .from(webhookDeliveries)
      .leftJoin(webhookEvents, eq(webhookEvents.id, webhookDeliveries.event_id))
      .where(and(eq(webhookDeliveries.id, id), eq(webhookDeliveries.webhook_id, webhook_id))),
    db
      .select()
      .from(webhookAttempts)
      .where(eq(webhookAttempts.delivery_id, id))
      .orderBy(webhookAttempts.started_at),
  ]);
  return row === undefined ? undefined : { ...row, attempts };
}

export type Replay = {
  ids?: readonly string[] | undefined;
  since?: number | undefined;
  until?: number | undefined;
  status?: DeliveryRow["status"] | undefined;
};

/** Makes deliveries due again whose events are still there, oldest first. @returns their ids */
export async function replay(
  db: Database,
  webhook_id: string,
  { ids, since, until, status }: Replay,
  most: number,
  now: number,
): Promise<string[]> {
  const chosen = db
    .select({ id: webhookDeliveries.id })
    .from(webhookDeliveries)
    .innerJoin(webhookEvents, eq(webhookEvents.id, webhookDeliveries.event_id))
    .where(
      and(
        eq(webhookDeliveries.webhook_id, webhook_id),
        ids === undefined
          ? undefined
          : sql`${webhookDeliveries.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`,
        since === undefined ? undefined : gte(webhookDeliveries.created_at, since),
        until === undefined ? undefined : lte(webhookDeliveries.created_at, until),
        status === undefined ? undefined : eq(webhookDeliveries.status, status),
      ),
    )
    .orderBy(webhookDeliveries.created_at)
    .limit(most);
  const rows = await db
    .update(webhookDeliveries)
    .set({ status: "pending", attempts: 0, retry_at: 0, updated_at: now })
    .where(inArray(webhookDeliveries.id, chosen))
    .returning({ id: webhookDeliveries.id });
  return rows.map(({ id }) => id);
}

/**
 * Deliveries whose message was lost: due for longer than it could take, with a receiver that does not fail.
 * They are not found again at once.
 */
export async function overdue(
  db: Database,
  before: number,
  most: number,
  now: number,
): Promise<{ id: string; tenant_id: string }[]> {
  const lost = db
    .select({ id: webhookDeliveries.id })
    .from(webhookDeliveries)
    .leftJoin(webhooks, eq(webhooks.id, webhookDeliveries.webhook_id))
    .where(
      and(
        eq(webhookDeliveries.status, "pending"),
        lt(webhookDeliveries.retry_at, before),
        or(isNull(webhooks.id), lt(webhooks.retry_at, before)),
      ),
    )
    .limit(most);
  return db
    .update(webhookDeliveries)
    .set({ retry_at: now })
    .where(inArray(webhookDeliveries.id, lost))
    .returning({ id: webhookDeliveries.id, tenant_id: webhookDeliveries.tenant_id });
}

/** Takes the log of what is older away, some at a time. @returns how many deliveries and events went */
export async function forgetLog(db: Database, before: number, most: number): Promise<number> {
  const old = db
    .select({ id: webhookDeliveries.id })
    .from(webhookDeliveries)
    .where(lt(webhookDeliveries.created_at, before))
    .limit(most);
  const past = db
    .select({ id: webhookEvents.id })
    .from(webhookEvents)
    .where(lt(webhookEvents.created_at, before))
    .limit(most);
  const [, , deliveries, events] = await db.batch([
    db.delete(failingCallbacks).where(lt(failingCallbacks.retry_at, before)),
    db.delete(webhookAttempts).where(inArray(webhookAttempts.delivery_id, old)),
    db
      .delete(webhookDeliveries)
      .where(inArray(webhookDeliveries.id, old))
      .returning({ id: webhookDeliveries.id }),
    db
      .delete(webhookEvents)
      .where(inArray(webhookEvents.id, past))
      .returning({ id: webhookEvents.id }),
  ]);
  return deliveries.length + events.length;
}

/** Switches off a webhook that failed since before `before`. @returns undefined where it did not, or was off */
export async function disableFailing(
  db: Database,
  id: string,
  before: number,
  reason: string,
  now: number,
): Promise<WebhookRow | undefined> {
  const [row] = await db
    .update(webhooks)
    .set({ enabled: false, disabled_reason: reason, updated_at: now })
    .where(and(eq(webhooks.id, id), eq(webhooks.enabled, true), lt(webhooks.failing_since, before)))
    .returning();
  return row;
}
