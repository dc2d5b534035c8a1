// Webhooks and what was sent to them, as the API shows them.
import { z } from "zod";
import { attemptSchema, deliverySchema, type webhookSchema } from "../protocol/webhook.ts";
import type { deliveryOf, DeliveryRow, WebhookRow } from "../store/webhooks.ts";

export const attemptedSchema = deliverySchema.extend({
  payload: z
    .record(z.string(), z.unknown())
    .nullable()
    .describe("The body; null where its conversation was deleted."),
  attempts_made: z.array(attemptSchema),
});

export function webhookView(row: WebhookRow, now: number): z.infer<typeof webhookSchema> {
  const { id, url, description, events, everyone, enabled, disabled_reason, failures } = row;
  const until = row.previous_until !== null && row.previous_until > now ? row.previous_until : null;
  return {
    id,
    url,
    description,
    events,
    everyone,
    enabled,
    disabled_reason,
    failures,
    failing_since: timeOf(row.failing_since),
    previous_secret_until: timeOf(until),
    created_at: new Date(row.created_at).toISOString(),
    updated_at: new Date(row.updated_at).toISOString(),
  };
}

export function deliveryView(row: DeliveryRow): z.infer<typeof deliverySchema> {
  const { id, event_id, type, status, attempts, retry_at } = row;
  return {
    id,
    event_id,
    event: type,
    status,
    attempts,
    next_attempt_at: status === "pending" && retry_at > 0 ? timeOf(retry_at) : null,
    created_at: new Date(row.created_at).toISOString(),
    updated_at: new Date(row.updated_at).toISOString(),
  };
}

export function deliveryWithAttempts({
  delivery,
  payload,
  attempts,
}: NonNullable<Awaited<ReturnType<typeof deliveryOf>>>): z.infer<typeof attemptedSchema> {
  return {
    ...deliveryView(delivery),
    payload: payload === null ? null : attemptedSchema.shape.payload.parse(JSON.parse(payload)),
    attempts_made: attempts.map(({ delivery_id: _delivery, started_at, ...attempt }) => ({
      ...attempt,
      started_at: new Date(started_at).toISOString(),
    })),
  };
}

const timeOf = (at: number | null) => (at === null ? null : new Date(at).toISOString());
