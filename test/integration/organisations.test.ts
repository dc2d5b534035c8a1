// Organisations: who is in them, who sees what of them, and how one comes and goes.
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { newTag } from "./client.ts";
import { invitationOf, PASSWORD, type Person, person } from "./people.ts";
import { keepEvents, usageEvent } from "./usage-events.ts";

let ann: Person;
beforeAll(async () => {
  ann = await person({ role: "admin" });
});

type Mine = {
  organisations: { id: string; name: string | null; role: string; current: boolean }[];
};

async function organisation(name = `Org ${newTag()}`): Promise<string> {
  return (await ann.json<{ id: string }>("/api/v1/admin/organisations", { json: { name } })).id;
}

/** A fresh organisation with an administrator who acts in it. */
async function governed(): Promise<{ org: string; olga: Person }> {
  const org = await organisation();
  const olga = await person();
  await olga.join(ann, org, "admin");
  await olga.act(org);
  return { org, olga };
}

test("an administrator of the installation makes an organisation and administers it", async () => {
  const name = `Org ${newTag()}`;
  const response = await ann.fetch("/api/v1/admin/organisations", { json: { name } });
  expect(response.status).toBe(201);
  const made = await response.json<{ id: string; name: string; created_at: string }>();
  expect(made).toEqual({
    id: expect.stringMatching(/^org_[0-9a-z]{26}$/) as string,
    name,
    created_at: expect.stringMatching(/Z$/) as string,
  });
  const { members } = await ann.json<{ members: object[] }>(
    `/api/v1/admin/organisations/${made.id}/members`,
  );
  expect(members).toMatchObject([{ user_id: ann.id, role: "admin", email: ann.email }]);
  const mine = await ann.json<Mine>("/api/v1/auth/organisations");
  expect(mine.organisations[0]).toMatchObject({ id: ann.id, role: "admin", current: true });
  expect(mine.organisations).toContainEqual({ id: made.id, name, role: "admin", current: false });

  const bob = await person();
  for (const [by, json, told] of [
    [ann, { name: "" }, "400 VALIDATION_ERROR"],
    [ann, { name: "x".repeat(101) }, "400 VALIDATION_ERROR"],
    [bob, { name: "Bob's" }, "403 FORBIDDEN"],
    [(await governed()).olga, { name: "Olga's" }, "403 FORBIDDEN"],
  ] as const)
    expect.soft(await by.told("/api/v1/admin/organisations", { json })).toBe(told);
});

test("an organisation's administrator sees it and its members; everything else is not there", async () => {
  const { org, olga } = await governed();
  const bob = await person();
  await bob.join(ann, org, "user");
  const other = await governed();

  const { users } = await olga.json<{ users: { id: string }[] }>("/api/v1/admin/users?size=100");
  expect(users.map(({ id }) => id).sort()).toEqual([ann.id, bob.id, olga.id].sort());
  const { organisations } = await olga.json<{ organisations: { id: string; members: number }[] }>(
    "/api/v1/admin/organisations",
  );
  expect(organisations).toMatchObject([{ id: org, members: 3 }]);
  const shown = await olga.json<{ organisations: { id: string }[] }>(
    `/api/v1/admin/users/${ann.id}`,
  );
  expect(shown.organisations.map(({ id }) => id)).toEqual([org]);
  for (const [path, init] of [
    [`/api/v1/admin/users/${other.olga.id}`],
    [`/api/v1/admin/users/${other.olga.id}/limits`],
    [`/api/v1/admin/users/${other.olga.id}`, { method: "PUT", json: { full_name: "x" } }],
    [`/api/v1/auth/admin/users/${other.olga.id}`, { method: "PUT", json: { full_name: "x" } }],
    [`/api/v1/admin/organisations/${other.org}/members`],
    [`/api/v1/admin/organisations/${other.org}/invitations`, { json: { email: "x@example.com" } }],
    [
      `/api/v1/admin/organisations/${other.org}/members/${other.olga.id}`,
      { method: "PUT", json: { role: "user" } },
    ],
    [`/api/v1/admin/organisations/${other.org}/members/${other.olga.id}`, { method: "DELETE" }],
    [`/api/v1/admin/organisations/${org}/members/${other.olga.id}`, { method: "DELETE" }],
  ] as [string, object?][])
    expect.soft([path, await olga.told(path, init)]).toEqual([path, "404 NOT_FOUND"]);
  // A member's account is their own, or the installation's to change.
  for (const json of [
    { tier: "enterprise" },
    { role: "admin" },
    { limits: {} },
    { full_name: "x" },
  ])
    expect
      .soft(await olga.told(`/api/v1/admin/users/${bob.id}`, { method: "PATCH", json }))
      .toBe("403 FORBIDDEN");

  await keepEvents(
    [org, other.org].map((tenant_id) =>
      usageEvent({ user_id: bob.id, tenant_id, at: 1_580_515_200_000 }),
    ),
  );
  const figures = await olga.json<{ totals: object }>(
    "/api/v1/admin/analytics?from=2020-02-01&to=2020-02-01",
  );
  expect(figures.totals).toMatchObject({ users: 0, turns: 1, total_tokens: 2 });
  const { entries } = await olga.json<{ entries: { tenant_id: string; action: string }[] }>(
    "/api/v1/admin/audit?limit=100",
  );
  expect(new Set(entries.map(({ tenant_id }) => tenant_id))).toEqual(new Set([org]));
  expect(entries.map(({ action }) => action)).toEqual(
    expect.arrayContaining(["organisation.create", "member.invite", "member.join"]),
  );
  const file = await (await olga.fetch("/api/v1/admin/audit/export")).text();
  expect(file).not.toContain(other.org);
});

test("an invitation is mailed, never shown, for its address alone, and spent once", async () => {
  const org = await organisation();
  const bob = await person();
  const carl = await person();
  const invite = (email: string) =>
    ann.fetch(`/api/v1/admin/organisations/${org}/invitations`, { json: { email, role: "user" } });
  const sent = await invite(bob.email);
  expect(sent.status).toBe(202);
  expect(Object.keys(await sent.json<object>()).sort()).toEqual(["email", "expires_at", "role"]);

  const first = await invitationOf(bob.email);
  await (await invite(bob.email.toUpperCase())).body?.cancel(); // takes the first one's place
  const token = await invitationOf(bob.email);
  const accept = (by: Person, with_: string) =>
    by.told("/api/v1/auth/invitations/accept", { json: { token: with_ } });
  expect(await accept(bob, first)).toBe("400 VALIDATION_ERROR");
  expect(await accept(carl, token)).toBe("403 FORBIDDEN");
  await env.DB.prepare("UPDATE users SET email_verified_at = NULL WHERE id = ?").bind(bob.id).run();
  expect(await accept(bob, token)).toBe("403 FORBIDDEN");
  await env.DB.prepare("UPDATE users SET email_verified_at = 1 WHERE id = ?").bind(bob.id).run();

  const told = await Promise.all([accept(bob, token), accept(bob, token)]);
  expect(told.toSorted()).toEqual(["200", "400 VALIDATION_ERROR"]);
  expect(await accept(bob, token)).toBe("400 VALIDATION_ERROR");
  const joined = await env.DB.prepare(
    "SELECT count(*) AS n FROM audit WHERE action = 'member.join' AND tenant_id = ?",
  )
    .bind(org)
    .first();
  expect(joined).toEqual({ n: 1 });
  expect((await invite(bob.email)).status).toBe(400); // is in it already

  const late = await person();
  await (await invite(late.email)).body?.cancel();
  const expired = await invitationOf(late.email);
  await env.DB.prepare("UPDATE one_time_tokens SET expires_at = 1 WHERE email_key = ?")
    .bind(late.email)
    .run();
  expect(await accept(late, expired)).toBe("400 VALIDATION_ERROR");
});

test("who switches acts in the organisation with another session; the one before is over", async () => {
  const { org, olga } = await governed();
  const bob = await person();
  await bob.join(ann, org, "user");
  const before = bob.token;
  const own = await bob.conversation();
  await bob.act(org);
  const mine = await bob.json<Mine>("/api/v1/auth/organisations");
  expect(mine.organisations.map(({ id, current }) => ({ id, current }))).toEqual([
    { id: bob.id, current: false },
    { id: org, current: true },
  ]);
  expect(mine.organisations[0]?.name).toBe(bob.email);
  expect(await bob.told(`/api/v1/conversations/${own}`)).toBe("404 CONVERSATION_NOT_FOUND");
  expect(await bob.told("/api/v1/admin/users")).toBe("403 FORBIDDEN");
  const now = bob.token;
  bob.token = before;
  expect(await bob.told("/api/v1/conversations")).toBe("401 AUTHENTICATION_ERROR");
  bob.token = now;
  const switched = (by: Person, organisation_id: unknown) =>
    by.told("/api/v1/auth/switch", { json: { organisation_id } });
  expect(await switched(bob, (await governed()).org)).toBe("404 NOT_FOUND");
  expect(await switched(bob, "org_nothing")).toBe("404 NOT_FOUND");
  expect(await switched(bob, 7)).toBe("400 VALIDATION_ERROR");
  expect(await switched(await olga.apiKey(["account"]), null)).toBe("403 FORBIDDEN");
  await bob.act(null);
  expect(await bob.told(`/api/v1/conversations/${own}`)).toBe("200");
});

test("a page that switches is given its tokens as cookies, and no script sees them", async () => {
  const bob = await person();
  const org = await organisation();
  await bob.join(ann, org, "user");
  bob.token = undefined;
  const jar = (response: Response) =>
    response.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
  const login = await bob.fetch("/api/v1/auth/login", {
    json: { username: bob.email, password: PASSWORD, cookie: true },
  });
  const before = jar(login).join("; ");
  const switched = await bob.fetch("/api/v1/auth/switch", {
    json: { organisation_id: org },
    headers: { Cookie: before },
  });
  expect(await switched.json()).toEqual({
    token_type: "bearer",
    expires_in: expect.any(Number) as number,
  });
  const mine = await bob.json<Mine>("/api/v1/auth/organisations", {
    headers: { Cookie: jar(switched).join("; ") },
  });
  expect(mine.organisations.find(({ current }) => current)?.id).toBe(org);
  expect(await bob.told("/api/v1/auth/organisations", { headers: { Cookie: before } })).toBe(
    "401 AUTHENTICATION_ERROR",
  );
});

test("who is removed or demoted loses that at once, and nothing else", async () => {
  const { org, olga } = await governed();
  const bob = await person();
  await bob.join(ann, org, "admin");
  const own = await bob.conversation();
  const elsewhere = await person({ email: `${newTag()}@example.com` });
  await bob.act(org);
  const program = await bob.apiKey(["admin", "conversations"]);
  expect(await program.told("/api/v1/admin/users")).toBe("200");

  const member = `/api/v1/admin/organisations/${org}/members/${bob.id}`;
  expect(await olga.json(member, { method: "PUT", json: { role: "user" } })).toEqual({
    user_id: bob.id,
    role: "user",
  });
  for (const one of [bob, program]) {
    expect.soft(await one.told("/api/v1/admin/users")).toBe("403 FORBIDDEN");
    expect.soft(await one.told("/api/v1/conversations")).toBe("200");
  }
  expect(await olga.told(member, { method: "DELETE" })).toBe("204");
  for (const one of [bob, program])
    expect.soft(await one.told("/api/v1/conversations")).toBe("401 AUTHENTICATION_ERROR");
  expect(await olga.told(member, { method: "DELETE" })).toBe("404 NOT_FOUND");
  expect(await olga.told(`/api/v1/admin/users/${elsewhere.id}`)).toBe("404 NOT_FOUND");
  await bob.signIn();
  expect(await bob.told(`/api/v1/conversations/${own}`)).toBe("200");

  const { entries } = await olga.json<{ entries: { action: string; target: string }[] }>(
    "/api/v1/admin/audit",
  );
  expect(entries.slice(0, 2)).toMatchObject([
    { action: "member.remove", target: bob.id },
    { action: "member.role", target: bob.id },
  ]);
});

test("an organisation keeps its last administrator, also where two leave at once", async () => {
  const { org, olga } = await governed();
  const at = (id: string) => `/api/v1/admin/organisations/${org}/members/${id}`;
  const demote = { method: "PUT", json: { role: "user" } };
  const told = await Promise.all([
    ann.told(at(olga.id), { method: "DELETE" }),
    ann.told(at(ann.id), { method: "DELETE" }),
  ]);
  expect(told.toSorted()).toEqual(["204", "400 VALIDATION_ERROR"]);
  const left = told[0] === "204" ? ann : olga;
  expect(await ann.told(at(left.id), { method: "DELETE" })).toBe("400 VALIDATION_ERROR");
  expect(await ann.told(at(left.id), demote)).toBe("400 VALIDATION_ERROR");
  if (left === olga) expect(await olga.told("/api/v1/admin/users")).toBe("200");
  const other = await person();
  await other.join(ann, org, "admin");
  expect(await ann.told(at(left.id), demote)).toBe("200");
});
