// The flow against real OpenID providers, without the app around it: what comes back is believed only
// if it is an answer to what was asked, from the one who was asked, in the browser that asked.
import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { makeOutsideIssuers } from "../../src/auth/outside-issuers.ts";
import { makeSealer } from "../../src/auth/sealed.ts";
import { makeSignOn, pathOf, type SignOn } from "../../src/auth/sign-on.ts";
import { type Result, unwrap } from "../../src/errors.ts";
import { variables } from "../../src/variables.ts";
import { asked, Browser, control, type Login, ORIGIN, signedBy } from "./browser.ts";

const providers = variables.shape.OIDC_PROVIDERS.parse(env.OIDC_PROVIDERS);
const callbackOf = (id: string) => `${ORIGIN}/api/v1/auth/oidc/${id}/callback`;
const ann: Login = "ann:ann@example.org:yes";

let ahead = 0;
const now = () => Date.now() + ahead;
const sealer = makeSealer(async () => "a secret of this test, 32 characters", now);
const upstream: typeof fetch = (input, init) => fetch(input, init);

beforeEach(() => {
  ahead = 0;
});

const make = (through = upstream): SignOn =>
  makeSignOn(providers, { fetch: through, sealer, now, later: () => undefined });

/** Goes to the provider and comes back. */
async function approved(signOn: SignOn, id = "open", login = ann) {
  const { location, cookie } = unwrap(await signOn.begin(id, callbackOf(id), "/c/1?tab=2"));
  const returned = await new Browser().approve(location, login);
  return {
    provider: id,
    parameters: new URL(returned).searchParams,
    redirect_uri: callbackOf(id),
    cookie,
    spend: async () => true,
  };
}

const outcome = async (finishing: Promise<Result<unknown>>) => {
  const result = await finishing;
  return result.ok ? "ok" : [result.failure.code, result.failure.details["reason"]];
};

test("an email in the ID token, and one at the userinfo endpoint, are the same person's", async () => {
  const signOn = make();
  for (const id of ["open", "confidential"])
    expect(await signOn.finish(await approved(signOn, id))).toEqual({
      ok: true,
      value: {
        issuer: providers.find((provider) => provider.id === id)?.issuer,
        subject: ann,
        email: "ann@example.org",
        email_verified: true,
        name: "ann",
        return_to: "/c/1?tab=2",
      },
    });
});

test("what a provider does not verify is said to be unverified", async () => {
  const signOn = make();
  const result = await signOn.finish(
    await approved(signOn, "confidential", "eve:ann@example.org:no"),
  );
  expect(result).toMatchObject({ value: { email: "ann@example.org", email_verified: false } });
});

test("a state of another browser, of another sign-in, or spent: refused before the code is used", async () => {
  const signOn = make();
  const callback = await approved(signOn);
  const other = await approved(signOn);
  const refusedFor = (reason: string) => ["AUTHENTICATION_ERROR", reason];
  const without = { ...callback, cookie: undefined };
  expect(await outcome(signOn.finish(without))).toEqual(refusedFor("no_cookie"));
  const forged = { ...callback, cookie: `${callback.cookie}x` };
  expect(await outcome(signOn.finish(forged))).toEqual(refusedFor("no_cookie"));
  const elsewhere = { ...callback, provider: "confidential" };
  expect(await outcome(signOn.finish(elsewhere))).toEqual(refusedFor("no_cookie"));
  const swapped = { ...callback, cookie: other.cookie };
  expect(await outcome(signOn.finish(swapped))).toEqual(refusedFor("other_state"));
  const spent = { ...callback, spend: async () => false };
  expect(await outcome(signOn.finish(spent))).toEqual(refusedFor("replayed"));
  // The code is still good.
  expect(await outcome(signOn.finish(callback))).toBe("ok");
});

test("a sign-in takes at most ten minutes", async () => {
  const signOn = make();
  const callback = await approved(signOn);
  ahead = 601_000;
  expect(await outcome(signOn.finish(callback))).toEqual(["AUTHENTICATION_ERROR", "no_cookie"]);
});

test("an ID token for another nonce, and a code for another verifier, are refused", async () => {
  const signOn = make();
  const amiss = async (change: Record<string, string>) => {
    const callback = await approved(signOn);
    const { exp: _exp, ...begun } = (await sealer.open("oidc", callback.cookie)) ?? {};
    const cookie = await sealer.seal("oidc", { ...begun, ...change }, now() + 60_000);
    return outcome(signOn.finish({ ...callback, cookie }));
  };
  expect(await amiss({ nonce: "another" })).toEqual([
    "AUTHENTICATION_ERROR",
    "OAUTH_JWT_CLAIM_COMPARISON_FAILED",
  ]);
  expect(await amiss({ verifier: "x".repeat(43) })).toEqual([
    "AUTHENTICATION_ERROR",
    "invalid_grant",
  ]);
  expect(await amiss({})).toBe("ok");
});

test("an answer in another issuer's name is refused", async () => {
  const signOn = make();
  const callback = await approved(signOn);
  callback.parameters.set("iss", "https://evil.example");
  expect(await outcome(signOn.finish(callback))).toEqual([
    "AUTHENTICATION_ERROR",
    "OAUTH_INVALID_RESPONSE",
  ]);
});

test("who does not agree at the provider is not signed in", async () => {
  const signOn = make();
  const callback = await approved(signOn);
  callback.parameters.delete("code");
  callback.parameters.set("error", "access_denied");
  expect(await outcome(signOn.finish(callback))).toEqual(["AUTHENTICATION_ERROR", "access_denied"]);
});

/** Another ID token in place of the provider's. */
function replacing(token: (issuer: string, nonce: unknown) => Promise<string>): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (!new Request(input).url.endsWith("/token")) return response;
    const body = await response.json<{ id_token: string }>();
    const claims = JSON.parse(
      new TextDecoder().decode(
        Uint8Array.fromBase64(body.id_token.split(".")[1] ?? "", { alphabet: "base64url" }),
      ),
    ) as { iss: string; nonce: string };
    return Response.json({ ...body, id_token: await token(claims.iss, claims.nonce) });
  };
}

test("an ID token is believed by its signature, its issuer, its audience and its time", async () => {
  const seconds = Math.floor(Date.now() / 1000);
  const attempt = async (signer: string, claims: Record<string, unknown>) => {
    const signOn = make(
      replacing((iss, nonce) =>
        signedBy(signer, {
          iss,
          nonce,
          sub: ann,
          aud: "edgewise",
          email: "a@b.example",
          ...claims,
        }),
      ),
    );
    const result = await outcome(signOn.finish(await approved(signOn)));
    return result === "ok" ? "ok" : result[0];
  };
  expect(await attempt("open", {})).toBe("ok");
  expect(await attempt("open", { exp: seconds - 30 })).toBe("ok");
  expect(await attempt("somebody-else", {})).toBe("AUTHENTICATION_ERROR");
  expect(await attempt("open", { iss: "https://evil.example" })).toBe("AUTHENTICATION_ERROR");
  expect(await attempt("open", { aud: "another-client" })).toBe("AUTHENTICATION_ERROR");
  expect(await attempt("open", { aud: ["edgewise", "b"], azp: "b" })).toBe("AUTHENTICATION_ERROR");
  expect(await attempt("open", { exp: seconds - 120 })).toBe("AUTHENTICATION_ERROR");
  expect(await attempt("open", { nonce: undefined })).toBe("AUTHENTICATION_ERROR");
});

test("an unsigned ID token is refused", async () => {
  const part = (value: object) =>
    new TextEncoder()
      .encode(JSON.stringify(value))
      .toBase64({ alphabet: "base64url", omitPadding: true });
  const iat = Math.floor(Date.now() / 1000);
  const signOn = make(
    replacing(async (iss, nonce) => {
      const claims = { iss, nonce, sub: ann, aud: "edgewise", iat, exp: iat + 60 };
      return `${part({ alg: "none" })}.${part(claims)}.`;
    }),
  );
  const result = await signOn.finish(await approved(signOn));
  expect(result).toMatchObject({ ok: false, failure: { code: "AUTHENTICATION_ERROR" } });
});

test("a provider that cannot be reached is a 503, and what was known of it serves on", async () => {
  expect(await outcome(make().begin("away", callbackOf("away"), "/"))).toEqual([
    "SERVICE_UNAVAILABLE",
    "discovery",
  ]);
  let gone = false;
  const signOn = make((input, init) => {
    const reads = init?.method === undefined || init.method === "GET";
    if (gone && reads && !new Request(input).url.endsWith("/me"))
      throw new Error("Network connection lost.");
    return fetch(input, init);
  });
  expect(await outcome(signOn.finish(await approved(signOn)))).toBe("ok");
  gone = true;
  ahead = 3_600_000;
  const { location } = unwrap(await signOn.begin("open", callbackOf("open"), "/"));
  expect(location).toContain("code_challenge_method=S256");
});

test("an unknown provider is no provider", async () => {
  expect(await make().begin("nobody", callbackOf("nobody"), "/")).toMatchObject({
    failure: { code: "NOT_FOUND" },
  });
});

test("one returns to a path of this origin, or to the front page", () => {
  expect(pathOf("/c/1?a=b#c")).toBe("/c/1?a=b#c");
  for (const path of [
    "",
    "c/1",
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "/.//evil.example",
    "/..//evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    `/${"x".repeat(2000)}`,
  ])
    expect(pathOf(path), path).toBe("/");
});

test("an issuer's keys that hang or are rubbish do not stop those that are known", async () => {
  const name = `hanging-${Date.now()}`;
  const claims = { iss: "https://hanging.example", aud: "edgewise-api", sub: "ann" };
  const issuers = makeOutsideIssuers(
    variables.shape.TRUSTED_ISSUERS.parse(
      JSON.stringify([
        {
          issuer: claims.iss,
          audience: claims.aud,
          jwks_url: `${env.OIDC_CONTROL_URL}/jwks/${name}`,
        },
      ]),
    ),
    upstream,
    now,
    () => undefined,
  );
  const known = await signedBy(name, claims);
  expect((await issuers.verify(known)).ok).toBe(true);
  await control(name, { mode: "rubbish", rotate: true });
  const rotated = await signedBy(name, claims);
  ahead = 31_000;
  expect((await issuers.verify(rotated)).ok).toBe(false);
  expect((await issuers.verify(known)).ok).toBe(true);
  await control(name, { mode: "hang" });
  ahead = 62_000;
  // Ends by the time limit, not by the answer.
  expect((await issuers.verify(rotated)).ok).toBe(false);
  expect((await issuers.verify(known)).ok).toBe(true);
  await control(name, { mode: "ok" });
  ahead = 93_000;
  expect((await issuers.verify(rotated)).ok).toBe(true);
  expect((await issuers.verify(known)).ok).toBe(false);
  expect(await asked(name)).toBe(4);
});
