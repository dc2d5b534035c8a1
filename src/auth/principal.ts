// Who is calling. Every row has this tenant and user; an object checks both on every call.

export type Principal = {
  /** The organisation, or the user's own id. */
  tenant_id: string;
  user_id: string;
  roles: readonly ("user" | "admin")[];
  tier: "free" | "starter" | "professional" | "enterprise";
  scopes: readonly string[];
  via: "anonymous";
};

/** Whom a row or an object belongs to. */
export type Owner = Pick<Principal, "tenant_id" | "user_id">;

export function owns(owner: Owner, principal: Owner): boolean {
  return owner.tenant_id === principal.tenant_id && owner.user_id === principal.user_id;
}
