// D1's tables of requests and webhooks, as drizzle sees them.
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sql } from "drizzle-orm";
import { REQUEST_STATES } from "../protocol/request.ts";
import { DELIVERY_STATES, WEBHOOK_EVENTS, type WebhookEventName } from "../protocol/webhook.ts";

export const requests = sqliteTable(
  "requests",
  {
    track_id: text().primaryKey(),
    tenant_id: text().notNull(),
    user_id: text().notNull(),
    /** Null while it waits for its turn in a batch. */
    conversation_id: text(),
    turn_id: text(),
    batch_id: text(),
    status: text({ enum: REQUEST_STATES }).notNull(),
    error: text(),
    /** JSON: what is to be sent, and who asked, while it waits in a batch. */
    waiting: text(),
    created_at: integer().notNull(),
    updated_at: integer().notNull(),
  },
  (table) => [
    index("requests_user").on(table.tenant_id, table.user_id, table.created_at),
    index("requests_batch")
      .on(table.batch_id, table.created_at)
      .where(sql`${table.batch_id} IS NOT NULL`),
  ],
);

export const webhooks = sqliteTable(
  "webhooks",
  {
    id: text().primaryKey(),
    tenant_id: text().notNull(),
    user_id: text().notNull(),
    /** Whether it hears of the whole organisation, not of its owner alone. */
    everyone: integer({ mode: "boolean" }).notNull(),
    url: text().notNull(),
    description: text(),
    events: text({ mode: "json" }).$type<WebhookEventName[]>().notNull(),
    /** Encrypted. */
    secret: text().notNull(),
    previous_secret: text(),
    previous_until: integer(),
    enabled: integer({ mode: "boolean" }).notNull(),
    disabled_reason: text(),
    /** Attempts that failed since the last that did not. */
    failures: integer().notNull(),
    failing_since: integer(),
    retry_at: integer().notNull(),
    woken_at: integer().notNull(),
    created_at: integer().notNull(),
    updated_at: integer().notNull(),
  },
  (table) => [index("webhooks_tenant").on(table.tenant_id, table.created_at)],
);

export const failingCallbacks = sqliteTable(
  "failing_callbacks",
  {
    tenant_id: text().notNull(),
    origin: text().notNull(),
    failures: integer().notNull(),
    retry_at: integer().notNull(),
    woken_at: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant_id, table.origin] })],
);

export const webhookEvents = sqliteTable("webhook_events", {
  id: text().primaryKey(),
  tenant_id: text().notNull(),
  user_id: text().notNull(),
  conversation_id: text(),
  type: text({ enum: WEBHOOK_EVENTS }).notNull(),
  /** JSON, the body that is sent. */
  payload: text().notNull(),
  created_at: integer().notNull(),
});

export const webhookDeliveries = sqliteTable("webhook_deliveries", {
  id: text().primaryKey(),
  event_id: text().notNull(),
  tenant_id: text().notNull(),
  webhook_id: text(),
  /** The callback_url of a request. */
  url: text(),
  type: text({ enum: WEBHOOK_EVENTS }).notNull(),
  status: text({ enum: DELIVERY_STATES }).notNull(),
  attempts: integer().notNull(),
  retry_at: integer().notNull(),
  created_at: integer().notNull(),
  updated_at: integer().notNull(),
});

export const webhookAttempts = sqliteTable("webhook_attempts", {
  id: text().primaryKey(),
  delivery_id: text().notNull(),
  started_at: integer().notNull(),
  status_code: integer(),
  latency_ms: integer(),
  answer: text(),
  error: text(),
});
