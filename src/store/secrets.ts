// Secrets that Edgewise makes for itself, once, where none were configured.
import { eq } from "drizzle-orm";
import type { Database } from "./database.ts";
import { secrets } from "./schema.ts";

/** The secret `name`, made by `make` if nobody has made it yet: of two makers at once, one wins. */
export async function keptSecret(
  db: Database,
  name: string,
  make: () => string,
  now: number,
): Promise<string> {
  await db.insert(secrets).values({ name, value: make(), created_at: now }).onConflictDoNothing();
  const [row] = await db.select().from(secrets).where(eq(secrets.name, name));
  if (row === undefined) throw new Error(`the secret ${name} was not kept`);
  return row.value;
}
