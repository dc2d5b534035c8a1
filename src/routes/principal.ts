// Who is calling: a token, a cookie, or a visitor made on the spot. Every route that has to do with
// somebody's rows stands behind this.
import { getCookie, setCookie } from "hono/cookie";
import { createMiddleware } from "hono/factory";
import type { Principal } from "../auth/principal.ts";
import { AppError, type Failure, ok, type Result } from "../errors.ts";
import type { AppContext, AppEnv } from "./context.ts";

const COOKIE = "ew_visitor";
const YEAR = 365 * 24 * 3600;
/** Tells a client without cookies the token to send as `Authorization: Bearer` from now on. */
export const TOKEN_HEADER = "X-Visitor-Token";

/** Puts the caller into `c.var.principal`. @throws AUTHENTICATION_ERROR, FORBIDDEN */
export const requirePrincipal = createMiddleware<AppEnv>(async function principal(c, next) {
  c.set("principal", await authenticate(c, bearerToken(c)));
  await next();
});

/**
 * The caller of a WebSocket, whose page cannot set headers: `?token=` counts, too (seed 003 §3.5).
 * It is never logged: only paths are.
 */
export async function authenticateSocket(c: AppContext): Promise<Result<Principal>> {
  try {
    return ok(await authenticate(c, bearerToken(c) ?? c.req.query("token")));
  } catch (thrown) {
    if (thrown instanceof AppError) return { ok: false, failure: thrown.failure };
    throw thrown;
  }
}

/** An unauthorised socket is opened and closed with 4001: a browser shows a page no other reason. */
export function refusedSocket(failure: Failure): Response {
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  server.close(4001, failure.message.slice(0, 120));
  return new Response(null, { status: 101, webSocket: client });
}

async function authenticate(c: AppContext, token: string | undefined): Promise<Principal> {
  const { visitors, config, now } = c.var.services;
  if (token !== undefined) {
    const known = await visitors.verify(token);
    if (known === null)
      throw unauthenticated("This token is not valid. Leave it out to be given a new one.");
    return known;
  }
  const cookie = getCookie(c, COOKIE);
  const visitor = cookie === undefined ? null : await visitors.verify(cookie);
  if (visitor !== null) {
    refuseOtherSites(c);
    return visitor;
  }
  if (!config.ALLOW_ANONYMOUS)
    throw unauthenticated(
      "Sign in first: anonymous visitors are turned away here (ALLOW_ANONYMOUS).",
    );
  const minted = await visitors.mint(now());
  setCookie(c, COOKIE, minted.token, {
    httpOnly: true,
    sameSite: "Lax",
    secure: new URL(c.req.url).protocol === "https:",
    path: "/",
    maxAge: YEAR,
  });
  c.header(TOKEN_HEADER, minted.token);
  return minted.principal;
}

/** A cookie comes with requests that another site's page makes; those are not the visitor's own. */
function refuseOtherSites(c: AppContext): void {
  const origin = c.req.header("Origin");
  const reads = c.req.method === "GET" && c.req.header("Upgrade") === undefined;
  if (origin === undefined || reads) return;
  const { CORS_ORIGINS } = c.var.services.config;
  if (origin === new URL(c.req.url).origin || CORS_ORIGINS.includes(origin)) return;
  throw new AppError(
    "FORBIDDEN",
    "Pages of this origin may not act for a visitor. Add it to CORS_ORIGINS.",
    { origin },
  );
}

function bearerToken(c: AppContext): string | undefined {
  const header = c.req.header("Authorization");
  if (header === undefined) return undefined;
  const [scheme, token] = header.split(" ");
  if (scheme?.toLowerCase() !== "bearer" || token === undefined)
    throw unauthenticated("Authorization should be `Bearer` and a token.");
  return token;
}

function unauthenticated(message: string): AppError {
  return new AppError("AUTHENTICATION_ERROR", message);
}
