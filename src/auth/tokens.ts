// Our own access tokens: ES256, an hour at most, with the claims of seed 003 §10.1; and the keys that
// sign and publish them. HS256 serves those who bring a secret of their own.
import { waitUntil } from "cloudflare:workers";
import {
  calculateJwkThumbprint,
  type CryptoKey,
  decodeProtectedHeader,
  errors,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from "jose";
import { z } from "zod";
import type { Config } from "../config.ts";
import { AppError, fail, ok, type Result } from "../errors.ts";
import { isUserId } from "../ids.ts";
import { type Role, roleSchema, tierSchema } from "../protocol/account.ts";
import type { Database } from "../store/database.ts";
import { signingKeySchema } from "../variable-types.ts";
import { insertFirstKey, liveKeys } from "../store/signing-keys.ts";
import type { UserRow } from "../store/users.ts";
import { type Log, thrownFields } from "../telemetry/log.ts";
import { outsideTenantId, outsideUserId } from "./outside-ids.ts";
import type { Credential } from "./principal.ts";

/** Seconds. */
const HOUR = 3600;
/** Seconds that two clocks may differ. */
export const CLOCK_SKEW = 60;
/** Milliseconds for which an isolate believes that it knows every key of ours. */
const KEYS_KNOWN = 300_000;
/** Milliseconds that a new key is known to everybody before it signs: see `rotate-keys`. */
const PUBLISHED_FOR = 600_000;
/** Milliseconds that a first reading may take. */
const PATIENCE = 5000;
/** Milliseconds before keys are read again for a token whose `kid` nobody knows. */
const KEYS_COOLDOWN = 10_000;

type Key = {
  kid: string;
  private: CryptoKey;
  public: CryptoKey;
  jwk: JWK;
  signs_from: number;
  ends_at: number;
};
type Keys = { keys: Key[]; read_at: number };

type Minted = { user: UserRow; session: string; tenant_id: string; role: Role };

export interface Tokens {
  /** An access token for a session. */
  mint(of: Minted): Promise<string>;
  /** Whose token this is. */
  verify(token: string): Promise<Result<Credential>>;
  /** What others verify our tokens with. */
  jwks(): Promise<{ keys: JWK[] }>;
}

type TokenConfig = Pick<
  Config,
  "JWT_SECRET" | "JWT_PRIVATE_KEY" | "JWT_ALGORITHM" | "JWT_EXPIRY" | "JWT_ISSUER" | "JWT_AUDIENCE"
> &
  Pick<Config, "MONTHLY_TOKEN_BUDGET">;

/**
 * @param database where keys are kept that Edgewise makes itself
 * @param later lets work go on after the answer that did not wait for it
 */
export function makeTokens(
  config: TokenConfig,
  database: () => Database,
  now: () => number,
  log: Log,
  later: (work: Promise<unknown>) => void = waitUntil,
): Tokens {
  const secret =
    config.JWT_SECRET === undefined ? null : new TextEncoder().encode(config.JWT_SECRET);
  /** Settled values only: a promise of one request is never awaited by another. */
  let known: Keys | null = null;
  /** When it was last asked for, behind somebody's back. */
  let asked_at = 0;
  /** When somebody last waited for it. */
  let tried_at = 0;

  const read = async (): Promise<Keys> => {
    known = {
      keys:
        config.JWT_PRIVATE_KEY === undefined
          ? await keptKeys(database(), now())
          : // The first signs; the others only verify: they would sign at the end of time.
            await Promise.all(
              config.JWT_PRIVATE_KEY.keys.map((key, at) =>
                keyFrom(key, at === 0 ? 0 : Infinity, null, key.kid),
              ),
            ),
      read_at: now(),
    };
    return known;
  };

  const unread = (thrown: unknown) => log.warning("keys.unread", thrownFields(thrown));

  /**
   * What is known is used at once, and read again behind its back: nobody waits but the first. Where
   * reading fails, what is known serves on.
   */
  async function keys(): Promise<Keys> {
    if (known === null) return inTime(read());
    const due = now() - Math.max(known.read_at, asked_at) >= KEYS_KNOWN;
    if (config.JWT_PRIVATE_KEY === undefined && due) {
      asked_at = now(); // one reader is enough
      later(read().catch(unread));
    }
    return known;
  }

  /** As they are, or as good as: for what must not be missed. */
  async function fresh(oldest: number): Promise<Keys> {
    const at = await keys();
    const tried = now() - Math.max(at.read_at, tried_at) < KEYS_COOLDOWN;
    if (config.JWT_PRIVATE_KEY !== undefined || now() - at.read_at < oldest || tried) return at;
    tried_at = now();
    try {
      return await inTime(read());
    } catch (thrown) {
      unread(thrown);
      return at;
    }
  }

  async function keyOf(kid: string | undefined): Promise<Key | undefined> {
    const find = ({ keys: all }: Keys) => all.find((key) => key.kid === kid && key.ends_at > now());
    // A key that another isolate knows already, or nobody's: asked for now and then, not each time.
    return find(await keys()) ?? find(await fresh(KEYS_COOLDOWN));
  }

  return {
    async mint({ user, session, tenant_id, role }) {
      const claims: JWTPayload = {
        email: user.email,
        tier: user.tier,
        org_id: tenant_id === user.id ? null : tenant_id,
        roles: role === "admin" ? ["user", "admin"] : ["user"],
        features: user.features,
        token_budget: user.limits.monthly_tokens ?? config.MONTHLY_TOKEN_BUDGET ?? null,
        sid: session,
      };
      const seconds = Math.floor(now() / 1000);
      const token = new SignJWT(claims)
        .setSubject(user.id)
        .setIssuer(config.JWT_ISSUER)
        .setAudience(config.JWT_AUDIENCE)
        .setIssuedAt(seconds)
        .setExpirationTime(seconds + config.JWT_EXPIRY);
      if (config.JWT_ALGORITHM === "HS256" && secret !== null)
        return token.setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(secret);
      // A key is published this long before it signs: who knows no newer one may still sign with it.
      const { keys: all } = await fresh(PUBLISHED_FOR);
      const key = all.find((one) => one.signs_from <= now() && one.ends_at > now());
      if (key === undefined) throw new AppError("INTERNAL_ERROR", "no key signs");
      return token.setProtectedHeader({ alg: "ES256", typ: "JWT", kid: key.kid }).sign(key.private);
    },

    async verify(token) {
      const options = {
        issuer: config.JWT_ISSUER,
        audience: config.JWT_AUDIENCE,
        clockTolerance: CLOCK_SKEW,
        currentDate: new Date(now()),
        requiredClaims: ["sub", "exp", "iat"],
      };
      try {
        const { alg, kid } = decodeProtectedHeader(token);
        // The key follows from the algorithm, and each key knows only its own: none can pass for another.
        if (alg === "HS256" && secret !== null)
          return await credentialOf(
            // Whoever signs them: no access token lives longer than an hour.
            (
              await jwtVerify(token, secret, {
                ...options,
                algorithms: ["HS256"],
                maxTokenAge: HOUR,
              })
            ).payload,
          );
        const key = alg === "ES256" ? await keyOf(kid) : undefined;
        if (key === undefined)
          return refused("This token was not signed by a key that is known here.");
        return await credentialOf(
          (await jwtVerify(token, key.public, { ...options, algorithms: ["ES256"] })).payload,
        );
      } catch (thrown) {
        if (thrown instanceof errors.JWTExpired)
          return refused("This token has expired. Refresh it, or sign in again.");
        if (thrown instanceof errors.JOSEError || thrown instanceof TypeError)
          return refused("This token is not valid here. Sign in again.");
        throw thrown;
      }
    },

    async jwks() {
      const { keys: all } = await keys();
      return { keys: all.filter(({ ends_at }) => ends_at > now()).map(({ jwk }) => jwk) };
    },
  };
}

const claimsSchema = z.object({
  sub: z.string().min(1).max(255),
  iss: z.string(),
  exp: z.number(),
  iat: z.number(),
  sid: z.string().optional(),
  email: z.string().nullish().catch(null),
  org_id: z.string().nullish().catch(null),
  tier: tierSchema.nullish().catch(null),
  roles: z.array(roleSchema).catch(["user"]),
  token_budget: z.number().min(0).nullish().catch(null),
});

/**
 * What verified claims say. A token with a session is one that Edgewise minted; one without is of
 * those who sign with the same secret, and names people by ids of their own.
 */
async function credentialOf(payload: JWTPayload): Promise<Result<Credential>> {
  const claims = claimsSchema.safeParse(payload);
  if (!claims.success) return refused("This token does not say what it has to.");
  const { sub, iss, exp, iat, sid, email, org_id, tier, roles, token_budget } = claims.data;
  if (sid !== undefined && isUserId(sub))
    return ok({
      via: "session",
      user_id: sub,
      tenant_id: org_id ?? sub,
      session: sid,
      expires_at: exp * 1000,
    });
  const user_id = isUserId(sub) ? sub : await outsideUserId(iss, sub);
  return ok({
    via: "issuer",
    user_id,
    tenant_id: org_id ? await outsideTenantId(iss, org_id) : user_id,
    issued_at: iat * 1000,
    expires_at: exp * 1000,
    email: email ?? null,
    roles,
    tier: tier ?? null,
    token_budget: token_budget ?? null,
  });
}

/** @throws SERVICE_UNAVAILABLE where the keys are not to be had */
async function inTime(keys: Promise<Keys>): Promise<Keys> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer in time")), PATIENCE);
  });
  try {
    return await Promise.race([keys, late]);
  } catch (cause) {
    throw new AppError(
      "SERVICE_UNAVAILABLE",
      "Tokens cannot be checked just now. Try again.",
      { retryable: true },
      { cause },
    );
  } finally {
    clearTimeout(timer);
  }
}

const refused = (message: string) => fail("AUTHENTICATION_ERROR", message);

/** Keys from D1, newest first; the first is made where there is none. */
async function keptKeys(db: Database, now: number): Promise<Key[]> {
  let rows = await liveKeys(db, now);
  if (rows.length === 0) {
    const { privateKey } = await generateKeyPair("ES256", { extractable: true });
    // Of two isolates that find none at once, the second finds the first one's: both insert `first`.
    await insertFirstKey(db, {
      kid: "first",
      private_jwk: JSON.stringify(await exportJWK(privateKey)),
      created_at: now,
      signs_from: 0, // at once, whatever other clocks say
      retires_at: null,
    });
    rows = await liveKeys(db, now);
  }
  rows.sort((a, b) => b.signs_from - a.signs_from);
  return Promise.all(
    rows.map(async ({ kid, private_jwk, signs_from, retires_at }) =>
      keyFrom(signingKeySchema.parse(JSON.parse(private_jwk)), signs_from, retires_at, kid),
    ),
  );
}

async function keyFrom(
  { kid: _kid, d, ...open }: z.infer<typeof signingKeySchema>,
  signs_from: number,
  retires_at: number | null,
  named: string | undefined,
): Promise<Key> {
  const kid = named ?? (await calculateJwkThumbprint(open));
  const [privateKey, publicKey] = await Promise.all([
    importJWK({ ...open, d }, "ES256"),
    importJWK(open, "ES256"),
  ]);
  if (privateKey instanceof Uint8Array || publicKey instanceof Uint8Array)
    throw new AppError("INTERNAL_ERROR", "a signing key is no key pair");
  const jwk = { ...open, kid, alg: "ES256", use: "sig" };
  const ends_at = retires_at ?? Infinity;
  return { kid, private: privateKey, public: publicKey, jwk, signs_from, ends_at };
}
