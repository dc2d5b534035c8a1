// The rows of users as administrators see and change them. An organisation's administrator is given
// its members' alone: whose rows may be seen is part of every query's `where`.
import { and, count, desc, eq, inArray, ne, or, sql, type SQL } from "drizzle-orm";
import type { Database } from "./database.ts";
import { memberships, users } from "./schema.ts";
import { keyOf } from "../protocol/account.ts";
import type { UserRow } from "./users.ts";

/** Whose rows an administrator may see. */
export type Reach = "everybody" | { tenant_id: string };

export type UserQuery = {
  limit: number;
  offset: number;
  /** Anywhere in the email, the username or the full name. */
  search?: string | undefined;
  is_active?: boolean | undefined;
};

/** A page, newest first. */
export async function listUsers(
  db: Database,
  reach: Reach,
  query: UserQuery,
): Promise<{ rows: UserRow[]; total: number }> {
  const where = and(
    within(db, reach),
    query.is_active === undefined ? undefined : eq(users.is_active, query.is_active),
    query.search === undefined ? undefined : found(query.search),
  );
  const [rows, totals] = await db.batch([
    db
      .select()
      .from(users)
      .where(where)
      .orderBy(desc(users.created_at), desc(users.id))
      .limit(query.limit)
      .offset(query.offset),
    db.select({ total: count() }).from(users).where(where),
  ]);
  return { rows, total: totals[0]?.total ?? 0 };
}

/** Undefined where there is no such user within reach: the two are not told apart. */
export async function userWithin(
  db: Database,
  reach: Reach,
  id: string,
): Promise<UserRow | undefined> {
  const [row] = await db
    .select()
    .from(users)
    .where(and(eq(users.id, id), within(db, reach)));
  return row;
}

export type UserChange = Partial<
  Pick<
    UserRow,
    | "full_name"
    | "email"
    | "email_verified_at"
    | "username"
    | "tier"
    | "role"
    | "is_active"
    | "features"
    | "limits"
  >
>;

/**
 * Changes a user; `updated_at` rises with every change, however many come at once. Refused where
 * somebody else has the email or username, or where nobody would be left to administer this
 * installation.
 */
export async function changeUser(
  db: Database,
  id: string,
  change: UserChange,
  now: number,
): Promise<{ row: UserRow } | { refused: "email" | "username" | "last_administrator" }> {
  const { email, username } = change;
  const keys = {
    ...(typeof email === "string" ? { email_key: keyOf(email) } : {}),
    ...(typeof username === "string" ? { username_key: keyOf(username) } : {}),
  };
  const resigns = change.role === "user" || change.is_active === false;
  try {
    const [row] = await db
      .update(users)
      .set({ ...change, ...keys, updated_at: risen(now) })
      .where(and(eq(users.id, id), resigns ? notTheLast(id) : undefined))
      .returning();
    return row === undefined ? { refused: "last_administrator" } : { row };
  } catch (thrown) {
    const claims = [
      ["email", users.email_key, keys.email_key],
      ["username", users.username_key, keys.username_key],
    ] as const;
    for (const [field, column, key] of claims) {
      if (key === undefined) continue;
      const [other] = await db
        .select({ id: users.id })
        .from(users)
        .where(and(eq(column, key), ne(users.id, id)));
      if (other !== undefined) return { refused: field };
    }
    throw thrown;
  }
}

/** Marks a user as changed, where what changed is in another table. Undefined where there is none. */
export async function touchUser(
  db: Database,
  id: string,
  now: number,
): Promise<UserRow | undefined> {
  const [row] = await db
    .update(users)
    .set({ updated_at: risen(now) })
    .where(eq(users.id, id))
    .returning();
  return row;
}

/** Whether without this user nobody would be left to administer this installation. */
export async function isLastAdministrator(db: Database, id: string): Promise<boolean> {
  const [row] = await db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, id), notTheLast(id)));
  return row === undefined;
}

function risen(now: number): SQL {
  return sql`max(${now}, ${users.updated_at} + 1)`;
}

/** This user administers nothing, or somebody else does as well. */
function notTheLast(id: string): SQL {
  return sql`(${users.role} <> 'admin' OR NOT ${users.is_active} OR EXISTS (
    SELECT 1 FROM users AS other
    WHERE other.role = 'admin' AND other.is_active AND other.id <> ${id}))`;
}

function within(db: Database, reach: Reach): SQL | undefined {
  if (reach === "everybody") return undefined;
  return inArray(
    users.id,
    db
      .select({ user_id: memberships.user_id })
      .from(memberships)
      .where(eq(memberships.tenant_id, reach.tenant_id)),
  );
}

/** By `instr`: it has no wildcards to escape, and no limit that a pattern has. */
function found(search: string): SQL | undefined {
  const key = keyOf(search);
  return or(
    sql`instr(${users.email_key}, ${key}) > 0`,
    sql`instr(${users.username_key}, ${key}) > 0`,
    // SQLite's lower() knows ASCII; a name beyond it is found as it is written.
    sql`instr(lower(${users.full_name}), ${key}) > 0`,
    sql`instr(${users.full_name}, ${search}) > 0`,
  );
}
