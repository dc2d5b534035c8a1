// Accounts as their owners use them: registering, signing in and out, links in mails, API keys.
import { env } from "cloudflare:workers";
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT } from "jose";
import { expect, test } from "vitest";
import { makeApp } from "../../src/app.ts";
import type { Mail } from "../../src/auth/mailer.ts";
import { hashPassword, verifyPassword } from "../../src/auth/passwords.ts";
import { type Bindings, composeRequest, composeShared } from "../../src/compose.ts";
import type { Token, User } from "../../src/protocol/account.ts";
import { Client, eventually, newTag } from "./client.ts";
import { PASSWORD, person } from "./people.ts";

const post = (json: unknown, headers: Record<string, string> = {}) => ({
  method: "POST",
  headers: { "Content-Type": "application/json", ...headers },
  body: JSON.stringify(json),
});
const email = () => `${newTag()}@example.com`;
const anyone = new Client();

/** The app with other variables, and mails that the test reads. */
function appWith(variables: Record<string, string> = {}) {
  const its: Bindings = { ...env, ...variables };
  const mails: Mail[] = [];
  const services = composeRequest(its, composeShared(its));
  const waiting: Promise<unknown>[] = [];
  const context: ExecutionContext = {
    waitUntil: (promise) => void waiting.push(promise),
    passThroughOnException: () => undefined,
    props: {},
  } as ExecutionContext;
  const app = makeApp({ ...services, mailer: { send: async (mail) => void mails.push(mail) } });
  return {
    services,
    mails,
    ask: async (path: string, init: RequestInit = {}) => {
      const response = await app.request(path, init, {}, context);
      await Promise.all(waiting.splice(0));
      return response;
    },
  };
}

const tokenIn = (mail: Mail | undefined) => /[?&]\w+=([\w-]+)/.exec(mail?.text ?? "")?.[1] ?? "";

test("registers, signs in by form and by JSON, and is who they are", async () => {
  const address = `Ann.${newTag()}@Example.com`;
  const made = await anyone.fetch("/api/v1/auth/register", {
    json: {
      email: address,
      password: PASSWORD,
      username: `ann_${newTag()}`,
      full_name: "Ann O'Nym",
    },
  });
  expect(made.status).toBe(201);
  const user = await made.json<User>();
  expect(user).toMatchObject({
    id: expect.stringMatching(/^user_/) as string,
    email: address,
    full_name: "Ann O'Nym",
    email_verified: false,
    is_active: true,
    role: "user",
    tier: "free",
    last_login: null,
  });
  expect(JSON.stringify(user)).not.toContain("password");
  const form = await new Client().fetch("/api/v1/auth/login", {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      grant_type: "password",
      username: address.toUpperCase(),
      password: PASSWORD,
    }).toString(),
  });
  expect(form.status).toBe(200);
  const token = await form.json<Token>();
  expect(token).toEqual({
    access_token: expect.any(String) as string,
    refresh_token: expect.stringMatching(/^ewr_/) as string,
    token_type: "bearer",
    expires_in: 3600,
  });
  expect(form.headers.get("Set-Cookie")).toBeNull();
  const me = new Client();
  me.token = token.access_token;
  expect(await me.json("/api/v1/auth/me")).toMatchObject({ id: user.id, email: address });
  const json = await anyone.fetch("/api/v1/auth/login", {
    json: { username: user.username, password: PASSWORD },
  });
  expect(json.status).toBe(200);
});

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

test("an email and a username are taken whatever their case, and of two at once one is", async () => {
  const address = email();
  const name = newTag();
  const register = (json: object) => anyone.fetch("/api/v1/auth/register", { json });
  const both = await Promise.all(
    [address, address.toUpperCase()].map((said) => register({ email: said, password: PASSWORD })),
  );
  expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 400]);
  const refused = both.find(({ status }) => status === 400);
  const error = await refused?.json<{ error: { details: object }; detail: string }>();
  expect(error?.error.details).toEqual({ field: "email" });
  expect(error?.detail).toMatch(/^email: is registered/); // seed 001 reads this
  expect((await register({ email: email(), password: PASSWORD, username: name })).status).toBe(201);
  const again = await register({
    email: email(),
    password: PASSWORD,
    username: name.toUpperCase(),
  });
  expect(await again.json()).toMatchObject({ error: { details: { field: "username" } } });
});

test.each([
  ["email", { email: "no address" }],
  ["email", { email: `${"a".repeat(300)}@example.com` }],
  ["email", { email: "a@example.com\r\nBcc: b@example.com" }],
  ["email", { email: 5 }],
  ["password", { password: "short" }],
  ["password", { password: "x".repeat(300_000) }],
  ["password", { password: "lone \ud800 surrogate" }],
  ["username", { username: "with@sign" }],
  ["username", { username: "a" }],
  ["username", { username: "x'; DROP TABLE users; --" }],
  ["full_name", { full_name: "line\nbreak" }],
  ["full_name", { full_name: "x".repeat(201) }],
])("registration names the field that is wrong: %s", async (field, wrong) => {
  const response = await anyone.fetch("/api/v1/auth/register", {
    json: { email: email(), password: PASSWORD, ...wrong },
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    error: { code: "VALIDATION_ERROR", details: { field } },
  });
});

test("a password of 10 MB is too large, and nobody hashes it", async () => {
  const response = await anyone.fetch("/api/v1/auth/login", {
    json: { username: "a@example.com", password: "x".repeat(10_000_000) },
  });
  expect(response.status).toBe(413);
});

test("a wrong password and an account that is not there are answered alike", async () => {
  const one = await person();
  const gone = await person();
  await env.DB.prepare("UPDATE users SET is_active = 0 WHERE id = ?").bind(gone.id).run();
  const answers = await Promise.all(
    [
      { username: one.email, password: "wrong horse" },
      { username: email(), password: PASSWORD },
      { username: gone.email, password: PASSWORD },
      { username: `${one.email}' OR '1'='1`, password: PASSWORD },
    ].map((json) => anyone.fetch("/api/v1/auth/login", { json })),
  );
  const bodies = await Promise.all(
    answers.map(async (answer) => {
      const { error, detail } = await answer.json<{
        error: { request_id?: string };
        detail: string;
      }>();
      delete error.request_id;
      return { status: answer.status, error, detail };
    }),
  );
  for (const body of bodies) expect(body).toEqual(bodies[0]);
  expect(bodies[0]).toMatchObject({ status: 401, detail: "Incorrect email or password" });
  expect(answers[0]?.headers.get("WWW-Authenticate")).toBe("Bearer");
});

test("repeated failures slow down, for a name that exists and for one that does not; many at once too", async () => {
  const one = await person();
  const { username } = await one.json<User>("/api/v1/auth/profile", {
    method: "PUT",
    json: { username: newTag() },
  });
  const login = (name: string | null, password: string) =>
    anyone.fetch("/api/v1/auth/login", { json: { username: name, password } });
  for (const names of [[one.email, username, one.email.toUpperCase()], [email()]]) {
    const answers = await Promise.all(
      Array.from({ length: 15 }, (_, n) => login(names[n % names.length] ?? "", "wrong horse")),
    );
    const statuses = answers.map(({ status }) => status);
    // Five are free; on a slow machine one more may have waited its second.
    expect(statuses.filter((status) => status === 401).length).toBeGreaterThanOrEqual(5);
    expect(statuses.filter((status) => status === 401).length).toBeLessThan(9);
    const waiting = answers.find(({ status }) => status === 429);
    expect(Number(waiting?.headers.get("Retry-After"))).toBeGreaterThanOrEqual(1);
    // Each failure makes the next wait longer, and even the right password waits.
    await eventually(async () => {
      const next = await login(names[0] ?? "", "wrong horse");
      const wait = Number(next.headers.get("Retry-After"));
      if (wait >= 4) return true;
      await scheduler.wait(wait * 1000);
      return false;
    }, 20_000);
    expect((await login(names[0] ?? "", PASSWORD)).status).toBe(429);
  }
}, 60_000);

test("who signs in at last has no failures behind them", async () => {
  const one = await person();
  const wrong = { username: one.email, password: "wrong horse" };
  for (let n = 0; n < 4; n++)
    expect((await anyone.fetch("/api/v1/auth/login", { json: wrong })).status).toBe(401);
  await one.signIn();
  for (let n = 0; n < 4; n++)
    expect((await anyone.fetch("/api/v1/auth/login", { json: wrong })).status).toBe(401);
});

test("a refresh token works once; used again it ends its session, and the audit log has it", async () => {
  const one = await person();
  const refresh = (refresh_token: string) =>
    anyone.fetch("/api/v1/auth/refresh", { json: { refresh_token } });
  const first = one.refresh_token;
  const second = await (await refresh(first)).json<Token>();
  expect(second.refresh_token).not.toBe(first);
  one.token = second.access_token;
  expect((await one.fetch("/api/v1/auth/me")).status).toBe(200);
  expect((await refresh(first)).status).toBe(401);
  // The whole family is gone: the newest refresh token, and the access token.
  expect((await refresh(second.refresh_token)).status).toBe(401);
  expect((await one.fetch("/api/v1/auth/me")).status).toBe(401);
  const { results } = await env.DB.prepare(
    "SELECT action, outcome FROM audit WHERE target = ? AND action = 'session.replay'",
  )
    .bind(one.id)
    .all();
  expect(results).toEqual([{ action: "session.replay", outcome: "failure" }]);
  // Another session of theirs goes on.
  await one.signIn();
  expect((await one.fetch("/api/v1/auth/me")).status).toBe(200);
  for (const rubbish of ["", "x", `ewr_${"0".repeat(26)}_${"0".repeat(26)}_${"A".repeat(43)}`])
    expect((await refresh(rubbish)).status).toBe(401);
});

test("of two refreshes at once with one token, one is answered with a new one", async () => {
  const one = await person();
  const answers = await Promise.all(
    [1, 2].map(() =>
      anyone.fetch("/api/v1/auth/refresh", { json: { refresh_token: one.refresh_token } }),
    ),
  );
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 401]);
});

test("signing out ends this session, or all of them", async () => {
  const one = await person();
  const here = String(one.token);
  await one.signIn();
  const there = new Client();
  there.token = here;
  expect((await one.json<{ sessions: object[] }>("/api/v1/auth/sessions")).sessions).toHaveLength(
    2,
  );
  expect(await (await one.fetch("/api/v1/auth/logout", { method: "POST" })).json()).toEqual({
    message: "Successfully logged out",
  });
  expect((await one.fetch("/api/v1/auth/me")).status).toBe(401);
  expect((await there.fetch("/api/v1/auth/me")).status).toBe(200);
  await one.signIn();
  await one.fetch("/api/v1/auth/logout", { json: { all: true } });
  expect((await there.fetch("/api/v1/auth/me")).status).toBe(401);
});

test("a changed password ends the other sessions, and only the new one signs in", async () => {
  const one = await person();
  const elsewhere = new Client();
  elsewhere.token = String(one.token);
  await one.signIn();
  const change = (current_password: string) =>
    one.fetch("/api/v1/auth/password", {
      json: { current_password, new_password: "a new password" },
    });
  expect((await change("wrong horse")).status).toBe(403);
  expect((await change(PASSWORD)).status).toBe(200);
  expect((await one.fetch("/api/v1/auth/me")).status).toBe(200);
  expect((await elsewhere.fetch("/api/v1/auth/me")).status).toBe(401);
  const login = (password: string) =>
    anyone.fetch("/api/v1/auth/login", { json: { username: one.email, password } });
  expect((await login(PASSWORD)).status).toBe(401);
  expect((await login("a new password")).status).toBe(200);
});

test("a profile is changed; another address takes the password, and counts when it is confirmed", async () => {
  const { ask, mails } = appWith();
  const one = await person();
  const put = (json: object, token = one.token) =>
    ask("/api/v1/auth/profile", {
      ...post(json, { Authorization: `Bearer ${token}` }),
      method: "PUT",
    });
  const renamed = await put({ full_name: "Somebody", username: newTag() });
  expect(await renamed.json()).toMatchObject({ full_name: "Somebody", pending_email: null });
  const address = email();
  for (const current_password of [undefined, "wrong horse"]) {
    const refused = await put({ email: address, current_password });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({
      error: { details: { field: "current_password" } },
    });
  }
  const moved = await put({ email: address, current_password: PASSWORD });
  expect(await moved.json()).toMatchObject({ email: one.email, pending_email: address });
  expect(mails.map(({ to }) => to)).toEqual([address, one.email]); // a link, and a word to the old one
  const verified = await ask("/api/v1/auth/email/verify", post({ token: tokenIn(mails[0]) }));
  expect(await verified.json()).toMatchObject({
    id: one.id,
    email: address,
    email_verified: true,
  });
  expect((await ask("/api/v1/auth/email/verify", post({ token: tokenIn(mails[0]) }))).status).toBe(
    401,
  );
  const other = await person();
  const taken = await put({ email: other.email.toUpperCase(), current_password: PASSWORD });
  expect(await taken.json()).toMatchObject({
    error: { code: "VALIDATION_ERROR", details: { field: "email" } },
  });
});

test("a key is no way to more than it has: not to an email, not to another key, not to a turn", async () => {
  const one = await person({ role: "admin" });
  const keyWith = async (scopes: string[]) => {
    const client = new Client();
    client.token = (
      await one.json<{ key: string }>("/api/v1/auth/api-keys", { json: { scopes } })
    ).key;
    return client;
  };
  const account = await keyWith(["account"]);
  const forbidden = [
    await account.fetch("/api/v1/auth/profile", {
      method: "PUT",
      json: { email: email(), current_password: PASSWORD },
    }),
    await account.fetch("/api/v1/auth/password", {
      json: { current_password: PASSWORD, new_password: "another password" },
    }),
    await account.fetch("/api/v1/auth/api-keys", { json: { scopes: ["account"] } }),
    await account.fetch("/api/v1/auth/switch", { json: { organisation_id: null } }),
    await account.fetch("/api/v1/admin/users"),
  ];
  expect(forbidden.map(({ status }) => status)).toEqual(forbidden.map(() => 403));
  const reading = await keyWith(["conversations"]);
  const socket = await reading.socket(await one.conversation());
  socket.say({ type: "send", message: "Hi", model: "stub:tokens=1" });
  expect((await socket.until(({ type }) => type === "error")).error?.code).toBe("FORBIDDEN");
  const chatting = await keyWith(["chat"]);
  await expect(chatting.socket(await one.conversation())).rejects.toThrow("403");
});

test("signing out signs out, whatever the browser still has", async () => {
  const one = await person();
  const login = async () => {
    const answer = await new Client().fetch("/api/v1/auth/login", {
      json: { username: one.email, password: PASSWORD, cookie: true },
    });
    return Object.fromEntries(
      answer.headers.getSetCookie().map((cookie) => {
        const [name = "", value = ""] = (cookie.split(";")[0] ?? "").split("=");
        return [name, `${name}=${value}`];
      }),
    );
  };
  const gone = (response: Response) =>
    response.headers.getSetCookie().filter((cookie) => cookie.includes("Max-Age=0")).length;
  const post_ = (path: string, Cookie: string) =>
    new Client().fetch(path, { json: {}, headers: { Cookie } });
  const first = await login();
  const out = await post_("/api/v1/auth/logout", String(first["ew_refresh"]));
  expect([out.status, gone(out)]).toEqual([200, 2]);
  expect((await post_("/api/v1/auth/refresh", String(first["ew_refresh"]))).status).toBe(401);
  const dead = await post_("/api/v1/auth/logout", String(first["ew_access"]));
  expect([dead.status, gone(dead)]).toEqual([401, 2]);
  // A visitor has nothing to sign out of.
  const visitor = new Client();
  await visitor.conversation();
  expect((await visitor.fetch("/api/v1/auth/logout", { json: {} })).status).toBe(401);
});

test("a refresh that cannot be answered uses nothing up", async () => {
  const one = await person();
  const refresh = () =>
    anyone.fetch("/api/v1/auth/refresh", { json: { refresh_token: one.refresh_token } });
  await env.DB.prepare("ALTER TABLE users RENAME TO users_away").run();
  expect((await refresh()).status).toBeGreaterThanOrEqual(500);
  await env.DB.prepare("ALTER TABLE users_away RENAME TO users").run();
  expect((await refresh()).status).toBe(200);
});

test("a visitor's token opens nothing where visitors are not welcome", async () => {
  const visitor = new Client();
  await visitor.conversation();
  const { ask } = appWith({ ALLOW_ANONYMOUS: "false" });
  for (const headers of [
    { Authorization: `Bearer ${visitor.token}` },
    { Cookie: `ew_visitor=${visitor.token}` },
  ])
    expect((await ask("/api/v1/conversations", { headers })).status).toBe(401);
});

test("nobody's mailbox is flooded, and links lead where the operator says, not the request", async () => {
  const { ask, mails } = appWith();
  const one = await person();
  for (let n = 0; n < 9; n++) await ask("/api/v1/auth/password/forgot", post({ email: one.email }));
  expect(mails.length).toBeLessThanOrEqual(6); // five, and another when a second had gone by
  expect(mails.length).toBeGreaterThanOrEqual(4); // registering sent one, too
  const deployed = appWith({ APP_ENV: "production" });
  const other = await person();
  await deployed.ask("http://evil.test/api/v1/auth/password/forgot", post({ email: other.email }));
  expect(deployed.mails).toEqual([]);
});

test("a forgotten password: the same answer whoever asks, and a link that works once", async () => {
  const { ask, mails } = appWith({ APP_URL: "https://chat.example.com" });
  const one = await person();
  const { key } = await one.json<{ key: string }>("/api/v1/auth/api-keys", { json: {} });
  const forgot = (address: string) => ask("/api/v1/auth/password/forgot", post({ email: address }));
  const [known, unknown] = [await forgot(one.email), await forgot(email())];
  expect([known.status, unknown.status]).toEqual([202, 202]);
  expect(await known.json()).toEqual(await unknown.json());
  expect(mails.map(({ to }) => to)).toEqual([one.email]);
  expect(mails[0]?.text).toContain("https://chat.example.com/?reset=");
  await forgot(one.email); // a second link voids the first
  const reset = (token: string) =>
    ask("/api/v1/auth/password/reset", post({ token, new_password: "another password" }));
  expect((await reset(tokenIn(mails[0]))).status).toBe(401);
  expect((await reset(tokenIn(mails[1]))).status).toBe(200);
  expect((await reset(tokenIn(mails[1]))).status).toBe(401);
  expect((await one.fetch("/api/v1/auth/me")).status).toBe(401);
  const program = new Client();
  program.token = key;
  expect((await program.fetch("/api/v1/conversations")).status).toBe(401);
  // The hash is stored, never the token.
  const { results } = await env.DB.prepare("SELECT * FROM one_time_tokens").all();
  expect(JSON.stringify(results)).not.toContain(tokenIn(mails[1]));
});

test("a page is signed in by cookies that its scripts cannot read, and that no other site can use", async () => {
  const one = await person();
  const login = await anyone.fetch("/api/v1/auth/login", {
    json: { username: one.email, password: PASSWORD, cookie: true },
  });
  expect(await login.json()).toEqual({ token_type: "bearer", expires_in: 3600 });
  const cookies = login.headers.getSetCookie();
  expect(cookies.find((cookie) => cookie.startsWith("ew_access="))).toMatch(
    /HttpOnly.*SameSite=Lax/,
  );
  expect(cookies.find((cookie) => cookie.startsWith("ew_refresh="))).toMatch(
    /Path=\/api\/v1\/auth.*HttpOnly.*SameSite=Strict/,
  );
  const jar = { Cookie: cookies.map((cookie) => cookie.split(";")[0]).join("; ") };
  const page = (path: string, json: unknown, Origin?: string) =>
    new Client().fetch(path, {
      json,
      headers: { ...jar, ...(Origin === undefined ? {} : { Origin }) },
    });
  expect((await new Client().fetch("/api/v1/auth/me", { headers: jar })).status).toBe(200);
  for (const origin of ["https://evil.test", "null"]) {
    expect((await page("/api/v1/conversations", {}, origin)).status).toBe(403);
    expect((await page("/api/v1/auth/refresh", {}, origin)).status).toBe(403);
    expect((await page("/api/v1/auth/logout", {}, origin)).status).toBe(403);
    const forged = { username: one.email, password: PASSWORD, cookie: true };
    expect((await page("/api/v1/auth/login", forged, origin)).status).toBe(403);
  }
  expect((await page("/api/v1/conversations", {}, "http://edgewise.test")).status).toBe(201);
  const refreshed = await page("/api/v1/auth/refresh", {}, "http://edgewise.test");
  expect(refreshed.status).toBe(200);
  expect(refreshed.headers.getSetCookie()).toHaveLength(2);
  // The old refresh cookie again: the session is over, and the cookies are taken away.
  const replayed = await page("/api/v1/auth/refresh", {}, "http://edgewise.test");
  expect(replayed.status).toBe(401);
  expect(replayed.headers.getSetCookie().every((cookie) => cookie.includes("Max-Age=0"))).toBe(
    true,
  );
});

test("an API key is shown once, knows its scopes and its end, and dies at once", async () => {
  const one = await person();
  const made = await one.fetch("/api/v1/auth/api-keys", {
    json: { name: "ci", expires_in_days: 1, limits: { requests_per_minute: 2 } },
  });
  expect(made.status).toBe(201);
  const { id, key, prefix } = await made.json<{ id: string; key: string; prefix: string }>();
  expect(key).toMatch(new RegExp(`^ew_${one.id.slice(5)}_[\\w-]{43}$`));
  expect(key.startsWith(prefix)).toBe(true);
  const program = new Client();
  program.token = key;
  const turn = () => program.chat({ message: "Hi", model: "stub:tokens=1" });
  const first = await turn();
  expect(first.status).toBe(200);
  expect(first.headers.get("X-RateLimit-Limit")).toBe("2");
  expect((await turn()).status).toBe(200);
  expect((await turn()).status).toBe(429);
  expect((await one.chat({ message: "Hi", model: "stub:tokens=1" })).status).toBe(200);
  const { api_keys } = await one.json<{ api_keys: Record<string, unknown>[] }>(
    "/api/v1/auth/api-keys",
  );
  expect(api_keys).toEqual([
    {
      id,
      name: "ci",
      prefix,
      scopes: ["chat", "conversations"],
      limits: { requests_per_minute: 2 },
      created_at: expect.any(String) as string,
      expires_at: expect.any(String) as string,
      last_used_at: expect.any(String) as string,
    },
  ]);
  expect(JSON.stringify(api_keys)).not.toContain(key);
  expect((await one.fetch(`/api/v1/auth/api-keys/${id}`, { method: "DELETE" })).status).toBe(204);
  expect((await turn()).status).toBe(401);
  expect((await one.fetch(`/api/v1/auth/api-keys/${id}`, { method: "DELETE" })).status).toBe(404);
  expect((await one.fetch("/api/v1/auth/api-keys", { json: { scopes: ["admin"] } })).status).toBe(
    403,
  );
  const expired = await one.json<{ key: string; id: string }>("/api/v1/auth/api-keys", {
    json: { expires_in_days: 1 },
  });
  const stub = env.ACCOUNTS.get(env.ACCOUNTS.idFromName(one.id));
  const { runInDurableObject, evictDurableObject } = await import("cloudflare:test");
  await runInDurableObject(stub, (_, state) => {
    state.storage.sql.exec(
      "UPDATE api_keys SET body = json_set(body, '$.expires_at', 1) WHERE id = ?",
      expired.id,
    );
  });
  await evictDurableObject(stub);
  program.token = expired.key;
  expect((await program.fetch("/api/v1/conversations")).status).toBe(401);
});

test("closed registration lets nobody in but the invited", async () => {
  const { ask } = appWith({ ALLOW_REGISTRATION: "false" });
  const response = await ask("/api/v1/auth/register", post({ email: email(), password: PASSWORD }));
  expect(response.status).toBe(403);
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

test("every answer has the security headers, errors and streams included", async () => {
  const one = await person();
  const answers = await Promise.all([
    anyone.fetch("/health"),
    anyone.fetch("/api/v1/nothing"),
    anyone.fetch("/api/v1/auth/me", { headers: { Authorization: "Bearer x" } }),
    one.fetch("/api/v1/chat/stream", { json: { message: "Hi", model: "stub:tokens=1" } }),
    anyone.fetch("/api/v1/auth/login", { json: { username: "a", password: 5 } }),
    anyone.fetch("/api/v1/chat", {
      method: "OPTIONS",
      headers: { Origin: "http://localhost:3000", "Access-Control-Request-Method": "POST" },
    }),
  ]);
  for (const { headers, url } of answers) {
    expect.soft(headers.get("Strict-Transport-Security"), url).toContain("max-age=");
    expect.soft(headers.get("Content-Security-Policy"), url).toContain("frame-ancestors 'none'");
    expect.soft(headers.get("X-Frame-Options"), url).toBe("DENY");
    expect.soft(headers.get("X-Content-Type-Options"), url).toBe("nosniff");
    expect.soft(headers.get("Referrer-Policy"), url).toBeTruthy();
    expect.soft(headers.get("Permissions-Policy"), url).toBeTruthy();
  }
  const cross = await one.fetch("/api/v1/conversations", {
    headers: { Origin: "http://localhost:3000" },
  });
  const exposed = cross.headers.get("Access-Control-Expose-Headers") ?? "";
  for (const name of [
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-Error-Code",
    "Retry-After",
  ])
    expect(exposed).toContain(name);
});

test("hashes are scrypt, and two ways to type one character are one password", async () => {
  const hash = await hashPassword("caf\u00e9 noir");
  expect(hash).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$/);
  expect(await verifyPassword("cafe\u0301 noir", hash)).toBe(true);
  expect(await verifyPassword("cafe noir", hash)).toBe(false);
  expect(await verifyPassword("anything", null)).toBe(false);
  expect(await verifyPassword("anything", "rubbish")).toBe(false);
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
