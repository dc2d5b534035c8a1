// The mails that an account is sent: links with a token that works once.
import { hashOf, newSecret } from "../auth/opaque.ts";
import type { Mail } from "../auth/mailer.ts";
import { putToken, voidTokens } from "../store/one-time-tokens.ts";
import type { UserRow } from "../store/users.ts";
import { thrownFields } from "../telemetry/log.ts";
import type { AppContext } from "./context.ts";

/** Milliseconds that a link works. */
const LIFE = { verify_email: 24 * 3600_000, reset_password: 3600_000 };

/** Asks the owner of an account's email to say that it is theirs. */
export async function sendVerification(c: AppContext, user: UserRow): Promise<void> {
  await sendLink(c, user, "verify_email", (link) => ({
    subject: "Confirm your email address",
    text: `Confirm that this address is yours:\n\n${link}\n\nThe link works for a day. If you did not ask for it, ignore this mail.`,
  }));
}

export async function sendReset(c: AppContext, user: UserRow): Promise<void> {
  await sendLink(c, user, "reset_password", (link) => ({
    subject: "Choose a new password",
    text: `Choose a new password here:\n\n${link}\n\nThe link works for an hour. If you did not ask for it, ignore this mail: your password stays as it is.`,
  }));
}

/** Where links lead: the page of this installation. */
export function pageLink(c: AppContext, name: string, token: string): string {
  const base = c.var.services.config.APP_URL ?? new URL(c.req.url).origin;
  return `${base}/?${name}=${token}`;
}

/** Sends without letting anybody wait: how long an answer takes says nothing of what was sent. */
export function sendLater(c: AppContext, mail: Mail): void {
  const { log, mailer } = c.var.services;
  c.executionCtx.waitUntil(
    mailer.send(mail).catch((thrown: unknown) => log.error("mail.unsent", thrownFields(thrown))),
  );
}

const PARAMETER = { verify_email: "verify", reset_password: "reset" };

async function sendLink(
  c: AppContext,
  user: UserRow,
  purpose: keyof typeof LIFE,
  write: (link: string) => Omit<Mail, "to">,
): Promise<void> {
  if (user.email === null) return;
  const { database, now } = c.var.services;
  const db = database(user.id);
  const token = newSecret();
  const at = now();
  await voidTokens(db, user.id, purpose, at);
  await putToken(db, {
    hash: await hashOf(token),
    purpose,
    user_id: user.id,
    email_key: user.email_key,
    created_at: at,
    expires_at: at + LIFE[purpose],
  });
  sendLater(c, { to: user.email, ...write(pageLink(c, PARAMETER[purpose], token)) });
}
