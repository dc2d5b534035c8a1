// What an Account object keeps of a person, so that no database is asked when a request comes.
import { z } from "zod";
import { limitOverridesSchema, roleSchema, scopeSchema, tierSchema } from "../protocol/account.ts";

export const profileSchema = z.object({
  user_id: z.string(),
  tier: tierSchema,
  is_active: z.boolean(),
  /** The tenants they may act in, with their role there. */
  tenants: z.record(z.string(), roleSchema),
  limits: limitOverridesSchema,
  /** Rises with every change: what is older is not applied. */
  version: z.number(),
});
export type Profile = z.infer<typeof profileSchema>;

/** A sign-in: a family of refresh tokens, of which one is good at a time. */
export type NewSession = {
  id: string;
  tenant_id: string;
  /** Of its first refresh token. */
  hash: string;
  created_at: number;
  expires_at: number;
  address: string | null;
  user_agent: string | null;
};

/** An API key, without what proves it. Times in milliseconds. */
export const apiKeySchema = z.object({
  id: z.string(),
  name: z.string(),
  /** How it begins, to be recognised by. */
  prefix: z.string(),
  tenant_id: z.string(),
  scopes: z.array(scopeSchema),
  limits: limitOverridesSchema,
  created_at: z.number(),
  expires_at: z.number().nullable(),
  last_used_at: z.number().nullable(),
});
export type ApiKey = z.infer<typeof apiKeySchema>;
