// /admin/costs: what calls of models cost, by group.
import { Hono } from "hono";
import { z } from "zod";
import { administers } from "../auth/principal.ts";
import { readCosts } from "../store/costs.ts";
import { administrator } from "./administering.ts";
import type { AppEnv } from "./context.ts";
import { costsSchema, csvOfGroups, formatQuery, pricesOf, shownFigures } from "./cost-figures.ts";
import { costReport } from "./cost-report.ts";
import { describes, takes } from "./declare.ts";
import { periodOf, periodQuery, shownPeriod } from "./periods.ts";

const GROUPS = [
  "day",
  "model",
  "user",
  "tier",
  "feature",
  "purpose",
  "provider",
  "conversation",
] as const;

export const costs = new Hono<AppEnv>()
  .get(
    "/",
    administrator,
    describes(
      "admin",
      "What calls of models cost",
      [
        {
          status: 200,
          description: "Costs by group, or CSV",
          schema: costsSchema,
          files: ["text/csv"],
        },
      ],
      ["AUTHENTICATION_ERROR", "FORBIDDEN"],
    ),
    takes(
      "query",
      z.object({
        ...periodQuery,
        group_by: z
          .enum(
            GROUPS,
            "should be day, model, user, tier, feature, purpose, provider or conversation",
          )
          .default("day"),
        format: formatQuery,
      }),
    ),
    async (c) => {
      const { services, principal } = c.var;
      const { group_by, format, ...query } = c.req.valid("query");
      const period = periodOf(query, services.now());
      const read = await readCosts(
        services.database(principal.tenant_id),
        administers(principal),
        period,
        group_by,
      );
      if (format === "csv") return csvOfGroups(c, "costs", group_by, read);
      return c.json({
        ...shownPeriod(period),
        group_by,
        totals: shownFigures(read.all),
        groups: read.groups.map(({ key, ...row }) => ({ key, ...shownFigures(row) })),
        has_more: read.has_more,
        prices: pricesOf(read.models, services.prices),
      });
    },
  )
  .route("/report", costReport);
