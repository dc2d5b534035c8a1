// Access tokens and the keys that sign them, passwords' hashes, and tokens that others sign.
import { env } from "cloudflare:workers";
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT } from "jose";
import { expect, test } from "vitest";
import { hashPassword, verifyPassword } from "../../src/auth/passwords.ts";
import { makeTokens } from "../../src/auth/tokens.ts";
import { readConfig } from "../../src/config.ts";
import { newId } from "../../src/ids.ts";
import type { Token, User } from "../../src/protocol/account.ts";
import { databases } from "../../src/store/database.ts";
import { userById } from "../../src/store/users.ts";
import { eventually, newTag } from "./client.ts";
import { PASSWORD, person } from "./people.ts";
import { anyone, appWith, keptLog, post } from "./app-with.ts";

test("access tokens are ES256, live an hour, and say what they have to", async () => {
  const one = await person();
  expect(decodeProtectedHeader(String(one.token))).toEqual({
    alg: "ES256",
    typ: "JWT",
    kid: expect.any(String) as string,
  });
  const claims = decodeJwt(String(one.token));
  expect(claims).toMatchObject({
    sub: one.id,
    email: one.email,
    tier: "free",
    org_id: null,
    roles: ["user"],
    features: [],
    token_budget: null,
    iss: "chatbot-api",
    aud: "chatbot-client",
  });
  expect(Number(claims.exp) - Number(claims.iat)).toBe(3600);
  const { keys } = await anyone.json<{ keys: Record<string, unknown>[] }>("/.well-known/jwks.json");
  expect(keys[0]).not.toHaveProperty("d");
});

test("signing out everywhere ends what an outside issuer signed, too", async () => {
  const secret = "a secret of their own, long enough for HS256";
  const { ask } = appWith({ JWT_SECRET: secret });
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(newTag())
    .setIssuedAt(Math.floor(Date.now() / 1000) - 5)
    .setIssuer("chatbot-api")
    .setAudience("chatbot-client")
    .setExpirationTime("10m")
    .sign(new TextEncoder().encode(secret));
  const headers = { Authorization: `Bearer ${token}` };
  expect((await ask("/api/v1/auth/limits", { headers })).status).toBe(200);
  expect((await ask("/api/v1/auth/logout", post({ all: true }, headers))).status).toBe(200);
  expect((await ask("/api/v1/auth/limits", { headers })).status).toBe(401);
});

test("a rotated key is known to who was quiet meanwhile, and a retired one signs and proves nothing", async () => {
  const one = await person();
  let at = Date.now();
  const tokens = () => {
    const waiting: Promise<unknown>[] = [];
    const made = makeTokens(
      readConfig(env),
      () => databases(env.DB)(""),
      () => at,
      keptLog().log,
      (work) => void waiting.push(work),
    );
    return { ...made, settle: () => Promise.all(waiting.splice(0)) };
  };
  const user = await userById(databases(env.DB)(""), one.id);
  if (user === undefined) throw new Error("nobody");
  const of = { user, session: newId("ses", at), tenant_id: one.id, role: "user" as const };
  const quiet = tokens();
  const old = await quiet.mint(of);
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  await env.DB.prepare("INSERT INTO signing_keys VALUES ('rotated', ?, ?, ?, NULL)")
    .bind(JSON.stringify(await exportJWK(privateKey)), at, at + 600_000)
    .run();
  await env.DB.prepare("UPDATE signing_keys SET retires_at = ? WHERE kid = 'first'")
    .bind(at + 600_000 + 7_200_000)
    .run();
  at += 900_000;
  const fresh = await tokens().mint(of);
  expect(decodeProtectedHeader(fresh).kid).toBe("rotated");
  expect((await quiet.verify(fresh)).ok).toBe(true); // although it knew only the first
  at += 8 * 3600_000;
  await quiet.settle();
  expect(decodeProtectedHeader(await quiet.mint(of)).kid).toBe("rotated");
  expect((await quiet.verify(old)).ok).toBe(false);
  expect((await quiet.jwks()).keys.map(({ kid }) => kid)).toEqual(["rotated"]);
  await env.DB.prepare("DELETE FROM signing_keys WHERE kid = 'rotated'").run();
  await env.DB.prepare("UPDATE signing_keys SET retires_at = NULL").run();
});

test("keys that cannot be read again serve on, and the log says so", async () => {
  const one = await person();
  let at = Date.now();
  let gone = false;
  const { log, lines } = keptLog();
  const waiting: Promise<unknown>[] = [];
  const database = () => {
    if (gone) throw new Error("D1 is gone");
    return databases(env.DB)("");
  };
  const later = (work: Promise<unknown>) => void waiting.push(work);
  const tokens = makeTokens(readConfig(env), database, () => at, log, later);
  expect((await tokens.verify(String(one.token))).ok).toBe(true);
  gone = true;
  at += 300_000;
  expect((await tokens.verify(String(one.token))).ok).toBe(true); // reads behind its back
  await Promise.all(waiting);
  expect(lines).toHaveLength(1);
  const user = await userById(databases(env.DB)(""), one.id);
  if (user === undefined) throw new Error("nobody");
  at += 600_000;
  await tokens.mint({ user, session: newId("ses", at), tenant_id: one.id, role: "user" });
  await Promise.all(waiting);
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines)
    expect(line).toMatch(/"level":"warning","event":"keys.unread".*D1 is gone/);
});

test("HS256 serves those who bring a secret: our tokens and their own", async () => {
  const secret = "a secret of their own, long enough for HS256";
  const { ask } = appWith({ JWT_SECRET: secret, JWT_ALGORITHM: "HS256" });
  const one = await person();
  const login = await ask("/api/v1/auth/login", post({ username: one.email, password: PASSWORD }));
  const { access_token } = await login.json<Token>();
  expect(decodeProtectedHeader(access_token).alg).toBe("HS256");
  const me = (token: string) =>
    ask("/api/v1/auth/limits", { headers: { Authorization: `Bearer ${token}` } });
  expect((await me(access_token)).status).toBe(200);
  const theirs = (claims: object, with_ = secret) =>
    new SignJWT({ type: "access", email: "a@example.com", ...claims })
      .setProtectedHeader({ alg: "HS256" })
      .setSubject("42")
      .setIssuedAt()
      .setIssuer("chatbot-api")
      .setAudience("chatbot-client")
      .setExpirationTime("10m")
      .sign(new TextEncoder().encode(with_));
  expect((await me(await theirs({}))).status).toBe(200);
  expect((await me(await theirs({}, "another secret that is as long as that"))).status).toBe(401);
  // Their administrators are not ours.
  const admin = await ask("/api/v1/admin/users", {
    headers: { Authorization: `Bearer ${await theirs({ roles: ["admin"] })}` },
  });
  expect(admin.status).toBe(403);
  // With a secret there, too, a public key is none.
  const { keys } = await anyone.json<{ keys: object[] }>("/.well-known/jwks.json");
  expect((await me(await theirs({}, JSON.stringify(keys[0])))).status).toBe(401);
  const early = (iat: number, exp: number) =>
    new SignJWT({})
      .setProtectedHeader({ alg: "HS256" })
      .setSubject("42")
      .setIssuedAt(Math.floor(Date.now() / 1000) + iat)
      .setIssuer("chatbot-api")
      .setAudience("chatbot-client")
      .setExpirationTime(Math.floor(Date.now() / 1000) + exp)
      .sign(new TextEncoder().encode(secret));
  expect((await me(await early(-7200, 315_360_000))).status).toBe(401); // older than an hour
  expect((await me(await early(86_400, 90_000))).status).toBe(401); // of tomorrow
  // Without the variable nobody signs with a secret.
  expect(
    (
      await appWith().ask("/api/v1/auth/me", {
        headers: { Authorization: `Bearer ${access_token}` },
      })
    ).status,
  ).toBe(401);
});

test("configured keys: the first signs, the others still verify, and none is shown", async () => {
  const jwk = async (kid: string) => {
    const { privateKey } = await generateKeyPair("ES256", { extractable: true });
    return { ...(await exportJWK(privateKey)), kid };
  };
  const [older, newer] = [await jwk("older"), await jwk("newer")];
  const before = appWith({ JWT_PRIVATE_KEY: JSON.stringify(older) });
  const one = await person();
  const login = async (app: ReturnType<typeof appWith>) =>
    (
      await (
        await app.ask("/api/v1/auth/login", post({ username: one.email, password: PASSWORD }))
      ).json<Token>()
    ).access_token;
  const old = await login(before);
  const rotated = appWith({ JWT_PRIVATE_KEY: JSON.stringify({ keys: [newer, older] }) });
  const fresh = await login(rotated);
  expect(decodeProtectedHeader(fresh).kid).toBe("newer");
  for (const token of [old, fresh])
    expect(
      (await rotated.ask("/api/v1/auth/me", { headers: { Authorization: `Bearer ${token}` } }))
        .status,
    ).toBe(200);
  const { keys } = await rotated.services.tokens.jwks();
  expect(keys.map(({ kid }) => kid)).toEqual(["newer", "older"]);
  expect(JSON.stringify(keys)).not.toContain(String(newer.d));
  const retired = appWith({ JWT_PRIVATE_KEY: JSON.stringify(newer) });
  expect(
    (await retired.ask("/api/v1/auth/me", { headers: { Authorization: `Bearer ${old}` } })).status,
  ).toBe(401);
});

test("kept keys rotate with an overlap: the new one is published before it signs", async () => {
  const one = await person();
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = await exportJWK(privateKey);
  const add = (signs_from: number) =>
    env.DB.prepare("INSERT OR REPLACE INTO signing_keys VALUES ('second', ?, ?, ?, NULL)")
      .bind(JSON.stringify(jwk), Date.now(), signs_from)
      .run();
  await add(Date.now() + 600_000);
  const coming = appWith();
  expect((await coming.services.tokens.jwks()).keys.map(({ kid }) => kid)).toEqual([
    "second",
    "first",
  ]);
  const login = async (app: ReturnType<typeof appWith>) =>
    (
      await (
        await app.ask("/api/v1/auth/login", post({ username: one.email, password: PASSWORD }))
      ).json<Token>()
    ).access_token;
  expect(decodeProtectedHeader(await login(coming)).kid).toBe("first");
  await add(1);
  await env.DB.prepare("UPDATE signing_keys SET retires_at = ? WHERE kid = 'first'")
    .bind(Date.now() + 60_000)
    .run();
  const signing = appWith();
  const fresh = await login(signing);
  expect(decodeProtectedHeader(fresh).kid).toBe("second");
  const me = (app: ReturnType<typeof appWith>, token: string) =>
    app.ask("/api/v1/auth/me", { headers: { Authorization: `Bearer ${token}` } });
  expect((await me(signing, String(one.token))).status).toBe(200); // signed by the first, which verifies still
  expect((await me(coming, fresh)).status).toBe(200);
  await env.DB.prepare("DELETE FROM signing_keys WHERE kid = 'second'").run();
  await env.DB.prepare("UPDATE signing_keys SET retires_at = NULL").run();
});

test("hashes are scrypt, and two ways to type one character are one password", async () => {
  const hash = await hashPassword("caf\u00e9 noir");
  expect(hash).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$/);
  expect(await verifyPassword("cafe\u0301 noir", hash)).toBe(true);
  expect(await verifyPassword("cafe noir", hash)).toBe(false);
  expect(await verifyPassword("anything", null)).toBe(false);
  expect(await verifyPassword("anything", "rubbish")).toBe(false);
});

test("an outside person who could not be written down is written down the next time", async () => {
  const secret = "a secret of their own, long enough for HS256";
  const { log, lines } = keptLog();
  let gone = true;
  const { ask } = appWith({ JWT_SECRET: secret }, ({ database }) => ({
    log,
    database: (key) => {
      if (gone) throw new Error("D1 is gone");
      return database(key);
    },
  }));
  const token = await new SignJWT({ email: "late@example.com" })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(newTag())
    .setIssuedAt()
    .setIssuer("chatbot-api")
    .setAudience("chatbot-client")
    .setExpirationTime("10m")
    .sign(new TextEncoder().encode(secret));
  const me = () => ask("/api/v1/auth/me", { headers: { Authorization: `Bearer ${token}` } });
  expect((await me()).status).toBe(500);
  expect(lines.filter((line) => line.includes('"event":"user.unwritten"'))).toHaveLength(1);
  gone = false;
  await eventually(async () => (await me()).status === 200);
});

test("somebody from a configured secret's world is written down, for an administrator to see", async () => {
  const secret = "a secret of their own, long enough for HS256";
  const { ask } = appWith({ JWT_SECRET: secret });
  const token = await new SignJWT({ email: "outside@example.com" })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(newTag())
    .setIssuedAt()
    .setIssuer("chatbot-api")
    .setAudience("chatbot-client")
    .setExpirationTime("10m")
    .sign(new TextEncoder().encode(secret));
  const me = await eventually(async () => {
    const response = await ask("/api/v1/auth/me", {
      headers: { Authorization: `Bearer ${token}` },
    });
    return response.status === 200 && (await response.json<User>());
  });
  expect(me).toMatchObject({ email: "outside@example.com", email_verified: false });
});
