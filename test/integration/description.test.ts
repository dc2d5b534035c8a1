// The description of the API says what the routes do: whom they ask, how they fail, what a body looks like.
import { env } from "cloudflare:workers";
import { uniqueSymbol } from "hono-openapi";
import { expect, test } from "vitest";
import { z } from "zod";
import { makeApp } from "../../src/app.ts";
import { composeRequest, composeShared } from "../../src/compose.ts";
import { appWith } from "./app-with.ts";
import { Client } from "./client.ts";
import { person, personWith } from "./people.ts";
import { PUBLIC } from "./public-doors.ts";

const mediaSchema = z.object({
  schema: z.looseObject({}).optional(),
  example: z.unknown().optional(),
  examples: z.record(z.string(), z.object({ $ref: z.string() })).default({}),
});
const contentSchema = z.record(z.string(), mediaSchema).default({});
const documentSchema = z.object({
  tags: z.array(z.object({ name: z.string(), description: z.string().min(1) })),
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        operationId: z.string(),
        tags: z.array(z.string()),
        security: z.array(z.object({})).optional(),
        parameters: z.array(z.object({ in: z.string(), name: z.string() })).default([]),
        requestBody: z.object({ required: z.boolean(), content: contentSchema }).optional(),
        responses: z.record(
          z.string(),
          z.object({
            description: z.string(),
            content: contentSchema,
            headers: z.record(z.string(), z.object({ $ref: z.string() })),
          }),
        ),
      }),
    ),
  ),
  components: z.object({
    examples: z.record(z.string(), z.object({ value: z.looseObject({}) })),
    headers: z.record(z.string(), z.object({ description: z.string() })),
  }),
});

const app = makeApp(composeRequest(env, composeShared(env)));
const described = documentSchema.parse(await (await app.request("/api/v1/openapi.json")).json());
const operations = Object.entries(described.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) =>
    Object.assign(operation, { name: `${method.toUpperCase()} ${path}` }),
  ),
);
const operation = (name: string) => operations.find((one) => one.name === name);
const bodyOf = (name: string) => operation(name)?.requestBody?.content["application/json"];

/** The codes that an operation lists for a status, each with what is then answered. */
function failures(name: string, status: number): Record<string, unknown> {
  const content = operation(name)?.responses[status]?.content["application/json"];
  return Object.fromEntries(
    Object.entries(content?.examples ?? {}).map(([code, { $ref }]) => [
      code,
      described.components.examples[$ref.replace("#/components/examples/", "")]?.value,
    ]),
  );
}

/** What a handler of the route table says of the body that it reads: the schemas, by media type. */
const declaredSchema = z.union([
  z.object({ target: z.literal("json"), validate: z.custom<Validate>() }).transform((it) => [it]),
  z
    .object({
      spec: z.object({
        requestBody: z.object({
          content: z.object({
            "application/json": z.object({ schema: z.object({ validate: z.custom<Validate>() }) }),
          }),
        }),
      }),
    })
    .transform(({ spec }) => [spec.requestBody.content["application/json"].schema]),
]);
type Validate = (value: unknown) => unknown;

test("every JSON body has an example, and the route takes it", async () => {
  let bodies = 0;
  for (const { method, path, handler } of app.routes) {
    const declared = declaredSchema.safeParse(Reflect.get(handler, uniqueSymbol));
    if (!declared.success) continue;
    const name = `${method} ${path.replaceAll(/:(\w+)/g, "{$1}").replace(/(.)\/$/, "$1")}`;
    const example = bodyOf(name)?.example;
    expect.soft(example, name).toBeDefined();
    for (const { validate } of declared.data)
      expect.soft(await validate(example), name).not.toHaveProperty("issues");
    bodies++;
  }
  const shown = operations.filter(({ name }) => bodyOf(name) !== undefined);
  expect(bodies).toBe(shown.length);
  expect(bodies).toBeGreaterThan(45);
});

test("a body has an example in each form in which it may come", () => {
  const shown = operations.flatMap(({ name, requestBody }) =>
    Object.entries(requestBody?.content ?? {}).map(([type, media]) => ({ name, type, media })),
  );
  expect(new Set(shown.map(({ type }) => type)).size).toBe(3);
  for (const { name, type, media } of shown)
    expect.soft(media.example, `${name} as ${type}`).toBeDefined();
});

test("a body is required, but where nothing need be said", () => {
  const bodies = operations.filter(({ requestBody }) => requestBody !== undefined);
  const optional = bodies.filter(({ requestBody }) => requestBody?.required === false);
  expect(optional.map(({ name }) => name)).toEqual([
    "POST /api/v1/conversations/{id}/messages/{message_id}/regenerate",
  ]);
});

test("an operation says that it needs nobody where it does, and else asks", () => {
  const open = operations.filter(({ security }) => security?.length === 0).map(({ name }) => name);
  const known = [...PUBLIC].map((door) => door.replaceAll(/:(\w+)/g, "{$1}"));
  expect(open.toSorted()).toEqual(known.filter((name) => operation(name) !== undefined).toSorted());
});

test("every operation lists what stands before it, and what a body can be refused for", () => {
  for (const { name, requestBody, security } of operations) {
    expect.soft(Object.keys(failures(name, 429)), name).toContain("RATE_LIMIT_EXCEEDED");
    expect.soft(Object.keys(failures(name, 500)), name).toContain("INTERNAL_ERROR");
    if (security === undefined)
      expect.soft(Object.keys(failures(name, 401)), name).toContain("AUTHENTICATION_ERROR");
    if (requestBody === undefined) continue;
    expect.soft(Object.keys(failures(name, 400)), name).toContain("VALIDATION_ERROR");
    expect.soft(Object.keys(failures(name, 413)), name).toContain("PAYLOAD_TOO_LARGE");
    expect.soft(Object.keys(failures(name, 415)), name).toContain("UNSUPPORTED_MEDIA_TYPE");
  }
});

test("an operation that turns somebody away with 403 says so", async () => {
  const { ask } = appWith({ RATE_LIMIT_ENABLED: "false" });
  const somebody = await person();
  const cookie = (await ask("/api/v1/conversations")).headers.get("Set-Cookie")?.split(";")[0];
  const shown: [string, Record<string, string>][] = [
    ["another site", { Cookie: cookie ?? "", Origin: "https://evil.test" }],
    ["a visitor", { Cookie: cookie ?? "" }],
  ];
  for (const scope of ["chat", "conversations", "account"]) {
    const { token } = await somebody.apiKey([scope]);
    shown.push([`a key for ${scope}`, { Authorization: `Bearer ${token}` }]);
  }
  const refused = new Set<string>();
  for (const { name } of operations) {
    const [method = "", path = ""] = name.split(" ");
    const reads = method === "GET" || method === "DELETE";
    for (const [who, headers] of shown) {
      const response = await ask(path.replaceAll(/\{\w+\}/g, "x"), {
        method,
        headers: { ...headers, ...(reads ? {} : { "Content-Type": "application/json" }) },
        ...(reads ? {} : { body: '{"cookie": true, "username": "x", "password": "x"}' }),
      });
      await response.body?.cancel();
      if (response.status !== 403) continue;
      refused.add(who);
      expect.soft(Object.keys(failures(name, 403)), `${name} for ${who}`).toContain("FORBIDDEN");
    }
  }
  expect([...refused].toSorted()).toEqual(shown.map(([who]) => who).toSorted());
});

test("what is answered comes in a form that is described, whichever is asked for", async () => {
  const admin = await person({ role: "admin" });
  const { id } = await admin.json<{ id: string }>("/api/v1/conversations", { json: {} });
  const document = await admin.json<{ id: string }>("/api/v1/documents", {
    json: { name: "tides.txt", text: "The moon makes the tides." },
  });
  for (const [name, query, type] of [
    ["GET /api/v1/conversations/{id}/export", "?format=markdown", "text/markdown"],
    ["GET /api/v1/export", "?format=markdown", "text/markdown"],
    ["GET /api/v1/export", "", "application/json"],
    ["GET /api/v1/usage", "?format=csv", "text/csv"],
    ["GET /api/v1/admin/costs", "?format=csv", "text/csv"],
    ["GET /api/v1/admin/audit/export", "?format=csv", "text/csv"],
    ["GET /api/v1/admin/audit/export", "", "application/x-ndjson"],
    ["GET /api/v1/documents/{id}/original", "", "application/octet-stream"],
  ] as const) {
    const path = name.replace("GET ", "").replace("{id}", /doc/.test(name) ? document.id : id);
    const response = await admin.fetch(path + query);
    await response.arrayBuffer();
    expect.soft(response.headers.get("Content-Type"), name).toMatch(new RegExp(`^${type}`));
    expect
      .soft(Object.keys(operation(name)?.responses["200"]?.content ?? {}), name)
      .toContain(type);
  }
});

/** What every answer has, whatever it is. */
const EVERYWHERE =
  /^(content-type|content-length|content-security-policy|cache-control|cross-origin-|date|permissions-policy|referrer-policy|set-cookie|strict-transport-security|vary|x-accel-buffering|x-content-type-options|x-frame-options)/;

test("the headers of an answer are those that are described", async () => {
  const one = await personWith({ requests_per_minute: 50 });
  const nobody = new Client();
  const spent = await personWith({ requests_per_minute: 0 });
  const said = { json: { message: "Go", model: "stub:tokens=2" } };
  const later = { ...said, headers: { Prefer: "respond-async" } };
  const brought = { json: { messages: [{ role: "user", content: "Go" }], model: "stub:tokens=2" } };
  const wrong = { headers: { Authorization: "Bearer x" } };
  for (const [name, status, some, who, init] of [
    ["GET /api/v1/conversations", 200, "X-Visitor-Token", nobody, {}],
    ["GET /api/v1/conversations", 200, "X-RateLimit-Limit", one, {}],
    ["GET /api/v1/conversations", 401, "WWW-Authenticate", new Client(), wrong],
    ["POST /api/v1/chat", 200, "X-RateLimit-Reset", one, said],
    ["POST /api/v1/chat", 202, "Location", one, later],
    ["POST /api/v1/chat", 400, "X-Error-Code", one, { json: {} }],
    ["POST /api/v1/chat", 429, "Retry-After", spent, said],
    ["POST /api/v1/chat/stream", 200, "X-Turn-Id", one, said],
    ["POST /api/v1/chat/direct", 200, "X-RateLimit-Remaining", one, brought],
    ["GET /api/v1/export", 200, "Content-Disposition", one, {}],
    ["GET /health/live", 200, "X-Request-Id", nobody, {}],
  ] as const) {
    const response = await who.fetch(name.split(" ")[1] ?? "", init);
    await response.arrayBuffer();
    expect.soft(response.status, name).toBe(status);
    const { headers = {} } = operation(name)?.responses[status] ?? {};
    const names = Object.keys(headers).map((each) => each.toLowerCase());
    const told = [...response.headers.keys()].filter((each) => !EVERYWHERE.test(each));
    expect.soft(names, `${name} ${status}`).toEqual(expect.arrayContaining(told));
    expect.soft(told, `${name} ${status}`).toContain(some.toLowerCase());
  }
});

test("what a header or a query says is described where it is read, and headers where they are kept", () => {
  for (const [name, ...parameters] of [
    ["POST /api/v1/chat", "header Idempotency-Key", "header Prefer"],
    ["POST /api/v1/chat/stream", "header Idempotency-Key"],
    ["POST /api/v1/conversations/{id}/messages", "header Idempotency-Key", "header Prefer"],
    ["POST /api/v1/conversations/{id}/messages/{message_id}/regenerate", "header Idempotency-Key"],
    ["GET /api/v1/conversations/{id}/turns/{turn_id}/events", "header Last-Event-ID"],
    ["GET /api/v1/conversations/{id}/ws", "query ticket", "query token"],
    ["GET /ws/chat", "query token"],
    ["GET /api/v1/auth/oidc/{provider}/callback", "query code", "query state"],
  ] as const) {
    const read = operation(name)?.parameters.map((one) => `${one.in} ${one.name}`);
    expect.soft(read, name).toEqual(expect.arrayContaining([...parameters]));
  }
  const without = operation("POST /api/v1/chat/direct")?.parameters.map((one) => one.name);
  expect(without).not.toContain("Idempotency-Key");
  const kept = Object.keys(described.components.headers).map((it) => `#/components/headers/${it}`);
  const used = operations.flatMap(({ responses }) =>
    Object.values(responses).flatMap(({ headers }) => Object.values(headers).map((it) => it.$ref)),
  );
  expect(new Set(used)).toEqual(new Set(kept));
});

test("a prompt that is not there is a described 404", async () => {
  const client = new Client();
  const id = await client.conversation();
  const said = { prompt: { name: "nobodys" }, message: "Go", title: "Go" };
  const messages = [{ role: "user", content: "Go" }];
  for (const [name, json] of [
    ["POST /api/v1/conversations", said],
    ["PATCH /api/v1/conversations/{id}", said],
    ["POST /api/v1/conversations/{id}/messages", said],
    ["POST /api/v1/chat", said],
    ["POST /api/v1/chat/stream", said],
    ["POST /api/v1/chat/direct", { prompt: said.prompt, messages }],
    ["POST /api/v1/chat/sessions", said],
  ] as const) {
    const [method = "", path = ""] = name.replace("{id}", id).split(" ");
    const response = await client.fetch(path, { method, json });
    expect.soft(response.headers.get("X-Error-Code"), name).toBe("NOT_FOUND");
    expect.soft(Object.keys(failures(name, 404)), name).toContain("NOT_FOUND");
  }
});

test("an error is described in the form in which its surface answers it", async () => {
  const wrong = { method: "PUT", headers: { "Content-Type": "application/json" }, body: "{" };
  for (const [name, path, method] of [
    ["POST /api/v1/chat", "/api/v1/chat", "POST"],
    ["POST /api/v1/auth/login", "/api/v1/auth/login", "POST"],
    ["POST /api/v1/chat/sessions", "/api/v1/chat/sessions", "POST"],
    ["PUT /api/history/{id}", "/api/history/x", "PUT"],
  ] as const) {
    const response = await new Client().fetch(path, { ...wrong, method });
    expect.soft(response.status, name).toBe(400);
    const answered = await response.json<Record<string, unknown>>();
    const example = z.looseObject({}).parse(Object.values(failures(name, 400))[0]);
    expect.soft(Object.keys(answered).toSorted(), name).toEqual(Object.keys(example).toSorted());
    expect.soft(typeof answered["error"], name).toBe(typeof example["error"]);
  }
});

test("tags are described, and each has a place", () => {
  const tags = described.tags.map(({ name }) => name);
  expect(new Set(operations.flatMap((one) => one.tags))).toEqual(new Set(tags));
  expect(tags.slice(0, 2)).toEqual(["chat", "conversations"]);
});

test("nothing that is only for making the description is in it", async () => {
  const text = await (await app.request("/api/v1/openapi.json")).text();
  expect(text).not.toMatch(/"x-(errors|reads)"/);
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
});
