// Who is calling, and by what right. Every row has this tenant and user; an object checks both on
// every call.
import { z } from "zod";
import {
  type Role,
  roleSchema,
  type Scope,
  SCOPES,
  type Tier,
  tierSchema,
} from "../protocol/account.ts";

export type Principal = {
  /** The organisation, or the user's own id. */
  tenant_id: string;
  user_id: string;
  roles: Role[];
  tier: Tier;
  scopes: Scope[];
  via: "anonymous" | "session" | "api_key" | "issuer";
  /** The API key, where it was one. */
  key_id: string | null;
};

/** Whom a row or an object belongs to. */
export type Owner = Pick<Principal, "tenant_id" | "user_id">;

export function owns(owner: Owner, principal: Owner): boolean {
  return owner.tenant_id === principal.tenant_id && owner.user_id === principal.user_id;
}

/**
 * What a caller showed and a signature proved, before the Account object has said whether it still
 * counts. Kept in a socket's attachment, so that the right is checked again at each send.
 */
export const credentialSchema = z.discriminatedUnion("via", [
  z.object({ via: z.literal("anonymous"), user_id: z.string() }),
  z.object({
    via: z.literal("session"),
    user_id: z.string(),
    tenant_id: z.string(),
    session: z.string(),
    expires_at: z.number(),
  }),
  /** Not proved yet: only the Account object knows the hash. */
  z.object({ via: z.literal("api_key"), user_id: z.string(), hash: z.string() }),
  z.object({
    via: z.literal("issuer"),
    user_id: z.string(),
    tenant_id: z.string(),
    issued_at: z.number(),
    expires_at: z.number(),
    email: z.string().nullable(),
    roles: z.array(roleSchema),
    /** Null where the issuer does not say. */
    tier: tierSchema.nullable(),
    /** Tokens a month, where the issuer says so. */
    token_budget: z.number().nullable(),
  }),
]);
export type Credential = z.infer<typeof credentialSchema>;

/** An anonymous visitor may talk, and read what was said. */
export function visitorPrincipal(user_id: string): Principal {
  return {
    tenant_id: user_id,
    user_id,
    roles: ["user"],
    tier: "free",
    scopes: ["chat", "conversations"],
    via: "anonymous",
    key_id: null,
  };
}

/** The scopes of somebody who signed in. */
export function scopesOf(roles: Principal["roles"]): Scope[] {
  return SCOPES.filter((scope) => scope !== "admin" || roles.includes("admin"));
}

/**
 * The rows that an administrator may see: an organisation's, for one who acts in it; everybody's, for
 * an administrator of the installation, who acts in a tenant of their own.
 */
export function administers(principal: Principal): { tenant_id: string } | "everybody" {
  return principal.tenant_id === principal.user_id
    ? "everybody"
    : { tenant_id: principal.tenant_id };
}
