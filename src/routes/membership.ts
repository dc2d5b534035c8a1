// What every signed-in user does about organisations, below /auth: see theirs, join one, act in one.
import { Hono } from "hono";
import { z } from "zod";
import { hashOf } from "../auth/opaque.ts";
import { AppError } from "../errors.ts";
import { roleSchema, tokenSchema } from "../protocol/account.ts";
import {
  acceptInvitation,
  openInvitation,
  organisationById,
  organisationsOf,
  roleIn,
} from "../store/organisations.ts";
import { userById, type UserRow } from "../store/users.ts";
import { auditIn, noOrganisation, publishProfile } from "./administering.ts";
import { audit } from "./auditing.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { describes, takes } from "./declare.ts";
import { requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";
import { openSession, setSessionCookies } from "./signing-in.ts";

const MEMBERSHIP_ERRORS = ["AUTHENTICATION_ERROR", "FORBIDDEN"] as const;

/** Mounted beside routes that anybody may call: each says for itself who may call it. */
export const membership = new Hono<AppEnv>()
  .get(
    "/organisations",
    requirePrincipal,
    requires({ scope: "account" }),
    describes(
      "organisations",
      "Where you may act: your own space first",
      [
        {
          status: 200,
          description: "All of them",
          schema: z.object({
            organisations: z.array(
              z.object({
                id: z.string(),
                name: z.string().nullable(),
                role: roleSchema,
                current: z.boolean(),
              }),
            ),
          }),
        },
      ],
      [...MEMBERSHIP_ERRORS],
    ),
    async (c) => {
      const { services, principal } = c.var;
      const user = await signedIn(c);
      const joined = await organisationsOf(services.database(user.id), user.id);
      const own = { id: user.id, name: user.username ?? user.email, role: user.role };
      return c.json({
        organisations: [own, ...joined].map(({ id, name, role }) => ({
          id,
          name,
          role,
          current: id === principal.tenant_id,
        })),
      });
    },
  )
  .post(
    "/invitations/accept",
    requirePrincipal,
    requires({ scope: "account" }),
    describes(
      "organisations",
      "Join the organisation that invited you",
      [
        {
          status: 200,
          description: "You are in",
          schema: z.object({ id: z.string(), name: z.string(), role: roleSchema }),
        },
      ],
      [...MEMBERSHIP_ERRORS],
    ),
    takes("json", z.object({ token: z.string().min(1, "should not be empty").max(200) }), {
      token: "Zk3vQ8mW1xT6yB4nR7cL0pHs",
    }),
    async (c) => {
      const user = await signedIn(c);
      return c.json(await join(c, user, c.req.valid("json").token));
    },
  )
  .post(
    "/switch",
    requirePrincipal,
    requires({ scope: "account" }),
    describes(
      "organisations",
      "Act in an organisation, or (null) for yourself: this session ends, another begins",
      [
        {
          status: 200,
          description: "Its tokens; who came by cookie is given them as cookies",
          schema: tokenSchema.partial({ access_token: true, refresh_token: true }),
        },
      ],
      [...MEMBERSHIP_ERRORS, "NOT_FOUND"],
    ),
    takes("json", z.object({ organisation_id: z.string().nullable() }), {
      organisation_id: "org_01kakf8m2v0007c1t9yqe4hn5d",
    }),
    async (c) => {
      const { services, credential } = c.var;
      if (credential.via !== "session")
        throw new AppError("FORBIDDEN", "Only a session can switch: sign in with a password.");
      const user = await signedIn(c);
      const { organisation_id } = c.req.valid("json");
      const tenant_id = organisation_id ?? user.id;
      if (tenant_id !== user.id) {
        const role = await roleIn(services.database(tenant_id), tenant_id, user.id);
        if (role === undefined) throw noOrganisation(tenant_id);
      }
      const token = await openSession(c, user, tenant_id);
      await services.account(user.id).endSessions({ only: credential.session });
      await audit(c, { action: "session.switch", target: tenant_id });
      if (c.req.header("Authorization") !== undefined) return c.json(token);
      // They came by cookie, and so do these: no script is shown them.
      setSessionCookies(c, token);
      return c.json({ token_type: token.token_type, expires_in: token.expires_in });
    },
  );

/** @throws VALIDATION_ERROR for a link that is no longer good, FORBIDDEN for somebody else's */
async function join(c: AppContext, user: UserRow, token: string) {
  const { database, now } = c.var.services;
  const db = database(user.id);
  const at = now();
  const hash = await hashOf(token);
  const invitation = await openInvitation(db, hash, at);
  const { tenant_id, role } = invitation ?? {};
  if (!tenant_id || !role) throw spent();
  // Looked at before it is spent: somebody else's attempt does not use it up.
  if (user.email_verified_at === null || user.email_key !== invitation?.email_key)
    throw new AppError(
      "FORBIDDEN",
      "This invitation is for another email address, or yours is not verified yet.",
    );
  const organisation = await organisationById(db, tenant_id);
  if (organisation === undefined || !(await acceptInvitation(db, hash, user.id, at))) throw spent();
  await publishProfile(c, user.id);
  await auditIn(c, tenant_id, { action: "member.join", target: user.id, details: { role } });
  return { id: tenant_id, name: organisation.name, role };
}

/** The caller's row. Whoever has none is known by their token alone, and is in no organisation here. */
async function signedIn(c: AppContext): Promise<UserRow> {
  const { services, principal } = c.var;
  const user = await userById(services.database(principal.user_id), principal.user_id);
  if (user === undefined)
    throw new AppError("FORBIDDEN", "This takes an account here. Sign in with one.");
  return user;
}

const spent = () =>
  new AppError("VALIDATION_ERROR", "token: is not valid, was used already, or has expired", {
    field: "token",
  });
