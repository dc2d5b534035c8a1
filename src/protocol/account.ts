// What the API says of people: roles, tiers, scopes, and a user as seed 001's undefined models
// (UserCreate, UserResponse, UserUpdate, Token) are decided here.
import { z } from "zod";
import { TIERS } from "../variables.ts";

export const tierSchema = z.enum(TIERS, `should be one of ${TIERS.join(", ")}`);
export type Tier = z.infer<typeof tierSchema>;

export const roleSchema = z.enum(["user", "admin"], "should be user or admin");
export type Role = z.infer<typeof roleSchema>;

/** What a credential may be used for: turns; reading and changing conversations; one's account; administration. */
export const SCOPES = ["chat", "conversations", "account", "admin"] as const;
export const scopeSchema = z.enum(SCOPES, `should be one of ${SCOPES.join(", ")}`);
export type Scope = z.infer<typeof scopeSchema>;

/** Null: without that limit. What is not named is the tier's. Costs in US dollars. */
export const limitOverridesSchema = z.object({
  requests_per_minute: z.int().min(0).nullable().optional(),
  tokens_per_minute: z.int().min(0).nullable().optional(),
  streams: z.int().min(0).nullable().optional(),
  daily_tokens: z.int().min(0).nullable().optional(),
  monthly_tokens: z.int().min(0).nullable().optional(),
  daily_cost: z.number().min(0).nullable().optional(),
  monthly_cost: z.number().min(0).nullable().optional(),
});
export type LimitOverrides = z.infer<typeof limitOverridesSchema>;

export const userSchema = z
  .object({
    id: z.string(),
    email: z.string().nullable(),
    username: z.string().nullable(),
    full_name: z.string().nullable(),
    email_verified: z.boolean(),
    is_active: z.boolean(),
    role: roleSchema.describe("On this installation; in an organisation its members' list says."),
    tier: tierSchema,
    features: z.array(z.string()),
    limits: limitOverridesSchema.describe("What an administrator set apart from the tier."),
    created_at: z.string(),
    updated_at: z.string(),
    last_login: z.string().nullable(),
  })
  .meta({ ref: "User" });
export type User = z.infer<typeof userSchema>;

export const tokenSchema = z
  .object({
    access_token: z.string(),
    refresh_token: z.string(),
    token_type: z.literal("bearer"),
    expires_in: z.number().int().describe("Seconds."),
  })
  .meta({ ref: "Token" });
export type Token = z.infer<typeof tokenSchema>;

/** What two spellings of one email or username have in common: upper case first, for letters with two small forms. */
export function keyOf(name: string): string {
  return name.normalize("NFKC").toUpperCase().toLowerCase();
}
