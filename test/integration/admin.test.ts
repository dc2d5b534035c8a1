// What an administrator sees and does, and what nobody else does.
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import type { User } from "../../src/protocol/account.ts";
import { newTag } from "./client.ts";
import { Person, person } from "./people.ts";
import { keepEvents, usageEvent } from "./usage-events.ts";

let ann: Person;
beforeAll(async () => {
  ann = await person({ role: "admin" });
});

type Page = {
  users: User[];
  pagination: { total: number; limit: number; offset: number; has_more: boolean };
};
type Entry = { id: string; at: string; action: string; target: string | null; user_id: string } & {
  details: { changes?: Record<string, { from: unknown; to: unknown }> };
};
type Entries = {
  entries: Entry[];
  pagination: { has_more: boolean; next_cursor: string | null; total: number };
};

const find = (search: string) =>
  ann.json<Page>(`/api/v1/admin/users?search=${encodeURIComponent(search)}`);
const change = (id: string, json: object) =>
  ann.json<User>(`/api/v1/admin/users/${id}`, { method: "PATCH", json });

test("only an administrator, with a credential made for it, gets in", async () => {
  const bob = await person();
  const visitor = new Person();
  const program = await ann.apiKey(["chat", "conversations"]);
  const steward = await ann.apiKey(["admin"]);
  for (const path of [
    "/api/v1/admin/users",
    `/api/v1/admin/users/${bob.id}`,
    `/api/v1/admin/users/${bob.id}/limits`,
    "/api/v1/auth/admin/users",
    "/api/v1/admin/analytics",
    "/api/v1/admin/costs",
    "/api/v1/admin/limits",
    "/api/v1/admin/audit",
    "/api/v1/admin/audit/export",
    "/api/v1/admin/organisations",
  ]) {
    expect.soft([path, await ann.told(path)]).toEqual([path, "200"]);
    expect.soft([path, await steward.told(path)]).toEqual([path, "200"]);
    for (const other of [bob, visitor, program])
      expect.soft([path, await other.told(path)]).toEqual([path, "403 FORBIDDEN"]);
  }
});

test("a request counts once, however many routes share its path", async () => {
  const eve = await person({ role: "admin" });
  let left: number | undefined;
  for (const path of [
    "/api/v1/admin/users",
    "/api/v1/auth/admin/users",
    "/api/v1/admin/organisations",
    "/api/v1/admin/audit",
    "/api/v1/admin/limits",
    "/api/v1/auth/organisations",
  ]) {
    const response = await eve.fetch(path);
    await response.body?.cancel();
    const remaining = Number(response.headers.get("X-RateLimit-Remaining"));
    if (left !== undefined) expect.soft([path, remaining]).toEqual([path, left - 1]);
    left = remaining;
  }
});

test("users come in pages, newest first, by either way of counting", async () => {
  const tag = newTag();
  const ids: string[] = [];
  for (let n = 0; n < 3; n++) ids.unshift((await person({ email: `${tag}.${n}@example.com` })).id);
  const page = await ann.json<Page>(`/api/v1/admin/users?search=${tag}&page=1&size=2`);
  expect(page.users.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  expect(page.pagination).toEqual({
    total: 3,
    limit: 2,
    offset: 0,
    has_more: true,
    next_cursor: null,
  });
  const rest = await ann.json<Page>(`/api/v1/admin/users?search=${tag}&limit=2&offset=2`);
  expect(rest.users.map(({ id }) => id)).toEqual(ids.slice(2));
  expect(rest.pagination).toMatchObject({ offset: 2, has_more: false });
  const seed = await ann.json<User[]>(`/api/v1/auth/admin/users?search=${tag}&page=2&size=2`);
  expect(seed).toEqual(rest.users);
  for (const query of ["size=0", "size=101", "page=0", "limit=x", "offset=-1", "is_active=maybe"])
    expect.soft(await ann.told(`/api/v1/admin/users?${query}`)).toBe("400 VALIDATION_ERROR");
});

test("a search is text, whatever is in it, in any case", async () => {
  const tag = newTag();
  const names = [`100% ${tag}`, `under_score ${tag}`, `O'Hara ${tag}`, `"; DROP TABLE users; --`];
  const ids = new Map<string, string>();
  for (const name of names) ids.set(name, (await person({ name })).id);
  const emile = await person({ name: `Émile ${tag}` });
  for (const name of names) {
    const { users } = await find(name.toUpperCase());
    expect.soft(users.map(({ id }) => id)).toContain(ids.get(name));
    for (const other of names)
      if (other !== name) expect.soft(users.map(({ id }) => id)).not.toContain(ids.get(other));
  }
  expect((await find("%%")).users).toEqual([]);
  expect((await find(`${tag.slice(0, 3)}_`)).users).toEqual([]);
  expect((await find(`Émile ${tag}`)).users.map(({ id }) => id)).toEqual([emile.id]);
  expect((await find("x".repeat(200))).users).toEqual([]);
  expect((await find(emile.email.toUpperCase())).users.map(({ id }) => id)).toEqual([emile.id]);
});

test("a user is shown with their organisations and how their limits stand", async () => {
  const bob = await person();
  const { name } = { name: `Org ${newTag()}` };
  const { id } = await ann.json<{ id: string }>("/api/v1/admin/organisations", { json: { name } });
  await bob.join(ann, id, "user");
  await change(bob.id, { limits: { daily_tokens: 1234, monthly_cost: 2.5 } });
  const shown = await ann.json<User & { organisations: unknown; standing: unknown }>(
    `/api/v1/admin/users/${bob.id}`,
  );
  expect(shown).toMatchObject({
    id: bob.id,
    email: bob.email,
    organisations: [{ id, name, role: "user" }],
    limits: { daily_tokens: 1234, monthly_cost: 2.5 },
    standing: { limits: { daily_tokens: 1234, monthly_cost: 2.5 } },
  });
  expect(await ann.json(`/api/v1/admin/users/${bob.id}/limits`)).toEqual(shown.standing);
  expect(JSON.stringify(shown)).not.toMatch(/scrypt|password/);
  const limits = await ann.json<{ limits: Record<string, unknown> }>("/api/v1/admin/limits");
  expect(Object.keys(limits.limits)).toEqual([
    "free",
    "starter",
    "professional",
    "enterprise",
    "anonymous",
  ]);
  expect(await ann.told("/api/v1/admin/users/user_nobody")).toBe("404 NOT_FOUND");
});

test("who is deactivated is out at once: token, API key, refresh and sign-in", async () => {
  const bob = await person();
  const program = await bob.apiKey(["chat", "conversations"]);
  for (const one of [bob, program]) expect(await one.told("/api/v1/conversations")).toBe("200");
  expect(await change(bob.id, { is_active: false })).toMatchObject({ is_active: false });
  for (const one of [bob, program])
    expect.soft(await one.told("/api/v1/conversations")).toMatch(/^40[13] /);
  const { refresh_token } = bob;
  bob.token = undefined;
  expect(await bob.told("/api/v1/auth/refresh", { json: { refresh_token } })).toMatch(/^40[013] /);
  await expect(bob.signIn()).rejects.toThrow(/40[13]/);
  expect((await find(bob.email)).users).toMatchObject([{ id: bob.id, is_active: false }]);
  const hidden = await ann.json<Page>(`/api/v1/admin/users?search=${bob.email}&is_active=true`);
  expect(hidden.users).toEqual([]);

  await change(bob.id, { is_active: true });
  await bob.signIn();
  expect(await bob.told("/api/v1/conversations")).toBe("200");
  expect(await program.told("/api/v1/conversations")).toBe("401 AUTHENTICATION_ERROR");
});

test("who is demoted or moved to another tier is so with their next request", async () => {
  const carl = await person({ role: "admin" });
  const steward = await carl.apiKey(["admin", "conversations"]);
  for (const one of [carl, steward]) expect(await one.told("/api/v1/admin/users")).toBe("200");
  await change(carl.id, { role: "user", tier: "professional" });
  for (const one of [carl, steward]) {
    expect.soft(await one.told("/api/v1/admin/users")).toBe("403 FORBIDDEN");
    expect.soft(await one.told("/api/v1/conversations")).toBe("200");
  }
  expect(await carl.json("/api/v1/auth/me")).toMatchObject({ role: "user", tier: "professional" });
});

test("a change is checked, whole or not at all, and written down as from and to", async () => {
  const bob = await person();
  const dan = await person();
  for (const json of [
    { email: "nowhere" },
    { role: "owner" },
    { tier: "gold" },
    { is_active: "perhaps" },
    { username: "a b" },
    { limits: { daily_tokens: -1 } },
    { email: dan.email.toUpperCase() },
    { email: dan.email, is_active: false },
  ])
    expect
      .soft([json, await ann.told(`/api/v1/admin/users/${bob.id}`, { method: "PUT", json })])
      .toEqual([json, "400 VALIDATION_ERROR"]);
  expect((await find(bob.email)).users).toMatchObject([{ is_active: true, role: "user" }]);
  await bob.signIn();
  expect(await bob.told("/api/v1/conversations")).toBe("200");

  const email = `${newTag()}@example.com`;
  const seed = await ann.json<User>(`/api/v1/auth/admin/users/${bob.id}`, {
    method: "PUT",
    json: { email, full_name: "Robert", features: ["beta"], nonsense: 1 },
  });
  expect(seed).toMatchObject({ email, email_verified: false, full_name: "Robert" });
  await change(bob.id, { full_name: "Robert" }); // changes nothing
  const { entries } = await ann.json<Entries>(
    `/api/v1/admin/audit?action=user.update&target=${bob.id}`,
  );
  expect(entries).toHaveLength(1);
  expect(entries[0]).toMatchObject({ user_id: ann.id, target: bob.id });
  expect(entries[0]?.details.changes).toEqual({
    email: { from: bob.email, to: email },
    full_name: { from: null, to: "Robert" },
    features: { from: [], to: ["beta"] },
  });
});

test("the last active administrator can neither go nor be demoted; of two, one stays", async () => {
  const others = await env.DB.prepare(
    "SELECT id FROM users WHERE role = 'admin' AND is_active = 1 AND id <> ?",
  )
    .bind(ann.id)
    .all<{ id: string }>();
  for (const { id } of others.results) await change(id, { role: "user" });
  for (const json of [{ role: "user" }, { is_active: false }])
    expect(await ann.told(`/api/v1/admin/users/${ann.id}`, { method: "PATCH", json })).toBe(
      "400 VALIDATION_ERROR",
    );
  expect(await ann.told("/api/v1/admin/users")).toBe("200");

  const eve = await person({ role: "admin" });
  const demote = (by: Person, id: string) =>
    by.told(`/api/v1/admin/users/${id}`, { method: "PATCH", json: { role: "user" } });
  const told = await Promise.all([demote(ann, eve.id), demote(eve, ann.id)]);
  expect(told.filter((answer) => answer === "200")).toHaveLength(1);
  const left = await env.DB.prepare("SELECT count(*) AS n FROM users WHERE role = 'admin'").first();
  expect(left).toEqual({ n: 1 });
  if ((await ann.told("/api/v1/admin/users")) !== "200") {
    await eve.json(`/api/v1/admin/users/${ann.id}`, { method: "PATCH", json: { role: "admin" } });
    await ann.signIn();
  }
});

test("the audit log is paged without a gap, filtered, and cannot be rewritten", async () => {
  const bob = await person();
  for (const tier of ["starter", "professional", "enterprise", "free", "starter"] as const)
    await change(bob.id, { tier });
  const query = `/api/v1/admin/audit?target=${bob.id}&action=user.update&outcome=success`;
  const seen: Entry[] = [];
  let cursor = "";
  for (;;) {
    const page = await ann.json<Entries>(`${query}&limit=2${cursor}`);
    expect(page.pagination.total).toBe(5);
    seen.push(...page.entries);
    if (page.pagination.next_cursor === null) break;
    cursor = `&cursor=${encodeURIComponent(page.pagination.next_cursor)}`;
  }
  expect(seen.map(({ details }) => details.changes?.["tier"]?.to)).toEqual(
    ["starter", "professional", "enterprise", "free", "starter"].toReversed(),
  );
  expect(new Set(seen.map(({ id }) => id)).size).toBe(5);
  const none = await ann.json<Entries>(`${query}&to=2001-01-01`);
  expect(none.entries).toEqual([]);
  const failed = await ann.json<Entries>(`/api/v1/admin/audit?target=${bob.id}&outcome=failure`);
  expect(failed.entries).toEqual([]);
  for (const bad of ["limit=0", "cursor=x", "cursor=1~aud_';--", "from=soon", "outcome=maybe"])
    expect.soft(await ann.told(`/api/v1/admin/audit?${bad}`)).toBe("400 VALIDATION_ERROR");

  const rewrite = env.DB.prepare("UPDATE audit SET action = 'nothing' WHERE id = ?");
  const remove = env.DB.prepare("DELETE FROM audit WHERE id = ?");
  for (const statement of [rewrite, remove])
    await expect(statement.bind(seen[0]?.id).run()).rejects.toThrow("append-only");
});

test("the audit log leaves as a file, page after page, with nothing in it that a spreadsheet runs", async () => {
  const tag = newTag();
  const insert = env.DB.prepare(
    "INSERT INTO audit VALUES (?, ?, 't', ?, 'test', ?, ?, 'success', NULL, ?, NULL, ?)",
  );
  const long = Array.from({ length: 1203 }, (_, n) =>
    insert.bind(
      `aud_${tag}${String(n).padStart(5, "0")}`,
      1_000_000 + Math.floor(n / 3), // several at once
      tag,
      `${tag}.act`,
      '=HYPERLINK("http://evil","x")',
      "+1 \r\n@SUM",
      JSON.stringify({ n, text: `"quoted", ${tag}` }),
    ),
  );
  for (let at = 0; at < long.length; at += 400) await env.DB.batch(long.slice(at, at + 400));

  const all = `/api/v1/admin/audit/export?action=${tag}.act&from=1970-01-01&to=1970-01-02`;
  const ndjson = await ann.fetch(all);
  expect(ndjson.headers.get("Content-Disposition")).toBe('attachment; filename="audit.ndjson"');
  const lines = (await ndjson.text()).trimEnd().split("\n");
  const numbers = lines.map((line) => (JSON.parse(line) as { details: { n: number } }).details.n);
  expect(numbers).toEqual(Array.from({ length: 1203 }, (_, n) => n));

  const csv = await ann.fetch(`${all}&format=csv`);
  expect(csv.headers.get("Content-Type")).toContain("text/csv");
  const text = await csv.text();
  const [head, first] = text.split("\r\naud_");
  expect(head).toBe(
    "id,at,tenant_id,user_id,via,action,target,outcome,address,user_agent,request_id,details",
  );
  expect(`aud_${first}`).toBe(
    `aud_${tag}00000,1970-01-01T00:16:40.000Z,t,${tag},test,${tag}.act,` +
      `"'=HYPERLINK(""http://evil"",""x"")",success,,"'+1 \r\n@SUM",,` +
      `"{""n"":0,""text"":""\\""quoted\\"", ${tag}""}"`,
  );
  expect(text.split(`\r\naud_${tag}`)).toHaveLength(1204);
  expect(await ann.told(`${all}&format=xlsx`)).toBe("400 VALIDATION_ERROR");
});

test("analytics and costs add up what was used, in dollars", async () => {
  const bob = await person();
  const eve = await person({ role: "admin" });
  const day = Date.UTC(2020, 1, 1);
  const turn = (at: number, model: string | null, cost: number | null, code: string | null) =>
    usageEvent({
      user_id: bob.id,
      at,
      provider: model === null ? null : "openai",
      model,
      outcome: code === null ? "completed" : "failed",
      turn_error: code,
      prompt_tokens: 100,
      completion_tokens: 20,
      cost,
    });
  await keepEvents([
    turn(day, "big", 1_500_000, null),
    turn(day + 86_400_000 - 1, "small", 250_000, null),
    turn(day + 86_400_000, null, null, "LLM_TIMEOUT"),
    turn(day + 2 * 86_400_000, "big", 9_000_000, null), // the day after
  ]);
  await env.DB.batch([
    env.DB.prepare(
      "INSERT INTO conversations (id, tenant_id, user_id, status, message_count, preview, created_at, updated_at, version) VALUES (?, ?, ?, 'active', 6, '', ?, ?, 1)",
    ).bind(`conv_${newTag()}`, bob.id, bob.id, day, day),
    env.DB.prepare("UPDATE users SET created_at = ? WHERE id = ?").bind(day + 5, bob.id),
  ]);
  const shown = await eve.json<Record<string, unknown>>(
    "/api/v1/admin/analytics?from=2020-02-01&to=2020-02-02",
  );
  const [one, two] = [
    { turns: 2, prompt_tokens: 200, completion_tokens: 40, total_tokens: 240, cost: 1.75 },
    { turns: 1, prompt_tokens: 100, completion_tokens: 20, total_tokens: 120, cost: null },
  ];
  const both = {
    turns: 3,
    prompt_tokens: 300,
    completion_tokens: 60,
    total_tokens: 360,
    cost: 1.75,
    unpriced_turns: 1,
    unpriced_calls: 1,
    unpriced_tokens: 120,
  };
  expect(shown).toMatchObject({
    from: "2020-02-01T00:00:00.000Z",
    to: "2020-02-03T00:00:00.000Z",
    totals: { users: 1, active_users: 1, new_users: 1, conversations: 1, messages: 6, ...both },
    by_day: [
      { date: "2020-02-01", new_users: 1, conversations: 1, active_users: 1, ...one },
      { date: "2020-02-02", new_users: 0, conversations: 0, active_users: 1, ...two },
    ],
    by_tier: [{ tier: "free", ...both }],
    top_users: [{ user_id: bob.id, email: bob.email, ...both }],
    errors: [{ code: "LLM_TIMEOUT", count: 1 }],
  });
  expect(shown["by_model"]).toHaveLength(3);
  expect(shown["by_model"]).toContainEqual({
    provider: "openai",
    model: "small",
    turns: 1,
    prompt_tokens: 100,
    completion_tokens: 20,
    total_tokens: 120,
    cost: 0.25,
    unpriced_turns: 0,
    unpriced_calls: 0,
    unpriced_tokens: 0,
  });
  for (const [group_by, keys] of [
    ["day", ["2020-02-01", "2020-02-02"]],
    ["model", ["openai/big", "openai/small", ""]],
    ["user", [bob.id]],
    ["tier", ["free"]],
  ] as const) {
    const costs = await eve.json<{ totals: object; groups: { key: string }[] }>(
      `/api/v1/admin/costs?from=2020-02-01&to=2020-02-02&group_by=${group_by}`,
    );
    expect.soft(costs.groups.map(({ key }) => key)).toEqual(keys);
    expect.soft(costs.totals).toMatchObject(both);
  }
  for (const query of [
    "from=2020-02-02&to=2020-02-01",
    "from=2018-01-01&to=2020-01-01",
    "from=yesterday",
    "to=2020-13-01",
  ])
    expect.soft(await eve.told(`/api/v1/admin/analytics?${query}`)).toBe("400 VALIDATION_ERROR");
  expect(await eve.told("/api/v1/admin/costs?group_by=colour")).toBe("400 VALIDATION_ERROR");
});
