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
  /** Tokens of the request itself, estimated. */
  own: z.number(),
});
export type Charge = z.infer<typeof chargeSchema>;
