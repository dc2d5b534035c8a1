// What the routes of administration have in common: who may call them, whose rows they reach, and
// how a change gets to the Account object that decides what somebody may do.
import { every } from "hono/combine";
import { createMiddleware } from "hono/factory";
import type { Profile } from "../auth/profile.ts";
import { administers } from "../auth/principal.ts";
import { AppError } from "../errors.ts";
import { touchUser, userWithin } from "../store/administered.ts";
import { tenantsOf, userById, type UserRow } from "../store/users.ts";
import { audit } from "./auditing.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { asDoor, requirePrincipal } from "./principal.ts";
import { asRequirement, requires } from "./requires.ts";
import { profileOf } from "./signing-in.ts";

/** Asks the rows, too: what was changed in them alone, from the command line, holds here at once. */
const stillAdministrator = createMiddleware<AppEnv>(async function stillAdministrator(c, next) {
  const { services, principal, credential } = c.var;
  const { user_id, tenant_id } = principal;
  const db = services.database(user_id);
  const row = await userById(db, user_id);
  // Of an organisation that an outside issuer names, the issuer says who administers it.
  const outside = credential.via === "issuer";
  const role = row === undefined ? undefined : (await tenantsOf(db, row))[tenant_id];
  if (row?.is_active === false || (!outside && role !== "admin"))
    throw new AppError("FORBIDDEN", "This takes the role admin.", { required_role: "admin" });
  await next();
});

/** Lets administrators through: of this installation, or of the organisation they act in. */
export const administrator = asDoor(
  asRequirement(
    every(
      requirePrincipal,
      requires({ role: "admin" }),
      requires({ scope: "admin" }),
      stillAdministrator,
    ),
  ),
);

/** @throws FORBIDDEN for an organisation's administrator */
export function forInstallation(c: AppContext, what: string): void {
  if (administers(c.var.principal) === "everybody") return;
  throw new AppError("FORBIDDEN", `${what} takes an administrator of this installation.`);
}

/** What gives administration away is for somebody who has signed in: a key must not outlive itself. @throws FORBIDDEN */
export function bySession(c: AppContext, what: string): void {
  if (c.var.principal.via === "session" || c.var.principal.via === "issuer") return;
  throw new AppError("FORBIDDEN", `${what} takes somebody who has signed in, not a key.`);
}

/** @throws NOT_FOUND also for a user who is somebody else's to administer */
export async function administered(c: AppContext, user_id: string): Promise<UserRow> {
  const { services, principal } = c.var;
  const row = await userWithin(services.database(user_id), administers(principal), user_id);
  if (row === undefined) throw new AppError("NOT_FOUND", "No such user.", { user_id });
  return row;
}

/**
 * Tells somebody's Account object what holds for them now: it bites with their next request.
 * Touched before it is read, so that of two changes at once the newer profile has seen both.
 * @param but what is about to be stored, told before it is: were it the other way round, a failure
 * in between would leave a right that nobody sees
 */
export async function publishProfile(
  c: AppContext,
  user_id: string,
  but: { change: (profile: Profile) => Profile; revoke: boolean } | null = null,
): Promise<UserRow | undefined> {
  const { account, database, now } = c.var.services;
  const row = await touchUser(database(user_id), user_id, now());
  if (row === undefined) return undefined;
  const profile = await profileOf(c, row);
  await account(user_id).setProfile(
    but === null ? profile : but.change(profile),
    but?.revoke ?? false,
  );
  return row;
}

/** What is done to an organisation is in its own log, whoever did it. */
export async function auditIn(
  c: AppContext,
  tenant_id: string,
  act: Omit<Parameters<typeof audit>[1], "by">,
): Promise<void> {
  const { user_id, via } = c.var.principal;
  await audit(c, { ...act, by: { tenant_id, user_id, via } });
}

export const noOrganisation = (id: string) =>
  new AppError("NOT_FOUND", "No such organisation.", { organisation_id: id });
