// What each turn used and cost: one row a turn, which may be told twice and counts once.
import { z } from "zod";
import { tierSchema } from "../protocol/account.ts";
import type { Database } from "./database.ts";
import { usage } from "./schema.ts";

/** As an outbox row holds it, too. */
export const usageRowSchema = z.object({
  turn_id: z.string(),
  at: z.number(),
  tenant_id: z.string(),
  user_id: z.string(),
  key_id: z.string().nullable(),
  tier: tierSchema,
  conversation_id: z.string().nullable(),
  /** What a model was asked for: an answer, or something beside it. */
  purpose: z.string().default("chat"),
  provider: z.string().nullable(),
  model: z.string().nullable(),
  status: z.enum(["completed", "failed", "cancelled"]),
  error_code: z.string().nullable(),
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  /** Millionths of a US dollar. */
  cost: z.number(),
  /** False where nobody knows the model's price. */
  priced: z.boolean(),
});
export type UsageRow = z.infer<typeof usageRowSchema>;

/** The statement that writes one row; for a batch. */
export function insertUsage(db: Database, row: UsageRow) {
  return db.insert(usage).values(row).onConflictDoNothing();
}
