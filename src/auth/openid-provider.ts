// One OpenID provider: what it publishes, the exchange of a code, what it says of somebody, and what
// its failures mean here. Around oauth4webapi; signatures are verified by key-sets.ts.
import type { JWTPayload } from "jose";
import * as oauth from "oauth4webapi";
import { z } from "zod";
import { fail } from "../errors.ts";
import type { OidcProvider } from "../variables.ts";
import { type KeySet, makeKeySet } from "./key-sets.ts";
import { isLoopback, isProtected, NotAnswered, type OutsideFetch } from "./outside-fetch.ts";
import { makePublished, type Published, type PublishedServices } from "./published.ts";
import { CLOCK_SKEW } from "./tokens.ts";

/** Somebody as a provider knows them. */
export type Person = {
  issuer: string;
  subject: string;
  email: string | null;
  /** Whether the provider says that the address is theirs. */
  email_verified: boolean;
  name: string | null;
};

const endpointSchema = z.string().refine(isProtected);
/** What a provider's metadata have to have, beyond what the library asks of them. */
const metadataSchema = z.object({
  authorization_endpoint: endpointSchema,
  token_endpoint: endpointSchema,
  jwks_uri: endpointSchema,
});
export type Metadata = oauth.AuthorizationServer & z.infer<typeof metadataSchema>;

export type Provider = {
  client: oauth.Client;
  secret: string | undefined;
  scope: string;
  metadata: Published<Metadata>;
  keys: KeySet;
  request: ReturnType<typeof requestOptions>;
};

export function connect(
  { issuer, client_id, client_secret, scope }: OidcProvider,
  ask: OutsideFetch,
  services: PublishedServices,
): Provider {
  const request = requestOptions(issuer, ask);
  const metadata = makePublished<Metadata>(async () => {
    const address = new URL(issuer);
    const server = await oauth.processDiscoveryResponse(
      address,
      await oauth.discoveryRequest(address, request),
    );
    return { ...server, ...metadataSchema.parse(server) };
  }, services);
  const keyAddress = async () => {
    const known = await metadata.current();
    if (known === null) throw new NotAnswered("no metadata");
    return known.jwks_uri;
  };
  return {
    client: { client_id, [oauth.clockTolerance]: CLOCK_SKEW },
    secret: client_secret,
    scope: scope.split(/\s+/).includes("openid") ? scope : `openid ${scope}`,
    metadata,
    keys: makeKeySet(keyAddress, ask, services),
    request,
  };
}

function requestOptions(issuer: string, ask: OutsideFetch) {
  return {
    [oauth.customFetch]: (
      url: string,
      {
        method,
        headers,
        body,
      }: { method: string; headers: HeadersInit; body?: BodyInit | null | undefined },
    ) => ask(url, { method, headers, body: body ?? null }),
    [oauth.allowInsecureRequests]: isLoopback(issuer),
  };
}

/** What a browser came back with, and what it had been sent out with. */
type Exchange = {
  parameters: URLSearchParams;
  redirect_uri: string;
  state: string;
  nonce: string;
  verifier: string;
};

/** The code for tokens. The ID token's claims are checked, its signature is not yet. */
export async function exchange(
  { client, secret, request }: Provider,
  server: Metadata,
  { parameters, redirect_uri, state, nonce, verifier }: Exchange,
): Promise<{ id_token: string; access_token: string }> {
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    clientAuthentication(server, secret),
    oauth.validateAuthResponse(server, client, parameters, state),
    redirect_uri,
    verifier,
    request,
  );
  const { id_token, access_token } = await oauth.processAuthorizationCodeResponse(
    server,
    client,
    response,
    { expectedNonce: nonce, requireIdToken: true },
  );
  return { id_token: id_token ?? "", access_token };
}

/** The way that the provider takes; a provider that names none takes Basic (OpenID Connect Core §9). */
function clientAuthentication(server: Metadata, secret: string | undefined): oauth.ClientAuth {
  if (secret === undefined) return oauth.None();
  return server.token_endpoint_auth_methods_supported?.includes("client_secret_post") === true
    ? oauth.ClientSecretPost(secret)
    : oauth.ClientSecretBasic(secret);
}

const emailSchema = z.email().nullable().catch(null);
/** Some say it in a string. */
const verifiedSchema = z.union([z.literal(true), z.literal("true")]);
const nameSchema = z.string().trim().min(1).max(200).nullable().catch(null);

/** What the ID token says of somebody; where it is silent on the email, the userinfo endpoint is asked. */
export async function personOf(
  { client, request }: Provider,
  server: Metadata,
  { access_token }: { access_token: string },
  claims: JWTPayload,
): Promise<Person> {
  const subject = z.string().min(1).max(1000).parse(claims.sub);
  let said: Record<string, unknown> = claims;
  if (claims["email"] === undefined && server.userinfo_endpoint !== undefined) {
    // Where this fails the sign-in fails: without the email somebody would get a second account.
    const response = await oauth.userInfoRequest(server, client, access_token, request);
    said = {
      ...claims,
      ...(await oauth.processUserInfoResponse(server, client, subject, response)),
    };
  }
  const email = emailSchema.parse(said["email"]);
  return {
    issuer: server.issuer,
    subject,
    email,
    email_verified: email !== null && verifiedSchema.safeParse(said["email_verified"]).success,
    name: nameSchema.parse(said["name"]),
  };
}

/** Codes of the library that mean: what came back is not to be believed. */
const DISBELIEVED = new Set<string | undefined>([
  oauth.INVALID_RESPONSE,
  oauth.JWT_TIMESTAMP_CHECK,
  oauth.JWT_CLAIM_COMPARISON,
  oauth.JSON_ATTRIBUTE_COMPARISON,
  oauth.UNSUPPORTED_OPERATION,
]);

/** An expected failure of the exchange. @throws anything else, as it came */
export function failureFrom(thrown: unknown) {
  if (thrown instanceof NotAnswered) return away("no_answer");
  if (thrown instanceof oauth.AuthorizationResponseError)
    return /^(server_error|temporarily_unavailable)$/.test(thrown.error)
      ? away(thrown.error)
      : refused("The provider did not sign you in.", thrown.error);
  if (thrown instanceof oauth.ResponseBodyError)
    return thrown.error === "invalid_grant"
      ? refused("The provider does not know this sign-in any more. Begin again.", thrown.error)
      : away(thrown.error);
  if (thrown instanceof oauth.WWWAuthenticateChallengeError) return away("client_refused");
  if (
    thrown instanceof oauth.OperationProcessingError ||
    thrown instanceof oauth.UnsupportedOperationError
  )
    return DISBELIEVED.has(thrown.code)
      ? refused("What the provider says of you does not hold.", thrown.code)
      : away(thrown.code);
  throw thrown;
}

export const refused = (message: string, reason?: string) =>
  fail("AUTHENTICATION_ERROR", message, reasonOf(reason));
export const away = (reason?: string) =>
  fail("SERVICE_UNAVAILABLE", "The sign-in provider cannot be reached just now. Try again.", {
    retryable: true,
    ...reasonOf(reason),
  });

/** A code, never a text: it may be the provider's. */
function reasonOf(reason: string | undefined): { reason?: string } {
  return reason !== undefined && /^[A-Za-z_]{1,60}$/.test(reason) ? { reason } : {};
}
