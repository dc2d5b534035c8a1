// Tokens of outside issuers, and the keys that prove them: what is believed, what is not, and what
// happens while the issuer is away. The issuer is a fetch that answers; the clock is the test's.
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";
import { beforeAll, expect, test } from "vitest";
import { outsideUserId } from "../../src/auth/outside-ids.ts";
import { claimAt, makeOutsideIssuers } from "../../src/auth/outside-issuers.ts";
import type { TrustedIssuer } from "../../src/variables.ts";

const ISSUER = "https://issuer.example";
const AUDIENCE = "edgewise-api";
const START = 1_790_000_000_000;
const HOUR = 3_600_000;

type Pair = { kid: string; sign: CryptoKey; jwk: JWK };
type Answer = () => Response | Promise<Response>;

let first: Pair;
let second: Pair;
let rsa: Pair;

beforeAll(async () => {
  first = await pair("first", "ES256");
  second = await pair("second", "ES256");
  rsa = await pair("rsa", "RS256");
});

async function pair(kid: string, alg: string): Promise<Pair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, sign: privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" } };
}

const serves =
  (...pairs: Pair[]): Answer =>
  () =>
    Response.json({ keys: pairs.map(({ jwk }) => jwk) });

/** An issuer whose keys are at /jwks, with a journal of what it was asked. */
function world(
  answer: Answer,
  configured: Partial<TrustedIssuer> = { jwks_url: `${ISSUER}/jwks` },
) {
  const state = { answer, asked: [] as string[], now: START, work: [] as Promise<unknown>[] };
  const claims = {
    email: "email",
    tenant: "org_id",
    tier: "tier",
    roles: "roles",
    token_budget: "token_budget",
  };
  const issuers = makeOutsideIssuers(
    [
      {
        issuer: ISSUER,
        audience: AUDIENCE,
        ...configured,
        claims: { ...claims, ...configured.claims },
      },
    ],
    async (input) => {
      state.asked.push(new Request(input).url);
      return state.answer();
    },
    () => state.now,
    (work) => state.work.push(work),
  );
  return { state, issuers };
}

async function token(
  { kid, sign }: Pair,
  claims: JWTPayload = {},
  header: Record<string, unknown> = {},
): Promise<string> {
  const seconds = START / 1000;
  const alg = kid === "rsa" ? "RS256" : "ES256";
  return new SignJWT({
    iss: ISSUER,
    aud: AUDIENCE,
    sub: "ann",
    iat: seconds,
    exp: seconds + 10 * 3600,
    ...claims,
  })
    .setProtectedHeader({ alg, kid, typ: "at+jwt", ...header })
    .sign(sign);
}

/** A token that somebody put together by hand. */
function forged(header: object, claims: object, signature = ""): string {
  const part = (value: object) =>
    new TextEncoder()
      .encode(JSON.stringify(value))
      .toBase64({ alphabet: "base64url", omitPadding: true });
  return `${part(header)}.${part(claims)}.${signature}`;
}

const code = (result: Awaited<ReturnType<ReturnType<typeof world>["issuers"]["verify"]>>) =>
  result.ok ? "ok" : result.failure.code;

test("a token names somebody by issuer and subject, and says what its claims map to", async () => {
  const { issuers } = world(serves(first), {
    jwks_url: `${ISSUER}/jwks`,
    claims: {
      email: "email",
      tenant: "org",
      tier: "https://example.com/tier",
      roles: "realm_access.roles",
      token_budget: "limits.tokens",
    },
  });
  const claims = {
    email: "ann@example.org",
    org: "acme",
    "https://example.com/tier": "professional",
    realm_access: { roles: ["owner", "admin"] },
    limits: { tokens: 5000 },
  };
  const result = await issuers.verify(await token(first, claims));
  expect(result).toEqual({
    ok: true,
    value: {
      via: "issuer",
      user_id: await outsideUserId(ISSUER, "ann"),
      tenant_id: expect.stringMatching(/^org_[0-9a-z]{26}$/),
      issued_at: START,
      expires_at: START + 10 * HOUR,
      email: "ann@example.org",
      roles: ["user", "admin"],
      tier: "professional",
      token_budget: 5000,
    },
  });
  expect(issuers.accepts(ISSUER)).toBe(true);
  expect(issuers.accepts(`${ISSUER}/`)).toBe(false);
});

test("what a token says amiss falls back", async () => {
  const { issuers } = world(serves(first));
  const amiss = { email: "ann", org_id: 7, tier: "gold", roles: { admin: true }, token_budget: -1 };
  const result = await issuers.verify(await token(first, amiss));
  const user_id = await outsideUserId(ISSUER, "ann");
  expect(result).toMatchObject({
    value: {
      user_id,
      tenant_id: user_id,
      email: null,
      roles: ["user"],
      tier: null,
      token_budget: null,
    },
  });
});

test("two issuers' subjects of one name are two people", async () => {
  expect(await outsideUserId("https://a.example", "ann")).not.toBe(
    await outsideUserId("https://b.example", "ann"),
  );
});

test("a claim is found by its whole name before its path, and never on a prototype", () => {
  expect(claimAt({ "a.b": 1, a: { b: 2 } }, "a.b")).toBe(1);
  expect(claimAt({ a: { b: 2 } }, "a.b")).toBe(2);
  expect(claimAt({ a: {} }, "a.constructor.name")).toBeUndefined();
  expect(claimAt({ a: null }, "a.b")).toBeUndefined();
});

test("wrong issuer, audience, type, or bound to a key: refused", async () => {
  const { issuers } = world(serves(first));
  expect(code(await issuers.verify(await token(first)))).toBe("ok");
  for (const [claims, header] of [
    [{ iss: "https://other.example" }],
    [{ aud: "another-api" }],
    [{ sub: "" }],
    [{ cnf: { jkt: "abc" } }],
    [{}, { typ: "logout+jwt" }],
    [{ exp: undefined }],
    [{ iat: undefined }],
    [{ aud: undefined }],
  ] as [JWTPayload, Record<string, unknown>?][])
    expect(
      code(await issuers.verify(await token(first, claims, header))),
      JSON.stringify(claims),
    ).toBe("AUTHENTICATION_ERROR");
});

test("clocks may differ by a minute, and by no more", async () => {
  const { issuers } = world(serves(first));
  const seconds = START / 1000;
  const at = async (claims: JWTPayload) => code(await issuers.verify(await token(first, claims)));
  expect(await at({ exp: seconds - 50 })).toBe("ok");
  expect(await at({ exp: seconds - 70 })).toBe("AUTHENTICATION_ERROR");
  expect(await at({ iat: seconds + 50 })).toBe("ok");
  expect(await at({ iat: seconds + 70 })).toBe("AUTHENTICATION_ERROR");
  expect(await at({ nbf: seconds + 50 })).toBe("ok");
  expect(await at({ nbf: seconds + 70 })).toBe("AUTHENTICATION_ERROR");
});

test("an unsigned token proves nothing", async () => {
  const { issuers, state } = world(serves(first));
  const seconds = START / 1000;
  const claims = { iss: ISSUER, aud: AUDIENCE, sub: "ann", iat: seconds, exp: seconds + 60 };
  for (const alg of ["none", "None", ""])
    expect(code(await issuers.verify(forged({ alg }, claims)))).toBe("AUTHENTICATION_ERROR");
  expect(state.asked).toEqual([]);
});

test("a published key is no shared secret", async () => {
  const { issuers } = world(serves(rsa, first));
  const seconds = START / 1000;
  const secret = new TextEncoder().encode(JSON.stringify(rsa.jwk).padEnd(64, " "));
  for (const header of [{ alg: "HS256", kid: "rsa" }, { alg: "HS256" }]) {
    const confused = await new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: "ann" })
      .setProtectedHeader(header)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + 60)
      .sign(secret);
    expect(code(await issuers.verify(confused))).toBe("AUTHENTICATION_ERROR");
  }
  expect(code(await issuers.verify(await token(rsa)))).toBe("ok");
  // An RSA key does not verify what calls itself ES256.
  const [, claims, signature] = (await token(first)).split(".");
  const header = forged({ alg: "ES256", kid: "rsa" }, {}).split(".")[0];
  expect(code(await issuers.verify(`${header}.${claims}.${signature}`))).toBe(
    "AUTHENTICATION_ERROR",
  );
});

test("a shared secret among the published keys signs nothing", async () => {
  const oct = {
    kty: "oct",
    k: "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ",
    kid: "oct",
    alg: "HS256",
  };
  const { issuers } = world(() => Response.json({ keys: [oct, first.jwk] }));
  const signed = await new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: "ann" })
    .setProtectedHeader({ alg: "HS256", kid: "oct" })
    .setIssuedAt(START / 1000)
    .setExpirationTime(START / 1000 + 60)
    .sign(Uint8Array.fromBase64(oct.k, { alphabet: "base64url" }));
  expect(code(await issuers.verify(signed))).toBe("AUTHENTICATION_ERROR");
});

test("keys are read once an hour, behind an answer that does not wait for them", async () => {
  const { issuers, state } = world(serves(first));
  const signed = await token(first);
  await issuers.verify(signed);
  await issuers.verify(signed);
  expect(state.asked).toHaveLength(1);
  state.now += HOUR;
  state.answer = () => new Promise<Response>(() => undefined); // it never will
  expect(code(await issuers.verify(signed))).toBe("ok");
  expect(state.asked).toHaveLength(2);
});

test("a key that is gone from the set stops counting once the set has been read anew", async () => {
  const { issuers, state } = world(serves(first));
  const signed = await token(first);
  await issuers.verify(signed);
  state.now += HOUR;
  state.answer = serves(second);
  await issuers.verify(signed);
  await Promise.all(state.work);
  expect(code(await issuers.verify(signed))).toBe("AUTHENTICATION_ERROR");
});

test("an unknown key is asked for, but not more than once in 30 s", async () => {
  const { issuers, state } = world(serves(first));
  await issuers.verify(await token(first));
  state.now += 31_000;
  state.answer = serves(first, second);
  expect(code(await issuers.verify(await token(second)))).toBe("ok");
  expect(state.asked).toHaveLength(2);
  for (let n = 0; n < 5; n++)
    await issuers.verify(await token(second, {}, { kid: `rubbish-${n}` }));
  expect(state.asked).toHaveLength(2);
  state.now += 31_000;
  await issuers.verify(await token(second, {}, { kid: "rubbish" }));
  expect(state.asked).toHaveLength(3);
});

test("of many who need the new key at once, one asks and all get it", async () => {
  const { issuers, state } = world(serves(first));
  await issuers.verify(await token(first));
  state.now += 31_000;
  state.answer = async () => {
    await scheduler.wait(50);
    return serves(first, second)();
  };
  const signed = await token(second);
  const results = await Promise.all(Array.from({ length: 5 }, () => issuers.verify(signed)));
  expect(results.map(code)).toEqual(["ok", "ok", "ok", "ok", "ok"]);
  expect(state.asked).toHaveLength(2);
});

test("a token that names no key is tried with all, and with new ones once they have changed", async () => {
  const { issuers, state } = world(serves(first, second));
  const unnamed = await token(second, {}, { kid: undefined });
  expect(code(await issuers.verify(unnamed))).toBe("ok");
  const third = await pair("third", "ES256");
  state.now += 31_000;
  state.answer = serves(third);
  expect(code(await issuers.verify(await token(third, {}, { kid: undefined })))).toBe("ok");
});

test("while the issuer is away or talks rubbish, the keys it had go on serving", async () => {
  const rubbish: Record<string, Answer> = {
    "an error": () => new Response("no", { status: 500 }),
    "a redirect": () => Response.redirect("https://elsewhere.example/jwks", 302),
    "a page": () => new Response("<html>", { headers: { "Content-Type": "text/html" } }),
    "another JSON": () => Response.json({ error: "maintenance" }),
    "no keys": () => Response.json({ keys: [] }),
    "no set": () => Response.json({ keys: ["a", "b"] }),
    "no key among them": () =>
      Response.json({ keys: [{ kty: "rubbish" }, { kty: "oct", k: "AA" }] }),
    "no end": () => Response.json({ keys: [first.jwk], more: "x".repeat(300 * 1024) }),
    "no connection": () => Promise.reject(new Error("Network connection lost.")),
  };
  for (const [name, answer] of Object.entries(rubbish)) {
    const { issuers, state } = world(serves(first));
    const signed = await token(first);
    await issuers.verify(signed);
    state.now += HOUR;
    state.answer = answer;
    expect(code(await issuers.verify(signed)), name).toBe("ok");
    await Promise.all(state.work);
    expect(code(await issuers.verify(signed)), name).toBe("ok");
    state.now += 31_000;
    expect(code(await issuers.verify(await token(second))), name).toBe("AUTHENTICATION_ERROR");
    expect(code(await issuers.verify(signed)), name).toBe("ok");
    expect(state.asked.every((url) => url === `${ISSUER}/jwks`)).toBe(true);
  }
});

test("where no key was ever had, the service is what fails, and is tried again soon", async () => {
  const { issuers, state } = world(() => new Response(null, { status: 503 }));
  const signed = await token(first);
  expect(code(await issuers.verify(signed))).toBe("SERVICE_UNAVAILABLE");
  expect(code(await issuers.verify(signed))).toBe("SERVICE_UNAVAILABLE");
  expect(state.asked).toHaveLength(1);
  state.now += 6000;
  state.answer = serves(first);
  expect(code(await issuers.verify(signed))).toBe("ok");
});

test("keys are found through discovery, of that issuer and no other", async () => {
  const { issuers, state } = world(serves(first), {});
  const document = { issuer: ISSUER, jwks_uri: `${ISSUER}/keys` };
  const answers = [Response.json({ ...document, issuer: "https://other.example" })];
  state.answer = () => answers.shift() ?? new Response(null, { status: 500 });
  expect(code(await issuers.verify(await token(first)))).toBe("SERVICE_UNAVAILABLE");
  state.now += 6000;
  answers.push(Response.json(document), serves(first)() as Response);
  expect(code(await issuers.verify(await token(first)))).toBe("ok");
  const discovery = `${ISSUER}/.well-known/openid-configuration`;
  expect(state.asked).toEqual([discovery, discovery, `${ISSUER}/keys`]);
});

test("keys that come unencrypted over a network are not asked for", async () => {
  const { issuers, state } = world(serves(first), { jwks_url: "http://issuer.example/jwks" });
  expect(code(await issuers.verify(await token(first)))).toBe("SERVICE_UNAVAILABLE");
  expect(state.asked).toEqual([]);
});
