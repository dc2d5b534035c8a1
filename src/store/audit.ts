// The audit log: who did what, on whom, when, from where, and how it went. Appended to, never
// changed: the table's triggers see to it.
import { and, asc, count, desc, eq, gt, gte, lt, or, type SQL } from "drizzle-orm";
import type { Database } from "./database.ts";
import { audit } from "./schema.ts";

export type AuditRow = typeof audit.$inferSelect;

export async function appendAudit(db: Database, row: AuditRow): Promise<void> {
  await db.insert(audit).values(row);
}

/** Which lines: each that is named narrows. `from` counts, `to` does not. Times in milliseconds. */
export type AuditFilter = {
  tenant_id?: string | undefined;
  action?: string | undefined;
  user_id?: string | undefined;
  target?: string | undefined;
  outcome?: AuditRow["outcome"] | undefined;
  from?: number | undefined;
  to?: number | undefined;
};

/** A line's place in time: paging goes on from there, whatever is appended meanwhile. */
export type AuditCursor = Pick<AuditRow, "at" | "id">;

/** A page, newest first. */
export async function listAudit(
  db: Database,
  filter: AuditFilter,
  { limit, cursor }: { limit: number; cursor?: AuditCursor | undefined },
): Promise<{ rows: AuditRow[]; total: number; next: AuditCursor | null }> {
  const before =
    cursor === undefined
      ? undefined
      : or(lt(audit.at, cursor.at), and(eq(audit.at, cursor.at), lt(audit.id, cursor.id)));
  const [rows, totals] = await db.batch([
    db
      .select()
      .from(audit)
      .where(and(matching(filter), before))
      .orderBy(desc(audit.at), desc(audit.id))
      .limit(limit + 1),
    db.select({ total: count() }).from(audit).where(matching(filter)),
  ]);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    rows: page,
    total: totals[0]?.total ?? 0,
    next: rows.length > limit && last !== undefined ? { at: last.at, id: last.id } : null,
  };
}

/** Everything that matches, oldest first, a page in memory at a time. */
export async function* eachAudit(
  db: Database,
  filter: AuditFilter,
  page = 500,
): AsyncGenerator<AuditRow[]> {
  let last: AuditCursor | undefined;
  for (;;) {
    const after =
      last === undefined
        ? undefined
        : or(gt(audit.at, last.at), and(eq(audit.at, last.at), gt(audit.id, last.id)));
    const rows = await db
      .select()
      .from(audit)
      .where(and(matching(filter), after))
      .orderBy(asc(audit.at), asc(audit.id))
      .limit(page);
    if (rows.length > 0) yield rows;
    if (rows.length < page) return;
    last = rows.at(-1);
  }
}

function matching(filter: AuditFilter): SQL | undefined {
  const { tenant_id, action, user_id, target, outcome, from, to } = filter;
  return and(
    tenant_id === undefined ? undefined : eq(audit.tenant_id, tenant_id),
    action === undefined ? undefined : eq(audit.action, action),
    user_id === undefined ? undefined : eq(audit.user_id, user_id),
    target === undefined ? undefined : eq(audit.target, target),
    outcome === undefined ? undefined : eq(audit.outcome, outcome),
    from === undefined ? undefined : gte(audit.at, from),
    to === undefined ? undefined : lt(audit.at, to),
  );
}
