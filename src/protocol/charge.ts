// Who pays for a turn: it travels with the turn's command, and is settled when the turn has ended.
import { z } from "zod";
import { tierSchema } from "./account.ts";

export const chargeSchema = z.object({
  /** The user whose Account object reserved it. */
  account: z.string(),
  /** Null where nothing is limited: the usage is written down all the same. */
  reservation: z.string().nullable(),
  key_id: z.string().nullable(),
  tier: tierSchema,
  /** Whether it is a visitor, whose tier is nobody's. */
  visitor: z.boolean().optional(),
  /** The share that was left of the tightest budget, this request included; null where there is none. */
  budget_left: z.number().nullish(),
  /** Tokens of the request itself, estimated. */
  own: z.number(),
});
export type Charge = z.infer<typeof chargeSchema>;
