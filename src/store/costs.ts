// What calls of models used and cost, added up from usage events. Costs are millionths of a US dollar
// here; a period is milliseconds, `from` in it and `to` not.
import { and, desc, eq, isNotNull, sql, type SQL } from "drizzle-orm";
import type { Reach } from "./administered.ts";
import { dayOf, inPeriod, type Period } from "./analytics.ts";
import type { Database } from "./database.ts";
import { figures, total } from "./figures.ts";
import { usageEvents as usage } from "./schema.ts";

/** Whose events: everybody's, a tenant's, or one person's in one tenant. */
export type Whose = Reach | { tenant_id: string; user_id: string };

/** More groups than this are not listed: the dearest are, and of days the first. */
const MOST_GROUPS = 1000;
/** Models whose prices are shown beside. */
const MOST_MODELS = 100;

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
