// /auth: registering, signing in and out, one's own account. Seed 001's paths and shapes, as written.
import { Hono } from "hono";
import { getCookie } from "hono/cookie";
import { z } from "zod";
import { hashOf, newRefreshToken, ownerOfRefreshToken } from "../auth/opaque.ts";
import { AppError } from "../errors.ts";
import { newId } from "../ids.ts";
import { keyOf, type Token, tokenSchema, userSchema } from "../protocol/account.ts";
import { LINKS, voidTokens } from "../store/one-time-tokens.ts";
import { openInvitation } from "../store/organisations.ts";
import {
  insertUser,
  newUser,
  updateUser,
  userByEmail,
  userById,
  userByLogin,
  type UserRow,
  userView,
} from "../store/users.ts";
import {
  emailSchema,
  fullNameSchema,
  passwordSchema,
  takenField,
  usernameSchema,
} from "./account-fields.ts";
import { addressOf } from "./address.ts";
import { audit } from "./auditing.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { refuseOtherSites, shownCredential, tooManyFromHere } from "./credentials.ts";
import { describes, describesBody, takes } from "./declare.ts";
import { moveEmail, sendVerification } from "./mails.ts";
import { admit, requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";
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

const registerSchema = z.object({
  email: emailSchema,
  password: passwordSchema,
  username: usernameSchema.optional(),
  full_name: fullNameSchema.optional(),
  /** The token of an invitation, which lets its addressee in where registration is closed. */
  invitation: z.string().max(256).optional(),
});

const loginSchema = z.object({
  username: z.string("should be your email or username").min(1, "should not be empty").max(320),
  password: z.string("should be text").max(1024, "should have at most 1,024 characters"),
  /** Keeps the tokens in cookies that no script can read, and out of the answer. */
  cookie: z.boolean().optional(),
});

const refreshSchema = z.object({ refresh_token: z.string().max(512).optional() });

const cookieSessionSchema = tokenSchema.omit({ access_token: true, refresh_token: true });
const signedInSchema = z.union([tokenSchema, cookieSessionSchema]);

const profileSchema = z.object({
  email: emailSchema
    .optional()
    .describe("Takes effect when the link that is mailed there was followed."),
  current_password: z.string().max(1024).optional().describe("For another email."),
  username: usernameSchema.nullable().optional(),
  full_name: fullNameSchema.nullable().optional(),
});

const done = z.object({ message: z.string() });

/** What a page is told whose tokens are in cookies. */
const withoutTokens = ({ token_type, expires_in }: z.infer<typeof tokenSchema>) => ({
  token_type,
  expires_in,
});

export const auth = new Hono<AppEnv>()
  .post(
    "/register",
    describes(
      "auth",
      "Register an account",
      [{ status: 201, description: "Registered", schema: userSchema }],
      ["VALIDATION_ERROR", "FORBIDDEN", "RATE_LIMIT_EXCEEDED"],
    ),
    shieldedSignIn,
    takes("json", registerSchema),
    async (c) => {
      const { config, database, now, passwords } = c.var.services;
      const {
        password,
        email,
        username = null,
        full_name = null,
        invitation,
      } = c.req.valid("json");
      const at = now();
      const invited = invitation !== undefined && (await isInvited(c, invitation, email));
      if (!config.ALLOW_REGISTRATION && !invited)
        throw new AppError(
          "FORBIDDEN",
          "Registration is closed here. Ask an administrator for an invitation to your address.",
        );
      const row = newUser({
        id: newId("user", at),
        tier: config.DEFAULT_TIER,
        created_at: at,
        email,
        username,
        full_name,
        password_hash: await passwords.hash(password),
        // The invitation came by mail: the address is theirs.
        email_verified_at: invited ? at : null,
      });
      const taken = await insertUser(database(row.id), row);
      if (taken !== null) throw takenField(taken);
      const by = { tenant_id: row.id, user_id: row.id, via: "password" };
      await audit(c, { action: "user.register", target: row.id, by });
      if (!invited) await sendVerification(c, row);
      return c.json(userView(row), 201);
    },
  )
  .post(
    "/login",
    describes(
      "auth",
      "Sign in: an OAuth2 password form or JSON; `cookie: true` for a page",
      [{ status: 200, description: "Signed in", schema: signedInSchema }],
      ["AUTHENTICATION_ERROR", "RATE_LIMIT_EXCEEDED"],
    ),
    describesBody(loginSchema, ["application/x-www-form-urlencoded", "application/json"]),
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
    takes("json", refreshSchema),
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
  .get(
    "/me",
    requirePrincipal,
    describes(
      "auth",
      "Who you are",
      [{ status: 200, description: "You", schema: userSchema }],
      ["AUTHENTICATION_ERROR"],
    ),
    async (c) => c.json(userView(await self(c))),
  )
  .put(
    "/profile",
    requirePrincipal,
    describes(
      "auth",
      "Change your name, username or email",
      [
        {
          status: 200,
          description: "As it is now",
          schema: userSchema.extend({ pending_email: z.string().nullable() }),
        },
      ],
      ["AUTHENTICATION_ERROR", "FORBIDDEN", "VALIDATION_ERROR"],
    ),
    requires({ scope: "account" }),
    takes("json", profileSchema),
    async (c) => {
      const user = await self(c);
      const { email, username, full_name, current_password } = c.req.valid("json");
      const { database, now } = c.var.services;
      const moves = email !== undefined && keyOf(email) !== user.email_key;
      if (moves) await proveOwner(c, user, current_password, "email");
      if (moves && (await userByEmail(database(user.id), email)) !== undefined)
        throw takenField("email");
      if (moves) await moveEmail(c, user, email); // refused, nothing else is changed
      const updated = await updateUser(database(user.id), user.id, {
        updated_at: Math.max(now(), user.updated_at + 1),
        // The same address, written in another way.
        ...(email === undefined || moves ? {} : { email }),
        ...(username === undefined ? {} : { username }),
        ...(username === null ? { username_key: null } : {}),
        ...(full_name === undefined ? {} : { full_name }),
      });
      if (updated === undefined) throw notSomebody();
      if ("taken" in updated) throw takenField(updated.taken);
      const fields = Object.keys(c.req.valid("json")).filter((name) => name !== "current_password");
      await audit(c, { action: "user.profile", target: user.id, details: { fields } });
      return c.json({ ...userView(updated.row), pending_email: moves ? email : null });
    },
  )
  .post(
    "/logout",
    describes(
      "auth",
      "Sign out: this session, or with `all` every one",
      [{ status: 200, description: "Signed out", schema: done }],
      ["AUTHENTICATION_ERROR"],
    ),
    takes("json", z.object({ all: z.boolean().default(false) }).prefault({})),
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
  )
  .post(
    "/password",
    requirePrincipal,
    describes(
      "auth",
      "Change your password; every other session ends",
      [{ status: 200, description: "Changed", schema: done }],
      ["AUTHENTICATION_ERROR", "FORBIDDEN", "RATE_LIMIT_EXCEEDED"],
    ),
    requires({ scope: "account" }),
    takes(
      "json",
      z.object({ current_password: z.string().max(1024), new_password: passwordSchema }),
    ),
    async (c) => {
      const user = await self(c);
      const { current_password, new_password } = c.req.valid("json");
      const { account, database, now, passwords } = c.var.services;
      await proveOwner(c, user, current_password, "password");
      await voidTokens(database(user.id), user.id, LINKS, now());
      await updateUser(database(user.id), user.id, {
        password_hash: await passwords.hash(new_password),
        updated_at: Math.max(now(), user.updated_at + 1),
      });
      const { credential } = c.var;
      const except = credential.via === "session" ? credential.session : null;
      await account(user.id).endSessions({ except });
      await audit(c, { action: "user.password", target: user.id });
      return c.json({ message: "The password was changed. Other sessions have ended." });
    },
  );

/** Whether this is an open invitation to this address. It is spent when its addressee accepts it. */
async function isInvited(c: AppContext, token: string, email: string): Promise<boolean> {
  const { database, now } = c.var.services;
  const open = await openInvitation(database(""), await hashOf(token), now());
  return open?.email_key === keyOf(email);
}

/** The caller's own row. @throws AUTHENTICATION_ERROR for one who has none: a visitor */
export async function self(c: AppContext): Promise<UserRow> {
  const { database } = c.var.services;
  const { principal } = c.var;
  const user =
    principal.via === "anonymous"
      ? undefined
      : await userById(database(principal.user_id), principal.user_id);
  if (user === undefined) throw notSomebody();
  return user;
}

/** What may change whose account this is takes the password, from somebody who has signed in. */
async function proveOwner(
  c: AppContext,
  user: UserRow,
  current_password: string | undefined,
  of: "email" | "password",
): Promise<void> {
  const { passwords } = c.var.services;
  if (c.var.principal.via !== "session")
    throw new AppError("FORBIDDEN", "This takes somebody who has signed in, not a key.");
  if (user.password_hash === null)
    throw new AppError(
      "FORBIDDEN",
      `${of}: your account has no password yet. Choose one first, by a link to your address.`,
      { field: of === "email" ? "email" : "current_password" },
    );
  // A door of its own: who fails to sign in as somebody keeps them from nothing here.
  const pass = await knock(c, `owner:${user.id}`);
  if (!(await passwords.verify(current_password ?? "", user.password_hash))) {
    await audit(c, { action: `user.${of}`, outcome: "failure", target: user.id });
    throw new AppError("FORBIDDEN", "current_password: is not your password", {
      field: "current_password",
    });
  }
  await pass();
}

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

const notSomebody = () =>
  new AppError(
    "AUTHENTICATION_ERROR",
    "Sign in first: this is about an account, and you have none.",
  );

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
