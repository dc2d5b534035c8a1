// /webhooks: who is told of what happens, how they know that it was us, and what became of each telling.
import { Hono } from "hono";
import { z } from "zod";
import { newWebhookSecret, WEBHOOK_SECRETS } from "../auth/vault.ts";
import { AppError } from "../errors.ts";
import { secretBytes } from "../egress/signature.ts";
import { newId } from "../ids.ts";
import { wellFormed } from "../protocol/bounds.ts";
import { WEBHOOK_EVENTS, webhookSchema } from "../protocol/webhook.ts";
import { waitingFor } from "../store/receivers.ts";
import {
  deleteWebhook,
  insertWebhook,
  listWebhooks,
  replay,
  updateWebhook,
  type WebhookRow,
} from "../store/webhooks.ts";
import { audit } from "./auditing.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { describes, takes } from "./declare.ts";
import {
  database,
  known,
  MISSING,
  MOST_REPLAYED,
  notFound,
  reachOf,
  REFUSED,
  webhookParam,
} from "./known-webhook.ts";
import { wholeNumber } from "./paging.ts";
import { requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";
import { webhookView } from "./webhook-view.ts";

/** Of one tenant. */
const MOST_WEBHOOKS = 20;
/** Milliseconds that looking up a name may take. */
const CHECKING = 5000;
const HOUR = 3600_000;

const fields = {
  url: z.string("should be an https address").max(2000, "should have at most 2,000 characters"),
  description: wellFormed(
    z.string("should be text").max(500, "should have at most 500 characters"),
  ).nullish(),
  events: z
    .array(z.enum(WEBHOOK_EVENTS, `should be one of ${WEBHOOK_EVENTS.join(", ")}`))
    .min(1, "should name at least one event")
    .max(WEBHOOK_EVENTS.length)
    .transform((events) => [...new Set(events)]),
  everyone: z
    .boolean()
    .describe("Hears of everybody in the organisation, which takes an administrator of it.")
    .optional(),
};
const createSchema = z.object({
  ...fields,
  secret: z
    .string()
    .max(200)
    .refine((secret) => {
      const length = secretBytes(secret)?.length ?? 0;
      return length >= 24 && length <= 64;
    }, "should be whsec_ and 24 to 64 bytes in base64; leave it out, and one is made")
    .optional(),
});
const patchSchema = z.object({
  url: fields.url.optional(),
  description: fields.description,
  events: fields.events.optional(),
  everyone: fields.everyone,
  enabled: z.boolean().optional(),
});
const rotateSchema = z.object({
  overlap_hours: wholeNumber(0)
    .max(168, "should be at most 168")
    .describe("Hours for which the secret before still signs, too.")
    .default(24),
});
const secretSchema = webhookSchema.extend({
  secret: z.string().describe("Signs what is sent. It is shown this once."),
});

export const webhooks = new Hono<AppEnv>()
  .use(requirePrincipal, requires({ scope: "account" }))
  .post(
    "/",
    describes(
      "webhooks",
      "Be told of what happens, at an address of yours",
      [{ status: 201, description: "Made, with its secret", schema: secretSchema }],
      [...REFUSED, "CONFLICT"],
    ),
    takes("json", createSchema, {
      url: "https://example.com/edgewise",
      events: ["chat.response.generated"],
    }),
    async (c) => {
      const { services, principal } = c.var;
      const { url, description, events, everyone = false, secret } = c.req.valid("json");
      mayHearOf(c, everyone);
      await checkAddress(c, url);
      const now = services.now();
      const clear = secret ?? newWebhookSecret();
      const row: WebhookRow = {
        id: newId("wh", now),
        tenant_id: principal.tenant_id,
        user_id: principal.user_id,
        everyone,
        url,
        description: description ?? null,
        events,
        secret: await services.vault.lock(WEBHOOK_SECRETS, clear),
        previous_secret: null,
        previous_until: null,
        enabled: true,
        disabled_reason: null,
        failures: 0,
        failing_since: null,
        retry_at: 0,
        woken_at: 0,
        created_at: now,
        updated_at: now,
      };
      if (!(await insertWebhook(database(c), row, MOST_WEBHOOKS)))
        throw new AppError(
          "CONFLICT",
          `There are ${MOST_WEBHOOKS} webhooks already. Delete one, or have one hear of more events.`,
          { limit: MOST_WEBHOOKS },
        );
      await audit(c, { action: "webhook.create", target: row.id });
      return c.json({ ...webhookView(row, now), secret: clear }, 201);
    },
  )
  .get(
    "/",
    describes(
      "webhooks",
      "Your webhooks; an administrator's, the organisation's",
      [
        {
          status: 200,
          description: "All of them, newest first",
          schema: z.object({ webhooks: z.array(webhookSchema) }),
        },
      ],
      [...REFUSED],
    ),
    async (c) => {
      const now = c.var.services.now();
      const rows = await listWebhooks(database(c), reachOf(c.var.principal));
      return c.json({ webhooks: rows.map((row) => webhookView(row, now)) });
    },
  )
  .get(
    "/:id",
    describes(
      "webhooks",
      "A webhook, and how it fares",
      [{ status: 200, description: "As it is", schema: webhookSchema }],
      [...MISSING],
    ),
    takes("param", webhookParam),
    async (c) => c.json(webhookView(await known(c, c.req.valid("param").id), c.var.services.now())),
  )
  .patch(
    "/:id",
    describes(
      "webhooks",
      "Change a webhook, switch it off or on",
      [{ status: 200, description: "As it is now", schema: webhookSchema }],
      [...MISSING],
    ),
    takes("param", webhookParam),
    takes("json", patchSchema, { enabled: false }),
    async (c) => {
      const { id, enabled: before } = await known(c, c.req.valid("param").id);
      const { enabled, ...body } = c.req.valid("json");
      if (body.everyone !== undefined) mayHearOf(c, body.everyone);
      if (body.url !== undefined) await checkAddress(c, body.url);
      const now = c.var.services.now();
      const anew = { failures: 0, failing_since: null, retry_at: 0, woken_at: 0 };
      const row = await updateWebhook(database(c), id, {
        ...Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)),
        ...(enabled === undefined ? {} : { enabled, disabled_reason: enabled ? null : BY_HAND }),
        ...(enabled === true || body.url !== undefined ? anew : {}),
        updated_at: now,
      });
      if (row === undefined) throw notFound(id);
      const { tenant_id, url } = row;
      const on = enabled === true && !before;
      const waiting = on
        ? await replay(database(c), id, { status: "pending" }, MOST_REPLAYED, now)
        : body.url === undefined
          ? []
          : await waitingFor(
              database(c),
              { webhook: row, tenant_id, url },
              { now, most: MOST_REPLAYED },
            );
      await c.var.services.deliver(tenant_id, waiting);
      await audit(c, { action: "webhook.change", target: id });
      return c.json(webhookView(row, now));
    },
  )
  .delete(
    "/:id",
    describes(
      "webhooks",
      "Delete a webhook, with the log of what was sent to it",
      [{ status: 204, description: "Deleted" }],
      [...MISSING],
    ),
    takes("param", webhookParam),
    async (c) => {
      const { id } = await known(c, c.req.valid("param").id);
      await deleteWebhook(database(c), id);
      await audit(c, { action: "webhook.delete", target: id });
      return c.body(null, 204);
    },
  )
  .post(
    "/:id/secret",
    describes(
      "webhooks",
      "Get another secret; for a while both sign",
      [{ status: 200, description: "With the new secret", schema: secretSchema }],
      [...MISSING],
    ),
    takes("param", webhookParam),
    takes("json", rotateSchema, { overlap_hours: 48 }),
    async (c) => {
      const { services } = c.var;
      const before = await known(c, c.req.valid("param").id);
      const { overlap_hours } = c.req.valid("json");
      const now = services.now();
      const clear = newWebhookSecret();
      const row = await updateWebhook(database(c), before.id, {
        secret: await services.vault.lock(WEBHOOK_SECRETS, clear),
        previous_secret: overlap_hours === 0 ? null : before.secret,
        previous_until: overlap_hours === 0 ? null : now + overlap_hours * HOUR,
        updated_at: now,
      });
      if (row === undefined) throw notFound(before.id);
      await audit(c, { action: "webhook.rotate", target: before.id });
      return c.json({ ...webhookView(row, now), secret: clear });
    },
  );

const BY_HAND = "It was switched off by hand.";

function mayHearOf({ var: { principal } }: AppContext, everyone: boolean): void {
  if (!everyone || reachOf(principal).user_id === null) return;
  throw new AppError("FORBIDDEN", "everyone: takes an administrator of the organisation.", {
    field: "everyone",
    required_role: "admin",
  });
}

/** @throws VALIDATION_ERROR */
async function checkAddress(c: AppContext, url: string): Promise<void> {
  const refusal = await c.var.services.egress.check(url, CHECKING);
  if (refusal !== null)
    throw new AppError("VALIDATION_ERROR", `url: ${refusal.message}`, {
      field: "url",
      reason: refusal.reason,
    });
}
