// A sign-in, however it came about: opens a session in the Account object, and hands out its tokens
// in the body or, for a page, in cookies that its scripts cannot read.
import { deleteCookie, setCookie } from "hono/cookie";
import type { Profile } from "../auth/profile.ts";
import { newRefreshToken, hashOf } from "../auth/opaque.ts";
import { unwrap } from "../errors.ts";
import { newId } from "../ids.ts";
import type { Token } from "../protocol/account.ts";
import { noteLogin, tenantsOf, type UserRow } from "../store/users.ts";
import { addressOf } from "./address.ts";
import type { AppContext } from "./context.ts";

export const ACCESS_COOKIE = "ew_access";
export const REFRESH_COOKIE = "ew_refresh";
const REFRESH_PATH = "/api/v1/auth";

/** What the Account object is to know of a user. */
export async function profileOf(c: AppContext, user: UserRow): Promise<Profile> {
  const { database } = c.var.services;
  return {
    user_id: user.id,
    tier: user.tier,
    is_active: user.is_active,
    tenants: await tenantsOf(database(user.id), user),
    limits: user.limits,
    version: user.updated_at,
  };
}

/** Opens a session of `user` in their own tenant, or in `tenant_id`, which has to be one of theirs. */
export async function openSession(
  c: AppContext,
  user: UserRow,
  tenant_id: string = user.id,
): Promise<Token> {
  const { account, config, database, now } = c.var.services;
  const at = now();
  const session = newId("ses", at);
  const refresh_token = newRefreshToken(user.id, session);
  const opened = await account(user.id).openSession(await profileOf(c, user), {
    id: session,
    tenant_id,
    hash: await hashOf(refresh_token),
    created_at: at,
    expires_at: at + config.JWT_REFRESH_EXPIRY * 1000,
    address: addressOf(c),
    user_agent: c.req.header("User-Agent")?.slice(0, 200) ?? null,
  });
  unwrap(opened);
  await noteLogin(database(user.id), user.id, at);
  return tokensFor(c, user, { session, tenant_id, refresh_token });
}

/** The answer to a sign-in or a refresh. */
export async function tokensFor(
  c: AppContext,
  user: UserRow,
  {
    session,
    tenant_id,
    refresh_token,
  }: { session: string; tenant_id: string; refresh_token: string },
): Promise<Token> {
  const { config, tokens } = c.var.services;
  const profile = await profileOf(c, user);
  const access_token = await tokens.mint({
    user,
    session,
    tenant_id,
    role: profile.tenants[tenant_id] ?? "user",
  });
  return { access_token, refresh_token, token_type: "bearer", expires_in: config.JWT_EXPIRY };
}

/** Lets the page keep `token`: no script can read these, and no other site can make them be sent. */
export function setSessionCookies(c: AppContext, token: Token): void {
  const { config } = c.var.services;
  const secure = new URL(c.req.url).protocol === "https:";
  const common = { httpOnly: true, secure, sameSite: "Strict" as const };
  setCookie(c, ACCESS_COOKIE, token.access_token, {
    ...common,
    // A link from elsewhere opens the page signed in; what it then does is the page's own request.
    sameSite: "Lax",
    path: "/",
    // Longer than the token in it: one that has expired says who to refresh for, none says nobody.
    maxAge: config.JWT_REFRESH_EXPIRY,
  });
  setCookie(c, REFRESH_COOKIE, token.refresh_token, {
    ...common,
    path: REFRESH_PATH,
    maxAge: config.JWT_REFRESH_EXPIRY,
  });
}

export function clearSessionCookies(c: AppContext): void {
  deleteCookie(c, ACCESS_COOKIE, { path: "/" });
  deleteCookie(c, REFRESH_COOKIE, { path: REFRESH_PATH });
}
