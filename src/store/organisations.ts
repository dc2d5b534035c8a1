// Organisations, who is in them and who is invited. A membership is the right to act in a tenant:
// what changes here is told to the member's Account object by whoever changes it.
import { and, asc, count, desc, eq, exists, gt, isNull, or, ne, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { memberships, oneTimeTokens, organisations, users } from "./schema.ts";
import type { Reach } from "./administered.ts";

export type OrganisationRow = typeof organisations.$inferSelect;
type Role = (typeof memberships.$inferSelect)["role"];
type Page = { limit: number; offset: number };

/** Makes an organisation, administered by whoever makes it. */
export async function insertOrganisation(db: Database, row: OrganisationRow): Promise<void> {
  await db.batch([
    db.insert(organisations).values(row),
    db.insert(memberships).values({
      tenant_id: row.id,
      user_id: row.created_by,
      role: "admin",
      created_at: row.created_at,
    }),
  ]);
}

/** Those within reach, newest first, with how many members each has. */
export async function listOrganisations(db: Database, reach: Reach, page: Page) {
  const where = reach === "everybody" ? undefined : eq(organisations.id, reach.tenant_id);
  const [rows, totals] = await db.batch([
    db
      .select({
        id: organisations.id,
        name: organisations.name,
        created_at: organisations.created_at,
        members: sql<number>`(SELECT count(*) FROM memberships WHERE memberships.tenant_id = organisations.id)`,
      })
      .from(organisations)
      .where(where)
      .orderBy(desc(organisations.created_at), desc(organisations.id))
      .limit(page.limit)
      .offset(page.offset),
    db.select({ total: count() }).from(organisations).where(where),
  ]);
  return { rows, total: totals[0]?.total ?? 0 };
}

export async function organisationById(
  db: Database,
  id: string,
): Promise<OrganisationRow | undefined> {
  const [row] = await db.select().from(organisations).where(eq(organisations.id, id));
  return row;
}

/** Those that somebody is in, by name. */
export async function organisationsOf(
  db: Database,
  user_id: string,
): Promise<{ id: string; name: string; role: Role }[]> {
  return db
    .select({ id: organisations.id, name: organisations.name, role: memberships.role })
    .from(memberships)
    .innerJoin(organisations, eq(organisations.id, memberships.tenant_id))
    .where(eq(memberships.user_id, user_id))
    .orderBy(asc(organisations.name), asc(organisations.id));
}

/** The members, longest first. */
export async function listMembers(db: Database, tenant_id: string, page: Page) {
  const [rows, totals] = await db.batch([
    db
      .select({
        user_id: memberships.user_id,
        role: memberships.role,
        joined_at: memberships.created_at,
        email: users.email,
        username: users.username,
        full_name: users.full_name,
        is_active: users.is_active,
      })
      .from(memberships)
      .innerJoin(users, eq(users.id, memberships.user_id))
      .where(eq(memberships.tenant_id, tenant_id))
      .orderBy(asc(memberships.created_at), asc(memberships.user_id))
      .limit(page.limit)
      .offset(page.offset),
    db.select({ total: count() }).from(memberships).where(eq(memberships.tenant_id, tenant_id)),
  ]);
  return { rows, total: totals[0]?.total ?? 0 };
}

/** Somebody's role in an organisation; undefined where they are not in it. */
export async function roleIn(
  db: Database,
  tenant_id: string,
  user_id: string,
): Promise<Role | undefined> {
  const [row] = await db
    .select({ role: memberships.role })
    .from(memberships)
    .where(the(tenant_id, user_id));
  return row?.role;
}

/** False where the organisation would be left without an administrator. */
export async function changeRole(
  db: Database,
  tenant_id: string,
  user_id: string,
  role: Role,
): Promise<boolean> {
  const changed = await db
    .update(memberships)
    .set({ role })
    .where(
      and(
        the(tenant_id, user_id),
        role === "admin" ? undefined : notTheLast(db, tenant_id, user_id),
      ),
    )
    .returning({ user_id: memberships.user_id });
  return changed.length > 0;
}

/** False where the organisation would be left without an administrator. */
export async function removeMember(
  db: Database,
  tenant_id: string,
  user_id: string,
): Promise<boolean> {
  const removed = await db
    .delete(memberships)
    .where(and(the(tenant_id, user_id), notTheLast(db, tenant_id, user_id)))
    .returning({ user_id: memberships.user_id });
  return removed.length > 0;
}

/** Whether without this member the organisation would have no administrator. */
export async function isLastOf(db: Database, tenant_id: string, user_id: string): Promise<boolean> {
  const [row] = await db
    .select({ user_id: memberships.user_id })
    .from(memberships)
    .where(and(the(tenant_id, user_id), notTheLast(db, tenant_id, user_id)));
  return row === undefined;
}

/** Whether somebody with this email is in the organisation. */
export async function isMember(
  db: Database,
  tenant_id: string,
  email_key: string,
): Promise<boolean> {
  const [row] = await db
    .select({ user_id: memberships.user_id })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.user_id))
    .where(and(eq(memberships.tenant_id, tenant_id), eq(users.email_key, email_key)));
  return row !== undefined;
}

/** Voids the open invitations of an address into an organisation: the newest one counts. */
export async function voidInvitations(
  db: Database,
  tenant_id: string,
  email_key: string,
  now: number,
): Promise<void> {
  await db
    .update(oneTimeTokens)
    .set({ used_at: now })
    .where(
      and(
        eq(oneTimeTokens.purpose, "invitation"),
        eq(oneTimeTokens.tenant_id, tenant_id),
        eq(oneTimeTokens.email_key, email_key),
        isNull(oneTimeTokens.used_at),
      ),
    );
}

/** Whether somebody invited this address and still waits for it. */
export async function isInvited(db: Database, email_key: string, now: number): Promise<boolean> {
  const [row] = await db
    .select({ hash: oneTimeTokens.hash })
    .from(oneTimeTokens)
    .where(
      and(
        eq(oneTimeTokens.email_key, email_key),
        eq(oneTimeTokens.purpose, "invitation"),
        isNull(oneTimeTokens.used_at),
        gt(oneTimeTokens.expires_at, now),
      ),
    )
    .limit(1);
  return row !== undefined;
}

/** An invitation that is neither spent nor expired. */
export async function openInvitation(db: Database, hash: string, now: number) {
  const [row] = await db.select().from(oneTimeTokens).where(invitation(hash, now));
  return row;
}

/**
 * Spends an invitation and makes its holder a member, both or neither. False where it was spent
 * meanwhile: of two at once, one gets it. Somebody who is a member already keeps their role.
 */
export async function acceptInvitation(
  db: Database,
  hash: string,
  user_id: string,
  now: number,
): Promise<boolean> {
  const [, spent] = await db.batch([
    db
      .insert(memberships)
      .select(
        db
          .select({
            tenant_id: sql<string>`${oneTimeTokens.tenant_id}`.as("tenant_id"),
            user_id: sql<string>`${user_id}`.as("user_id"),
            role: sql<Role>`${oneTimeTokens.role}`.as("role"),
            created_at: sql<number>`${now}`.as("created_at"),
          })
          .from(oneTimeTokens)
          .where(invitation(hash, now)),
      )
      .onConflictDoNothing(),
    db
      .update(oneTimeTokens)
      .set({ used_at: now })
      .where(invitation(hash, now))
      .returning({ hash: oneTimeTokens.hash }),
  ]);
  return spent.length > 0;
}

function invitation(hash: string, now: number) {
  return and(
    eq(oneTimeTokens.hash, hash),
    eq(oneTimeTokens.purpose, "invitation"),
    isNull(oneTimeTokens.used_at),
    gt(oneTimeTokens.expires_at, now),
  );
}

function the(tenant_id: string, user_id: string) {
  return and(eq(memberships.tenant_id, tenant_id), eq(memberships.user_id, user_id));
}

/** This member does not administer the organisation, or another one does as well. */
function notTheLast(db: Database, tenant_id: string, user_id: string) {
  return or(
    ne(memberships.role, "admin"),
    exists(
      db
        .select({ one: sql`1` })
        .from(sql`memberships AS other`)
        .where(
          sql`other.tenant_id = ${tenant_id} AND other.role = 'admin' AND other.user_id <> ${user_id}`,
        ),
    ),
  );
}
