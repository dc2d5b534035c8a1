// The mails that an account is sent: links with a token that works once.
import { hashOf, newSecret } from "../auth/opaque.ts";
import type { Mail } from "../auth/mailer.ts";
import { AppError } from "../errors.ts";
import { keyOf } from "../protocol/account.ts";
import { putToken, voidTokens } from "../store/one-time-tokens.ts";
import type { UserRow } from "../store/users.ts";
import { thrownFields } from "../telemetry/log.ts";
import type { AppContext } from "./context.ts";
import { mayMail } from "./throttling.ts";

/** Milliseconds that a link works. */
const LIFE = { verify_email: 24 * 3600_000, reset_password: 3600_000 };

/**
 * Asks the owner of an account's email, or of another that they say is theirs, to confirm it.
 * False where that address was sent too much already.
 */
export async function sendVerification(
  c: AppContext,
  user: UserRow,
  email: string | null = user.email,
): Promise<boolean> {
  return sendLink(c, user, email, "verify_email", (link) => ({
    subject: "Confirm your email address",
    text: `Confirm that this address is yours:\n\n${link}\n\nThe link works for a day. If you did not ask for it, ignore this mail.`,
  }));
}

/** Another address: the old one counts until the new one is confirmed, and is told. */
export async function moveEmail(c: AppContext, user: UserRow, email: string): Promise<void> {
  if (!(await sendVerification(c, user, email))) throw tooManyMails();
  if (user.email !== null && user.email_verified_at !== null)
    sendLater(c, {
      to: user.email,
      subject: "Your email address is to be changed",
      text: `Somebody who knows your password asked that your account here be moved to ${email}. It is when that address is confirmed. If it was not you, change your password now.`,
    });
}

export async function sendReset(c: AppContext, user: UserRow): Promise<void> {
  await sendLink(c, user, user.email, "reset_password", (link) => ({
    subject: "Choose a new password",
    text: `Choose a new password here:\n\n${link}\n\nThe link works for an hour. If you did not ask for it, ignore this mail: your password stays as it is.`,
  }));
}

/**
 * Where links lead: the page of this installation. Deployed, only APP_URL says where that is: a
 * request could say anything. Null where nobody says.
 */
export function pageLink(c: AppContext, name: string, token: string): string | null {
  const { APP_ENV, APP_URL } = c.var.services.config;
  const base = APP_URL ?? (APP_ENV === "development" ? new URL(c.req.url).origin : null);
  return base === null ? null : `${base}/?${name}=${token}`;
}

/** Sends without letting anybody wait: how long an answer takes says nothing of what was sent. */
function sendLater(c: AppContext, mail: Mail): void {
  const { log, mailer } = c.var.services;
  c.executionCtx.waitUntil(
    mailer.send(mail).catch((thrown: unknown) => log.error("mail.unsent", thrownFields(thrown))),
  );
}

/** A link that cannot be made is a mail that cannot be sent. */
export function sendLinkLater(
  c: AppContext,
  to: string,
  link: string | null,
  write: (link: string) => Omit<Mail, "to">,
): void {
  if (link === null) c.var.services.log.error("mail.unsent", { reason: "APP_URL is not set" });
  else sendLater(c, { to, ...write(link) });
}

const PARAMETER = { verify_email: "verify", reset_password: "reset" };

async function sendLink(
  c: AppContext,
  user: UserRow,
  email: string | null,
  purpose: keyof typeof LIFE,
  write: (link: string) => Omit<Mail, "to">,
): Promise<boolean> {
  if (email === null || !(await mayMail(c, keyOf(email)))) return false;
  const { database, now } = c.var.services;
  const db = database(user.id);
  const token = newSecret();
  const at = now();
  await voidTokens(db, user.id, [purpose], at); // of two links the newer counts
  await putToken(db, {
    hash: await hashOf(token),
    purpose,
    user_id: user.id,
    email_key: keyOf(email),
    email,
    created_at: at,
    expires_at: at + LIFE[purpose],
  });
  sendLinkLater(c, email, pageLink(c, PARAMETER[purpose], token), write);
  return true;
}

/** For somebody who waits for a mail: who only asks is told nothing. */
export function tooManyMails(): AppError {
  return new AppError(
    "RATE_LIMIT_EXCEEDED",
    "This address was sent several mails just now. Try again in a minute.",
    { field: "email", retry_after: 60 },
  );
}
