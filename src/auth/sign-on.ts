// Signing in with an outside OpenID provider: the authorization code flow with PKCE, from the
// redirect to who came back. Whose account that is, is not decided here.
import { waitUntil } from "cloudflare:workers";
import * as oauth from "oauth4webapi";
import { z } from "zod";
import { fail, ok, type Result } from "../errors.ts";
import type { OidcProvider } from "../variables.ts";
import {
  away,
  connect,
  exchange,
  failureFrom,
  type Person,
  personOf,
  refused,
} from "./openid-provider.ts";
import { makeOutsideFetch } from "./outside-fetch.ts";
import type { PublishedServices } from "./published.ts";
import type { Sealer } from "./sealed.ts";
import { CLOCK_SKEW } from "./tokens.ts";

/** Milliseconds between setting out and coming back. */
export const SIGN_ON_TIME = 600_000;
const LONGEST_PATH = 1000;

type SignedOn = Person & {
  /** A path of this origin. */
  return_to: string;
};

type Callback = {
  provider: string;
  /** What the provider sent back in the URL. */
  parameters: URLSearchParams;
  /** The same as at the beginning. */
  redirect_uri: string;
  cookie: string | undefined;
  /** Uses the state up; false where that has been done. */
  spend: (state: string) => Promise<boolean>;
};

export interface SignOn {
  providers: readonly { id: string; name: string }[];
  /** Where to send a browser, and the cookie that it has to bring back. NOT_FOUND, SERVICE_UNAVAILABLE. */
  begin(
    provider: string,
    redirect_uri: string,
    return_to: string,
  ): Promise<Result<{ location: string; cookie: string }>>;
  /** Who came back. NOT_FOUND, AUTHENTICATION_ERROR, SERVICE_UNAVAILABLE; `details.reason` is for the operator. */
  finish(callback: Callback): Promise<Result<SignedOn>>;
}

type SignOnServices = {
  fetch: typeof globalThis.fetch;
  sealer: Sealer;
  now: () => number;
  later?: PublishedServices["later"];
};

export function makeSignOn(
  configured: readonly OidcProvider[],
  { fetch, sealer, now, later = waitUntil }: SignOnServices,
): SignOn {
  const ask = makeOutsideFetch(fetch);
  const providers = new Map(
    configured.map((provider) => [provider.id, connect(provider, ask, { now, later })]),
  );

  return {
    providers: configured.map(({ id, name }) => ({ id, name: name ?? id })),

    async begin(id, redirect_uri, return_to) {
      const provider = providers.get(id);
      if (provider === undefined) return unknownProvider();
      const server = await provider.metadata.current();
      if (server === null) return away("discovery");
      const begun: Begun = {
        provider: id,
        state: oauth.generateRandomState(),
        nonce: oauth.generateRandomNonce(),
        verifier: oauth.generateRandomCodeVerifier(),
        return_to: pathOf(return_to),
      };
      const location = new URL(server.authorization_endpoint);
      const parameters = {
        response_type: "code",
        client_id: provider.client.client_id,
        redirect_uri,
        scope: provider.scope,
        state: begun.state,
        nonce: begun.nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(begun.verifier),
        code_challenge_method: "S256",
      };
      for (const [name, value] of Object.entries(parameters))
        location.searchParams.set(name, value);
      const cookie = await sealer.seal("oidc", begun, now() + SIGN_ON_TIME);
      return ok({ location: location.href, cookie });
    },

    async finish({ provider: id, parameters, redirect_uri, cookie, spend }) {
      const provider = providers.get(id);
      if (provider === undefined) return unknownProvider();
      const opened = cookie === undefined ? null : await sealer.open("oidc", cookie);
      const begun = begunSchema.safeParse(opened);
      if (!begun.success || begun.data.provider !== id)
        return refused(
          "This sign-in did not begin in this browser, or took too long.",
          "no_cookie",
        );
      const { state, nonce, verifier, return_to } = begun.data;
      if (parameters.get("state") !== state)
        return refused("This is the answer to another sign-in.", "other_state");
      // Before the code is shown to the provider: a code that comes twice would end the first one's tokens.
      if (!(await spend(state))) return refused("This sign-in has been used already.", "replayed");
      const server = await provider.metadata.current();
      if (server === null) return away("discovery");
      try {
        const tokens = await exchange(provider, server, {
          parameters,
          redirect_uri,
          state,
          nonce,
          verifier,
        });
        const verified = await provider.keys.verify(tokens.id_token, {
          issuer: server.issuer,
          audience: provider.client.client_id,
          clockTolerance: CLOCK_SKEW,
          currentDate: new Date(now()),
          requiredClaims: ["sub", "exp", "iat", "nonce"],
        });
        if (!verified.ok)
          return verified.failure.code === "SERVICE_UNAVAILABLE"
            ? away("keys")
            : refused("What the provider says of you could not be verified.", "signature");
        return ok({ ...(await personOf(provider, server, tokens, verified.value)), return_to });
      } catch (thrown) {
        return failureFrom(thrown);
      }
    },
  };
}

/** What a browser carries to the provider and back. */
const begunSchema = z.object({
  provider: z.string(),
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  return_to: z.string(),
});
type Begun = z.infer<typeof begunSchema>;

/**
 * A path of this origin that a browser cannot read as another one's: `//host`, `/\host` and tabs
 * between the slashes all are.
 */
export function pathOf(return_to: string): string {
  const here = "http://here.invalid";
  if (!return_to.startsWith("/") || return_to.length > LONGEST_PATH) return "/";
  if (!URL.canParse(return_to, here)) return "/";
  const { origin, pathname, search, hash } = new URL(return_to, here);
  return origin !== here || pathname.startsWith("//") ? "/" : pathname + search + hash;
}

const unknownProvider = () =>
  fail("NOT_FOUND", "No such provider. GET /api/v1/auth/oidc lists them.");
