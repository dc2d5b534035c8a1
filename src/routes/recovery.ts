// /auth/password/… and /auth/email/…: links in mails, which prove whose address it is.
import { Hono } from "hono";
import { z } from "zod";
import { hashOf } from "../auth/opaque.ts";
import { AppError } from "../errors.ts";
import { dropIdentities } from "../store/identities.ts";
import { LINKS, spendToken, voidTokens } from "../store/one-time-tokens.ts";
import { updateUser, userByEmail, userById, userView } from "../store/users.ts";
import { thrownFields } from "../telemetry/log.ts";
import { userSchema } from "../protocol/account.ts";
import { emailSchema, passwordSchema, takenField } from "./account-fields.ts";
import { audit } from "./auditing.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { describes, takes } from "./declare.ts";
import { sendReset, sendVerification, tooManyMails } from "./mails.ts";
import { requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";
import { self } from "./self.ts";
import { shieldedSignIn } from "./throttling.ts";

const done = z.object({ message: z.string() });
const token = z.string("should be the token of the link").min(1).max(256);

export const recovery = new Hono<AppEnv>()
  .post(
    "/password/forgot",
    describes(
      "auth",
      "Ask for a link to choose a new password; the answer is the same whoever asks",
      [{ status: 202, description: "Asked", schema: done }],
      ["RATE_LIMIT_EXCEEDED"],
    ),
    shieldedSignIn,
    takes("json", z.object({ email: emailSchema }), { email: "ada@example.com" }),
    async (c) => {
      // Nobody waits for it: neither the answer nor its time says whether there is such an account.
      c.executionCtx.waitUntil(forgot(c, c.req.valid("json").email));
      return c.json(
        { message: "If there is an account with this address, a link is on its way to it." },
        202,
      );
    },
  )
  .post(
    "/password/reset",
    describes(
      "auth",
      "Choose a new password with the token of a link; every session and API key ends",
      [{ status: 200, description: "Changed", schema: done }],
      ["AUTHENTICATION_ERROR", "RATE_LIMIT_EXCEEDED"],
    ),
    shieldedSignIn,
    takes("json", z.object({ token, new_password: passwordSchema }), {
      token: "Zk3vQ8mW1xT6yB4nR7cL0pHs",
      new_password: "correct horse battery",
    }),
    async (c) => {
      const said = c.req.valid("json");
      const { account, database, now, passwords } = c.var.services;
      const { user } = await spent(c, said.token, "reset_password");
      const at = now();
      // Whose the address is was never said: who got in from elsewhere may be somebody else.
      if (user.email_verified_at === null) await dropIdentities(database(user.id), user.id);
      await updateUser(database(user.id), user.id, {
        password_hash: await passwords.hash(said.new_password),
        // The link came by mail: the address is theirs.
        email_verified_at: user.email_verified_at ?? at,
        updated_at: Math.max(at, user.updated_at + 1),
      });
      await voidTokens(database(user.id), user.id, LINKS, at);
      await account(user.id).endSessions({ except: null });
      await account(user.id).revokeKeys();
      const by = { tenant_id: user.id, user_id: user.id, via: "link" };
      await audit(c, { action: "user.reset", target: user.id, by });
      return c.json({ message: "The password was changed. Sign in with it." });
    },
  )
  .post(
    "/email/verify",
    describes(
      "auth",
      "Confirm an email address with the token of a link",
      [{ status: 200, description: "Confirmed", schema: userSchema }],
      ["AUTHENTICATION_ERROR", "RATE_LIMIT_EXCEEDED"],
    ),
    shieldedSignIn,
    takes("json", z.object({ token }), { token: "Zk3vQ8mW1xT6yB4nR7cL0pHs" }),
    async (c) => {
      const { database, now } = c.var.services;
      const { user, email } = await spent(c, c.req.valid("json").token, "verify_email");
      const at = now();
      const updated = await updateUser(database(user.id), user.id, {
        ...(email === null ? {} : { email }),
        email_verified_at: at,
        updated_at: Math.max(at, user.updated_at + 1),
      });
      if (updated !== undefined && "taken" in updated) throw takenField(updated.taken);
      const by = { tenant_id: user.id, user_id: user.id, via: "link" };
      await audit(c, { action: "user.verify", target: user.id, by });
      return c.json(userView(updated !== undefined && "row" in updated ? updated.row : user));
    },
  )
  .post(
    "/email/resend",
    requirePrincipal,
    requires({ scope: "account" }),
    describes(
      "auth",
      "Have the link that confirms your address sent again",
      [{ status: 202, description: "On its way", schema: done }],
      ["AUTHENTICATION_ERROR", "RATE_LIMIT_EXCEEDED"],
    ),
    shieldedSignIn,
    async (c) => {
      const user = await self(c);
      if (user.email_verified_at === null && !(await sendVerification(c, user)))
        throw tooManyMails();
      return c.json({ message: "The link is on its way, unless the address is confirmed." }, 202);
    },
  );

async function forgot(c: AppContext, email: string): Promise<void> {
  const { database, log } = c.var.services;
  try {
    const user = await userByEmail(database(""), email);
    if (user === undefined || !user.is_active) return;
    await sendReset(c, user);
    const by = { tenant_id: user.id, user_id: null, via: "nobody" };
    await audit(c, { action: "user.forgot", target: user.id, by });
  } catch (thrown) {
    log.error("mail.unsent", thrownFields(thrown));
  }
}

/** Spends a link's token. A reset is good for the address that it was sent to, while that is the user's. */
async function spent(c: AppContext, text: string, purpose: "reset_password" | "verify_email") {
  const { database, now } = c.var.services;
  const row = await spendToken(database(""), await hashOf(text), purpose, now());
  const user = row?.user_id ? await userById(database(row.user_id), row.user_id) : undefined;
  const moved = purpose === "reset_password" && row?.email_key !== user?.email_key;
  if (row === undefined || user === undefined || !user.is_active || moved) {
    await audit(c, {
      action: purpose === "reset_password" ? "user.reset" : "user.verify",
      outcome: "failure",
      target: user?.id ?? null,
      by: { tenant_id: user?.id ?? "", user_id: null, via: "link" },
    });
    throw new AppError(
      "AUTHENTICATION_ERROR",
      "This link was used before, or has expired. Ask for another.",
    );
  }
  return { user, email: row.email };
}
