// What is added up of usage events, whatever they are grouped by. Costs are millionths of a US dollar.
import { count, sql, type SQL, sum } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { usageEvents as usage } from "./schema.ts";

export const total = (column: SQLiteColumn) => sql<number>`coalesce(${sum(column)}, 0)`;
const often = (condition: SQL) => sql<number>`coalesce(sum(${condition}), 0)`;
const tokens = sql`(${usage.prompt_tokens} + ${usage.completion_tokens})`;
/** Of models that were asked: an answer out of a cache took no time worth a mean. */
const asked = sql`${usage.provider} IS NOT NULL AND ${usage.cached} IS NULL`;

const known = total(usage.cost);
const unpriced = sql<number>`coalesce(sum(CASE WHEN ${usage.cost} IS NULL THEN ${tokens} END), 0)`;

export const figures = {
  /** Answers: what is asked beside them is used and costs, and is none. */
  turns: count(usage.turn_status),
  completed: often(sql`${usage.turn_status} = 'completed'`),
  /** An answer out of a cache is one, too. */
  calls: count(usage.provider),
  prompt_tokens: total(usage.prompt_tokens),
  completion_tokens: total(usage.completion_tokens),
  cached_tokens: total(usage.cached_tokens),
  reasoning_tokens: total(usage.reasoning_tokens),
  /** Null where nobody knows the price of anything that cost something: beside what is free, too. */
  cost: sql<number | null>`CASE WHEN ${known} = 0 AND ${unpriced} > 0 THEN NULL ELSE ${known} END`,
  /** Without a known price: they are not in `cost`. */
  unpriced_turns: often(sql`${usage.turn_status} IS NOT NULL AND ${usage.cost} IS NULL`),
  unpriced_calls: often(sql`${usage.cost} IS NULL`),
  unpriced_tokens: unpriced,
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
