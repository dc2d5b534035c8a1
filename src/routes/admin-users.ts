// /admin/users: who there is, and what an administrator changes of them.
import { Hono } from "hono";
import { z } from "zod";
import { administers } from "../auth/principal.ts";
import { AppError } from "../errors.ts";
import {
  limitOverridesSchema,
  roleSchema,
  tierSchema,
  type User,
  userSchema,
} from "../protocol/account.ts";
import {
  changeUser,
  isLastAdministrator,
  listUsers,
  type UserChange,
} from "../store/administered.ts";
import { LINKS, voidTokens } from "../store/one-time-tokens.ts";
import { organisationsOf } from "../store/organisations.ts";
import { keyOf } from "../protocol/account.ts";
import { type UserRow, userView } from "../store/users.ts";
import { emailSchema, fullNameSchema, takenField, usernameSchema } from "./account-fields.ts";
import {
  administered,
  administrator,
  forInstallation,
  publishProfile,
  bySession,
} from "./administering.ts";
import { audit } from "./auditing.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { describes, takes } from "./declare.ts";
import { sendVerification } from "./mails.ts";
import { pageOf, paging, paginationOf, paginationSchema } from "./paging.ts";

const listQuery = z.object({
  ...paging,
  search: z
    .string()
    .trim()
    .max(200, "should have at most 200 characters")
    .transform((text) => (text === "" ? undefined : text))
    .optional(),
  is_active: z.stringbool("should be true or false").optional(),
});

/** Seed 001's UserUpdate. What is left out stays as it is; `limits` and `features` are replaced whole. */
const updateSchema = z
  .object({
    full_name: fullNameSchema.nullable(),
    email: emailSchema,
    username: usernameSchema,
    tier: tierSchema,
    role: roleSchema,
    is_active: z.boolean("should be true or false"),
    features: z
      .array(z.string().regex(/^[\w.:-]{1,50}$/, "should be 1 to 50 of a-z, 0-9, _ . : -"))
      .max(50, "should be at most 50"),
    limits: limitOverridesSchema,
  })
  .partial();
type Update = z.infer<typeof updateSchema>;
const UPDATE: Update = { tier: "professional", role: "user", is_active: true };

const idParam = z.object({ id: z.string() });
const ADMINISTRATORS = ["AUTHENTICATION_ERROR", "FORBIDDEN"] as const;
const MISSING = [...ADMINISTRATORS, "NOT_FOUND"] as const;

const listed = describes(
  "admin",
  "Users, newest first",
  [
    {
      status: 200,
      description: "A page",
      schema: z.object({ users: z.array(userSchema), pagination: paginationSchema }),
    },
  ],
  [...ADMINISTRATORS],
);
const updated = describes(
  "admin",
  "Change a user; who is deactivated is signed out everywhere at once",
  [{ status: 200, description: "As they are now", schema: userSchema }],
  [...MISSING],
);

export const users = new Hono<AppEnv>()
  .use(administrator)
  .get("/", listed, takes("query", listQuery), async (c) => {
    const query = c.req.valid("query");
    const page = pageOf(query);
    const { rows, total } = await pageOfUsers(c, query);
    return c.json({
      users: rows.map(userView),
      pagination: paginationOf(page, rows, total),
    });
  })
  .get(
    "/:id",
    describes(
      "admin",
      "A user, the organisations they are in, and what of their limits is used",
      [
        {
          status: 200,
          description: "The user",
          schema: userSchema.extend({
            organisations: z.array(
              z.object({ id: z.string(), name: z.string(), role: roleSchema }),
            ),
            standing: z.record(z.string(), z.unknown()).nullable(),
          }),
        },
      ],
      [...MISSING],
    ),
    takes("param", idParam),
    async (c) => {
      const { services, principal } = c.var;
      const row = await administered(c, c.req.valid("param").id);
      const reach = administers(principal);
      const [organisations, standing] = await Promise.all([
        organisationsOf(services.database(row.id), row.id),
        // What somebody uses in a tenant of their own is not their organisation's to see.
        reach === "everybody" ? services.account(row.id).standing(row.tier) : null,
      ]);
      return c.json({
        ...userView(row),
        organisations: organisations.filter(
          ({ id }) => reach === "everybody" || id === reach.tenant_id,
        ),
        standing,
      });
    },
  )
  .get(
    "/:id/limits",
    describes(
      "admin",
      "The limits in force for a user, and what of them is used",
      [{ status: 200, description: "Limits and use", schema: z.record(z.string(), z.unknown()) }],
      [...MISSING],
    ),
    takes("param", idParam),
    async (c) => {
      const row = await administered(c, c.req.valid("param").id);
      forInstallation(c, "Seeing what somebody uses everywhere");
      return c.json(await c.var.services.account(row.id).standing(row.tier));
    },
  )
  .put("/:id", updated, takes("param", idParam), takes("json", updateSchema, UPDATE), async (c) =>
    c.json(await update(c, c.req.valid("param").id, c.req.valid("json"))),
  )
  .patch("/:id", updated, takes("param", idParam), takes("json", updateSchema, UPDATE), async (c) =>
    c.json(await update(c, c.req.valid("param").id, c.req.valid("json"))),
  );

/** Seed 001's paths: a bare array, and a PUT. */
export const seedUsers = new Hono<AppEnv>()
  .use(administrator)
  .get(
    "/",
    describes(
      "admin",
      "Users as seed 001 lists them",
      [{ status: 200, description: "A page", schema: z.array(userSchema) }],
      [...ADMINISTRATORS],
    ),
    takes("query", listQuery),
    async (c) => c.json((await pageOfUsers(c, c.req.valid("query"))).rows.map(userView)),
  )
  .put("/:id", updated, takes("param", idParam), takes("json", updateSchema, UPDATE), async (c) =>
    c.json(await update(c, c.req.valid("param").id, c.req.valid("json"))),
  );

async function pageOfUsers(c: AppContext, query: z.infer<typeof listQuery>) {
  const { services, principal } = c.var;
  const { search, is_active } = query;
  return listUsers(services.database(principal.tenant_id), administers(principal), {
    ...pageOf(query),
    search,
    is_active,
  });
}

/** @throws NOT_FOUND, FORBIDDEN, VALIDATION_ERROR */
async function update(c: AppContext, id: string, wanted: Update): Promise<User> {
  const { database, now } = c.var.services;
  const db = database(id);
  const before = await administered(c, id);
  // An account is its person's; an organisation decides who is in it, and as what.
  forInstallation(c, "Changing an account (its role in an organisation is a member's)");
  // Who has an account's address or an administrator's role has it all: no key gives those away.
  if (wanted.email !== undefined || wanted.role !== undefined)
    bySession(c, "Changing an email or a role");
  const falls = wanted.is_active === false;
  if ((falls || wanted.role === "user") && (await isLastAdministrator(db, id)))
    throw refused("last_administrator");

  if (falls)
    await publishProfile(c, id, {
      change: (profile) => ({ ...profile, is_active: false }),
      revoke: true,
    });
  const outcome = await changeUser(db, id, changeFrom(before, wanted), now());
  // Whatever came of it: the account is told what holds now. Who signed in meanwhile is out as well.
  const revoke = falls && "row" in outcome;
  const row = (await publishProfile(c, id, { change: (profile) => profile, revoke })) ?? before;
  if ("refused" in outcome) throw refused(outcome.refused);
  if (row.email_key !== before.email_key) {
    await voidTokens(db, id, LINKS, now());
    await sendVerification(c, row);
  }
  const changes = changesBetween(before, outcome.row);
  if (Object.keys(changes).length > 0)
    await audit(c, { action: "user.update", target: id, details: { changes } });
  return userView(row);
}

/** Another email is one that nobody has verified. */
function changeFrom(before: UserRow, wanted: Update): UserChange {
  const said = Object.fromEntries(
    Object.entries(wanted).filter(([, value]) => value !== undefined),
  );
  const moves = wanted.email !== undefined && keyOf(wanted.email) !== before.email_key;
  return { ...said, ...(moves ? { email_verified_at: null } : {}) };
}

const FIELDS = [
  "full_name",
  "email",
  "username",
  "tier",
  "role",
  "is_active",
  "features",
  "limits",
] as const satisfies (keyof Update)[];

function changesBetween(before: UserRow, after: UserRow) {
  return Object.fromEntries(
    FIELDS.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field])).map(
      (field) => [field, { from: before[field], to: after[field] }],
    ),
  );
}

function refused(reason: "email" | "username" | "last_administrator"): AppError {
  return reason === "last_administrator"
    ? new AppError(
        "VALIDATION_ERROR",
        "This is the last active administrator of this installation. Make another one first.",
        { reason },
      )
    : takenField(reason);
}
