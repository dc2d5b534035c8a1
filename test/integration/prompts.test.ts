// Prompts through their doors: names and versions, what is strict, whose they are.
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { AppError } from "../../src/errors.ts";
import { promptReferenceSchema } from "../../src/protocol/prompt.ts";
import { databases } from "../../src/store/database.ts";
import { resolvePrompt } from "../../src/turn/prompt/resolve.ts";
import { Client, newTag } from "./client.ts";
import { type Person, person } from "./people.ts";

const PROMPTS = "/api/v1/prompts";
const named = (name: string, rest = "") => `${PROMPTS}/${name}${rest}`;

type Prompt = {
  id: string;
  name: string;
  description: string | null;
  latest_version: number;
  version: number;
  body: Record<string, unknown>;
  created_by: string;
  created_at: string;
  updated_at: string;
};
type Rendered = { system: string; examples: { user: string; assistant: string }[] };
type Failed = {
  error: { code: string; message: string; details: Record<string, unknown> };
};

let ann: Person;
beforeAll(async () => {
  ann = await person();
});

async function make(by: Client, body: object = { text: "Be brief." }, name = newTag()) {
  return by.json<Prompt>(PROMPTS, { json: { name, body } });
}

async function failure(by: Client, path: string, init: RequestInit & { json?: unknown }) {
  const response = await by.fetch(path, init);
  const { error } = await response.json<Failed>();
  return { status: response.status, ...error };
}

test("a prompt is made, read, changed into versions, and each stays as it was", async () => {
  const name = `support.${newTag()}`;
  const body = { text: "Hi {{who}}", variables: { who: { default: "you" } } };
  const response = await ann.fetch(PROMPTS, { json: { name, description: "Greets", body } });
  expect(response.status).toBe(201);
  const made = await response.json<Prompt>();
  expect(made).toEqual({
    id: expect.stringMatching(/^prm_[0-9a-z]{26}$/) as string,
    name,
    description: "Greets",
    latest_version: 1,
    version: 1,
    body,
    created_by: ann.id,
    created_at: expect.stringMatching(/Z$/) as string,
    updated_at: expect.stringMatching(/Z$/) as string,
  });
  expect(await ann.json(named(name))).toEqual(made);

  const put = (text: string) =>
    ann.json<Prompt>(named(name), { method: "PUT", json: { body: { text } } });
  expect(await put("Two")).toMatchObject({
    id: made.id,
    latest_version: 2,
    version: 2,
    body: { text: "Two" },
    description: "Greets",
  });
  const versions = (await Promise.all(["a", "b", "c", "d"].map(put))).map(({ version }) => version);
  expect(new Set(versions)).toEqual(new Set([3, 4, 5, 6]));
  expect(await ann.json(named(name, "?version=1"))).toMatchObject({
    version: 1,
    latest_version: 6,
    body,
  });
  expect(await ann.json(named(name))).toMatchObject({ version: 6 });
  const page = await ann.json<{ versions: { version: number }[]; pagination: object }>(
    named(name, "/versions?limit=2"),
  );
  expect(page.versions.map(({ version }) => version)).toEqual([6, 5]);
  expect(page.versions[0]).toEqual({
    version: 6,
    created_by: ann.id,
    created_at: expect.stringMatching(/Z$/) as string,
  });
  expect(page.pagination).toEqual({
    total: 6,
    limit: 2,
    offset: 0,
    has_more: true,
    next_cursor: null,
  });
  expect(await failure(ann, named(name, "?version=7"), {})).toMatchObject({
    status: 404,
    code: "NOT_FOUND",
    details: { prompt: name, version: 7, latest_version: 6 },
  });
  for (const version of ["0", "-1", "x", "1.5", ""])
    expect.soft(await ann.told(named(name, `?version=${version}`))).toBe("400 VALIDATION_ERROR");

  expect(await ann.told(named(name), { method: "DELETE" })).toBe("204");
  expect(await ann.told(named(name))).toBe("404 NOT_FOUND");
  expect(await ann.told(named(name), { method: "DELETE" })).toBe("404 NOT_FOUND");
  const left = await env.DB.prepare("SELECT count(*) AS n FROM prompt_versions WHERE prompt_id = ?")
    .bind(made.id)
    .first("n");
  expect(left).toBe(0);
  // The name is free again, and begins anew.
  expect(await make(ann, { text: "Again" }, name)).toMatchObject({ version: 1 });
});

test("a name is one prompt's: made twice, at once, or taken by renaming", async () => {
  const [one, two] = [newTag(), newTag()];
  await make(ann, undefined, one);
  await make(ann, undefined, two);
  expect(await failure(ann, PROMPTS, { json: { name: one, body: { text: "x" } } })).toMatchObject({
    status: 409,
    code: "CONFLICT",
    details: { field: "name" },
  });
  const name = newTag();
  const statuses = await Promise.all(
    [1, 2, 3].map(async (n) => ann.told(PROMPTS, { json: { name, body: { text: `from ${n}` } } })),
  );
  expect(statuses.sort()).toEqual(["201", "409 CONFLICT", "409 CONFLICT"]);
  expect(await ann.json(named(name, "/versions"))).toMatchObject({ pagination: { total: 1 } });

  const patch = (json: object) => ({ method: "PATCH", json });
  expect(await ann.told(named(one), patch({ name: two }))).toBe("409 CONFLICT");
  expect(await ann.told(named(one), patch({ name: one }))).toBe("200");
  const renamed = newTag();
  expect(
    await ann.json(named(one), patch({ name: renamed, description: "漢字 🎉" })),
  ).toMatchObject({ name: renamed, description: "漢字 🎉", latest_version: 1 });
  expect(await ann.told(named(one))).toBe("404 NOT_FOUND");
  expect(await ann.json(named(renamed), patch({ description: null }))).toMatchObject({
    name: renamed,
    description: null,
  });
  expect(await ann.json(named(renamed))).toMatchObject({ body: { text: "Be brief." } });
  for (const bad of ["", "A", "a b", ".a", "a/b", "é", "x".repeat(65), 7, null])
    expect
      .soft(await ann.told(PROMPTS, { json: { name: bad, body: { text: "x" } } }))
      .toBe("400 VALIDATION_ERROR");
});

test("the list is by name, in pages, and can be searched", async () => {
  const bob = await person();
  for (const name of ["b-two", "a.one", "b_three"]) await make(bob, undefined, name);
  const list = (query: string) =>
    bob.json<{ prompts: Prompt[]; pagination: { total: number } }>(PROMPTS + query);
  const names = async (query: string) => (await list(query)).prompts.map(({ name }) => name);
  expect(await names("")).toEqual(["a.one", "b-two", "b_three"]);
  expect(await names("?limit=1&offset=1")).toEqual(["b-two"]);
  expect(await names("?page=2&size=2")).toEqual(["b_three"]);
  expect(await names("?search=B")).toEqual(["b-two", "b_three"]);
  expect(await names("?search=_")).toEqual(["b_three"]); // no wildcard
  expect(await names("?search=%25")).toEqual([]);
  const { prompts, pagination } = await list("?search=o&limit=1");
  expect(pagination).toEqual({ total: 2, limit: 1, offset: 0, has_more: true, next_cursor: null });
  expect(prompts[0]).not.toHaveProperty("body");
});

test("what is rendered: values are inserted once, and are told by name where they are wrong", async () => {
  const { name } = await make(ann, {
    identity: { name: "{{bot}}", description: "at {{company}}" },
    constraints: ["Stay with {{topic}}"],
    examples: [{ user: "{{topic}}?", assistant: "Yes, \\{{topic}}." }],
    variables: { bot: { default: "Bo" }, company: {}, topic: { default: "{{company}}" } },
  });
  const render = (json: object) => ann.json<Rendered>(named(name, "/render"), { json });
  expect(
    await render({ variables: { company: "{{topic}} \\{{bot}} Ünïcödé 漢字 🎉 $&" } }),
  ).toEqual({
    system:
      "You are Bo, at {{topic}} \\{{bot}} Ünïcödé 漢字 🎉 $&\n\n## Constraints\n- Stay with {{company}}",
    examples: [{ user: "{{company}}?", assistant: "Yes, {{topic}}." }],
  });
  const wrong = (variables: unknown) =>
    failure(ann, named(name, "/render"), { json: { variables } });
  for (const [variables, field] of [
    [undefined, "variables.company"],
    [{}, "variables.company"],
    [{ company: "x", compny: "y" }, "variables.compny"],
    [{ company: null }, "variables.company"],
    [{ company: ["x"] }, "variables.company"],
    [{ company: "x".repeat(10_001) }, "variables.company"],
    [[], "variables"],
  ] as const)
    expect.soft(await wrong(variables)).toMatchObject({
      status: 400,
      code: "VALIDATION_ERROR",
      message: expect.stringContaining(`${field}: `) as string,
      details: { field },
    });
  // A version renders with its own variables.
  await ann.json(named(name), { method: "PUT", json: { body: { text: "No variables" } } });
  expect(await render({})).toEqual({ system: "No variables", examples: [] });
  expect((await render({ version: 1, variables: { company: "x" } })).system).toContain("at x");
  expect(await ann.told(named(name, "/render"), { json: { version: 3 } })).toBe("404 NOT_FOUND");
});

test("a body that does not hold is neither stored nor shown", async () => {
  const { name } = await make(ann);
  for (const [body, field] of [
    [undefined, "body"],
    [{}, "body"],
    [{ text: "{{who}}" }, "body.text"],
    [{ text: "{{#each x}}", variables: { x: {} } }, "body.text"],
    [{ guidelines: ["a", "{{b}}"] }, "body.guidelines.1"],
    [{ examples: [{ user: "{{a}}", assistant: "x" }] }, "body.examples.0.user"],
    [{ text: "x", variables: { "not a name": {} } }, "body.variables.not a name"],
  ] as const)
    for (const [path, init] of [
      [PROMPTS, { json: { name: newTag(), body } }],
      [named("preview"), { json: { body } }],
      [named(name), { method: "PUT", json: { body } }],
    ] as const)
      expect.soft(await failure(ann, path, init), `${path} ${field}`).toMatchObject({
        status: 400,
        code: "VALIDATION_ERROR",
        details: { field },
      });
  expect(await ann.json(named(name))).toMatchObject({ version: 1 });

  const preview = { body: { text: "Hi {{a}}", variables: { a: {} } }, variables: { a: 1 } };
  expect(await ann.json(named("preview"), { json: preview })).toEqual({
    system: "Hi 1",
    examples: [],
  });
  expect(
    await failure(ann, named("preview"), { json: { ...preview, variables: {} } }),
  ).toMatchObject({ details: { field: "variables.a" } });
  expect(await ann.told(named("preview"))).toBe("404 NOT_FOUND");
});

test("another tenant's prompt is not there, whatever is done to it; and it stays", async () => {
  const { name } = await make(ann);
  const bob = await person();
  const visitor = new Client();
  await visitor.conversation();
  for (const who of [bob, visitor])
    for (const [path, init] of [
      [named(name), {}],
      [named(name, "?version=1"), {}],
      [named(name, "/versions"), {}],
      [named(name, "/render"), { json: {} }],
      [named(name), { method: "PUT", json: { body: { text: "Theirs" } } }],
      [named(name), { method: "PUT", json: {} }],
      [named(name), { method: "PATCH", json: { name: newTag() } }],
      [named(name), { method: "DELETE" }],
    ] as const)
      expect.soft(await failure(who, path, init), path).toMatchObject({
        status: 404,
        code: "NOT_FOUND",
        details: { prompt: name },
      });
  expect((await bob.json<{ prompts: [] }>(PROMPTS)).prompts).toEqual([]);
  // The name is theirs to use as well.
  await make(bob, { text: "Bob's" }, name);
  await make(visitor, { text: "A visitor's" }, name);
  expect(await ann.json(named(name))).toMatchObject({ version: 1, body: { text: "Be brief." } });
  expect(await bob.json(named(name))).toMatchObject({ body: { text: "Bob's" } });
});

test("an organisation's prompts are its members' to use, and the author's and administrators' to change", async () => {
  const root = await person({ role: "admin" });
  const { id: org } = await root.json<{ id: string }>("/api/v1/admin/organisations", {
    json: { name: "Prompters" },
  });
  const [author, member, olga, outsider] = await Promise.all([1, 2, 3, 4].map(() => person()));
  if (!author || !member || !olga || !outsider) throw new Error("nobody there");
  await author.join(root, org, "user");
  await member.join(root, org, "user");
  await olga.join(root, org, "admin");
  for (const one of [author, member, olga]) await one.act(org);

  const { name } = await make(author, { text: "Ours, {{x}}", variables: { x: {} } });
  expect(await member.json(named(name))).toMatchObject({ created_by: author.id });
  expect(await member.json(named(name, "/render"), { json: { variables: { x: 1 } } })).toEqual({
    system: "Ours, 1",
    examples: [],
  });
  expect((await member.json<{ prompts: Prompt[] }>(PROMPTS)).prompts).toHaveLength(1);
  for (const init of [
    { method: "PUT", json: { body: { text: "Mine" } } },
    { method: "PATCH", json: { name: "mine" } },
    { method: "DELETE" },
  ])
    expect.soft(await member.told(named(name), init)).toBe("403 FORBIDDEN");
  // A key has its owner's rights there, administration only where it was given that.
  const put = { method: "PUT", json: { body: { text: "By a key" } } };
  expect(await (await olga.apiKey(["conversations"])).told(named(name), put)).toBe("403 FORBIDDEN");
  expect(await (await author.apiKey(["conversations"])).told(named(name), put)).toBe("200");
  expect(
    await olga.json(named(name), { method: "PUT", json: { body: { text: "Olga's" } } }),
  ).toMatchObject({ version: 3, created_by: author.id });
  const { versions } = await member.json<{ versions: { created_by: string }[] }>(
    named(name, "/versions"),
  );
  expect(versions.map(({ created_by }) => created_by)).toEqual([olga.id, author.id, author.id]);

  // It is the organisation's: not there for outsiders, nor for its members acting for themselves.
  expect(await outsider.told(named(name))).toBe("404 NOT_FOUND");
  expect(await root.told(named(name))).toBe("404 NOT_FOUND");
  await author.act(null);
  expect(await author.told(named(name))).toBe("404 NOT_FOUND");
  expect(await olga.told(named(name), { method: "DELETE" })).toBe("204");
  expect(await member.told(named(name))).toBe("404 NOT_FOUND");
});

test("a send's reference is resolved: the latest or a version, by name in the caller's tenant", async () => {
  const db = databases(env.DB)(ann.id);
  const { name } = await make(ann, {
    text: "Hi {{who}}",
    examples: [{ user: "a", assistant: "b", explanation: "c" }],
    variables: { who: {} },
  });
  await ann.json(named(name), { method: "PUT", json: { body: { text: "Two" } } });
  const resolve = (reference: unknown, tenant_id = ann.id) =>
    resolvePrompt(db, { tenant_id }, promptReferenceSchema.parse(reference));
  const refused = async (reference: unknown, tenant_id?: string) => {
    const thrown: unknown = await resolve(reference, tenant_id).catch((error: unknown) => error);
    return thrown instanceof AppError ? thrown.failure : thrown;
  };
  expect(await resolve(name)).toEqual({ name, version: 2, system: "Two", examples: [] });
  expect(await resolve({ name, version: 1, variables: { who: "漢" } })).toEqual({
    name,
    version: 1,
    system: "Hi 漢",
    examples: [{ user: "a", assistant: "b" }],
  });
  expect(await refused({ name, version: 1 })).toMatchObject({
    code: "VALIDATION_ERROR",
    details: { field: "prompt.variables.who" },
  });
  expect(await refused({ name, variables: { who: 1 } })).toMatchObject({
    details: { field: "prompt.variables.who" },
  });
  expect(await refused({ name, version: 3 })).toMatchObject({ code: "NOT_FOUND" });
  expect(await refused(name, "user_somebody_else")).toMatchObject({
    code: "NOT_FOUND",
    message: expect.stringContaining(name) as string,
    details: { prompt: name },
  });
});

test("a tenant has so many prompts, a prompt so many versions", async () => {
  const bob = await person();
  const { id, name } = await make(bob);
  await env.DB.prepare("UPDATE prompts SET latest_version = 999 WHERE id = ?").bind(id).run();
  const put = { method: "PUT", json: { body: { text: "x" } } };
  const told = await Promise.all([1, 2].map(() => bob.told(named(name), put)));
  expect(told.sort()).toEqual(["200", "400 VALIDATION_ERROR"]);
  expect(await bob.json(named(name))).toMatchObject({ version: 1000 });
  await env.DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
     INSERT INTO prompts SELECT ?1 || i, ?1, ?1, 'p' || i, NULL, 1, 0, 0 FROM n`,
  )
    .bind(bob.id)
    .run();
  expect(
    await failure(bob, PROMPTS, { json: { name: newTag(), body: { text: "x" } } }),
  ).toMatchObject({ status: 400, message: expect.stringContaining("Delete one first") as string });
  expect(await bob.told(PROMPTS, { json: { name, body: { text: "x" } } })).toBe("409 CONFLICT");
  expect(await bob.told(named("p1"), { method: "DELETE" })).toBe("204");
  expect(await bob.told(PROMPTS, { json: { name: newTag(), body: { text: "x" } } })).toBe("201");
});
