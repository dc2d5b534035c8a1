// Which account here is that of somebody who signed in elsewhere: the one they always had, one with
// their email, or a new one. docs/single-sign-on.md says why the rules are what they are.
import type { Person } from "../auth/openid-provider.ts";
import { outsideUserId } from "../auth/outside-ids.ts";
import { AppError } from "../errors.ts";
import { newId } from "../ids.ts";
import { keyOf } from "../protocol/account.ts";
import { LINKS, voidTokens } from "../store/one-time-tokens.ts";
import { isInvited } from "../store/organisations.ts";
import { hasIdentity, putIdentity, userOfIdentity } from "../store/identities.ts";
import {
  insertUser,
  newUser,
  updateUser,
  userByEmail,
  userById,
  type UserRow,
} from "../store/users.ts";
import { audit } from "./auditing.ts";
import type { AppContext } from "./context.ts";

/** An email may come to somebody, or be freed, between being looked up and being used. */
const ATTEMPTS = 3;
/** Characters of a user's id that tell its time, prefix included. */
const TIMED = "user_".length + 10;

/** @throws FORBIDDEN for who is unknown where nobody may register, and for a deactivated account */
export async function accountOf(c: AppContext, person: Person): Promise<UserRow> {
  const { database, now } = c.var.services;
  const db = database("");
  const known = await userOfIdentity(db, person);
  if (known !== undefined) return confirmed(c, person, active(known));
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { issuer, subject, email, email_verified } = person;
    // What nobody verified proves nothing: it is never looked up.
    const owner = email !== null && email_verified ? await userByEmail(db, email) : undefined;
    const user = owner === undefined ? await register(c, person) : await join(c, person, owner);
    if (user === null) continue;
    await putIdentity(db, { issuer, subject, user_id: user.id, email, created_at: now() });
    return active((await userOfIdentity(db, person)) ?? user);
  }
  throw new AppError("SERVICE_UNAVAILABLE", "Your account is being changed. Try again.", {
    retryable: true,
  });
}

/** What the provider has verified since, of the email that the account has. */
async function confirmed(c: AppContext, person: Person, user: UserRow): Promise<UserRow> {
  const { email, email_verified } = person;
  const news = email_verified && user.email_verified_at === null;
  if (!news || email === null || keyOf(email) !== user.email_key) return user;
  const { database, now } = c.var.services;
  const changed = await updateUser(database(""), user.id, {
    email_verified_at: now(),
    updated_at: later(c, user),
  });
  return changed !== undefined && "row" in changed ? changed.row : user;
}

/** Lets a person whose email is verified sign in to the account with that email. Null: look again. */
async function join(c: AppContext, person: Person, owner: UserRow): Promise<UserRow | null> {
  active(owner);
  if (owner.email_verified_at !== null) {
    await auditOf(c, "user.link", owner.id, person);
    return owner;
  }
  const db = c.var.services.database("");
  // Who registered it here can be shut out by what is done below. Who gets in from elsewhere cannot:
  // they keep their account, and the email goes to whose it is.
  const local = madeHere(owner) && !(await hasIdentity(db, owner.id));
  if (local) return claim(c, person, owner);
  await updateUser(db, owner.id, { email: null, email_key: null, updated_at: later(c, owner) });
  await auditOf(c, "user.email_released", owner.id, person);
  return null;
}

/**
 * Takes over an account whose email nobody had verified: whoever registered it may not be the owner
 * of the email, and has to be out before the owner is in.
 */
async function claim(c: AppContext, person: Person, owner: UserRow): Promise<UserRow | null> {
  const { account, database, now } = c.var.services;
  const shutOut = async () => {
    await account(owner.id).endSessions({ except: null });
    await account(owner.id).revokeKeys();
  };
  // First, so that a failure leaves the account to be claimed again; and again, for who signed in with
  // the password while it still was one.
  await shutOut();
  const changed = await updateUser(database(""), owner.id, {
    password_hash: null,
    email_verified_at: now(),
    updated_at: later(c, owner),
  });
  await shutOut();
  await voidTokens(database(""), owner.id, LINKS, now());
  await auditOf(c, "user.claimed", owner.id, person);
  return changed !== undefined && "row" in changed ? changed.row : null;
}

/** A new account; without the email where that is somebody else's. Null: look again. */
async function register(c: AppContext, person: Person): Promise<UserRow | null> {
  const { config, database, now } = c.var.services;
  const { email, email_verified, name } = person;
  const at = now();
  const id = await outsideUserId(person.issuer, person.subject);
  const db = database("");
  const met = await userById(db, id);
  const invited = email !== null && email_verified && (await isInvited(db, keyOf(email), at));
  if (met === undefined && !config.ALLOW_REGISTRATION && !invited)
    throw new AppError(
      "FORBIDDEN",
      "Nobody can register here. Ask an administrator to invite you.",
    );
  const verified = email_verified ? { email, email_verified_at: at } : {};
  if (met !== undefined) {
    // By a token of the same issuer: what was written down then was not verified.
    if (!email_verified || met.email_verified_at !== null) return met;
    const changed = await updateUser(db, id, { ...verified, updated_at: later(c, met) });
    return changed !== undefined && "row" in changed ? changed.row : null;
  }
  const row = { id, tier: config.DEFAULT_TIER, created_at: at, full_name: name };
  const taken = await insertUser(db, newUser({ ...row, email, ...verified }));
  if (taken !== null) {
    if (email_verified) return null;
    await insertUser(db, newUser(row));
  }
  await auditOf(c, "user.register", id, person);
  return (await userById(db, id)) ?? null;
}

/**
 * Whether an account was registered here: its id begins with the moment it was made. One that an
 * outside issuer's tokens lead to has an id derived from their subject, for good.
 */
function madeHere({ id, created_at }: UserRow): boolean {
  return id.slice(0, TIMED) === newId("user", created_at).slice(0, TIMED);
}

function active(user: UserRow): UserRow {
  if (user.is_active) return user;
  throw new AppError("FORBIDDEN", "This account was deactivated. Ask an administrator.");
}

/** When a change counts as made: later than the one before. */
function later(c: AppContext, user: UserRow): number {
  return Math.max(c.var.services.now(), user.updated_at + 1);
}

function auditOf(c: AppContext, action: string, user_id: string, { issuer }: Person) {
  const by = { tenant_id: user_id, user_id, via: "oidc" };
  return audit(c, { action, by, target: user_id, details: { issuer } });
}
