// The rows of users: who they are and how they sign in. Emails and usernames are unique whatever
// their case.
import { and, eq, or, type SQL } from "drizzle-orm";
import { keyOf, type User } from "../protocol/account.ts";
import type { Database } from "./database.ts";
import { memberships, users } from "./schema.ts";

export type UserRow = typeof users.$inferSelect;
type NewUser = Pick<UserRow, "id" | "tier" | "created_at"> & Partial<UserRow>;

/** A row with everything that was not said at its beginning. */
export function newUser(user: NewUser): UserRow {
  const { email = null, username = null } = user;
  return {
    full_name: null,
    password_hash: null,
    email_verified_at: null,
    role: "user",
    features: [],
    limits: {},
    is_active: true,
    updated_at: user.created_at,
    last_login_at: null,
    ...user,
    email,
    email_key: email === null ? null : keyOf(email),
    username,
    username_key: username === null ? null : keyOf(username),
  };
}

/** Which of the two that must be unique is somebody else's already; null where the row was stored. */
export async function insertUser(db: Database, row: UserRow): Promise<"email" | "username" | null> {
  const made = await db.insert(users).values(row).onConflictDoNothing().returning({ id: users.id });
  if (made.length > 0) return null;
  return takenBy(db, row);
}

/** Changes a user. Answers like {@link insertUser}; `undefined` where there is no such user. */
export async function updateUser(
  db: Database,
  id: string,
  change: Partial<UserRow> & { updated_at: number },
): Promise<{ taken: "email" | "username" } | { row: UserRow } | undefined> {
  const keyed = {
    ...change,
    ...(typeof change.email === "string" ? { email_key: keyOf(change.email) } : {}),
    ...(typeof change.username === "string" ? { username_key: keyOf(change.username) } : {}),
  };
  try {
    const [row] = await db.update(users).set(keyed).where(eq(users.id, id)).returning();
    return row === undefined ? undefined : { row };
  } catch (thrown) {
    const taken = await takenBy(db, { id, ...keyed });
    if (taken === null) throw thrown;
    return { taken };
  }
}

/** A sign-in changes nothing about a user: the version of the row stays. */
export async function noteLogin(db: Database, id: string, at: number): Promise<void> {
  await db.update(users).set({ last_login_at: at }).where(eq(users.id, id));
}

export async function userById(db: Database, id: string): Promise<UserRow | undefined> {
  return one(db, eq(users.id, id));
}

export async function userByEmail(db: Database, email: string): Promise<UserRow | undefined> {
  return one(db, eq(users.email_key, keyOf(email)));
}

/** Seed 001 signs in with the email in the form's `username`; a username does as well. */
export async function userByLogin(db: Database, login: string): Promise<UserRow | undefined> {
  const key = keyOf(login);
  return one(db, or(eq(users.email_key, key), eq(users.username_key, key)));
}

/** The tenants somebody may act in, and their role in each: their own first. */
export async function tenantsOf(
  db: Database,
  user: Pick<UserRow, "id" | "role">,
): Promise<Record<string, UserRow["role"]>> {
  const rows = await db.select().from(memberships).where(eq(memberships.user_id, user.id));
  return {
    [user.id]: user.role,
    ...Object.fromEntries(rows.map(({ tenant_id, role }) => [tenant_id, role])),
  };
}

export function userView(row: UserRow): User {
  const at = (time: number) => new Date(time).toISOString();
  return {
    id: row.id,
    email: row.email,
    username: row.username,
    full_name: row.full_name,
    email_verified: row.email_verified_at !== null,
    is_active: row.is_active,
    role: row.role,
    tier: row.tier,
    features: row.features,
    limits: row.limits,
    created_at: at(row.created_at),
    updated_at: at(row.updated_at),
    last_login: row.last_login_at === null ? null : at(row.last_login_at),
  };
}

async function one(db: Database, where: SQL | undefined): Promise<UserRow | undefined> {
  const [row] = await db.select().from(users).where(where).limit(1);
  return row;
}

async function takenBy(
  db: Database,
  row: { id: string; email_key?: string | null; username_key?: string | null },
): Promise<"email" | "username" | null> {
  const claims = [
    ["email", users.email_key, row.email_key],
    ["username", users.username_key, row.username_key],
  ] as const;
  for (const [field, column, key] of claims) {
    if (key === null || key === undefined) continue;
    const [other] = await db
      .select({ id: users.id })
      .from(users)
      .where(and(eq(column, key)));
    if (other !== undefined && other.id !== row.id) return field;
  }
  return null;
}
