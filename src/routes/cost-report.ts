// /admin/costs/report: a month by feature, what it was worth, and what it will have cost (seed 003 §11.4).
import { Hono } from "hono";
import { z } from "zod";
import { administers } from "../auth/principal.ts";
import { readMonth } from "../store/costs.ts";
import type { Figures } from "../store/figures.ts";
import type { Period } from "../store/analytics.ts";
import { forecast } from "../usage/forecast.ts";
import { administrator } from "./administering.ts";
import type { AppEnv } from "./context.ts";
import { inDollars } from "./cost-figures.ts";
import { describes, takes } from "./declare.ts";

const query = z.object({
  month: z
    .string()
    .regex(/^20\d\d-(0[1-9]|1[0-2])$/, "should be a month such as 2026-01")
    .optional(),
});

const dollars = () => z.number().nullable();
const featureSchema = z.object({
  total_cost: dollars().describe("US dollars; null where nobody knows any of it."),
  request_count: z.int().describe("Turns, however they ended."),
  total_tokens: z.int(),
  unpriced_calls: z.int(),
  avg_latency_ms: z.number().nullable(),
  success_rate: z.number().nullable().describe("Of the turns, how many were completed: 0 to 1."),
  value: dollars().describe("What the completed turns are worth, by FEATURE_VALUES."),
  roi_percent: z
    .number()
    .nullable()
    .describe("(value − cost) / cost · 100; null where either is not known, or cost is 0."),
});
const reportSchema = z
  .object({
    period: z.string(),
    total_cost_usd: dollars(),
    total_requests: z.int(),
    cost_per_request: dollars(),
    unpriced_calls: z.int().describe("Calls that the costs leave out."),
    by_feature: z.record(z.string(), featureSchema),
    has_more: z.boolean().describe("Whether there are more than these 1,000 features."),
    value_usd: dollars().describe("Of the features that have a value."),
    roi_percent: z.number().nullable(),
    cached: z.object({ hits: z.int() }),
    forecast: z
      .object({
        method: z.literal("run_rate"),
        days_observed: z.int(),
        expected_total_usd: dollars().describe("Null with fewer than three observed days."),
        low_usd: dollars(),
        high_usd: dollars(),
      })
      .nullable()
      .describe("Null for any month but this one."),
  })
  .meta({ ref: "CostReport" });

export const costReport = new Hono<AppEnv>().get(
  "/",
  administrator,
  describes(
    "admin",
    "A month's costs by feature, their worth, and a forecast",
    [{ status: 200, description: "The report", schema: reportSchema }],
    ["AUTHENTICATION_ERROR", "FORBIDDEN"],
  ),
  takes("query", query),
  async (c) => {
    const { services, principal } = c.var;
    const now = services.now();
    const { month = new Date(now).toISOString().slice(0, 7) } = c.req.valid("query");
    const period = periodOfMonth(month);
    const read = await readMonth(
      services.database(principal.tenant_id),
      administers(principal),
      period,
    );
    const values = services.config.FEATURE_VALUES;
    const features = read.features.map(({ key, ...row }) => {
      const each = Object.hasOwn(values, key) ? values[key] : undefined;
      return { key, row, value: each === undefined ? null : inMillionths(each * row.completed) };
    });
    const known = features.flatMap(({ value }) => value ?? []);
    const value = known.length === 0 ? null : known.reduce((sum, it) => sum + it, 0);
    const cost = inDollars(read.all?.cost ?? 0);
    const requests = read.all?.turns ?? 0;
    const daily = new Map(read.days.map((day) => [day.date, day.cost / 1_000_000]));
    return c.json({
      period: month,
      total_cost_usd: cost,
      total_requests: requests,
      cost_per_request: cost === null || requests === 0 ? null : inMillionths(cost / requests),
      unpriced_calls: read.all?.unpriced_calls ?? 0,
      by_feature: Object.fromEntries(
        features.map((feature) => [feature.key, shownFeature(feature)]),
      ),
      has_more: read.has_more,
      value_usd: value === null ? null : inMillionths(value),
      roi_percent: roi(value, read.all),
      // What a hit saved nobody counted: its event has no tokens, since none were used.
      cached: { hits: read.all?.cache_hits ?? 0 },
      forecast: forecast(daily, period, read.since, now),
    });
  },
);

function shownFeature({ row, value }: { row: Figures; value: number | null }) {
  return {
    total_cost: inDollars(row.cost),
    request_count: row.turns,
    total_tokens: row.prompt_tokens + row.completion_tokens,
    unpriced_calls: row.unpriced_calls,
    avg_latency_ms: row.avg_latency_ms === null ? null : Math.round(row.avg_latency_ms),
    success_rate: row.turns === 0 ? null : row.completed / row.turns,
    value,
    roi_percent: roi(value, row),
  } satisfies z.infer<typeof featureSchema>;
}

/** In per cent, to two places. What costs more than anybody knows has none: it would be too good. */
function roi(value: number | null, row: Figures | undefined): number | null {
  const cost = inDollars(row?.cost ?? null);
  if (value === null || cost === null || cost === 0 || row?.unpriced_calls !== 0) return null;
  return Math.round(((value - cost) / cost) * 10_000) / 100;
}

function periodOfMonth(month: string): Period {
  const from = Date.parse(`${month}-01`);
  const first = new Date(from);
  return { from, to: Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1) };
}

const inMillionths = (value: number) => Math.round(value * 1e6) / 1e6;
