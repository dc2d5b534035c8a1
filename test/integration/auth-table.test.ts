// The same questions to every door: who gets in, and who does not. The doors are read from the route
// table, so that a new one cannot be forgotten.
import { env } from "cloudflare:workers";
import { generateKeyPair, SignJWT, type JWTPayload, UnsecuredJWT } from "jose";
import { expect, test } from "vitest";
import { makeApp } from "../../src/app.ts";
import { composeRequest, composeShared } from "../../src/compose.ts";
import { newConversationId, newId, ownedId } from "../../src/ids.ts";
import type { Message } from "../../src/protocol/message.ts";
import { Client, eventually, journal, newTag, Socket } from "./client.ts";
import { type Person, person } from "./people.ts";
import { PUBLIC } from "./public-doors.ts";

type Door = { method: string; path: string };

const services = composeRequest(env, composeShared(env));
const doors: Door[] = makeApp(services)
  .routes.filter(({ method, path }) => method !== "ALL" && !path.endsWith("*"))
  .map(({ method, path }) => ({ method, path: path.replace(/(.)\/$/, "$1") }))
  .filter(
    (door, at, all) =>
      all.findIndex(({ method, path }) => method === door.method && path === door.path) === at,
  );

const SOCKETS = new Set(["GET /api/v1/conversations/:id/ws", "GET /ws/chat"]);
const nameOf = ({ method, path }: Door) => `${method} ${path}`;
const guarded = doors.filter((door) => !PUBLIC.has(nameOf(door)) && !SOCKETS.has(nameOf(door)));

/** What every way of sending a message understands, and every other body ignores. */
const body = (model: string) =>
  JSON.stringify({ message: "Hi", messages: [{ role: "user", content: "Hi" }], model });

function ask(door: Door, headers: Record<string, string>, params: Record<string, string> = {}) {
  const path = door.path.replaceAll(/:(\w+)/g, (_, name: string) => params[name] ?? "nothing");
  const writes = door.method !== "GET" && door.method !== "DELETE";
  // A message for the messages' door, messages for the stateless ones: none takes both.
  const brings = /\/(direct|completions)$|^\/(chat|generate)\b/.test(door.path);
  const said = door.path.endsWith("/chat/ui")
    ? {
        id: newConversationId(Date.now()),
        messages: [{ role: "user", parts: [{ type: "text", text: "Hi" }] }],
        model: params["model"],
      }
    : brings
      ? { messages: [{ role: "user", content: "Hi" }], model: params["model"] }
      : { message: "Hi", title: "Hi", rating: "up", model: params["model"] };
  return new Client().fetch(path, {
    method: door.method,
    headers: { ...(writes ? { "Content-Type": "application/json" } : {}), ...headers },
    ...(writes ? { body: JSON.stringify(said) } : {}),
  });
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

async function tokensThatAreNone(one: Person): Promise<Record<string, string>> {
  const seconds = Math.floor(Date.now() / 1000);
  const claims: JWTPayload = {
    sub: one.id,
    iss: "chatbot-api",
    aud: "chatbot-client",
    iat: seconds,
    exp: seconds + 600,
    sid: newId("ses", Date.now()),
  };
  const { privateKey } = await generateKeyPair("ES256");
  const rsa = await generateKeyPair("RS256");
  const sign = (
    change: JWTPayload,
    header: { alg: string; kid?: string },
    key: Parameters<SignJWT["sign"]>[0],
  ) => new SignJWT({ ...claims, ...change }).setProtectedHeader(header).sign(key);
  // Signed by us, and wrong all the same.
  const ours = async (change: Partial<typeof env>) => {
    const shared = composeShared({ ...env, ...change });
    const user = { id: one.id, email: one.email, tier: "free", features: [], limits: {} };
    return shared.tokens.mint({
      user: user as never,
      session: newId("ses", Date.now()),
      tenant_id: one.id,
      role: "user",
    });
  };
  const [head = "", payload = "", signature = ""] = String(one.token).split(".");
  const { keys } = await services.tokens.jwks();
  return {
    malformed: "not-a-token",
    "a JWT's beginning": `${head}.${payload}`,
    "a signature that was changed": `${head}.${payload}.${signature.slice(0, -4)}AAAA`,
    "claims that were changed": `${head}.${btoa(JSON.stringify({ ...claims, roles: ["admin"] })).replaceAll("=", "")}.${signature}`,
    expired: await expiredToken(one),
    "of another issuer": await ours({ JWT_ISSUER: "somebody-else" } as never),
    "for another audience": await ours({ JWT_AUDIENCE: "somebody-else" } as never),
    "alg: none": new UnsecuredJWT(claims).encode(),
    "signed with the public key as a secret": await sign(
      {},
      { alg: "HS256" },
      new TextEncoder().encode(JSON.stringify(keys[0])),
    ),
    "signed with a short secret": await sign(
      {},
      { alg: "HS256" },
      new TextEncoder().encode("secret"),
    ),
    "RS256 with our kid": await sign({}, { alg: "RS256", kid: "first" }, rsa.privateKey),
    "an unknown kid": await sign({}, { alg: "ES256", kid: "unknown" }, privateKey),
    "our kid, another key": await sign({}, { alg: "ES256", kid: "first" }, privateKey),
    "a session that never was": await ours({}),
    "a refresh token": one.refresh_token,
    "an API key that was never made": `ew_${one.id.slice(5)}_${"x".repeat(43)}`,
    "half an API key": `ew_${one.id.slice(5)}_x`,
    "a visitor's token that was made up": `ewv_${one.id}.${"A".repeat(43)}`,
    "too long": "x".repeat(20_000),
    "an SQL injection": "' OR 1=1 --",
  };
}

/** A token of ours as it was two hours ago. */
async function expiredToken(one: Person): Promise<string> {
  const { makeTokens } = await import("../../src/auth/tokens.ts");
  const { readConfig } = await import("../../src/config.ts");
  const { databases } = await import("../../src/store/database.ts");
  const past = () => Date.now() - 2 * 3600_000;
  const tokens = makeTokens(readConfig(env), () => databases(env.DB)(""), past, services.log);
  return tokens.mint({
    user: { id: one.id, email: one.email, tier: "free", features: [], limits: {} } as never,
    session: newId("ses", Date.now()),
    tenant_id: one.id,
    role: "user",
  });
}

test("every door is guarded, or is on the list of those that need nobody", () => {
  const known = new Set(doors.map(nameOf));
  for (const door of [...PUBLIC, ...SOCKETS]) expect.soft(known.has(door), door).toBe(true);
  expect(guarded.length).toBeGreaterThan(35);
});

test("where anonymous visitors are not welcome, every guarded door asks who is there", async () => {
  const strict = { ...env, ALLOW_ANONYMOUS: "false" };
  const app = makeApp(composeRequest(strict, composeShared(strict)));
  for (const door of guarded) {
    const response = await app.request(door.path.replaceAll(/:\w+/g, "nothing"), {
      method: door.method,
      ...(door.method === "GET" || door.method === "DELETE"
        ? {}
        : { body: body("x"), headers: { "Content-Type": "application/json" } }),
    });
    expect.soft(response.status, nameOf(door)).toBe(401);
    expect.soft(response.headers.get("WWW-Authenticate"), nameOf(door)).toBe("Bearer");
    expect.soft(response.headers.get("X-Error-Code"), nameOf(door)).toBe("AUTHENTICATION_ERROR");
  }
});

test("no door takes a token that is none", async () => {
  const one = await person();
  const tag = newTag();
  for (const [what, token] of Object.entries(await tokensThatAreNone(one)))
    for (const door of guarded) {
      const response = await ask(door, bearer(token), { model: `stub:tokens=1,tag=${tag}` });
      expect.soft(`${nameOf(door)}: ${response.status}`, what).toBe(`${nameOf(door)}: 401`);
      expect.soft(response.headers.get("WWW-Authenticate")).toBe("Bearer");
      await response.body?.cancel();
    }
  for (const header of ["Basic dXNlcjpwYXNz", "Bearer", "Bearer a b", "Token x"])
    for (const door of guarded) {
      const response = await ask(door, { Authorization: header });
      expect.soft(`${nameOf(door)}: ${response.status}`, header).toBe(`${nameOf(door)}: 401`);
    }
  expect((await journal(tag)).calls).toBe(0);
}, 120_000);

test("what was revoked opens no door: a session, a key, a deactivated account", async () => {
  const gone = await person();
  await gone.fetch("/api/v1/auth/logout", { json: {} });
  const revoked = await person();
  const { key, id } = await revoked.json<{ key: string; id: string }>("/api/v1/auth/api-keys", {
    json: { name: "k", scopes: ["chat", "conversations", "account"] },
  });
  expect((await new Client().fetch("/api/v1/auth/limits", { headers: bearer(key) })).status).toBe(
    200,
  );
  await revoked.fetch(`/api/v1/auth/api-keys/${id}`, { method: "DELETE" });
  const admin = await person({ role: "admin" });
  const off = await person();
  const { key: offKey } = await off.json<{ key: string }>("/api/v1/auth/api-keys", { json: {} });
  const deactivated = await admin.fetch(`/api/v1/admin/users/${off.id}`, {
    method: "PUT",
    json: { is_active: false },
  });
  expect(deactivated.status).toBe(200);
  const tokens = {
    "a session that was ended": String(gone.token),
    "a key that was revoked": key,
    "a deactivated user's token": String(off.token),
    "a deactivated user's key": offKey,
  };
  for (const [what, token] of Object.entries(tokens))
    for (const door of guarded) {
      const response = await ask(door, bearer(token));
      expect.soft(`${nameOf(door)}: ${response.status}`, what).toBe(`${nameOf(door)}: 401`);
      await response.body?.cancel();
    }
}, 60_000);

test("another tenant's id is a 404 at every door that takes one", async () => {
  const owner = await person();
  const made = await (
    await owner.chat({ message: "Mine", model: "stub:tokens=1" })
  ).json<Message>();
  const id = made.conversation_id ?? "";
  const key = await owner.json<{ id: string }>("/api/v1/auth/api-keys", { json: {} });
  const { sessions } = await owner.json<{ sessions: { id: string }[] }>("/api/v1/auth/sessions");
  const later = await owner.chat(
    { message: "Mine, later", model: "stub:tokens=1" },
    { Prefer: "respond-async" },
  );
  const { track_id } = await later.json<{ track_id: string }>();
  const params = {
    id,
    track_id,
    turn_id: made.turn_id,
    key_id: key.id,
    session_id: sessions[0]?.id ?? "",
    message_id: made.id,
    model: "stub:tokens=1",
  };
  const others = guarded.filter(
    ({ path }) => path.includes("/:") && !path.includes("/admin"), // administrators have tests of their own
  );
  expect(others.length).toBeGreaterThan(7);
  const stranger = await person();
  const visitor = new Client();
  await visitor.conversation();
  for (const door of others)
    for (const who of [stranger, visitor]) {
      const response = await ask(door, bearer(String(who.token)), params);
      const wanted = who === visitor && /\/(auth|webhooks)\//.test(door.path) ? 403 : 404;
      expect.soft(`${nameOf(door)}: ${response.status}`).toBe(`${nameOf(door)}: ${wanted}`);
      await response.body?.cancel();
    }
  // It is all still there.
  expect(await owner.messages(id)).toHaveLength(2);
  expect((await owner.fetch("/api/v1/auth/api-keys")).status).toBe(200);
});

test("a key without the scope is refused where the scope is asked for", async () => {
  const keyOf = async (scopes: string[]) =>
    (await (await person()).json<{ key: string }>("/api/v1/auth/api-keys", { json: { scopes } }))
      .key;
  let [chat, conversations] = ["", ""];
  const params = { id: newConversationId(Date.now()), model: "stub:tokens=1" };
  const free = new Set([
    "GET /api/v1/auth/me",
    "GET /api/v1/auth/limits",
    "POST /api/v1/auth/logout",
  ]);
  for (const [at, door] of guarded.entries()) {
    const name = nameOf(door);
    if (at % 40 === 0) {
      // Somebody else's turn: a minute has a hundred requests.
      chat = await keyOf(["chat"]);
      conversations = await keyOf(["conversations"]);
    }
    if (free.has(name)) continue;
    const sends =
      /^POST (\/api(\/v1)?)?\/(chat|generate)\b/.test(name) ||
      name.endsWith("/chat/ui/:id/stream") ||
      name.endsWith("/models") ||
      door.path.startsWith("/api/v1/requests") ||
      door.path.startsWith("/v1/") ||
      /^POST .*\/:id\/messages(\/:message_id\/(edit|regenerate))?$/.test(name);
    const reads =
      (/^\/api\/(v1\/(chat\/sessions|chat\/ui|collections|conversations|documents|export|import|memories|prompts|rag|search|tags|usage)|conversations|history)\b/.test(
        door.path,
      ) &&
        !sends) ||
      name.endsWith("/ws-ticket");
    const withChat = await ask(door, bearer(chat), params);
    const withReading = await ask(door, bearer(conversations), params);
    if (!sends) expect.soft(`${name}: ${withChat.status}`).toBe(`${name}: 403`);
    else expect.soft(withChat.status, name).not.toBe(403);
    if (!reads) expect.soft(`${name}: ${withReading.status}`).toBe(`${name}: 403`);
    else expect.soft(withReading.status, name).not.toBe(403);
    await withChat.body?.cancel();
    await withReading.body?.cancel();
  }
});

test("no route asks a model anything without going through the limits", async () => {
  const limitedPerson = async () => {
    const somebody = await person();
    await env.DB.prepare("UPDATE users SET limits = ?, updated_at = updated_at + 1 WHERE id = ?")
      .bind('{"requests_per_minute":0}', somebody.id)
      .run();
    await somebody.signIn();
    return somebody;
  };
  const one = await limitedPerson();
  let asking = one;
  const id = await one.conversation();
  const tag = newTag();
  const params = { id, turn_id: ownedId("turn", id, 1), model: `stub:tokens=1,tag=${tag}` };
  const limited: string[] = [];
  for (const [at, door] of doors.entries()) {
    if (SOCKETS.has(nameOf(door)) || nameOf(door) === "POST /api/v1/auth/logout") continue;
    // Somebody else's turn: a minute has a hundred requests.
    if (at % 60 === 59) asking = await limitedPerson();
    const response = await ask(door, bearer(String(asking.token)), params);
    if (response.status === 429) limited.push(nameOf(door));
    await response.body?.cancel();
  }
  const socket = await one.socket(id).catch(() => null); // deleted on the way
  socket?.say({ type: "send", message: "Hi", model: params.model });
  const old = await one.fetch(`/ws/chat?token=${one.token}`, { headers: { Upgrade: "websocket" } });
  if (old.webSocket === null) throw new Error("no socket");
  const chat = new Socket(old.webSocket);
  chat.say({ type: "chat", messages: [{ role: "user", content: "Hi" }], model: params.model });
  expect((await chat.until(({ type }) => type === "error")).error?.code).toBe(
    "RATE_LIMIT_EXCEEDED",
  );
  expect(limited.sort()).toEqual([
    "POST /api/chat",
    "POST /api/chat/completions",
    "POST /api/chat/stream",
    "POST /api/v1/chat",
    "POST /api/v1/chat/direct",
    "POST /api/v1/chat/sessions",
    "POST /api/v1/chat/sessions/:id/messages",
    "POST /api/v1/chat/stream",
    "POST /api/v1/chat/ui",
    "POST /api/v1/conversations/:id/messages",
    "POST /api/v1/conversations/:id/messages/:message_id/edit",
    "POST /api/v1/conversations/:id/messages/:message_id/regenerate",
    "POST /chat",
    "POST /chat/stream",
    "POST /generate",
    "POST /generate/stream",
    "POST /v1/chat/completions",
    "POST /v1/responses",
  ]);
  expect((await journal(tag)).calls).toBe(0);
});

test("a clock that is a minute off is no reason to be turned away", async () => {
  const { makeTokens } = await import("../../src/auth/tokens.ts");
  const { readConfig } = await import("../../src/config.ts");
  const { databases } = await import("../../src/store/database.ts");
  const one = await person();
  const at = (offset: number) =>
    makeTokens(
      readConfig(env),
      () => databases(env.DB)(""),
      () => Date.now() + offset,
      services.log,
    );
  expect((await at(55_000 + 3600_000).verify(String(one.token))).ok).toBe(true);
  expect((await at(65_000 + 3600_000).verify(String(one.token))).ok).toBe(false);
  expect((await at(-55_000).verify(String(one.token))).ok).toBe(true);
});

test("sockets: no right, no socket; and the right is asked for again with every message", async () => {
  const one = await person();
  const id = await one.conversation();
  const upgrade = (query: string, headers: Record<string, string> = {}) =>
    new Client().fetch(`/api/v1/conversations/${id}/ws${query}`, {
      headers: { Upgrade: "websocket", ...headers },
    });
  const open = async (query: string, headers: Record<string, string> = {}) => {
    const response = await upgrade(query, headers);
    if (response.webSocket === null) throw new Error(`no socket: ${response.status}`);
    return new Socket(response.webSocket);
  };
  const closed = (socket: Socket) => eventually(async () => socket.closed);
  expect(await closed(await open("?token=rubbish"))).toBe(4001);
  expect(await closed(await open("", bearer("rubbish")))).toBe(4001);
  expect(await closed(await open("?ticket=rubbish"))).toBe(4001);
  const stranger = await person();
  expect((await upgrade(`?token=${stranger.token}`)).status).toBe(404);

  // A ticket opens one socket of one conversation, once.
  const ticket = async (conversation_id: string) =>
    (await one.json<{ ticket: string }>("/api/v1/auth/ws-ticket", { json: { conversation_id } }))
      .ticket;
  const other = await one.conversation();
  expect(await closed(await open(`?ticket=${await ticket(other)}`))).toBe(4001);
  const good = await ticket(id);
  const socket = await open(`?ticket=${good}`);
  socket.say({ type: "send", message: "Hi", model: "stub:tokens=2" });
  expect((await socket.closing()).type).toBe("turn.completed");
  expect(await closed(await open(`?ticket=${good}`))).toBe(4001);
  expect(
    (await stranger.fetch("/api/v1/auth/ws-ticket", { json: { conversation_id: id } })).status,
  ).toBe(404);

  // With nothing to show, the first frame says who is there.
  const quiet = await open("");
  quiet.say({ type: "send", message: "Hi", model: "stub:tokens=2" });
  expect(await closed(quiet)).toBe(4001);
  const late = await open("");
  late.say({ type: "auth", token: one.token });
  await late.until(({ type }) => type === "authenticated");
  late.say({ type: "send", message: "Hi", model: "stub:tokens=2" });
  expect((await late.closing()).type).toBe("turn.completed");
  const wrong = await open("");
  wrong.say({ type: "auth", token: "rubbish" });
  expect(await closed(wrong)).toBe(4001);
  const foreign = await open("");
  foreign.say({ type: "auth", token: stranger.token });
  expect(await closed(foreign)).toBe(4004);
  expect(foreign.frames.some(({ type }) => type.startsWith("turn."))).toBe(false);

  // It ends with the session.
  await one.fetch("/api/v1/auth/logout", { json: { all: true } });
  late.say({ type: "send", message: "Still here?", model: "stub:tokens=2" });
  expect(await closed(late)).toBe(4001);
});
