// Accounts elsewhere that sign in as one here: (issuer, subject) → user.
import { and, eq } from "drizzle-orm";
import type { Database } from "./database.ts";
import { identities, users } from "./schema.ts";
import type { UserRow } from "./users.ts";

export type IdentityRow = typeof identities.$inferSelect;
type Name = Pick<IdentityRow, "issuer" | "subject">;

/** Whose account this identity signs in to; undefined where it is new. */
export async function userOfIdentity(
  db: Database,
  { issuer, subject }: Name,
): Promise<UserRow | undefined> {
  const [row] = await db
    .select({ user: users })
    .from(identities)
    .innerJoin(users, eq(users.id, identities.user_id))
    .where(and(eq(identities.issuer, issuer), eq(identities.subject, subject)));
  return row?.user;
}

/** Keeps whose an identity is, unless it is somebody's already: of two at once, one holds. */
export async function putIdentity(db: Database, row: IdentityRow): Promise<void> {
  await db.insert(identities).values(row).onConflictDoNothing();
}

/** Whether somebody signs in to this account from elsewhere. */
export async function hasIdentity(db: Database, user_id: string): Promise<boolean> {
  const [row] = await db
    .select({ subject: identities.subject })
    .from(identities)
    .where(eq(identities.user_id, user_id))
    .limit(1);
  return row !== undefined;
}

/** Lets nobody in from elsewhere any more. */
export async function dropIdentities(db: Database, user_id: string): Promise<void> {
  await db.delete(identities).where(eq(identities.user_id, user_id));
}
