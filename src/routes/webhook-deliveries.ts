// /webhooks/{id}/deliveries: what was sent to a webhook and what came of it; and sending again, or to try.
import { Hono } from "hono";
import { z } from "zod";
import { AppError } from "../errors.ts";
import { newId } from "../ids.ts";
import { DELIVERY_STATES, deliverySchema, testEvent } from "../protocol/webhook.ts";
import { addDelivery } from "../store/webhook-events.ts";
import { deliveryOf, listDeliveries, replay } from "../store/webhooks.ts";
import type { AppEnv } from "./context.ts";
import { describes, takes } from "./declare.ts";
import {
  database,
  known,
  MISSING,
  MOST_REPLAYED,
  switchedOff,
  webhookParam,
} from "./known-webhook.ts";
import { pageOf, paging, paginationOf, paginationSchema } from "./paging.ts";
import { requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";
import { attemptedSchema, deliveryView, deliveryWithAttempts } from "./webhook-view.ts";

const deliveryParam = webhookParam.extend({ delivery_id: z.string().max(200) });
const time = z.iso
  .datetime({ offset: true, error: "should be a time as ISO 8601 has it" })
  .transform((text) => Date.parse(text));

const replaySchema = z.object({
  delivery_ids: z.array(z.string().max(200)).min(1).max(MOST_REPLAYED).optional(),
  since: time.optional(),
  until: time.optional(),
  status: z
    .enum(DELIVERY_STATES, `should be one of ${DELIVERY_STATES.join(", ")}`)
    .describe("`failed`, where nothing is said.")
    .optional(),
});

export const webhookDeliveries = new Hono<AppEnv>()
  .use(requirePrincipal, requires({ scope: "account" }))
  .post(
    "/:id/test",
    describes(
      "webhooks",
      "Send `webhook.test` to a webhook, whatever it hears of",
      [{ status: 202, description: "On its way", schema: deliverySchema }],
      [...MISSING, "CONFLICT"],
    ),
    takes("param", webhookParam),
    async (c) => {
      const { services, principal } = c.var;
      const webhook = await known(c, c.req.valid("param").id);
      if (!webhook.enabled) throw switchedOff(webhook.id);
      const now = services.now();
      const { tenant_id, user_id } = principal;
      const event = testEvent(newId("evt", now), { webhook_id: webhook.id, user_id }, now);
      const delivery = await addDelivery(
        database(c),
        { ...event, tenant_id, user_id },
        webhook,
        now,
      );
      await services.deliver(tenant_id, [delivery.id]);
      return c.json(deliveryView(delivery), 202);
    },
  )
  .get(
    "/:id/deliveries",
    describes(
      "webhooks",
      "What was sent to a webhook, or is to be, newest first",
      [
        {
          status: 200,
          description: "A page",
          schema: z.object({
            deliveries: z.array(deliverySchema),
            pagination: paginationSchema,
          }),
        },
      ],
      [...MISSING],
    ),
    takes("param", webhookParam),
    takes("query", z.object({ ...paging, status: replaySchema.shape.status })),
    async (c) => {
      const { id } = await known(c, c.req.valid("param").id);
      const { status, ...rest } = c.req.valid("query");
      const page = pageOf(rest);
      const { rows, total } = await listDeliveries(database(c), id, { ...page, status });
      return c.json({
        deliveries: rows.map(deliveryView),
        pagination: paginationOf(page, rows, total),
      });
    },
  )
  .get(
    "/:id/deliveries/:delivery_id",
    describes(
      "webhooks",
      "One delivery: what is sent, and what came of each attempt",
      [{ status: 200, description: "As it is", schema: attemptedSchema }],
      [...MISSING],
    ),
    takes("param", deliveryParam),
    async (c) => {
      const { id, delivery_id } = c.req.valid("param");
      const webhook = await known(c, id);
      const found = await deliveryOf(database(c), webhook.id, delivery_id);
      if (found === undefined)
        throw new AppError("NOT_FOUND", "No such delivery.", { delivery_id });
      return c.json(deliveryWithAttempts(found));
    },
  )
  .post(
    "/:id/redeliver",
    describes(
      "webhooks",
      `Send again what is named, or what failed in a stretch of time: at most ${MOST_REPLAYED} at a time, oldest first`,
      [
        {
          status: 202,
          description: "On their way",
          schema: z.object({ delivery_ids: z.array(z.string()) }),
        },
      ],
      [...MISSING, "CONFLICT"],
    ),
    takes("param", webhookParam),
    takes("json", replaySchema, { since: "2026-11-01T00:00:00Z", status: "failed" }),
    async (c) => {
      const { services, principal } = c.var;
      const webhook = await known(c, c.req.valid("param").id);
      if (!webhook.enabled) throw switchedOff(webhook.id);
      const { delivery_ids: ids, since, until, status } = c.req.valid("json");
      if (ids === undefined && since === undefined)
        throw new AppError(
          "VALIDATION_ERROR",
          "delivery_ids: name deliveries, or say since when (`since`)",
          { field: "delivery_ids" },
        );
      const which = status ?? (ids === undefined ? ("failed" as const) : undefined);
      const asked = { ids, since, until, status: which };
      const again = await replay(database(c), webhook.id, asked, MOST_REPLAYED, services.now());
      await services.deliver(principal.tenant_id, again);
      return c.json({ delivery_ids: again }, 202);
    },
  );
