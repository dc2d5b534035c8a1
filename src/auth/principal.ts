// Who is calling. Every row has this tenant and user; an object checks both on every call.
import { z } from "zod";

/** Also as it travels: in a socket's attachment, and with an upgrade that the Worker forwards. */
export const principalSchema = z.object({
  /** The organisation, or the user's own id. */
  tenant_id: z.string(),
  user_id: z.string(),
  roles: z.array(z.enum(["user", "admin"])),
  tier: z.enum(["free", "starter", "professional", "enterprise"]),
  scopes: z.array(z.string()),
  via: z.literal("anonymous"),
});
export type Principal = z.infer<typeof principalSchema>;

/** Whom a row or an object belongs to. */
export type Owner = Pick<Principal, "tenant_id" | "user_id">;

export function owns(owner: Owner, principal: Owner): boolean {
  return owner.tenant_id === principal.tenant_id && owner.user_id === principal.user_id;
}
