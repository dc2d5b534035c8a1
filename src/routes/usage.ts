// /usage: what the caller used, and what it cost.
import { Hono } from "hono";
import { z } from "zod";
import { readCosts } from "../store/costs.ts";
import type { AppEnv } from "./context.ts";
import { costsSchema, csvOfGroups, formatQuery, pricesOf, shownFigures } from "./cost-figures.ts";
import { describes, takes } from "./declare.ts";
import { periodOf, periodQuery, shownPeriod } from "./periods.ts";
import { requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";

const GROUPS = ["day", "model", "purpose", "feature", "provider", "conversation"] as const;

const query = z.object({
  ...periodQuery,
  group_by: z
    .enum(GROUPS, "should be day, model, purpose, feature, provider or conversation")
    .default("day"),
  format: formatQuery,
});

export const usage = new Hono<AppEnv>().get(
  "/",
  requirePrincipal,
  requires({ scope: "conversations" }),
  describes(
    "usage",
    "What you used, and what it cost",
    [
      {
        status: 200,
        description: "Your usage by group, or CSV",
        schema: costsSchema,
        files: ["text/csv"],
      },
    ],
    ["AUTHENTICATION_ERROR", "FORBIDDEN"],
  ),
  takes("query", query),
  async (c) => {
    const { services, principal } = c.var;
    const { group_by, format, ...between } = c.req.valid("query");
    const { tenant_id, user_id } = principal;
    const period = periodOf(between, services.now());
    const read = await readCosts(
      services.database(tenant_id),
      { tenant_id, user_id },
      period,
      group_by,
    );
    if (format === "csv") return csvOfGroups(c, "usage", group_by, read);
    return c.json({
      ...shownPeriod(period),
      group_by,
      totals: shownFigures(read.all),
      groups: read.groups.map(({ key, ...row }) => ({ key, ...shownFigures(row) })),
      has_more: read.has_more,
      prices: pricesOf(read.models, services.prices),
    });
  },
);
