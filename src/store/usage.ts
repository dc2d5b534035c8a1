// What each call of a model used and cost: one event a call, which may be told twice and counts once.
import { getTableColumns, sql } from "drizzle-orm";
import { z } from "zod";
import { tierSchema } from "../protocol/account.ts";
import type { Database } from "./database.ts";
import { usageEvents } from "./schema.ts";

const ENDS = ["completed", "failed", "cancelled"] as const;

/** As a queue's message and an object's outbox hold it, too. */
const usageEventSchema = z.object({
  /** `<turn_id>:<n>`, so that what is told again is the same. */
  id: z.string(),
  turn_id: z.string(),
  at: z.number(),
  tenant_id: z.string(),
  user_id: z.string(),
  key_id: z.string().nullable(),
  tier: tierSchema,
  conversation_id: z.string().nullable(),
  /** What a model was asked for: an answer, or something beside it. */
  purpose: z.string(),
  /** What of the product it was for: `metadata.feature` of the request, else `chat` or `direct`. */
  feature: z.string(),
  /** Null where a turn ended before any model was asked. */
  provider: z.string().nullable(),
  model: z.string().nullable(),
  outcome: z.enum(ENDS),
  /** The provider's failure, by its kind. */
  error: z.string().nullable(),
  /** How the turn ended, on the last event of its answer; null on all others: so turns are counted. */
  turn_status: z.enum(ENDS).nullable(),
  turn_error: z.string().nullable(),
  cached: z.enum(["exact", "semantic"]).nullable(),
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  /** Of the prompt, read from the vendor's cache. */
  cached_tokens: z.number(),
  /** Of the completion, thought. */
  reasoning_tokens: z.number(),
  /** Whether the tokens are our estimate. */
  estimated: z.boolean(),
  /** Millionths of a US dollar; null where nobody knows the model's price. */
  cost: z.number().nullable(),
  latency_ms: z.number(),
  ttft_ms: z.number().nullable(),
});
export type UsageEvent = z.infer<typeof usageEventSchema>;

/** Events of one statement: what it is bound to is one text, of at most 2 MB. */
const MOST_EVENTS = 1000;

/** Writes events down, all of them or none. What is there already stays as it is. */
export async function insertUsage(db: Database, events: readonly UsageEvent[]): Promise<void> {
  const values = sql.join(
    Object.keys(getTableColumns(usageEvents)).map((name) => sql.raw(`value ->> '$.${name}'`)),
    sql`, `,
  );
  const insert = (some: readonly UsageEvent[]) =>
    db
      .insert(usageEvents)
      .select(sql`SELECT ${values} FROM json_each(${JSON.stringify(some)}) WHERE true`)
      .onConflictDoNothing();
  const chunks = Array.from({ length: Math.ceil(events.length / MOST_EVENTS) }, (_, at) =>
    insert(events.slice(at * MOST_EVENTS, (at + 1) * MOST_EVENTS)),
  );
  const [first, ...rest] = chunks;
  if (first !== undefined) await db.batch([first, ...rest]);
}

/** What an outbox of before held: one row a turn, or a call beside it. */
const oldRowSchema = z.object({
  turn_id: z.string(),
  at: z.number(),
  tenant_id: z.string(),
  user_id: z.string(),
  key_id: z.string().nullable(),
  tier: tierSchema,
  conversation_id: z.string().nullable(),
  purpose: z.string().default("chat"),
  provider: z.string().nullable(),
  model: z.string().nullable(),
  status: z.enum(ENDS),
  error_code: z.string().nullable(),
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  cost: z.number(),
  priced: z.boolean(),
});

/** An event, in its own form or as it was written before there were events. */
export const storedUsageSchema = usageEventSchema.or(
  oldRowSchema.transform(({ status, error_code, priced, cost, ...row }): UsageEvent => ({
    ...row,
    id: row.turn_id,
    turn_id: row.turn_id.split(":")[0] ?? row.turn_id,
    feature: row.conversation_id === null ? "direct" : "chat",
    outcome: status,
    error: null,
    turn_status: row.purpose === "chat" ? status : null,
    turn_error: error_code,
    cached: null,
    cached_tokens: 0,
    reasoning_tokens: 0,
    estimated: false,
    cost: priced ? cost : row.prompt_tokens + row.completion_tokens === 0 ? 0 : null,
    latency_ms: 0,
    ttft_ms: null,
  })),
);
