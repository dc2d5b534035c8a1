// Accounts as their owners use them: registering, signing in, profiles and passwords, links in mails.
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Token, User } from "../../src/protocol/account.ts";
import { Client, eventually, newTag } from "./client.ts";
import { PASSWORD, person } from "./people.ts";
import { anyone, appWith, email, post, tokenIn } from "./app-with.ts";

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

test("a changed or reset password voids the link that would have moved the account to another address", async () => {
  const { ask, mails } = appWith();
  for (const how of ["change", "reset"]) {
    const one = await person();
    mails.length = 0;
    await ask("/api/v1/auth/profile", {
      ...post(
        { email: email(), current_password: PASSWORD },
        { Authorization: `Bearer ${one.token}` },
      ),
      method: "PUT",
    });
    const moving = tokenIn(mails[0]);
    if (how === "change")
      await one.fetch("/api/v1/auth/password", {
        json: { current_password: PASSWORD, new_password: "a new password" },
      });
    else {
      await ask("/api/v1/auth/password/forgot", post({ email: one.email }));
      const reset = { token: tokenIn(mails.at(-1)), new_password: "a new password" };
      expect((await ask("/api/v1/auth/password/reset", post(reset))).status).toBe(200);
    }
    expect((await ask("/api/v1/auth/email/verify", post({ token: moving }))).status).toBe(401);
  }
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

test("closed registration lets nobody in but the invited", async () => {
  const { ask } = appWith({ ALLOW_REGISTRATION: "false" });
  const response = await ask("/api/v1/auth/register", post({ email: email(), password: PASSWORD }));
  expect(response.status).toBe(403);
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
