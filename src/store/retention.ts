// How long tenants keep their conversations, and which of a tenant's are due.
import { and, asc, eq, gt, isNull, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { conversationCounts, conversations, retention } from "./schema.ts";

export type RetentionRow = typeof retention.$inferSelect;

export async function retentionOf(
  db: Database,
  tenant_id: string,
): Promise<RetentionRow | undefined> {
  const [row] = await db.select().from(retention).where(eq(retention.tenant_id, tenant_id));
  return row;
}

/** Where the job is stays as it was. */
export async function setRetention(
  db: Database,
  row: Omit<RetentionRow, "position">,
): Promise<void> {
  const { tenant_id: _tenant, ...rest } = row;
  await db
    .insert(retention)
    .values(row)
    .onConflictDoUpdate({ target: retention.tenant_id, set: rest });
}

/** Policies, by tenant, after `after`. */
export async function listRetention(
  db: Database,
  after: string,
  limit: number,
): Promise<RetentionRow[]> {
  return db
    .select()
    .from(retention)
    .where(gt(retention.tenant_id, after))
    .orderBy(asc(retention.tenant_id))
    .limit(limit);
}

/** Where the next run begins: after this one, or anew. */
export async function moveRetention(
  db: Database,
  tenant_id: string,
  position: RetentionRow["position"],
): Promise<void> {
  await db.update(retention).set({ position }).where(eq(retention.tenant_id, tenant_id));
}

export type Due = Pick<
  typeof conversations.$inferSelect,
  "id" | "tenant_id" | "user_id" | "status" | "updated_at"
>;

type Dates = {
  /** Those not changed since (milliseconds); null for none. */
  deletedBefore: number | null;
  /** Those that are over and not changed since; null for none. */
  archivedBefore: number | null;
};

/**
 * A page of a tenant's conversations that may be due, after `after`: the objects know for sure. By user and
 * status, the oldest of each first. The counts know which of those there are, and for each the list's own index
 * has what is due: an index of the tenant's would be written with every turn.
 */
export function listDue(
  db: Database,
  tenant_id: string,
  { deletedBefore, archivedBefore }: Dates,
  after: RetentionRow["position"],
  limit: number,
) {
  const [of, c] = [conversationCounts, conversations];
  const overBefore =
    deletedBefore === null || archivedBefore === null
      ? (deletedBefore ?? archivedBefore)
      : Math.max(deletedBefore, archivedBefore);
  const begun =
    after === null
      ? undefined
      : and(
          sql`(${of.user_id}, ${of.status}) >= (${after.user_id}, ${after.status})`,
          sql`(${of.user_id}, ${of.status}, ${c.updated_at}, ${c.id}) > (${after.user_id}, ${after.status}, ${after.updated_at}, ${after.id})`,
          // Says no more than the line before, in words that the index knows.
          sql`${c.updated_at} >= iif(${of.user_id} = ${after.user_id} AND ${of.status} = ${after.status}, ${after.updated_at}, ${Number.MIN_SAFE_INTEGER})`,
        );
  return db
    .select({
      id: c.id,
      tenant_id: c.tenant_id,
      user_id: c.user_id,
      status: c.status,
      updated_at: c.updated_at,
    })
    .from(of)
    .crossJoin(c)
    .where(
      and(
        eq(of.tenant_id, tenant_id),
        eq(c.tenant_id, tenant_id),
        eq(c.user_id, of.user_id),
        eq(c.status, of.status),
        isNull(c.deleted_at),
        sql`${c.updated_at} < iif(${of.status} = 'completed', ${overBefore}, ${deletedBefore})`,
        begun,
      ),
    )
    .orderBy(asc(of.user_id), asc(of.status), asc(c.updated_at), asc(c.id))
    .limit(limit);
}
