// The keys that an outside issuer publishes (JWKS), and the verification of what they signed. Which
// claims have to be there is the caller's affair.
import {
  createLocalJWKSet,
  type CryptoKey,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  jwtVerify,
  type JWTVerifyOptions,
} from "jose";
import { z } from "zod";
import { fail, ok, type Result } from "../errors.ts";
import type { OutsideFetch } from "./outside-fetch.ts";
import { makePublished, type PublishedServices } from "./published.ts";

/** Signatures whose keys can be published. None that is made with a shared secret, and not `none`. */
const ASYMMETRIC = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];

/** What a signature can be checked with; anything else in the list is passed over. */
const publicKeySchema = z.discriminatedUnion("kty", [
  z.looseObject({ kty: z.literal("RSA"), n: z.string().min(1), e: z.string().min(1) }),
  z.looseObject({
    kty: z.literal("EC"),
    crv: z.string(),
    x: z.string().min(1),
    y: z.string().min(1),
  }),
  z.looseObject({ kty: z.literal("OKP"), crv: z.string(), x: z.string().min(1) }),
]);

/** A list without one key that could serve is no list of keys: what was known goes on serving. */
const jwksSchema = z.object({
  keys: z
    .array(z.unknown())
    .max(1000)
    .transform((keys) => keys.flatMap((key) => publicKeySchema.safeParse(key).data ?? []))
    .pipe(z.array(publicKeySchema).min(1)),
});
type Jwks = z.infer<typeof jwksSchema>;

const discoverySchema = z.object({ issuer: z.string(), jwks_uri: z.string() });

export interface KeySet {
  /**
   * The claims of a token that one of the keys signed and `options` lets pass. A key that is not
   * known is asked for; where the issuer cannot be asked, the keys known so far decide.
   * AUTHENTICATION_ERROR where it does not hold, SERVICE_UNAVAILABLE where no key was ever had.
   */
  verify(token: string, options: Omit<JWTVerifyOptions, "algorithms">): Promise<Result<JWTPayload>>;
}

/** @param address where the keys are: asked each time they are read */
export function makeKeySet(
  address: () => Promise<string>,
  ask: OutsideFetch,
  services: PublishedServices,
): KeySet {
  const published = makePublished(
    async () => jwksSchema.parse(await readJson(await address(), ask)),
    services,
  );
  /** Imported keys, settled: jose's own cache would share promises between requests. */
  const imported = new WeakMap<Jwks, Map<string, readonly CryptoKey[]>>();

  async function keysFor(jwks: Jwks | null, header: Header): Promise<readonly CryptoKey[]> {
    if (jwks === null) return [];
    const known = imported.get(jwks) ?? new Map<string, readonly CryptoKey[]>();
    imported.set(jwks, known);
    const name = JSON.stringify([header.alg, header.kid]);
    const keys = known.get(name) ?? (await matching(jwks, header));
    // What does not fit is not remembered: names come from tokens, and there is no end of those.
    if (keys.length > 0) known.set(name, keys);
    return keys;
  }

  return {
    async verify(token, options) {
      const header = headerOf(token);
      if (header === null)
        return refused("This token's signature is not of a kind that is accepted.");
      const before = await published.current();
      const tried = await keysFor(before, header);
      const payload = await signedBy(tried, token, options);
      // Without a `kid` the signature alone says that the keys have changed.
      const misses = tried.length === 0 || (header.kid === undefined && payload === "unsigned");
      if (!misses) return resultOf(payload);

      const after = await published.newer();
      if (after === null)
        return fail(
          "SERVICE_UNAVAILABLE",
          "The keys of this token's issuer could not be read just now. Try again.",
          { retryable: true },
        );
      return resultOf(await signedBy(await keysFor(after, header), token, options));
    },
  };
}

type Header = { alg: string; kid?: string };

/** Null for what is no token, or is signed in a way that proves nothing here. */
function headerOf(token: string): Header | null {
  try {
    const { alg, kid } = decodeProtectedHeader(token);
    if (alg === undefined || !ASYMMETRIC.includes(alg)) return null;
    return kid === undefined ? { alg } : { alg, kid };
  } catch {
    return null;
  }
}

/** The keys that may have signed so: one by `kid`; without one, all of the kind. */
async function matching(jwks: Jwks, header: Header): Promise<CryptoKey[]> {
  try {
    return [await createLocalJWKSet(jwks)(header)];
  } catch (thrown) {
    if (thrown instanceof errors.JWKSMultipleMatchingKeys) return Array.fromAsync(thrown);
    // None fits, or the one that does is no key: the others are none the worse for it.
    return [];
  }
}

/** The claims, once a key fits; else why they do not count. */
async function signedBy(
  keys: readonly CryptoKey[],
  token: string,
  options: JWTVerifyOptions,
): Promise<JWTPayload | "unsigned" | "expired" | "unfit"> {
  for (const key of keys) {
    try {
      return (await jwtVerify(token, key, { ...options, algorithms: ASYMMETRIC })).payload;
    } catch (thrown) {
      if (thrown instanceof errors.JWSSignatureVerificationFailed) continue;
      if (thrown instanceof errors.JWTExpired) return "expired";
      if (thrown instanceof errors.JOSEError || thrown instanceof TypeError) return "unfit";
      throw thrown;
    }
  }
  return "unsigned";
}

function resultOf(claims: JWTPayload | "unsigned" | "expired" | "unfit"): Result<JWTPayload> {
  if (claims === "unsigned") return refused("This token was not signed by a key of its issuer.");
  if (claims === "expired")
    return refused("This token has expired. Get a new one from its issuer.");
  if (claims === "unfit") return refused("This token was not issued for use here.");
  return ok(claims);
}

const refused = (message: string) => fail("AUTHENTICATION_ERROR", message);

/**
 * Where an issuer says that its keys are (OpenID Connect Discovery 1.0 §4.3: a document that names
 * another issuer speaks for somebody else).
 */
export async function discoverKeys(issuer: string, ask: OutsideFetch): Promise<string> {
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const document = discoverySchema.parse(await readJson(url, ask));
  if (document.issuer !== issuer) throw new Error("the discovery document is another issuer's");
  return document.jwks_uri;
}

async function readJson(url: string, ask: OutsideFetch): Promise<unknown> {
  const response = await ask(url, { headers: { Accept: "application/json" } });
  if (response.status !== 200) throw new Error(`answered ${response.status}`);
  return response.json();
}
