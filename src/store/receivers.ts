// Receivers as deliveries find them: a webhook, or the host of a callback. One that fails is tried by one
// delivery at a time; the others wait in D1, without a message, until it is back.
import { and, asc, eq, gt, gte, isNull, lt, lte } from "drizzle-orm";
import type { Database } from "./database.ts";
import { failingCallbacks, webhookDeliveries, webhooks } from "./webhook-schema.ts";
import type { WebhookRow } from "./webhooks.ts";

/** Milliseconds without an attempt, after which an old failure says nothing of a new one. */
const QUIET = 24 * 3600_000;

export type Receiver = {
  webhook: WebhookRow | null;
  tenant_id: string;
  /** As it is sent to. */
  url: string;
  /** Attempts that failed since the last that did not. */
  failures: number;
  /** Nothing is sent before. */
  retry_at: number;
  /** As `retry_at`, where a message comes then to try it. */
  woken_at: number;
};

export async function receiverOf(
  db: Database,
  { tenant_id, webhook, url }: Pick<Receiver, "tenant_id" | "webhook" | "url">,
): Promise<Receiver> {
  if (webhook !== null) {
    const { failures, retry_at, woken_at } = webhook;
    return { webhook, tenant_id, url, failures, retry_at, woken_at };
  }
  const known = { webhook, tenant_id, url };
  const [row] = await db.select().from(failingCallbacks).where(named(known));
  const { failures = 0, retry_at = 0, woken_at = 0 } = row ?? {};
  return { ...known, failures, retry_at, woken_at };
}

/**
 * Takes a receiver that fails, to try it.
 * @param until nobody else tries before
 * @returns the receiver as it stands now; null where somebody else tries it
 */
export async function probe(
  db: Database,
  receiver: Receiver,
  until: number,
): Promise<Receiver | null> {
  const set = { retry_at: until, woken_at: until };
  return (await change(db, receiver, set)) ? { ...receiver, ...set } : null;
}

/** A message is on its way that tries it when its time comes. */
export async function setWoken(db: Database, receiver: Receiver): Promise<void> {
  await change(db, receiver, { woken_at: receiver.retry_at });
}

/** @returns false where it is not any more as it was found */
async function change(
  db: Database,
  receiver: Receiver,
  set: { retry_at?: number; woken_at: number },
): Promise<boolean> {
  const rows =
    receiver.webhook === null
      ? await db
          .update(failingCallbacks)
          .set(set)
          .where(asFound(receiver))
          .returning({ retry_at: failingCallbacks.retry_at })
      : await db
          .update(webhooks)
          .set(set)
          .where(asTried(receiver.webhook, receiver.retry_at))
          .returning({ retry_at: webhooks.retry_at });
  return rows.length > 0;
}

/**
 * Deliveries that wait for a receiver, and for nothing of their own, in the order of their ids.
 * @param after the last id that is known
 */
export async function waitingFor(
  db: Database,
  { webhook, tenant_id, url }: Pick<Receiver, "webhook" | "tenant_id" | "url">,
  { now, most, after = "" }: { now: number; most: number; after?: string },
): Promise<string[]> {
  const { id, webhook_id, status, retry_at } = webhookDeliveries;
  const { origin } = new URL(url);
  const theirs =
    webhook === null
      ? and(
          isNull(webhook_id),
          eq(webhookDeliveries.tenant_id, tenant_id),
          // All that begins with the host: `0` is what follows `/`.
          gte(webhookDeliveries.url, `${origin}/`),
          lt(webhookDeliveries.url, `${origin}0`),
        )
      : eq(webhook_id, webhook.id);
  const rows = await db
    .select({ id })
    .from(webhookDeliveries)
    .where(and(theirs, eq(status, "pending"), lte(retry_at, now), gt(id, after)))
    .orderBy(asc(id))
    .limit(most);
  return rows.map((row) => row.id);
}

/** What an attempt shows of its receiver. */
export type Outcome =
  | "there"
  | {
      at: number;
      retry_at: number;
      /** Whether what was sent now is sent again then. */
      again: boolean;
      gone: string | null;
    };

/** Writes down what is new of a receiver as it was tried; what changed of it meanwhile stands. */
export function learned(db: Database, receiver: Receiver, outcome: Outcome) {
  const { webhook, tenant_id, url, failures, retry_at } = receiver;
  if (outcome === "there") {
    if (failures === 0) return [];
    const set = { failures: 0, failing_since: null, retry_at: 0, woken_at: 0 };
    return [
      webhook === null
        ? db.delete(failingCallbacks).where(asFound(receiver))
        : db.update(webhooks).set(set).where(asTried(webhook, retry_at)),
    ];
  }
  const { at, gone, again } = outcome;
  const set = {
    failures: failures + 1,
    retry_at: outcome.retry_at,
    woken_at: again ? outcome.retry_at : 0,
  };
  if (webhook === null)
    return [
      db
        .insert(failingCallbacks)
        .values({ tenant_id, origin: new URL(url).origin, ...set })
        .onConflictDoUpdate({
          target: [failingCallbacks.tenant_id, failingCallbacks.origin],
          set,
          setWhere: eq(failingCallbacks.retry_at, retry_at),
        }),
    ];
  return [
    db
      .update(webhooks)
      .set({
        ...set,
        failing_since: failingSince(webhook, at),
        ...(gone === null ? {} : { enabled: false, disabled_reason: gone, updated_at: at }),
      })
      .where(asTried(webhook, retry_at)),
  ];
}

/** Since when a webhook fails, one of whose attempts has failed at `at`. */
export function failingSince({ failing_since, retry_at }: WebhookRow, at: number): number {
  return failing_since !== null && at - retry_at < QUIET ? failing_since : at;
}

const named = ({ tenant_id, url }: Pick<Receiver, "tenant_id" | "url">) =>
  and(eq(failingCallbacks.tenant_id, tenant_id), eq(failingCallbacks.origin, new URL(url).origin));

const asFound = (receiver: Receiver) =>
  and(named(receiver), eq(failingCallbacks.retry_at, receiver.retry_at));

const asTried = ({ id, url }: WebhookRow, retry_at: number) =>
  and(eq(webhooks.id, id), eq(webhooks.url, url), eq(webhooks.retry_at, retry_at));
