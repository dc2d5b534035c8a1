// What a request shows of who is calling: a bearer token, a cookie, or nothing, which makes an
// anonymous visitor where those are welcome. Nothing here says whether it still counts.
import { getCookie, setCookie } from "hono/cookie";
import { UNWELCOME } from "../account/admission.ts";
import type { Credential } from "../auth/principal.ts";
import { isAmong } from "../config.ts";
import { AppError, unwrap } from "../errors.ts";
import { addressOf } from "./address.ts";
import type { AppContext } from "./context.ts";
import { ACCESS_COOKIE } from "./signing-in.ts";

const VISITOR_COOKIE = "ew_visitor";
const YEAR = 365 * 24 * 3600;
/** Tells a client without cookies the token to send as `Authorization: Bearer` from now on. */
export const TOKEN_HEADER = "X-Visitor-Token";

/** @throws AUTHENTICATION_ERROR, FORBIDDEN, RATE_LIMIT_EXCEEDED */
export async function credentialOf(c: AppContext): Promise<Credential> {
  return (await shownCredential(c)) ?? newVisitor(c);
}

/**
 * The caller of a WebSocket, whose page cannot set headers: `?token=` counts, too (seed 003 §3.5). It
 * is never logged: only paths are. Null for one who shows nothing, and may still in a first frame.
 */
export async function socketCredential(c: AppContext): Promise<Credential | null> {
  return shownCredential(c, c.req.query("token"));
}

/** Null where the request shows nothing. @throws AUTHENTICATION_ERROR for what is not valid */
export async function shownCredential(c: AppContext, query?: string): Promise<Credential | null> {
  const { authenticator, visitors } = c.var.services;
  const token = bearerToken(c) ?? query;
  if (token !== undefined) return unwrap(await authenticator.authenticate(token));
  const access = getCookie(c, ACCESS_COOKIE);
  if (access !== undefined) {
    refuseOtherSites(c);
    return unwrap(await authenticator.authenticate(access));
  }
  const cookie = getCookie(c, VISITOR_COOKIE);
  const user_id = cookie === undefined ? null : await visitors.verify(cookie);
  if (user_id === null) return null;
  if (!c.var.services.config.ALLOW_ANONYMOUS) return null;
  refuseOtherSites(c);
  return { via: "anonymous", user_id };
}

/** A visitor made on the spot, who is given the cookie and the token that prove it. */
export async function newVisitor(c: AppContext): Promise<Credential> {
  const { visitors, config, now, shield } = c.var.services;
  if (!config.ALLOW_ANONYMOUS) throw new AppError(UNWELCOME.code, UNWELCOME.message);
  // A new cookie is a new allowance: how many an address is given is limited.
  if (!(await shield("sign_in", addressOf(c)))) throw tooManyFromHere();
  const { user_id, token } = await visitors.mint(now());
  setCookie(c, VISITOR_COOKIE, token, {
    httpOnly: true,
    sameSite: "Lax",
    secure: new URL(c.req.url).protocol === "https:",
    path: "/",
    maxAge: YEAR,
  });
  c.header(TOKEN_HEADER, token);
  return { via: "anonymous", user_id };
}

export function tooManyFromHere(retry_after = 60): AppError {
  return new AppError(
    "RATE_LIMIT_EXCEEDED",
    `Rate limit exceeded for your address. Try again in ${retry_after} s.`,
    { retry_after },
  );
}

/** A cookie comes with requests that another site's page makes; those are not the user's own. */
export function refuseOtherSites(c: AppContext): void {
  const origin = c.req.header("Origin");
  const reads =
    (c.req.method === "GET" || c.req.method === "HEAD") && c.req.header("Upgrade") === undefined;
  if (reads) return;
  if (origin === undefined) {
    const site = c.req.header("Sec-Fetch-Site") ?? "none"; // no browser: nobody to protect
    if (site === "none" || site === "same-origin") return;
  }
  const { CORS_ORIGINS } = c.var.services.config;
  if (origin !== undefined)
    if (origin === new URL(c.req.url).origin || isAmong(CORS_ORIGINS, origin)) return;
  throw new AppError(
    "FORBIDDEN",
    "Pages of this origin may not act for a user. Add it to CORS_ORIGINS.",
    { origin },
  );
}

function bearerToken(c: AppContext): string | undefined {
  const header = c.req.header("Authorization");
  if (header === undefined) return undefined;
  const [scheme, token, ...rest] = header.trim().split(/\s+/);
  if (scheme?.toLowerCase() !== "bearer" || token === undefined || rest.length > 0)
    throw new AppError("AUTHENTICATION_ERROR", "Authorization should be `Bearer` and a token.");
  return token;
}
