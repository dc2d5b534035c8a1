// /admin/analytics, /admin/limits: what is used, and what is allowed.
import { Hono } from "hono";
import { z } from "zod";
import { administers } from "../auth/principal.ts";
import { readAnalytics, type Spent } from "../store/analytics.ts";
import { tierLimits } from "../usage/limits.ts";
import { administrator } from "./administering.ts";
import type { AppEnv } from "./context.ts";
import { inDollars } from "./cost-figures.ts";
import { describes, takes } from "./declare.ts";
import { daysOf, periodOf, periodQuery, shownPeriod } from "./periods.ts";

const spentFields = {
  turns: z.number().int(),
  prompt_tokens: z.number().int(),
  completion_tokens: z.number().int(),
  total_tokens: z.number().int(),
  cost: z
    .number()
    .nullable()
    .describe(
      "US dollars; null where nobody knows the price of anything that was used. What is partly unknown says so in `unpriced_*`.",
    ),
  unpriced_turns: z.number().int().describe("Turns without a known price: `cost` leaves them out."),
  unpriced_calls: z
    .number()
    .int()
    .describe("Calls without one: those that were tried again, and those beside an answer, too."),
  unpriced_tokens: z.number().int().describe("Tokens of those calls."),
};
const spentSchema = z.object(spentFields);
const active = { active_users: z.number().int().describe("Who had a turn, visitors included.") };

const analyticsSchema = z
  .object({
    from: z.string(),
    to: z.string().describe("Not in the period any more."),
    totals: z.object({
      users: z.number().int().describe("At the end of the period."),
      ...active,
      new_users: z.number().int(),
      conversations: z.number().int().describe("Begun in the period."),
      messages: z.number().int().describe("In those conversations."),
      ...spentFields,
    }),
    by_day: z.array(
      z.object({
        date: z.string(),
        new_users: z.number().int(),
        conversations: z.number().int(),
        ...active,
        ...spentFields,
      }),
    ),
    by_model: z
      .array(
        z.object({
          provider: z.string().nullable(),
          model: z.string().nullable(),
          ...spentFields,
        }),
      )
      .describe("The 100 with the most turns."),
    by_tier: z.array(z.object({ tier: z.string(), ...active, ...spentFields })),
    top_users: z.array(
      z.object({ user_id: z.string(), email: z.string().nullable(), ...spentFields }),
    ),
    errors: z
      .array(z.object({ code: z.string().nullable(), count: z.number().int() }))
      .describe("The 100 most frequent."),
  })
  .meta({ ref: "Analytics" });

const ADMINISTRATORS = ["AUTHENTICATION_ERROR", "FORBIDDEN"] as const;

export const figures = new Hono<AppEnv>()
  .get(
    "/analytics",
    administrator,
    describes(
      "admin",
      "What was used, by day, model, tier and user",
      [{ status: 200, description: "The figures", schema: analyticsSchema }],
      [...ADMINISTRATORS],
    ),
    takes("query", z.object(periodQuery)),
    async (c) => {
      const { services, principal } = c.var;
      const period = periodOf(c.req.valid("query"), services.now());
      const read = await readAnalytics(
        services.database(principal.tenant_id),
        administers(principal),
        period,
      );
      const used = new Map(read.days.map((day) => [day.date, day]));
      const joined = new Map(read.newDays.map((day) => [day.date, day.new_users]));
      const begun = new Map(read.talkDays.map((day) => [day.date, day.conversations]));
      return c.json({
        ...shownPeriod(period),
        totals: {
          users: read.accounts?.users ?? 0,
          active_users: read.all?.active_users ?? 0,
          new_users: read.accounts?.new_users ?? 0,
          conversations: read.talks?.conversations ?? 0,
          messages: read.talks?.messages ?? 0,
          ...spent(read.all),
        },
        by_day: daysOf(period).map((date) =>
          withSpent(
            {
              date,
              new_users: joined.get(date) ?? 0,
              conversations: begun.get(date) ?? 0,
              active_users: used.get(date)?.active_users ?? 0,
            },
            used.get(date),
          ),
        ),
        by_model: read.models.map(({ provider, model, ...row }) =>
          withSpent({ provider, model }, row),
        ),
        by_tier: read.tiers.map(({ tier, active_users, ...row }) =>
          withSpent({ tier, active_users }, row),
        ),
        top_users: read.top.map(({ user_id, email, ...row }) => withSpent({ user_id, email }, row)),
        errors: read.errors,
      });
    },
  )
  .get(
    "/limits",
    administrator,
    describes(
      "admin",
      "The limits in force, by tier; null where there are none",
      [
        {
          status: 200,
          description: "Limits by tier, and of anonymous visitors",
          schema: z.object({ limits: z.record(z.string(), z.unknown()) }),
        },
      ],
      [...ADMINISTRATORS],
    ),
    (c) => c.json({ limits: tierLimits(c.var.services.config) }),
  );

const NOTHING: Spent = {
  turns: 0,
  prompt_tokens: 0,
  completion_tokens: 0,
  cost: 0,
  unpriced_turns: 0,
  unpriced_calls: 0,
  unpriced_tokens: 0,
};

/** @param row with its cost in millionths of a dollar */
function spent(row: Spent = NOTHING): z.infer<typeof spentSchema> {
  const { turns, prompt_tokens, completion_tokens, cost } = row;
  const { unpriced_turns, unpriced_calls, unpriced_tokens } = row;
  return {
    turns,
    prompt_tokens,
    completion_tokens,
    total_tokens: prompt_tokens + completion_tokens,
    cost: inDollars(cost),
    unpriced_turns,
    unpriced_calls,
    unpriced_tokens,
  };
}

function withSpent<T extends object>(facts: T, row: Spent | undefined) {
  return { ...facts, ...spent(row) };
}
