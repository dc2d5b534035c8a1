// /admin/organisations: make them; who is in one, and as what; whom it invites.
import { Hono } from "hono";
import { z } from "zod";
import { hashOf, newSecret } from "../auth/opaque.ts";
import { administers } from "../auth/principal.ts";
import { AppError } from "../errors.ts";
import { newId } from "../ids.ts";
import { roleSchema } from "../protocol/account.ts";
import { putToken } from "../store/one-time-tokens.ts";
import {
  changeRole,
  insertOrganisation,
  isLastOf,
  isMember,
  listMembers,
  listOrganisations,
  organisationById,
  type OrganisationRow,
  removeMember,
  roleIn,
  voidInvitations,
} from "../store/organisations.ts";
import { keyOf } from "../protocol/account.ts";
import type { UserRow } from "../store/users.ts";
import { emailSchema, fullNameSchema } from "./account-fields.ts";
import {
  administrator,
  auditIn,
  forInstallation,
  noOrganisation,
  publishProfile,
  bySession,
} from "./administering.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { describes, takes } from "./declare.ts";
import { pageLink, sendLinkLater, tooManyMails } from "./mails.ts";
import { mayMail } from "./throttling.ts";
import { pageOf, paging, paginationOf, paginationSchema } from "./paging.ts";

const INVITATION_LIVES = 7 * 24 * 3600_000;

const organisationSchema = z
  .object({ id: z.string(), name: z.string(), created_at: z.string() })
  .meta({ ref: "Organisation" });
const memberSchema = z
  .object({
    user_id: z.string(),
    email: z.string().nullable(),
    username: z.string().nullable(),
    full_name: z.string().nullable(),
    role: roleSchema.describe("In this organisation."),
    is_active: z.boolean(),
    joined_at: z.string(),
  })
  .meta({ ref: "Member" });

const idParam = z.object({ id: z.string() });
const memberParam = idParam.extend({ user_id: z.string() });
const MISSING = ["AUTHENTICATION_ERROR", "FORBIDDEN", "NOT_FOUND"] as const;

export const organisations = new Hono<AppEnv>()
  .use(administrator)
  .post(
    "/",
    describes(
      "organisations",
      "Make an organisation; whoever makes it administers it",
      [{ status: 201, description: "Made", schema: organisationSchema }],
      ["AUTHENTICATION_ERROR", "FORBIDDEN"],
    ),
    takes(
      "json",
      z.object({
        name: fullNameSchema.refine(
          (name) => name.length <= 100,
          "should have at most 100 characters",
        ),
      }),
      { name: "Harbour Works" },
    ),
    async (c) => {
      forInstallation(c, "Making an organisation");
      const { services, principal } = c.var;
      const at = services.now();
      const id = newId("org", at);
      const { name } = c.req.valid("json");
      await insertOrganisation(services.database(id), {
        id,
        name,
        created_by: principal.user_id,
        created_at: at,
      });
      await publishProfile(c, principal.user_id);
      await auditIn(c, id, { action: "organisation.create", target: id, details: { name } });
      return c.json({ id, name, created_at: new Date(at).toISOString() }, 201);
    },
  )
  .get(
    "/",
    describes(
      "organisations",
      "The organisations you administer",
      [
        {
          status: 200,
          description: "A page",
          schema: z.object({
            organisations: z.array(organisationSchema.extend({ members: z.number().int() })),
            pagination: paginationSchema,
          }),
        },
      ],
      ["AUTHENTICATION_ERROR", "FORBIDDEN"],
    ),
    takes("query", z.object(paging)),
    async (c) => {
      const { services, principal } = c.var;
      const page = pageOf(c.req.valid("query"));
      const { rows, total } = await listOrganisations(
        services.database(principal.tenant_id),
        administers(principal),
        page,
      );
      return c.json({
        organisations: rows.map((row) => ({
          ...row,
          created_at: new Date(row.created_at).toISOString(),
        })),
        pagination: paginationOf(page, rows, total),
      });
    },
  )
  .get(
    "/:id/members",
    describes(
      "organisations",
      "The members, longest first",
      [
        {
          status: 200,
          description: "A page",
          schema: z.object({ members: z.array(memberSchema), pagination: paginationSchema }),
        },
      ],
      [...MISSING],
    ),
    takes("param", idParam),
    takes("query", z.object(paging)),
    async (c) => {
      const { id } = await administeredOrganisation(c, c.req.valid("param").id);
      const page = pageOf(c.req.valid("query"));
      const { rows, total } = await listMembers(c.var.services.database(id), id, page);
      return c.json({
        members: rows.map((row) => ({ ...row, joined_at: new Date(row.joined_at).toISOString() })),
        pagination: paginationOf(page, rows, total),
      });
    },
  )
  .post(
    "/:id/invitations",
    describes(
      "organisations",
      "Invite somebody by mail; an earlier invitation of theirs is void",
      [
        {
          status: 202,
          description: "Sent",
          schema: z.object({ email: z.string(), role: roleSchema, expires_at: z.string() }),
        },
      ],
      [...MISSING],
    ),
    takes("param", idParam),
    takes(
      "json",
      z.object({
        email: emailSchema,
        role: roleSchema.default("user"),
      }),
      { email: "grace@example.com", role: "user" },
    ),
    async (c) => {
      if (c.req.valid("json").role === "admin") bySession(c, "Inviting an administrator");
      const organisation = await administeredOrganisation(c, c.req.valid("param").id);
      const { email, role } = c.req.valid("json");
      const expires_at = await invite(c, organisation, email, role);
      return c.json({ email, role, expires_at: new Date(expires_at).toISOString() }, 202);
    },
  )
  .put(
    "/:id/members/:user_id",
    describes(
      "organisations",
      "Set somebody's role in the organisation",
      [
        {
          status: 200,
          description: "As it is now",
          schema: z.object({ user_id: z.string(), role: roleSchema }),
        },
      ],
      [...MISSING],
    ),
    takes("param", memberParam),
    takes("json", z.object({ role: roleSchema }), { role: "admin" }),
    async (c) => {
      bySession(c, "Setting a role");
      const { user_id } = c.req.valid("param");
      const { id } = await administeredOrganisation(c, c.req.valid("param").id);
      const { role } = c.req.valid("json");
      const before = await memberRole(c, id, user_id);
      const changed = await changeRole(c.var.services.database(id), id, user_id, role);
      // Also where nothing changed: what an earlier attempt could not tell the account is told now.
      await publishProfile(c, user_id);
      if (!changed) throw lastAdministrator();
      if (role !== before)
        await auditIn(c, id, {
          action: "member.role",
          target: user_id,
          details: { from: before, to: role },
        });
      return c.json({ user_id, role });
    },
  )
  .delete(
    "/:id/members/:user_id",
    describes(
      "organisations",
      "Remove somebody; their tokens for this organisation end at once",
      [{ status: 204, description: "Gone" }],
      [...MISSING],
    ),
    takes("param", memberParam),
    async (c) => {
      const { user_id } = c.req.valid("param");
      const { id } = await administeredOrganisation(c, c.req.valid("param").id);
      const db = c.var.services.database(id);
      const before = await memberRole(c, id, user_id);
      if (await isLastOf(db, id, user_id)) throw lastAdministrator();
      await publishProfile(c, user_id, {
        change: ({ tenants: { [id]: _gone, ...tenants }, ...rest }) => ({ ...rest, tenants }),
        revoke: false,
      });
      const removed = await removeMember(db, id, user_id);
      await publishProfile(c, user_id);
      if (!removed) throw lastAdministrator();
      await auditIn(c, id, {
        action: "member.remove",
        target: user_id,
        details: { role: before },
      });
      return c.body(null, 204);
    },
  );

/** @throws NOT_FOUND also for an organisation that is somebody else's to administer */
async function administeredOrganisation(c: AppContext, id: string): Promise<OrganisationRow> {
  const { services, principal } = c.var;
  const reach = administers(principal);
  const within = reach === "everybody" || reach.tenant_id === id;
  const row = within ? await organisationById(services.database(id), id) : undefined;
  if (row === undefined) throw noOrganisation(id);
  return row;
}

async function memberRole(c: AppContext, id: string, user_id: string) {
  const role = await roleIn(c.var.services.database(id), id, user_id);
  if (role === undefined)
    throw new AppError("NOT_FOUND", "No such member of this organisation.", { user_id });
  return role;
}

/** Mails a link that its receiver joins with. @returns until when */
async function invite(
  c: AppContext,
  { id, name }: OrganisationRow,
  email: string,
  role: UserRow["role"],
): Promise<number> {
  const { database, now } = c.var.services;
  const db = database(id);
  const email_key = keyOf(email);
  if (await isMember(db, id, email_key))
    throw new AppError("VALIDATION_ERROR", "email: is a member's already", { field: "email" });
  if (!(await mayMail(c, email_key))) throw tooManyMails();
  const token = newSecret();
  const at = now();
  const expires_at = at + INVITATION_LIVES;
  await voidInvitations(db, id, email_key, at);
  await putToken(db, {
    hash: await hashOf(token),
    purpose: "invitation",
    tenant_id: id,
    email_key,
    role,
    created_at: at,
    expires_at,
  });
  await auditIn(c, id, { action: "member.invite", target: id, details: { email, role } });
  sendLinkLater(c, email, pageLink(c, "invitation", token), (link) => ({
    subject: `You are invited to ${name}`,
    text: `You are invited to join ${name}:\n\n${link}\n\nThe link works once, for a week. If you did not expect it, ignore this mail.`,
  }));
  return expires_at;
}

const lastAdministrator = () =>
  new AppError(
    "VALIDATION_ERROR",
    "This is the last administrator of the organisation. Make another one first.",
    { reason: "last_administrator" },
  );
