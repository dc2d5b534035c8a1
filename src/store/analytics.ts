// What was used and what it cost, added up from the rows of turns, conversations and users. Costs
// are millionths of a US dollar here; a period is milliseconds, `from` in it and `to` not.
import { and, count, countDistinct, desc, eq, gte, isNotNull, lt, sql } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import type { Reach } from "./administered.ts";
import type { Database } from "./database.ts";
import { type Figures, figures, total } from "./figures.ts";
import { conversations, memberships, usageEvents as usage, users } from "./schema.ts";

export type Period = { from: number; to: number };

const TOP = 10;
/** Models, and codes of errors, that are listed: whoever asks may name any model. */
const MOST_LISTED = 100;

const { turns, prompt_tokens, completion_tokens, cost } = figures;
const { unpriced_turns, unpriced_calls, unpriced_tokens } = figures;
const spent = {
  turns,
  prompt_tokens,
  completion_tokens,
  cost,
  unpriced_turns,
  unpriced_calls,
  unpriced_tokens,
};
export type Spent = Pick<Figures, keyof typeof spent>;
const people = countDistinct(usage.user_id);
export const dayOf = (column: SQLiteColumn) => sql<string>`date(${column} / 1000, 'unixepoch')`;

/** Everything the overview shows, from one batch: its figures are of one moment. */
export async function readAnalytics(db: Database, reach: Reach, period: Period) {
  const used = usedIn(reach, period);
  const begun = and(inPeriod(conversations.created_at, period), ofTenant(conversations, reach));
  const [accounts, all, talks, days, newDays, talkDays, models, tiers, top, errors] =
    await db.batch([
      accountsIn(db, reach, period),
      db
        .select({ ...spent, active_users: people })
        .from(usage)
        .where(used),
      db
        .select({ conversations: count(), messages: total(conversations.message_count) })
        .from(conversations)
        .where(begun),
      db
        .select({ date: dayOf(usage.at), ...spent, active_users: people })
        .from(usage)
        .where(used)
        .groupBy(sql`1`),
      newUsersByDay(db, reach, period),
      db
        .select({ date: dayOf(conversations.created_at), conversations: count() })
        .from(conversations)
        .where(begun)
        .groupBy(sql`1`),
      db
        .select({ provider: usage.provider, model: usage.model, ...spent })
        .from(usage)
        .where(used)
        .groupBy(usage.provider, usage.model)
        .orderBy(desc(spent.turns), usage.provider, usage.model)
        .limit(MOST_LISTED),
      db
        .select({ tier: usage.tier, ...spent, active_users: people })
        .from(usage)
        .where(used)
        .groupBy(usage.tier),
      db
        .select({ user_id: usage.user_id, email: users.email, ...spent })
        .from(usage)
        .leftJoin(users, eq(users.id, usage.user_id))
        .where(used)
        .groupBy(usage.user_id)
        .orderBy(desc(sql`coalesce(${spent.cost}, 0)`), desc(spent.turns), usage.user_id)
        .limit(TOP),
      db
        .select({ code: usage.turn_error, count: count() })
        .from(usage)
        .where(and(used, isNotNull(usage.turn_error)))
        .groupBy(usage.turn_error)
        .orderBy(desc(count()), usage.turn_error)
        .limit(MOST_LISTED),
    ]);
  return {
    accounts: accounts[0],
    all: all[0],
    talks: talks[0],
    days,
    newDays,
    talkDays,
    models,
    tiers,
    top,
    errors,
  };
}

function accountsIn(db: Database, reach: Reach, { from, to }: Period) {
  const since = reach === "everybody" ? users.created_at : memberships.created_at;
  const fields = {
    users: sql<number>`coalesce(sum(${since} < ${to}), 0)`,
    new_users: sql<number>`coalesce(sum(${since} >= ${from} AND ${since} < ${to}), 0)`,
  };
  return reach === "everybody"
    ? db.select(fields).from(users)
    : db.select(fields).from(memberships).where(eq(memberships.tenant_id, reach.tenant_id));
}

function newUsersByDay(db: Database, reach: Reach, period: Period) {
  if (reach === "everybody")
    return db
      .select({ date: dayOf(users.created_at), new_users: count() })
      .from(users)
      .where(inPeriod(users.created_at, period))
      .groupBy(sql`1`);
  return db
    .select({ date: dayOf(memberships.created_at), new_users: count() })
    .from(memberships)
    .where(
      and(inPeriod(memberships.created_at, period), eq(memberships.tenant_id, reach.tenant_id)),
    )
    .groupBy(sql`1`);
}

function usedIn(reach: Reach, period: Period) {
  return and(inPeriod(usage.at, period), ofTenant(usage, reach));
}

export function inPeriod(column: SQLiteColumn, { from, to }: Period) {
  return and(gte(column, from), lt(column, to));
}

function ofTenant(table: { tenant_id: SQLiteColumn }, reach: Reach) {
  return reach === "everybody" ? undefined : eq(table.tenant_id, reach.tenant_id);
}
