// The audit log: who did what, on whom, when, from where, and how it went. Appended to, never
// changed: the table's triggers see to it.
import type { Database } from "./database.ts";
import { audit } from "./schema.ts";

export type AuditRow = typeof audit.$inferSelect;

export async function appendAudit(db: Database, row: AuditRow): Promise<void> {
  await db.insert(audit).values(row);
}
