// The keys that sign access tokens, where Edgewise made them itself. Rotation adds a key that signs
// from a moment on, and lets the one before verify until its tokens are gone.
import { gt, isNull, or } from "drizzle-orm";
import type { Database } from "./database.ts";
import { signingKeys } from "./schema.ts";

export type SigningKeyRow = typeof signingKeys.$inferSelect;

/** Keys that still verify. */
export async function liveKeys(db: Database, now: number): Promise<SigningKeyRow[]> {
  return db
    .select()
    .from(signingKeys)
    .where(or(isNull(signingKeys.retires_at), gt(signingKeys.retires_at, now)));
}

/** Makes `row` the first key, unless somebody else made one meanwhile. */
export async function insertFirstKey(db: Database, row: SigningKeyRow): Promise<void> {
  await db.insert(signingKeys).values(row).onConflictDoNothing();
}
