// Evaluations in D1: runs over labelled questions, and turns that were judged after they had ended.
import { and, avg, count, desc, eq, gte, inArray } from "drizzle-orm";
import type { Database } from "./database.ts";
import { evaluations, judgedTurns } from "./knowledge-schema.ts";

export type EvaluationRow = typeof evaluations.$inferSelect;
export type JudgedTurn = typeof judgedTurns.$inferInsert;
type Page = { limit: number; offset: number };

export async function insertEvaluation(db: Database, row: EvaluationRow): Promise<void> {
  await db.insert(evaluations).values(row);
}

export async function evaluationsById(
  db: Database,
  tenant_id: string,
  ids: readonly string[],
): Promise<EvaluationRow[]> {
  return db
    .select()
    .from(evaluations)
    .where(and(eq(evaluations.tenant_id, tenant_id), inArray(evaluations.id, [...ids])));
}

/** Newest first. */
export async function listEvaluations(
  db: Database,
  tenant_id: string,
  { limit, offset }: Page,
): Promise<{ rows: EvaluationRow[]; total: number }> {
  const where = eq(evaluations.tenant_id, tenant_id);
  const [rows, totals] = await db.batch([
    db
      .select()
      .from(evaluations)
      .where(where)
      .orderBy(desc(evaluations.created_at))
      .limit(limit)
      .offset(offset),
    db.select({ total: count() }).from(evaluations).where(where),
  ]);
  return { rows, total: totals[0]?.total ?? 0 };
}

/** Once a turn, however often it is told. */
export async function insertJudgedTurn(db: Database, row: JudgedTurn): Promise<void> {
  await db.insert(judgedTurns).values(row).onConflictDoNothing();
}

/** Means by how was searched, since a time in milliseconds. */
export async function judgedByConfiguration(db: Database, tenant_id: string, since: number) {
  const number = (value: string | null) => (value === null ? null : Number(value));
  const rows = await db
    .select({
      configuration: judgedTurns.configuration,
      turns: count(),
      context_relevance: avg(judgedTurns.context_relevance),
      faithfulness: avg(judgedTurns.faithfulness),
      answer_relevance: avg(judgedTurns.answer_relevance),
      groundedness: avg(judgedTurns.groundedness),
      overall: avg(judgedTurns.overall),
      latency_ms: avg(judgedTurns.latency_ms),
    })
    .from(judgedTurns)
    .where(and(eq(judgedTurns.tenant_id, tenant_id), gte(judgedTurns.created_at, since)))
    .groupBy(judgedTurns.configuration)
    .orderBy(desc(count()));
  return rows.map(({ configuration, turns, ...means }) => ({
    configuration,
    turns,
    context_relevance: number(means.context_relevance),
    faithfulness: number(means.faithfulness),
    answer_relevance: number(means.answer_relevance),
    groundedness: number(means.groundedness),
    overall: number(means.overall),
    latency_ms: number(means.latency_ms),
  }));
}
