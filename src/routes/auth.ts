// /auth: registering, and one's own account. Seed 001's paths and shapes, as written.
import { Hono } from "hono";
import { z } from "zod";
import { hashOf } from "../auth/opaque.ts";
import { AppError } from "../errors.ts";
import { newId } from "../ids.ts";
import { keyOf, userSchema } from "../protocol/account.ts";
import { LINKS, voidTokens } from "../store/one-time-tokens.ts";
import { openInvitation } from "../store/organisations.ts";
import {
  insertUser,
  newUser,
  updateUser,
  userByEmail,
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
import { audit } from "./auditing.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { describes, takes } from "./declare.ts";
import { moveEmail, sendVerification } from "./mails.ts";
import { requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";
import { notSomebody, self } from "./self.ts";
import { knock, shieldedSignIn } from "./throttling.ts";

const registerSchema = z.object({
  email: emailSchema,
  password: passwordSchema,
  username: usernameSchema.optional(),
  full_name: fullNameSchema.optional(),
  /** The token of an invitation, which lets its addressee in where registration is closed. */
  invitation: z.string().max(256).optional(),
});

const profileSchema = z.object({
  email: emailSchema
    .optional()
    .describe("Takes effect when the link that is mailed there was followed."),
  current_password: z.string().max(1024).optional().describe("For another email."),
  username: usernameSchema.nullable().optional(),
  full_name: fullNameSchema.nullable().optional(),
});

const done = z.object({ message: z.string() });

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
    takes("json", registerSchema, {
      email: "ada@example.com",
      password: "correct horse battery",
      full_name: "Ada Byron",
    }),
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
    takes("json", profileSchema, { full_name: "Ada King" }),
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
      { current_password: "correct horse battery", new_password: "a longer staple of horses" },
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
