// The door that every route with somebody's rows stands behind: `requirePrincipal`, and `costs` for
// what a model is asked for. Both go through the caller's Account object, once.
import type { Next } from "hono";
import { createMiddleware } from "hono/factory";
import { type Asked, chargeOf, saidIn, turnWant } from "../account/admission.ts";
import type { Admission, Want } from "../account/calls.ts";
import type { Credential } from "../auth/principal.ts";
import { giveBack } from "../conversation/settlement.ts";
import { AppError } from "../errors.ts";
import { insertUser, newUser } from "../store/users.ts";
import { thrownFields } from "../telemetry/log.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { credentialOf } from "./credentials.ts";

/** The bound of `max_tokens`: what is beyond it will be refused anyway. */
const LONGEST_ANSWER = 128_000;

const doors = new WeakSet<object>();

/** Marks what asks who is there, and lets nobody else through: the description of the API says so of what is behind it. */
export function asDoor<T extends object>(middleware: T): T {
  doors.add(middleware);
  return middleware;
}

export const isDoor = (handler: object): boolean => doors.has(handler);

/** Puts the caller into `c.var.principal`. @throws AUTHENTICATION_ERROR, FORBIDDEN, RATE_LIMIT_EXCEEDED */
export const requirePrincipal = asDoor(
  createMiddleware<AppEnv>(async function requirePrincipal(c, next) {
    await admit(c, await credentialOf(c), { kind: "request" });
    await next();
  }),
);

type Body = Record<string, unknown>;

/**
 * The same for a route that costs: reserves what its turn may take, by what the body says, before
 * anything else is done. Where no turn took it over, it is given back.
 * @throws also BUDGET_EXCEEDED
 */
export const costs = costing(askedIn);

/** @param read what a body says of its size, before it is validated: who may not spend is told so first */
export function costing(read: (c: AppContext, body: Body) => Asked) {
  return asDoor(createMiddleware<AppEnv>((c, next) => reserving(c, read, next)));
}

async function reserving(
  c: AppContext,
  read: Parameters<typeof costing>[0],
  next: Next,
): Promise<void> {
  const credential = await credentialOf(c);
  const want = turnWant(read(c, await jsonBody(c)), c.var.services);
  const admission = await admit(c, credential, want);
  const charge = chargeOf(admission.principal, admission, want);
  let taken = false;
  c.set("charge", {
    take: () => {
      taken = true;
      return charge;
    },
  });
  try {
    await next();
  } finally {
    if (!taken) c.executionCtx.waitUntil(giveBack(c.var.services, charge));
  }
}

/** Asks the account, sets the caller and `X-RateLimit-*`. */
export async function admit(c: AppContext, credential: Credential, want: Want) {
  const admission = await c.var.services.admit(credential, want);
  if (admission.rate !== null) {
    c.header("X-RateLimit-Limit", String(admission.rate.limit));
    c.header("X-RateLimit-Remaining", String(admission.rate.remaining));
    c.header("X-RateLimit-Reset", String(admission.rate.reset));
  }
  return enter(c, credential, admission);
}

/** Lets somebody in whom the account admitted. @throws the failure of one whom it did not */
export function enter(c: AppContext, credential: Credential, admission: Admission) {
  if (!admission.ok) {
    const { code, message, details } = admission.failure;
    throw new AppError(code, message, details);
  }
  c.set("credential", credential);
  c.set("principal", admission.principal);
  c.set("facts", admission.facts);
  if (admission.stranger && credential.via === "issuer")
    c.executionCtx.waitUntil(
      introduce(c, credential).catch((thrown: unknown) =>
        c.var.services.log.warning("user.unwritten", thrownFields(thrown)),
      ),
    );
  return admission;
}

/** Of a body in Edgewise's own words. */
export function askedIn(c: AppContext, body: Body): Asked {
  const { max_tokens, provider, model } = body;
  return {
    ...saidIn(body),
    history: typeof body["conversation_id"] === "string" || c.req.param("id") !== undefined,
    max_tokens: longestIn(max_tokens),
    provider: typeof provider === "string" ? provider : undefined,
    model: typeof model === "string" ? model : undefined,
  };
}

/** The longest answer that a body asks for; null where it does not say. */
export function longestIn(max_tokens: unknown): number | null {
  return typeof max_tokens === "number" && max_tokens > 0
    ? Math.min(Math.ceil(max_tokens), LONGEST_ANSWER)
    : null;
}

/** The body, where there is one and it is an object; else an empty one. */
export async function jsonBody(c: AppContext): Promise<Body> {
  try {
    const body: unknown = await c.req.json();
    return typeof body === "object" && body !== null ? { ...body } : {};
  } catch {
    return {}; // the validator says what is wrong with it
  }
}

/** Outside people whom this isolate has written down already. */
const introduced = new Set<string>();

/** Writes somebody down whom an outside issuer vouches for, so that an administrator sees them. */
async function introduce(
  c: AppContext,
  { user_id, email, tier }: Extract<Credential, { via: "issuer" }>,
): Promise<void> {
  if (introduced.has(user_id)) return;
  const { config, database, now } = c.var.services;
  // The email is as the issuer says; it keeps nobody from registering with it here.
  const known = { id: user_id, tier: tier ?? config.DEFAULT_TIER, created_at: now(), email };
  const row = { ...newUser(known), email_key: null };
  await insertUser(database(user_id), row);
  if (introduced.size > 10_000) introduced.clear();
  introduced.add(user_id); // only now: who could not be written down is tried again
}
