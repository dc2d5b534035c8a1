// /auth/api-keys, /auth/sessions, /auth/ws-ticket: the credentials that somebody has, beside their
// password. They live in the Account object alone.
import { Hono } from "hono";
import { z } from "zod";
import { hashOf, newApiKey } from "../auth/opaque.ts";
import { type ApiKey, apiKeySchema } from "../auth/profile.ts";
import { AppError, unwrap } from "../errors.ts";
import { newId } from "../ids.ts";
import { limitOverridesSchema, scopeSchema } from "../protocol/account.ts";
import { fullNameSchema } from "./account-fields.ts";
import { audit } from "./auditing.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { describes, knownConversation, takes } from "./declare.ts";
import { requirePrincipal } from "./principal.ts";
import { requires } from "./requires.ts";
import { newTicket } from "./tickets.ts";

const DAY = 24 * 3600_000;

const newKeySchema = z.object({
  name: fullNameSchema.default("API key"),
  scopes: z
    .array(scopeSchema)
    .min(1, "should have at least one")
    .max(10, "should have at most 10")
    .default(["chat", "conversations"]),
  expires_in_days: z.int().min(1).max(3650).nullable().default(null),
  limits: limitOverridesSchema.default({}),
});

const keyViewSchema = apiKeySchema
  .omit({ tenant_id: true })
  .extend({
    created_at: z.string(),
    expires_at: z.string().nullable(),
    last_used_at: z.string().nullable(),
  })
  .meta({ ref: "ApiKey" });

const sessionViewSchema = z
  .object({
    id: z.string(),
    current: z.boolean(),
    organisation_id: z.string().nullable(),
    created_at: z.string(),
    last_used_at: z.string(),
    expires_at: z.string(),
    address: z.string().nullable(),
    user_agent: z.string().nullable(),
  })
  .meta({ ref: "Session" });

const iso = (at: number) => new Date(at).toISOString();

/** Mounted after the routes that one need not be anybody for. */
export const credentials = new Hono<AppEnv>()
  .post(
    "/ws-ticket",
    requirePrincipal,
    requires({ scope: "conversations" }),
    describes(
      "auth",
      "A ticket that opens one WebSocket of one conversation, within 30 s: `?ticket=`",
      [
        {
          status: 201,
          description: "The ticket",
          schema: z.object({ ticket: z.string(), expires_in: z.number() }),
        },
      ],
      ["AUTHENTICATION_ERROR", "FORBIDDEN", "CONVERSATION_NOT_FOUND"],
    ),
    takes("json", z.object({ conversation_id: z.string() }), {
      conversation_id: "conv_01kakf9zt4000e5r8h2b7wq3xm",
    }),
    async (c) => {
      const id = knownConversation(c.req.valid("json").conversation_id);
      unwrap(await c.var.services.conversation(id).get(c.var.principal, id));
      return c.json(await newTicket(c, id), 201);
    },
  )
  .post(
    "/api-keys",
    requirePrincipal,
    requires({ scope: "account" }),
    describes(
      "auth",
      "Make an API key; it is shown this once",
      [
        {
          status: 201,
          description: "The key",
          schema: keyViewSchema.extend({ key: z.string() }),
        },
      ],
      ["AUTHENTICATION_ERROR", "FORBIDDEN", "VALIDATION_ERROR"],
    ),
    takes("json", newKeySchema, { name: "Nightly report", scopes: ["chat"], expires_in_days: 90 }),
    async (c) => {
      const { name, scopes, expires_in_days, limits } = c.req.valid("json");
      const { account, now } = c.var.services;
      const { user_id, tenant_id, scopes: own, via } = c.var.principal;
      // Not a key, which could outgrow itself; and not whom an outside issuer vouches for, for an hour.
      if (via !== "session")
        throw new AppError("FORBIDDEN", "API keys are made by somebody who has signed in here.");
      const beyond = scopes.filter((scope) => !own.includes(scope));
      if (beyond.length > 0)
        throw new AppError("FORBIDDEN", `scopes: you do not have ${beyond.join(", ")} yourself`, {
          field: "scopes",
        });
      const at = now();
      const secret = newApiKey(user_id);
      const key: ApiKey = {
        id: newId("key", at),
        name,
        prefix: secret.slice(0, 12),
        tenant_id,
        scopes: [...new Set(scopes)],
        limits,
        created_at: at,
        expires_at: expires_in_days === null ? null : at + expires_in_days * DAY,
        last_used_at: null,
      };
      unwrap(await account(user_id).addKey({ ...key, hash: await hashOf(secret) }));
      await audit(c, {
        action: "api_key.create",
        target: key.id,
        details: { scopes: key.scopes, expires_in_days, limits },
      });
      return c.json({ ...keyView(key), key: secret }, 201);
    },
  )
  .get(
    "/api-keys",
    requirePrincipal,
    requires({ scope: "account" }),
    describes(
      "auth",
      "Your API keys, without what proves them",
      [
        {
          status: 200,
          description: "Newest first",
          schema: z.object({ api_keys: z.array(keyViewSchema) }),
        },
      ],
      ["AUTHENTICATION_ERROR", "FORBIDDEN"],
    ),
    async (c) => {
      const keys = await ownAccount(c).keys();
      return c.json({ api_keys: keys.map(keyView) });
    },
  )
  .delete(
    "/api-keys/:key_id",
    requirePrincipal,
    requires({ scope: "account" }),
    describes(
      "auth",
      "Revoke an API key, at once",
      [{ status: 204, description: "Revoked" }],
      ["AUTHENTICATION_ERROR", "FORBIDDEN", "NOT_FOUND"],
    ),
    takes("param", z.object({ key_id: z.string() })),
    async (c) => {
      const { key_id } = c.req.valid("param");
      if (!(await ownAccount(c).revokeKey(key_id)))
        throw new AppError("NOT_FOUND", "No such API key. List yours with GET.", { key_id });
      await audit(c, { action: "api_key.revoke", target: key_id });
      return c.body(null, 204);
    },
  )
  .get(
    "/sessions",
    requirePrincipal,
    requires({ scope: "account" }),
    describes(
      "auth",
      "Where you are signed in",
      [
        {
          status: 200,
          description: "Last used first",
          schema: z.object({ sessions: z.array(sessionViewSchema) }),
        },
      ],
      ["AUTHENTICATION_ERROR", "FORBIDDEN"],
    ),
    async (c) => {
      const { credential, principal } = c.var;
      const sessions = await ownAccount(c).sessions();
      return c.json({
        sessions: sessions.map((session) => ({
          id: session.id,
          current: credential.via === "session" && credential.session === session.id,
          organisation_id: session.tenant_id === principal.user_id ? null : session.tenant_id,
          created_at: iso(session.created_at),
          last_used_at: iso(session.rotated_at),
          expires_at: iso(session.expires_at),
          address: session.address,
          user_agent: session.user_agent,
        })),
      });
    },
  )
  .delete(
    "/sessions/:session_id",
    requirePrincipal,
    requires({ scope: "account" }),
    describes(
      "auth",
      "Sign out somewhere else",
      [{ status: 204, description: "Ended" }],
      ["AUTHENTICATION_ERROR", "FORBIDDEN", "NOT_FOUND"],
    ),
    takes("param", z.object({ session_id: z.string() })),
    async (c) => {
      const { session_id } = c.req.valid("param");
      if ((await ownAccount(c).endSessions({ only: session_id })) === 0)
        throw new AppError("NOT_FOUND", "No such session. List yours with GET.", { session_id });
      await audit(c, { action: "session.end", target: session_id });
      return c.body(null, 204);
    },
  )
  .get(
    "/limits",
    requirePrincipal,
    describes(
      "auth",
      "Your limits and budgets, and what is used of them",
      [{ status: 200, description: "As they stand", schema: z.looseObject({}) }],
      ["AUTHENTICATION_ERROR"],
    ),
    async (c) => c.json(await ownAccount(c).standing(c.var.credential)),
  );

function ownAccount(c: AppContext) {
  return c.var.services.account(c.var.principal.user_id);
}

function keyView({ tenant_id: _tenant, ...key }: ApiKey): z.infer<typeof keyViewSchema> {
  return {
    ...key,
    created_at: iso(key.created_at),
    expires_at: key.expires_at === null ? null : iso(key.expires_at),
    last_used_at: key.last_used_at === null ? null : iso(key.last_used_at),
  };
}
