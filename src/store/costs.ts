// What calls of models used and cost, added up from usage events. Costs are millionths of a US dollar
// here; a period is milliseconds, `from` in it and `to` not.
import { and, count, desc, eq, isNotNull, sql, type SQL, sum } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import type { Reach } from "./administered.ts";
import { dayOf, inPeriod, type Period } from "./analytics.ts";
import type { Database } from "./database.ts";
import { usageEvents as usage } from "./schema.ts";

/** Whose events: everybody's, a tenant's, or one person's in one tenant. */
export type Whose = Reach | { tenant_id: string; user_id: string };

/** More groups than this are not listed: the dearest are, and of days the first. */
const MOST_GROUPS = 1000;
/** Models whose prices are shown beside. */
const MOST_MODELS = 100;

const total = (column: SQLiteColumn) => sql<number>`coalesce(${sum(column)}, 0)`;
const often = (condition: SQL) => sql<number>`coalesce(sum(${condition}), 0)`;
const tokens = sql`(${usage.prompt_tokens} + ${usage.completion_tokens})`;
/** Of models that were asked: an answer out of a cache took no time worth a mean. */
const asked = sql`${usage.provider} IS NOT NULL AND ${usage.cached} IS NULL`;

const figures = {
  /** Answers: what is asked beside them is used and costs, and is none. */
  turns: count(usage.turn_status),
  completed: often(sql`${usage.turn_status} = 'completed'`),
  /** An answer out of a cache is one, too. */
  calls: count(usage.provider),
  prompt_tokens: total(usage.prompt_tokens),
  completion_tokens: total(usage.completion_tokens),
  cached_tokens: total(usage.cached_tokens),
  reasoning_tokens: total(usage.reasoning_tokens),
  /** Null where nobody knows the price of anything that was used. */
  cost: sql<
    number | null
  >`CASE WHEN sum(${usage.cost} IS NULL) > 0 AND sum(${usage.cost} IS NOT NULL AND ${tokens} > 0) = 0 THEN NULL ELSE coalesce(sum(${usage.cost}), 0) END`,
  /** Without a known price: they are not in `cost`. */
  unpriced_turns: often(sql`${usage.turn_status} IS NOT NULL AND ${usage.cost} IS NULL`),
  unpriced_calls: often(sql`${usage.cost} IS NULL`),
  unpriced_tokens: sql<number>`coalesce(sum(CASE WHEN ${usage.cost} IS NULL THEN ${tokens} END), 0)`,
  cache_hits: count(usage.cached),
  failures: often(sql`${usage.provider} IS NOT NULL AND ${usage.outcome} = 'failed'`),
  /** Milliseconds. What was cut off by a restart, or is from before they were kept, has none. */
  avg_latency_ms: sql<
    number | null
  >`avg(CASE WHEN ${asked} THEN nullif(${usage.latency_ms}, 0) END)`,
  avg_ttft_ms: sql<number | null>`avg(CASE WHEN ${asked} THEN ${usage.ttft_ms} END)`,
};

export type Figures = {
  [name in keyof typeof figures]: (typeof figures)[name] extends SQL<infer T> ? T : never;
};

const KEYS = {
  day: dayOf(usage.at),
  model: sql<string>`coalesce(${usage.provider} || '/', '') || coalesce(${usage.model}, '')`,
  user: sql<string>`${usage.user_id}`,
  tier: sql<string>`${usage.tier}`,
  feature: sql<string>`${usage.feature}`,
  purpose: sql<string>`${usage.purpose}`,
  provider: sql<string>`coalesce(${usage.provider}, '')`,
  conversation: sql<string>`coalesce(${usage.conversation_id}, '')`,
};
export type GroupBy = keyof typeof KEYS;

/** The figures by whatever is asked for, dearest first, days in their order; and the models that were asked. */
export async function readCosts(db: Database, whose: Whose, period: Period, group_by: GroupBy) {
  const [groups, all, models] = await db.batch(costQueries(db, whose, period, group_by));
  return {
    groups: groups.slice(0, MOST_GROUPS),
    has_more: groups.length > MOST_GROUPS,
    all: all[0],
    models,
  };
}

export function costQueries(db: Database, whose: Whose, period: Period, group_by: GroupBy) {
  const used = usedBy(whose, period);
  return [
    groupsOf(db, used, group_by),
    db.select(figures).from(usage).where(used),
    db
      .selectDistinct({ provider: usage.provider, model: usage.model })
      .from(usage)
      .where(and(used, isNotNull(usage.provider)))
      .orderBy(usage.provider, usage.model)
      .limit(MOST_MODELS),
  ] as const;
}

/** A month's: by feature, by day, and since when there are events at all. */
export async function readMonth(db: Database, whose: Whose, month: Period) {
  const used = usedBy(whose, month);
  const [features, all, days, first] = await db.batch([
    groupsOf(db, used, "feature"),
    db.select(figures).from(usage).where(used),
    db
      .select({ date: KEYS.day, cost: total(usage.cost) })
      .from(usage)
      .where(used)
      .groupBy(sql`1`),
    db
      .select({ at: sql<number | null>`min(${usage.at})` })
      .from(usage)
      .where(ofWhom(whose)),
  ]);
  return {
    features: features.slice(0, MOST_GROUPS),
    has_more: features.length > MOST_GROUPS,
    all: all[0],
    days,
    since: first[0]?.at ?? null,
  };
}

function groupsOf(db: Database, used: SQL | undefined, group_by: GroupBy) {
  const dearest = [desc(sql`coalesce(${figures.cost}, 0)`), desc(figures.calls), sql`1`];
  return db
    .select({ key: KEYS[group_by], ...figures })
    .from(usage)
    .where(used)
    .groupBy(sql`1`)
    .orderBy(...(group_by === "day" ? [sql`1`] : dearest))
    .limit(MOST_GROUPS + 1);
}

function usedBy(whose: Whose, period: Period) {
  return and(inPeriod(usage.at, period), ofWhom(whose));
}

function ofWhom(whose: Whose) {
  if (whose === "everybody") return undefined;
  const tenant = eq(usage.tenant_id, whose.tenant_id);
  return "user_id" in whose ? and(tenant, eq(usage.user_id, whose.user_id)) : tenant;
}
