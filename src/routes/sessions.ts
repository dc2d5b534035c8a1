// /auth/login, /refresh, /logout: opening a session with a password, keeping it, ending it. Seed 001's
// paths and shapes, as written.
import { Hono } from "hono";
import { getCookie } from "hono/cookie";
import { z } from "zod";
import { hashOf, newRefreshToken, ownerOfRefreshToken } from "../auth/opaque.ts";
import { AppError } from "../errors.ts";
import { keyOf, type Token, tokenSchema } from "../protocol/account.ts";
import { userById, userByLogin, type UserRow } from "../store/users.ts";
import { emailSchema } from "./account-fields.ts";
import { addressOf } from "./address.ts";
import { audit } from "./auditing.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { refuseOtherSites, shownCredential, tooManyFromHere } from "./credentials.ts";
import { asksItself, describes, describesBody, takes } from "./declare.ts";
import { admit } from "./principal.ts";
import { notSomebody } from "./self.ts";
import {
  ACCESS_COOKIE,
  clearSessionCookies,
  openSession,
  profileOf,
  REFRESH_COOKIE,
  setSessionCookies,
  tokensFor,
} from "./signing-in.ts";
import { knock, shieldedSignIn } from "./throttling.ts";

const loginSchema = z.object({
  username: z.string("should be your email or username").min(1, "should not be empty").max(320),
  password: z.string("should be text").max(1024, "should have at most 1,024 characters"),
  /** Keeps the tokens in cookies that no script can read, and out of the answer. */
  cookie: z.boolean().optional(),
});

const refreshSchema = z.object({ refresh_token: z.string().max(512).optional() });

const cookieSessionSchema = tokenSchema.omit({ access_token: true, refresh_token: true });
const signedInSchema = z.union([tokenSchema, cookieSessionSchema]);

/** What a page is told whose tokens are in cookies. */
const withoutTokens = ({ token_type, expires_in }: z.infer<typeof tokenSchema>) => ({
  token_type,
  expires_in,
});

export const sessions = new Hono<AppEnv>()
  .post(
    "/login",
    describes(
      "auth",
      "Sign in: an OAuth2 password form or JSON; `cookie: true` for a page",
      [{ status: 200, description: "Signed in", schema: signedInSchema }],
      ["AUTHENTICATION_ERROR", "FORBIDDEN", "RATE_LIMIT_EXCEEDED"],
    ),
    describesBody(loginSchema, ["application/x-www-form-urlencoded", "application/json"], {
      username: "ada@example.com",
      password: "correct horse battery",
    }),
    shieldedSignIn,
    async (c) => {
      const { username, password, cookie = false } = await loginBody(c);
      const user = await authenticated(c, username, password);
      const token = await openSession(c, user);
      await audit(c, {
        action: "user.login",
        target: user.id,
        by: { tenant_id: user.id, user_id: user.id, via: "password" },
      });
      if (!cookie) return c.json(token);
      setSessionCookies(c, token);
      return c.json(withoutTokens(token));
    },
  )
  .post(
    "/refresh",
    describes(
      "auth",
      "Take a new access token for a refresh token, which is used up by it",
      [{ status: 200, description: "Both anew", schema: signedInSchema }],
      ["AUTHENTICATION_ERROR", "FORBIDDEN", "RATE_LIMIT_EXCEEDED"],
    ),
    takes("json", refreshSchema, { refresh_token: "ewr_01kakf9zt4_Zk3vQ8mW1xT6yB4nR7cL0pHs" }),
    async (c) => {
      const said = c.req.valid("json").refresh_token;
      const cookie = said === undefined ? getCookie(c, REFRESH_COOKIE) : undefined;
      if (cookie !== undefined) refuseOtherSites(c);
      const token = await refreshed(c, said ?? cookie ?? "");
      if (token === null) {
        if (cookie !== undefined) clearSessionCookies(c);
        throw new AppError("AUTHENTICATION_ERROR", "This session is over. Sign in again.");
      }
      if (cookie === undefined) return c.json(token);
      setSessionCookies(c, token);
      return c.json(withoutTokens(token));
    },
  )
  .post(
    "/logout",
    describes(
      "auth",
      "Sign out: this session, or with `all` every one",
      [{ status: 200, description: "Signed out", schema: z.object({ message: z.string() }) }],
      ["AUTHENTICATION_ERROR"],
    ),
    asksItself,
    takes("json", z.object({ all: z.boolean().default(false) }).prefault({}), { all: true }),
    async (c) => {
      const cookie = getCookie(c, REFRESH_COOKIE);
      // Whatever is found, this browser is signed out.
      if (cookie !== undefined || getCookie(c, ACCESS_COOKIE) !== undefined) {
        refuseOtherSites(c);
        clearSessionCookies(c);
      }
      const { user_id, session, proven } = await whoLeaves(c, cookie);
      // What is over proves enough to end what it began, and no more.
      const all = c.req.valid("json").all && proven;
      const which = all ? { except: null } : session === null ? null : { only: session };
      if (which !== null) await c.var.services.account(user_id).endSessions(which);
      await audit(c, {
        action: all ? "session.end_all" : "session.end",
        target: user_id,
        by: { tenant_id: user_id, user_id, via: "session" },
      });
      return c.json({ message: "Successfully logged out" });
    },
  );

/** Who signs out: whoever is signed in, or else whoever's refresh token the browser still has. */
async function whoLeaves(
  c: AppContext,
  cookie: string | undefined,
): Promise<{ user_id: string; session: string | null; proven: boolean }> {
  try {
    const credential = await shownCredential(c);
    if (credential !== null && credential.via !== "anonymous") {
      const { principal } = await admit(c, credential, { kind: "request" });
      if (credential.via === "session") return { ...credential, proven: true };
      // A key leaves by being revoked; `all` is for whoever may change the account.
      if (principal.scopes.includes("account"))
        return { user_id: principal.user_id, session: null, proven: true };
    }
  } catch (thrown) {
    if (!(thrown instanceof AppError) || cookie === undefined) throw thrown;
  }
  const owner = cookie === undefined ? null : ownerOfRefreshToken(cookie);
  if (cookie !== undefined && owner !== null) {
    const account = c.var.services.account(owner.user_id);
    const known = await account.refreshable(owner.session, await hashOf(cookie), false);
    if (known.outcome === "current") return { ...owner, proven: true };
    // It was used before: its session has ended with that.
    if (known.outcome === "replayed") return { ...owner, proven: false };
  }
  throw notSomebody();
}

/**
 * Whose name and password these are. Answers alike, and takes as long, whether the account is not
 * there, is not active, or has another password.
 */
async function authenticated(c: AppContext, login: string, password: string): Promise<UserRow> {
  const { database, passwords } = c.var.services;
  const user = await userByLogin(database(""), login);
  // One door for a person, by whichever of their names.
  const pass = await knock(c, user?.id ?? keyOf(login));
  const right = await passwords.verify(password, user?.password_hash ?? null);
  if (user === undefined || !right || !user.is_active) {
    await audit(c, {
      action: "user.login",
      outcome: "failure",
      target: user?.id ?? null,
      by: { tenant_id: user?.id ?? "", user_id: null, via: "password" },
      // Of what is no name it says nothing: people type their passwords there.
      details: emailSchema.safeParse(login).success ? { login } : {},
    });
    throw new AppError("AUTHENTICATION_ERROR", "Incorrect email or password");
  }
  await pass();
  return user;
}

/** OAuth2's form, or JSON with the same names. A form brings no cookie: another site could send one. */
async function loginBody(c: AppContext): Promise<z.infer<typeof loginSchema>> {
  const form = /^application\/x-www-form-urlencoded\b/i.test(c.req.header("Content-Type") ?? "");
  const raw: unknown = form ? await c.req.parseBody() : await c.req.json().catch(() => null);
  const parsed = loginSchema.safeParse(raw ?? {});
  if (!parsed.success) {
    const field = String(parsed.error.issues[0]?.path[0] ?? "body");
    throw new AppError("VALIDATION_ERROR", `${field}: ${parsed.error.issues[0]?.message ?? ""}`, {
      field,
    });
  }
  if (parsed.data.cookie === true) refuseOtherSites(c);
  return parsed.data;
}

/** Null where the session is over. What could fail is done before the token is used up. */
async function refreshed(c: AppContext, refresh_token: string): Promise<Token | null> {
  const { account, config, database, now, shield } = c.var.services;
  const owner = ownerOfRefreshToken(refresh_token);
  if (owner === null) return null;
  const { user_id, session } = owner;
  const hash = await hashOf(refresh_token);
  // First of all: nobody else's token reaches a database, or leaves anything behind.
  const known = await account(user_id).refreshable(session, hash, true);
  if (known.outcome === "limited")
    throw new AppError(known.failure.code, known.failure.message, known.failure.details);
  if (known.outcome !== "current") {
    if (known.outcome === "replayed") await auditReplay(c, user_id, session);
    // Guessing is slowed down; a session that is there never waits for it.
    if (!(await shield("sign_in", addressOf(c)))) throw tooManyFromHere();
    return null;
  }
  const user = await userById(database(user_id), user_id);
  if (user === undefined || !user.is_active) return null;
  // What was changed in the rows alone reaches the account here at the latest.
  await account(user_id).setProfile(await profileOf(c, user), false);
  const next = newRefreshToken(user_id, session);
  const { tenant_id } = known;
  const token = await tokensFor(c, user, { session, tenant_id, refresh_token: next });
  const outcome = await account(user_id).rotateSession(session, hash, {
    hash: await hashOf(next),
    expires_at: now() + config.JWT_REFRESH_EXPIRY * 1000,
  });
  if (outcome === "replayed") await auditReplay(c, user_id, session);
  return outcome === "rotated" ? token : null;
}

async function auditReplay(c: AppContext, user_id: string, session: string): Promise<void> {
  await audit(c, {
    action: "session.replay",
    outcome: "failure",
    target: user_id,
    by: { tenant_id: user_id, user_id: null, via: "refresh_token" },
    details: { session },
  });
}
