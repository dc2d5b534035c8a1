// What somebody holds: sessions, refresh tokens, cookies, API keys, a visitor's token.
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { readConfig } from "../../src/config.ts";
import { newId } from "../../src/ids.ts";
import type { Token } from "../../src/protocol/account.ts";
import { createAccountSchema } from "../../src/store/account-schema.ts";
import { Sql } from "../../src/store/sql.ts";
import { Ledger } from "../../src/usage/ledger.ts";
import { limitsOf } from "../../src/usage/limits.ts";
import { Client } from "./client.ts";
import { PASSWORD, person } from "./people.ts";
import { anyone, appWith, email } from "./app-with.ts";

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

test("who is no administrator any more in the rows is none at any door, by whatever they hold", async () => {
  const admin = await person({ role: "admin" });
  const program = await admin.apiKey(["admin"]);
  expect(await program.told("/api/v1/admin/users")).toBe("200");
  const own = { method: "PUT", json: { email: email() } };
  expect(await program.told(`/api/v1/admin/users/${admin.id}`, own)).toBe("403 FORBIDDEN");
  await env.DB.prepare("UPDATE users SET role = 'user' WHERE id = ?").bind(admin.id).run();
  expect(await program.told("/api/v1/admin/users")).toBe("403 FORBIDDEN");
  expect(await admin.told("/api/v1/admin/users")).toBe("403 FORBIDDEN");
});

test("a visitor's account is swept when there is nothing left of it, and not before", async () => {
  const user_id = newId("user", Date.now());
  const stub = env.ACCOUNTS.get(env.ACCOUNTS.idFromName(user_id));
  const its = { ...env, MONTHLY_TOKEN_BUDGET: "1000" };
  const ask = {
    id: newId("res", Date.now()),
    own: 1,
    history: false,
    max_tokens: 10,
    price: { input: 0, output: 0 },
  };
  await runInDurableObject(stub, async (_, state) => {
    const sql = new Sql(state.storage);
    createAccountSchema(sql);
    const ledger = new Ledger(sql);
    const limits = limitsOf(readConfig(its), "free");
    if (limits === null) throw new Error("no limits");
    expect(ledger.reserve([{ name: "", limits }], ask, Date.now()).ok).toBe(true);
    sql.run("DELETE FROM reservations"); // a week later
    await state.storage.setAlarm(Date.now() + 1000);
  });
  await evictDurableObject(stub);
  const tables = () =>
    runInDurableObject(
      stub,
      (_, state) =>
        state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'account'").toArray()
          .length,
    );
  await runDurableObjectAlarm(stub);
  expect(await tables()).toBe(1); // this month's total is there
  await runInDurableObject(stub, (_, state) => {
    state.storage.sql.exec("UPDATE totals SET month = '2001-01', day = '2001-01-01'");
  });
  await evictDurableObject(stub);
  await runDurableObjectAlarm(stub);
  expect(await tables()).toBe(0);
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

test("what is nobody's token uses up nobody's requests, and who is over the limit still signs out", async () => {
  const one = await person();
  const forged = `ewr_${one.id.slice(5)}_${"0".repeat(26)}_${"A".repeat(43)}`;
  const say = (path: string, refresh: string) =>
    new Client().fetch(path, { json: {}, headers: { Cookie: `ew_refresh=${refresh}` } });
  const forgeries = await Promise.all(
    Array.from({ length: 120 }, (_, n) =>
      say(n % 2 === 0 ? "/api/v1/auth/logout" : "/api/v1/auth/refresh", forged),
    ),
  );
  expect(new Set(forgeries.map(({ status }) => status))).toEqual(new Set([401]));
  expect((await one.fetch("/api/v1/auth/me")).status).toBe(200);
  await Promise.all(Array.from({ length: 110 }, () => one.fetch("/api/v1/auth/limits")));
  expect((await one.fetch("/api/v1/auth/me")).status).toBe(429);
  expect((await say("/api/v1/auth/logout", one.refresh_token)).status).toBe(200);
  expect((await say("/api/v1/auth/refresh", one.refresh_token)).status).toBe(401);
});
