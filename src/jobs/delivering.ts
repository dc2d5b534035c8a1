// Webhooks off their queue and to their receivers. Messages name a delivery; what is sent, to whom, how
// often it was tried and when it may be tried again stand in D1. The queue delivers at least once and in no
// order: whoever claims a delivery sends it.
import { z } from "zod";
import type { Config } from "../config.ts";
import { type Vault, WEBHOOK_SECRETS } from "../auth/vault.ts";
import type { Egress } from "../egress/egress.ts";
import { signatureHeaders } from "../egress/signature.ts";
import { newId } from "../ids.ts";
import type { Database, DatabaseOf } from "../store/database.ts";
import {
  failingSince,
  probe,
  type Receiver,
  receiverOf,
  setWoken,
  waitingFor,
} from "../store/receivers.ts";
import {
  type DeliveryMessage,
  type DeliveryQueue,
  queueDeliveries,
} from "../store/webhook-queue.ts";
import {
  claim,
  conclude,
  type Due,
  dueDelivery,
  setDelivery,
  updateWebhook,
} from "../store/webhooks.ts";
import { type Log, thrownFields } from "../telemetry/log.ts";

export const deliveryMessage = z.object({
  tenant_id: z.string(),
  delivery_id: z.string(),
  over: z.boolean().optional(),
});

export type DeliveringServices = {
  databaseOf: DatabaseOf;
  egress: Pick<Egress, "send">;
  vault: Vault;
  fast: DeliveryQueue & Pick<Queue<DeliveryMessage>, "send">;
  /** Where deliveries to receivers that fail wait, so that they delay nobody else. */
  slow: Pick<Queue<DeliveryMessage>, "send">;
  /** What is not tried again. */
  dead: Pick<Queue<DeliveryMessage>, "send">;
  /** Whether one more may be sent to this receiver now. */
  admits: (tenant_id: string, host: string) => Promise<boolean>;
  config: Pick<
    Config,
    | "WEBHOOK_SECRET"
    | "WEBHOOK_TIMEOUT"
    | "WEBHOOK_RETRY_ATTEMPTS"
    | "WEBHOOK_RETRY_DELAY"
    | "WEBHOOK_DISABLE_DAYS"
  >;
  /** Lets an attempt outlive its batch. */
  background: (work: Promise<unknown>) => void;
  now: () => number;
  log: Log;
};

/** Milliseconds that a batch waits for its attempts: one that takes longer goes on without it. */
const PATIENCE = 100;
/** Milliseconds within which an attempt that was answered is written down. */
const BOOKING = 5000;
/** Milliseconds for what an answer says beside its status. */
const ANSWERING = 2000;
/** Bytes of an answer that are kept. */
const LONGEST_ANSWER = 1024;
const DAY = 24 * 3600_000;
/** Milliseconds. */
const LONGEST_BACKOFF = 3600_000;
const LONGEST_RETRY_AFTER = 12 * 3600_000;
/** Deliveries that are woken at a time, and how often at most when a receiver is back. */
const PAGE = 1000;
const MOST_PAGES = 20;
/** Seconds until a receiver that has had its share may have more. */
const CROWDED = 10;
/** The longest that a message may be delayed, in seconds. */
const LONGEST_DELAY = 12 * 3600;

/** The queue, and the one for receivers that fail. */
export async function deliverQueued(
  batch: MessageBatch,
  services: DeliveringServices,
): Promise<void> {
  await Promise.all(batch.messages.map((message) => consume(message, services, false)));
}

export async function deliverSlowly(
  batch: MessageBatch,
  services: DeliveringServices,
): Promise<void> {
  await Promise.all(batch.messages.map((message) => consume(message, services, true)));
}

/** What a message comes to: it is done with, it could not be dealt with, or comes back after so many seconds. */
type Fate = "done" | "failed" | { after: number };

async function consume(
  message: Message,
  services: DeliveringServices,
  slowly: boolean,
): Promise<void> {
  const { log, background, config } = services;
  const read = deliveryMessage.safeParse(message.body);
  if (!read.success) {
    log.error("webhook.unreadable", { message: message.id });
    message.ack();
    return;
  }
  const work = handle(read.data, services, slowly).catch((thrown: unknown): Fate => {
    log.warning("webhook.delayed", { ...read.data, ...thrownFields(thrown) });
    return "failed";
  });
  // Should the attempt that goes on die with its isolate, another message finds it due.
  const lease = { after: Math.ceil((config.WEBHOOK_TIMEOUT * 1000 + BOOKING) / 1000) };
  const fate = slowly
    ? await work
    : await Promise.race([work, scheduler.wait(PATIENCE).then((): Fate => lease)]);
  if (fate === lease) background(work);
  if (fate === "failed") {
    message.retry({ delaySeconds: Math.min(600, 5 * 2 ** (message.attempts - 1)) });
    return;
  }
  // Waiting is another message: what the queue counts as retries are failures of our own.
  if (fate !== "done") {
    const queue = slowly ? services.slow : services.fast;
    const delaySeconds = Math.min(LONGEST_DELAY, Math.max(1, fate.after));
    await queue.send(read.data, { delaySeconds });
  }
  message.ack();
}

async function handle(
  asked: DeliveryMessage,
  services: DeliveringServices,
  slowly: boolean,
): Promise<Fate> {
  const { databaseOf, now, slow, admits } = services;
  const { tenant_id } = asked;
  const db = databaseOf(tenant_id);
  const due = await dueDelivery(db, asked.delivery_id);
  if (due === undefined) return "done";
  const { delivery, payload, webhook } = due;
  const url = webhook?.url ?? delivery.url;
  const off = delivery.webhook_id !== null && webhook?.enabled !== true;
  if (delivery.status !== "pending" || payload === null || url === null || off) {
    if (delivery.status === "pending")
      await setDelivery(db, delivery.id, { status: "failed", updated_at: now() });
    if (slowly && url !== null && !off)
      await passOn(db, await receiverOf(db, { tenant_id, webhook, url }), services);
    return "done";
  }
  const receiver = await receiverOf(db, { tenant_id, webhook, url });
  if (delivery.attempts >= services.config.WEBHOOK_RETRY_ATTEMPTS && delivery.retry_at <= now()) {
    // Its last attempt died before it was written down.
    await setDelivery(db, delivery.id, { status: "failed", updated_at: now() });
    await services.dead.send({ ...asked, over: true });
    await passOn(db, receiver, services);
    return "done";
  }
  const failing = receiver.failures > 0;
  const own = delivery.retry_at - now();
  if (failing && own <= 0 && receiver.retry_at > now()) {
    // It waits without a message: the one that tries the receiver says when it is back.
    if (receiver.woken_at !== receiver.retry_at) await wake(db, receiver, delivery.id, services);
    return "done";
  }
  if (failing && !slowly) {
    await slow.send(asked, { delaySeconds: secondsOf(own) });
    return "done";
  }
  if (own > 0) return { after: secondsOf(own) };
  if (!(await admits(tenant_id, new URL(url).host))) return { after: CROWDED };
  return attempt(db, { delivery, payload, receiver }, services);
}

/** A receiver that fails is tried by the next that waits for it, as soon as it may be. */
async function passOn(
  db: Database,
  receiver: Receiver,
  services: DeliveringServices,
): Promise<void> {
  if (receiver.failures === 0) return;
  const [next] = await waitingFor(db, receiver, { now: services.now(), most: 1 });
  if (next !== undefined) await wake(db, receiver, next, services);
}

/** Has this delivery try its receiver when its time comes. */
async function wake(
  db: Database,
  receiver: Receiver,
  delivery_id: string,
  { now, slow }: DeliveringServices,
): Promise<void> {
  const { tenant_id, retry_at } = receiver;
  await slow.send({ tenant_id, delivery_id }, { delaySeconds: secondsOf(retry_at - now()) });
  await setWoken(db, receiver);
}

/** A receiver is back: all that waits for it is sent. What is left over is found by the clock. */
async function wakeAll(db: Database, receiver: Receiver, services: DeliveringServices) {
  const { now, fast } = services;
  let after = "";
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const ids = await waitingFor(db, receiver, { now: now(), most: PAGE, after });
    await queueDeliveries(fast, receiver.tenant_id, ids);
    if (ids.length < PAGE) return;
    after = ids.at(-1) ?? after;
  }
}

/** Sends it once, and writes down what came of it. */
async function attempt(
  db: Database,
  { delivery, payload, receiver }: Pick<Due, "delivery"> & { payload: string; receiver: Receiver },
  services: DeliveringServices,
): Promise<Fate> {
  const { webhook, url } = receiver;
  const { config, egress, now, log, slow, dead } = services;
  const started_at = now();
  const timeout = config.WEBHOOK_TIMEOUT * 1000;
  const secrets = await secretsFor(webhook, services);
  if (secrets === null) {
    await disable(db, { delivery, webhook }, UNREADABLE, started_at);
    return "done";
  }
  const id = newId("wha", started_at);
  const signed = await signatureHeaders(
    { id: delivery.event_id, body: payload, at: started_at },
    secrets,
  );
  const lease = started_at + timeout + BOOKING;
  const tried = receiver.failures > 0 ? await probe(db, receiver, lease) : receiver;
  if (tried === null) return "done";
  if (!(await claim(db, delivery, { id, started_at }, lease))) {
    await passOn(db, tried, services);
    return "done";
  }
  const headers = {
    "Content-Type": "application/json",
    "X-Webhook-Event": delivery.type,
    "X-Webhook-Delivery": delivery.id,
    "X-Webhook-Attempt": id,
    ...signed,
  };
  const answer = await egress.send(
    { url, method: "POST", headers, body: payload },
    { maxBytes: LONGEST_ANSWER, timeout, patience: ANSWERING, followRedirects: false },
  );
  const at = now();
  const verdict = judged(answer, at);
  const attempts = delivery.attempts + 1;
  const log_row = {
    id,
    delivery_id: delivery.id,
    started_at,
    latency_ms: at - started_at,
    status_code: answer.status === "ok" ? answer.code : null,
    answer: answer.status === "ok" ? textOf(answer.body) : null,
    error: answer.status === "ok" ? null : answer.message,
  };
  const concluding = { id: delivery.id, at, lease };
  if (verdict === "delivered") {
    const delivered = { ...concluding, status: verdict, retry_at: 0 };
    await conclude(db, log_row, delivered, tried, "there");
    if (tried.failures > 0) await wakeAll(db, tried, services);
    return "done";
  }
  const before = Math.max(receiver.failures, delivery.attempts);
  const longer = backoff(before, config.WEBHOOK_RETRY_DELAY);
  const pause = Math.max(longer, verdict.after * 1000);
  const retry_at = at + pause;
  const over = verdict.gone || attempts >= config.WEBHOOK_RETRY_ATTEMPTS;
  const status = over ? ("failed" as const) : ("pending" as const);
  // A host that wants not this may want others.
  const fails = webhook !== null || !verdict.refused;
  const outcome = fails
    ? { at, retry_at, again: !over, gone: verdict.gone ? GONE : null }
    : ("there" as const);
  await conclude(db, log_row, { ...concluding, status, retry_at }, tried, outcome);
  log.info("webhook.failed", { delivery_id: delivery.id, attempts, code: log_row.status_code });
  const message = { tenant_id: delivery.tenant_id, delivery_id: delivery.id };
  const long =
    webhook !== null && failingSince(webhook, at) < at - config.WEBHOOK_DISABLE_DAYS * DAY;
  // There it is decided whether to switch it off, and somebody is told.
  if (over || long) await dead.send({ ...message, over: true });
  if (!over) await slow.send(message, { delaySeconds: secondsOf(pause) });
  if (outcome === "there") {
    if (tried.failures > 0) await wakeAll(db, tried, services);
  } else if (over && !verdict.gone)
    await passOn(db, { ...tried, failures: tried.failures + 1, retry_at }, services);
  return "done";
}

const GONE = "It answered 410: it wants to hear nothing more.";
const UNREADABLE =
  "Its secret cannot be read any more: APP_SECRET_KEY was changed. Get it another.";

async function disable(
  db: Database,
  { delivery, webhook }: Pick<Due, "delivery" | "webhook">,
  disabled_reason: string,
  now: number,
): Promise<void> {
  await setDelivery(db, delivery.id, { status: "failed", updated_at: now });
  const off = { enabled: false, disabled_reason, updated_at: now };
  if (webhook !== null) await updateWebhook(db, webhook.id, off);
}

type Verdict =
  | "delivered"
  | { refused: boolean; gone: boolean; /** Seconds that it asks for. */ after: number };

/** Only 2xx is a receipt. Whoever refuses what it was sent is there. */
function judged(answer: Awaited<ReturnType<Egress["send"]>>, now: number): Verdict {
  if (answer.status !== "ok") return { refused: false, gone: false, after: 0 };
  if (answer.code >= 200 && answer.code < 300) return "delivered";
  const named = answer.headers.get("Retry-After") ?? "";
  const seconds = /^\d+$/.test(named)
    ? Number(named)
    : Math.ceil((Date.parse(named) - (Date.parse(answer.headers.get("Date") ?? "") || now)) / 1000);
  const after = Number.isFinite(seconds) && seconds > 0 ? seconds : 0;
  const { code } = answer;
  return {
    refused: code >= 300 && code < 500 && code !== 408 && code !== 429,
    gone: code === 410,
    after: Math.min(after, LONGEST_RETRY_AFTER / 1000),
  };
}

/** Milliseconds after one more failure: from the configured delay on, doubled by each before it. */
function backoff(before: number, delay: number): number {
  return Math.min(LONGEST_BACKOFF, delay * 1000 * 2 ** Math.min(before, 20));
}

/** Null where one cannot be read any more. @throws where the key to them cannot be had just now */
async function secretsFor(
  webhook: Due["webhook"],
  { config, vault, now }: DeliveringServices,
): Promise<string[] | null> {
  if (webhook === null) return config.WEBHOOK_SECRET === undefined ? [] : [config.WEBHOOK_SECRET];
  const { secret, previous_secret, previous_until } = webhook;
  const still = previous_secret !== null && (previous_until ?? 0) > now();
  const locked = still ? [secret, previous_secret] : [secret];
  const opened = await Promise.all(locked.map((each) => vault.unlock(WEBHOOK_SECRETS, each)));
  const known = opened.filter((each) => each !== null);
  return known.length === opened.length ? known : null;
}

const secondsOf = (milliseconds: number) =>
  Math.min(LONGEST_DELAY, Math.max(0, Math.ceil(milliseconds / 1000)));

/** Its first bytes as text that D1 keeps: no NULs, whatever else they are. */
function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replaceAll("\0", "\u{fffd}");
}
