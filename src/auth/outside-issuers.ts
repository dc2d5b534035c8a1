// Access tokens of issuers that the operator trusts (TRUSTED_ISSUERS): whom they name here, and what
// they say of them. Accounts are not needed for it; sign-on through the same issuer makes them with
// the very same ids.
import { waitUntil } from "cloudflare:workers";
import { decodeJwt, decodeProtectedHeader, type JWTPayload } from "jose";
import { z } from "zod";
import { fail, ok, type Result } from "../errors.ts";
import { roleSchema, tierSchema } from "../protocol/account.ts";
import type { TrustedIssuer } from "../variables.ts";
import { discoverKeys, type KeySet, makeKeySet } from "./key-sets.ts";
import { makeOutsideFetch } from "./outside-fetch.ts";
import { outsideTenantId, outsideUserId } from "./outside-ids.ts";
import type { Credential } from "./principal.ts";
import { CLOCK_SKEW } from "./tokens.ts";

/** What an access token may call itself (RFC 9068 §2.1); a logout or a DPoP token is none. */
const TOKEN_TYPES = /^(application\/)?(at\+)?jwt$/i;

export interface OutsideIssuers {
  /** Whether tokens of this issuer are looked at. */
  accepts(issuer: string): boolean;
  /** Whose token this is. AUTHENTICATION_ERROR, or SERVICE_UNAVAILABLE where its keys were never had. */
  verify(token: string): Promise<Result<Credential>>;
}

/** @param later lets keys be read after the answer that did not wait for them */
export function makeOutsideIssuers(
  issuers: readonly TrustedIssuer[],
  fetch: typeof globalThis.fetch,
  now: () => number,
  later: (work: Promise<unknown>) => void = waitUntil,
): OutsideIssuers {
  const ask = makeOutsideFetch(fetch);
  const trusted = issuers.map((issuer) => ({
    issuer,
    keys: makeKeySet(async () => issuer.jwks_url ?? (await discoverKeys(issuer.issuer, ask)), ask, {
      now,
      later,
    }),
  }));

  return {
    accepts: (issuer) => trusted.some((one) => one.issuer.issuer === issuer),

    async verify(token) {
      const chosen = choose(trusted, token);
      if (chosen === null) return refused("This token was not issued for use here.");
      const { issuer, keys } = chosen;
      const verified = await keys.verify(token, {
        issuer: issuer.issuer,
        audience: issuer.audience,
        clockTolerance: CLOCK_SKEW,
        currentDate: new Date(now()),
        requiredClaims: ["iss", "aud", "sub", "exp", "iat"],
      });
      return verified.ok ? credentialOf(issuer, verified.value, now()) : verified;
    },
  };
}

/** The configured issuer whose rules a token asks to be judged by. It has proved nothing yet. */
function choose(
  trusted: readonly { issuer: TrustedIssuer; keys: KeySet }[],
  token: string,
): { issuer: TrustedIssuer; keys: KeySet } | null {
  try {
    const { typ } = decodeProtectedHeader(token);
    if (typ !== undefined && !TOKEN_TYPES.test(typ)) return null;
    const { iss, aud } = decodeJwt(token);
    // An issuer may be configured for several audiences, each with claims of its own.
    return (
      trusted.find(
        ({ issuer }) => issuer.issuer === iss && [aud].flat().includes(issuer.audience),
      ) ?? null
    );
  } catch {
    return null;
  }
}

const requiredSchema = z.object({
  sub: z.string().min(1).max(1000),
  iat: z.number(),
  exp: z.number(),
  /** Bound to a key that its bearer would have to show (RFC 7800): not shown here, it proves nothing. */
  cnf: z.never().optional(),
});

/** What verified claims say. What is optional and malformed counts as not said. */
async function credentialOf(
  { issuer, claims: names }: TrustedIssuer,
  payload: JWTPayload,
  now: number,
): Promise<Result<Credential>> {
  const required = requiredSchema.safeParse(payload);
  if (!required.success) return refused("This token does not say what it has to.");
  const { sub, iat, exp } = required.data;
  if (iat * 1000 > now + CLOCK_SKEW * 1000) return refused("This token is from the future.");
  const user_id = await outsideUserId(issuer, sub);
  const tenant = z.string().min(1).safeParse(claimAt(payload, names.tenant));
  return ok({
    via: "issuer",
    user_id,
    tenant_id: tenant.success ? await outsideTenantId(issuer, tenant.data) : user_id,
    issued_at: iat * 1000,
    expires_at: exp * 1000,
    email: z.email().nullable().catch(null).parse(claimAt(payload, names.email)),
    roles: rolesOf(claimAt(payload, names.roles)),
    tier: tierSchema.nullable().catch(null).parse(claimAt(payload, names.tier)),
    token_budget: z.int().min(0).nullable().catch(null).parse(claimAt(payload, names.token_budget)),
  });
}

/** A claim by its whole name (some are URLs, dots and all), else by its path, as `realm_access.roles`. */
export function claimAt(payload: JWTPayload, name: string): unknown {
  if (Object.hasOwn(payload, name)) return payload[name];
  let value: unknown = payload;
  for (const step of name.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step))
      return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}

/** The roles known here, of a list or of words in one string. */
function rolesOf(claim: unknown): z.infer<typeof roleSchema>[] {
  const said = typeof claim === "string" ? claim.split(/[\s,]+/) : claim;
  const known = z.array(z.unknown()).catch([]).parse(said);
  return roleSchema.options.filter((role) => role === "user" || known.includes(role));
}

const refused = (message: string) => fail("AUTHENTICATION_ERROR", message);
