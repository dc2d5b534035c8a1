// A webhook as its routes find it: whose it may be, and what is said where it is not.
import { z } from "zod";
import { administers, type Principal } from "../auth/principal.ts";
import { AppError } from "../errors.ts";
import { type Reach, webhookIn, type WebhookRow } from "../store/webhooks.ts";
import type { AppContext } from "./context.ts";

/** Deliveries that one call sends again. */
export const MOST_REPLAYED = 1000;

export const webhookParam = z.object({ id: z.string().max(64) });

export const REFUSED = ["AUTHENTICATION_ERROR", "FORBIDDEN"] as const;
export const MISSING = [...REFUSED, "NOT_FOUND"] as const;
export const database = (c: AppContext) => c.var.services.database(c.var.principal.tenant_id);

/** An administrator of an organisation sees all of its webhooks; anybody else, their own. */
export function reachOf(principal: Principal): Reach {
  const { tenant_id, user_id, roles } = principal;
  const all = roles.includes("admin") && administers(principal) !== "everybody";
  return { tenant_id, user_id: all ? null : user_id };
}

/** @throws NOT_FOUND, also where it is somebody else's */
export async function known(c: AppContext, id: string): Promise<WebhookRow> {
  const row = await webhookIn(database(c), reachOf(c.var.principal), id);
  if (row === undefined) throw notFound(id);
  return row;
}

export const notFound = (webhook_id: string) =>
  new AppError("NOT_FOUND", "No such webhook. List yours with GET /api/v1/webhooks.", {
    webhook_id,
  });

export const switchedOff = (webhook_id: string) =>
  new AppError("CONFLICT", "It is switched off. PATCH it with `enabled: true` first.", {
    webhook_id,
  });
