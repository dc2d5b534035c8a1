// /retention: how long a tenant keeps its conversations. One's own tenant is one's own; an
// organisation's policy is its administrators'.
import { Hono } from "hono";
import { z } from "zod";
import { AppError } from "../errors.ts";
import { retentionOf, setRetention } from "../store/retention.ts";
import { audit } from "./auditing.ts";
import type { AppEnv } from "./context.ts";
import { describes, takes } from "./declare.ts";
import { requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";

const days = z
  .int("should be a whole number of days, or null")
  .min(1, "should be at least 1")
  .max(36_500, "should be at most 36,500")
  .nullable();

const policySchema = z
  .object({
    archive_after_days: days.describe(
      "After completion the messages are deleted, and what is known of the conversation stays. Null: as configured.",
    ),
    delete_after_days: days.describe("After the last change everything is deleted. Null: never."),
  })
  .meta({ ref: "RetentionPolicy" });

export const retention = new Hono<AppEnv>()
  .use(requirePrincipal, requires({ scope: "account" }))
  .get(
    "/",
    describes(
      "retention",
      "How long your conversations are kept",
      [{ status: 200, description: "The policy of the tenant you act in", schema: policySchema }],
      ["AUTHENTICATION_ERROR", "FORBIDDEN"],
    ),
    async (c) => {
      const { services, principal } = c.var;
      const row = await retentionOf(services.database(principal.tenant_id), principal.tenant_id);
      return c.json({
        archive_after_days: row?.archive_after_days ?? null,
        delete_after_days: row?.delete_after_days ?? null,
      });
    },
  )
  .put(
    "/",
    describes(
      "retention",
      "Set how long conversations are kept; in an organisation this takes its administrator",
      [{ status: 200, description: "As it is now", schema: policySchema }],
      ["AUTHENTICATION_ERROR", "FORBIDDEN"],
    ),
    takes("json", policySchema, { archive_after_days: 90, delete_after_days: 365 }),
    async (c) => {
      const { services, principal } = c.var;
      const { tenant_id, user_id, roles } = principal;
      if (tenant_id !== user_id && !roles.includes("admin"))
        throw new AppError("FORBIDDEN", "This takes an administrator of the organisation.", {
          required_role: "admin",
        });
      const policy = c.req.valid("json");
      await setRetention(services.database(tenant_id), {
        tenant_id,
        ...policy,
        updated_by: user_id,
        updated_at: services.now(),
      });
      await audit(c, { action: "retention.set", target: tenant_id, details: policy });
      return c.json(policy);
    },
  );
