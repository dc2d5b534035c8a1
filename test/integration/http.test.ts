import { env, exports } from "cloudflare:workers";
import { getTableColumns, getTableName, is } from "drizzle-orm";
import { SQLiteTable } from "drizzle-orm/sqlite-core";
import { findTargetHandler } from "hono/utils/handler";
import { expect, test } from "vitest";
import { makeApp } from "../../src/app.ts";
import { composeRequest, composeShared } from "../../src/compose.ts";
import type { Message } from "../../src/protocol/message.ts";
import * as schema from "../../src/store/schema.ts";
import { Client } from "./client.ts";

const ask = (path: string, init: RequestInit = {}) =>
  exports.default.fetch(new Request(`http://edgewise.test${path}`, init));

test.each(["/health", "/health/live", "/api/v1/health"])("%s says that it lives", async (path) => {
  const response = await ask(path);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({
    status: "healthy",
    service: "edgewise",
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string,
    timestamp: expect.stringMatching(/Z$/) as string,
    model: "openai/gpt-5.4-mini",
    graph_ready: true,
  });
  expect(response.headers.get("Set-Cookie")).toBeNull();
});

test("/ready asks everything, and says 503 when something does not answer", async () => {
  const response = await ask("/api/v1/ready");
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({
    ready: true,
    service_level: "full",
    services: {
      database: "connected",
      cache: "connected",
      objects: "connected",
      openai: "reachable",
    },
  });
  const lonely = { ...env, DEFAULT_PROVIDER: "ollama" };
  const app = makeApp(composeRequest(lonely, composeShared(lonely)));
  const unready = await app.request("/health/ready");
  expect(unready.status).toBe(503);
  expect(await unready.json()).toMatchObject({
    ready: false,
    service_level: "minimal", // what was answered before may still be given
    services: { database: "connected", ollama: "unavailable" },
  });
  const helped = { ...lonely, LLM_FALLBACK_MODEL: "anthropic/stub" };
  const degraded = await makeApp(composeRequest(helped, composeShared(helped))).request("/ready");
  expect(degraded.status).toBe(200);
  expect(await degraded.json()).toMatchObject({
    ready: true,
    service_level: "degraded",
    services: { ollama: "unavailable", anthropic: "reachable" },
  });
});

test("a visitor is minted once, and is the same by cookie and by token", async () => {
  const first = await ask("/api/v1/conversations");
  const cookie = first.headers.get("Set-Cookie") ?? "";
  expect(cookie).toMatch(/^ew_visitor=.*HttpOnly.*SameSite=Lax/);
  const token = first.headers.get("X-Visitor-Token") ?? "";
  const made = await ask("/api/v1/conversations", {
    method: "POST",
    body: "{}",
    headers: { "Content-Type": "application/json", Cookie: cookie.split(";")[0] ?? "" },
  });
  const { id } = await made.json<{ id: string }>();
  expect(made.headers.get("Set-Cookie")).toBeNull();
  expect(
    (await ask(`/api/v1/conversations/${id}`, { headers: { Authorization: `Bearer ${token}` } }))
      .status,
  ).toBe(200);
});

test("an id that a client chose is nobody: forged tokens are refused, forged cookies replaced", async () => {
  const client = new Client();
  await client.conversation();
  const user = String(client.token).slice(4).split(".")[0];
  for (const token of [
    "x",
    "ewv_",
    `ewv_${user}`,
    `ewv_${user}.AAAA`,
    `ewv_${user}.${"A".repeat(43)}`,
    `${client.token}x`,
  ]) {
    const refused = await ask("/api/v1/conversations", {
      headers: { Authorization: `Bearer ${token}` },
    });
    expect(refused.status).toBe(401);
    expect(refused.headers.get("WWW-Authenticate")).toBe("Bearer");
    const replaced = await ask("/api/v1/conversations", {
      headers: { Cookie: `ew_visitor=${token}` },
    });
    expect(replaced.status).toBe(200);
    expect(replaced.headers.get("Set-Cookie")).toContain("ew_visitor=ewv_user_");
  }
  expect(
    (await ask("/api/v1/conversations", { headers: { Authorization: "Basic x" } })).status,
  ).toBe(401);
});

test("a page of another origin cannot act with a visitor's cookie", async () => {
  const first = await ask("/api/v1/conversations");
  const Cookie = (first.headers.get("Set-Cookie") ?? "").split(";")[0] ?? "";
  const post = (Origin: string) =>
    ask("/api/v1/conversations", {
      method: "POST",
      body: "{}",
      headers: { "Content-Type": "application/json", Cookie, Origin },
    });
  expect((await post("https://evil.test")).status).toBe(403);
  expect((await post("http://edgewise.test")).status).toBe(201);
  expect((await post("http://localhost:5173")).status).toBe(201); // CORS_ORIGINS has it
  const upgrade = await ask("/ws/chat", {
    headers: { Upgrade: "websocket", Cookie, Origin: "https://evil.test" },
  });
  const closed = new Promise<number>((resolve) =>
    upgrade.webSocket?.addEventListener("close", ({ code }) => resolve(code)),
  );
  upgrade.webSocket?.accept();
  expect(await closed).toBe(4001);
});

test("where anonymous visitors are not allowed, nobody gets in without credentials", async () => {
  const strict = { ...env, ALLOW_ANONYMOUS: "false" };
  const app = makeApp(composeRequest(strict, composeShared(strict)));
  const refused = await app.request("/api/v1/conversations");
  expect(refused.status).toBe(401);
  expect(refused.headers.get("Set-Cookie")).toBeNull();
  expect((await app.request("/health")).status).toBe(200);
});

test("CORS answers the origins that are configured, and exposes what clients need", async () => {
  const preflight = await ask("/api/v1/chat", {
    method: "OPTIONS",
    headers: { Origin: "http://localhost:3000", "Access-Control-Request-Method": "POST" },
  });
  expect(preflight.headers.get("Access-Control-Allow-Origin")).toBe("http://localhost:3000");
  expect(preflight.headers.get("Access-Control-Allow-Credentials")).toBe("true");
  const other = await ask("/health", { headers: { Origin: "https://evil.test" } });
  expect(other.headers.get("Access-Control-Allow-Origin")).toBeNull();
  const allowed = async (Origin: string) =>
    (await ask("/health", { headers: { Origin } })).headers.get("Access-Control-Allow-Origin");
  // Where pages are developed: by default any port.
  for (const origin of ["http://localhost", "http://localhost:5173", "http://127.0.0.1:3001"])
    expect.soft(await allowed(origin)).toBe(origin);
  for (const origin of [
    "https://localhost:3000",
    "http://localhost.evil.test:3000",
    "http://evil.test:3000",
    "null",
  ])
    expect.soft([origin, await allowed(origin)]).toEqual([origin, null]);
  const own = await ask("/health", { headers: { Origin: "http://localhost:3000" } });
  expect(own.headers.get("Access-Control-Expose-Headers")).toContain("X-Error-Code");
});

test("an unknown endpoint is a 404 in the one error shape", async () => {
  const response = await ask("/api/v1/nothing");
  expect(response.status).toBe(404);
  expect(response.headers.get("X-Error-Code")).toBe("NOT_FOUND");
  const { error } = await response.json<{ error: Record<string, unknown> }>();
  expect(Object.keys(error).toSorted()).toEqual(["code", "details", "message", "request_id"]);
});

type Spec = { paths: Record<string, Record<string, { summary?: string; responses: object }>> };

/** Described as what they are a part of, with a reason. */
const ELSEWHERE = new Set([
  "GET /api/v1/openapi.json", // the description itself
  "GET /v1/models/*", // a name with a slash in it, of GET /v1/models/{id}
]);

/** What answers, for one method or for all of them. Middleware takes what comes next, too. */
const answers = (handler: Parameters<typeof findTargetHandler>[0]) =>
  findTargetHandler(handler).length < 2;

/** The routes that a description does not name, or of which it does not say what they are and answer. */
function undescribed({ routes }: ReturnType<typeof makeApp>, { paths }: Spec): Set<string> {
  const missing = new Set<string>();
  for (const { method, path, handler } of routes) {
    const wild = method === "ALL" || path.endsWith("*");
    const name = `${method} ${path}`;
    if ((wild && !answers(handler)) || ELSEWHERE.has(name)) continue;
    const described =
      paths[path.replaceAll(/:(\w+)/g, "{$1}").replace(/(.)\/$/, "$1")]?.[method.toLowerCase()];
    if (!described?.summary || Object.keys(described.responses).length === 0) missing.add(name);
  }
  return missing;
}

test("every route of the API is described, and one that is not would be named", async () => {
  const spec = await (await ask("/api/v1/openapi.json")).json<Spec>();
  const app = makeApp(composeRequest(env, composeShared(env)));
  expect(app.routes.length).toBeGreaterThan(15);
  expect([...undescribed(app, spec)]).toEqual([]);
  app.all("/api/v1/any", (c) => c.text("any"));
  app.post("/api/v1/wild/*", (c) => c.text("wild"));
  app.put("/api/v1/one/:id", (c) => c.text("one"));
  app.use("/api/v1/any/*", (_, next) => next());
  expect([...undescribed(app, spec)]).toEqual([
    "ALL /api/v1/any",
    "POST /api/v1/wild/*",
    "PUT /api/v1/one/:id",
  ]);
});

test("the tables that drizzle sees are those that the migrations make", async () => {
  const tables = Object.values(schema).filter((value) => is(value, SQLiteTable));
  expect(tables.length).toBeGreaterThan(8);
  for (const table of tables) {
    const name = getTableName(table);
    const { results } = await env.DB.prepare(
      `SELECT name, type, "notnull" AS required FROM pragma_table_info('${name}')`,
    ).all();
    const columns = Object.values(getTableColumns(table)).map((column) => ({
      name: column.name,
      type: column.getSQLType().toUpperCase(),
      required: column.notNull ? 1 : 0,
    }));
    expect.soft(results, name).toEqual(columns);
  }
});

test("without a configured secret one is made once, and signs for every isolate", async () => {
  const { APP_SECRET_KEY: _, ...bare } = { ...env, APP_SECRET_KEY: "" };
  const [one, two] = [0, 1].map(() => makeApp(composeRequest(bare, composeShared(bare))));
  const token = (await one?.request("/api/v1/conversations"))?.headers.get("X-Visitor-Token") ?? "";
  expect(token).toMatch(/^ewv_/);
  expect(
    (await two?.request("/api/v1/conversations", { headers: { Authorization: `Bearer ${token}` } }))
      ?.status,
  ).toBe(200);
});

test("what is stored of an answer is what its sender was given", async () => {
  const client = new Client();
  const text = 'Ünïcödé 漢字 🎉 \u202Eright-to-left\u202C <script>alert(1)</script> \\ " \n\t';
  const answer = await (await client.chat({ message: text, provider: "embedded" })).json<Message>();
  const [question] = await client.messages(String(answer.conversation_id));
  expect(question?.content).toBe(text);
});

test("the description says how to sign in, and in which forms", async () => {
  const spec = await (
    await ask("/api/v1/openapi.json")
  ).json<{
    paths: Record<string, { post?: { requestBody?: { content: object } } }>;
    components: { securitySchemes: object };
    security: object[];
  }>();
  expect(Object.keys(spec.paths["/api/v1/auth/login"]?.post?.requestBody?.content ?? {})).toEqual([
    "application/x-www-form-urlencoded",
    "application/json",
  ]);
  expect(Object.keys(spec.components.securitySchemes)).toEqual(["bearer", "password", "cookie"]);
  expect(spec.security).toContainEqual({ bearer: [] });
});
