// Tokens that are used once: invitations, verifications, resets, sign-in states. Only their hashes
// are stored.
import { and, eq, gt, inArray, isNull, lt } from "drizzle-orm";
import type { Database } from "./database.ts";
import { oneTimeTokens } from "./schema.ts";

export type OneTimeRow = typeof oneTimeTokens.$inferSelect;
type Purpose = OneTimeRow["purpose"];
/** Milliseconds for which a spent or expired token is kept: long enough to tell why it was refused. */
const KEPT = 30 * 24 * 3600_000;

/** Stores a token's hash; sweeps what has long expired. False where it is there already. */
export async function putToken(
  db: Database,
  row: Pick<OneTimeRow, "hash" | "purpose" | "created_at" | "expires_at"> & Partial<OneTimeRow>,
): Promise<boolean> {
  const [, made] = await db.batch([
    db.delete(oneTimeTokens).where(lt(oneTimeTokens.expires_at, row.created_at - KEPT)),
    db
      .insert(oneTimeTokens)
      .values(row)
      .onConflictDoNothing()
      .returning({ hash: oneTimeTokens.hash }),
  ]);
  return made.length > 0;
}

/** Spends a token: of two at once, one gets the row. Undefined where it is unknown, spent or expired. */
export async function spendToken(
  db: Database,
  hash: string,
  purpose: Purpose,
  now: number,
): Promise<OneTimeRow | undefined> {
  const [row] = await db
    .update(oneTimeTokens)
    .set({ used_at: now })
    .where(
      and(
        eq(oneTimeTokens.hash, hash),
        eq(oneTimeTokens.purpose, purpose),
        isNull(oneTimeTokens.used_at),
        gt(oneTimeTokens.expires_at, now),
      ),
    )
    .returning();
  return row;
}

/** Links that prove whose account it is. */
export const LINKS = ["verify_email", "reset_password"] as const;

/** Voids what a user was sent for these purposes and has not used. */
export async function voidTokens(
  db: Database,
  user_id: string,
  purposes: readonly Purpose[],
  now: number,
): Promise<void> {
  await db
    .update(oneTimeTokens)
    .set({ used_at: now })
    .where(
      and(
        eq(oneTimeTokens.user_id, user_id),
        inArray(oneTimeTokens.purpose, [...purposes]),
        isNull(oneTimeTokens.used_at),
      ),
    );
}
