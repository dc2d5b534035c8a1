// Requests that are answered later: 202 at once, the same turn, and one end that is told.
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import worker from "../../src/index.ts";
import { readWaiting } from "../../src/conversation/waiting.ts";
import type { TrackedRequest } from "../../src/protocol/request.ts";
import { Sql } from "../../src/store/sql.ts";
import { appWith, post } from "./app-with.ts";
import { Client, eventually, journal, newTag, ring, stubOf } from "./client.ts";
import { person, personWith } from "./people.ts";
import { arrived, hook, received } from "./receiving.ts";

const LATER = { Prefer: "respond-async" };
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

async function later(client: Client, body: object, headers: object = LATER) {
  const response = await client.fetch("/api/v1/chat", {
    json: { model: "stub:tokens=3", message: "Hi", ...body },
    headers: { ...headers },
  });
  expect.soft(response.status).toBe(202);
  return { response, request: await response.json<TrackedRequest>() };
}

function ended(client: Client, track_id: string, patience = 8000): Promise<TrackedRequest> {
  return eventually(async () => {
    const request = await client.json<TrackedRequest>(`/api/v1/requests/${track_id}`);
    return request.status === "processing" ? undefined : request;
  }, patience);
}

test("a request with Prefer: respond-async is accepted at once and answered by the same turn", async () => {
  const client = new Client();
  const { response, request } = await later(client, { model: "stub:tokens=20,delay=20" });
  expect(request).toMatchObject({ status: "processing", response: null, error: null });
  expect(request.track_id).toMatch(UUID);
  expect(response.headers.get("Preference-Applied")).toBe("respond-async");
  expect(response.headers.get("Location")).toBe(`/api/v1/requests/${request.track_id}`);
  const row = await env.DB.prepare("SELECT status FROM requests WHERE track_id = ?")
    .bind(request.track_id)
    .first();
  expect(row).toEqual({ status: "processing" });
  expect(await client.json(`/api/v1/requests/${request.track_id}`)).toMatchObject({
    status: "processing",
  });
  const done = await ended(client, request.track_id);
  const [, answer] = await client.messages(request.conversation_id ?? "");
  expect(done).toMatchObject({
    status: "completed",
    response: answer?.content,
    error: null,
    turn_id: answer?.turn_id,
    timestamp: answer?.timestamp,
    metadata: { tokens_used: answer?.tokens_used?.total, message_id: answer?.id },
  });
});

test("a request is found by its UUID as other systems write it, in capitals", async () => {
  const client = new Client();
  const { request } = await later(client, {});
  const path = `/api/v1/requests/${request.track_id.toUpperCase()}`;
  expect(await client.json(path)).toMatchObject({ track_id: request.track_id });
  expect((await client.fetch(path, { method: "DELETE" })).status).toBe(200);
});

test("D1 hears once how it ended, and later news change nothing", async () => {
  const client = new Client();
  const { request } = await later(client, {});
  const status = () =>
    env.DB.prepare("SELECT status FROM requests WHERE track_id = ?")
      .bind(request.track_id)
      .first<string>("status");
  await eventually(async () => ((await status()) === "completed" ? true : undefined));
  const cancelled = await client.json<TrackedRequest>(`/api/v1/requests/${request.track_id}`, {
    method: "DELETE",
  });
  expect(cancelled.status).toBe("completed");
  expect(await status()).toBe("completed");
});

test("a cancelled request keeps what had arrived, and its callback is told", async () => {
  const client = new Client();
  const tag = newTag();
  const { request } = await later(
    client,
    { model: "stub:tokens=400,delay=20", callback_url: hook(tag) },
    {},
  );
  const path = `/api/v1/requests/${request.track_id}`;
  const cancelled = await client.json<TrackedRequest>(path, { method: "DELETE" });
  expect(cancelled).toMatchObject({ status: "cancelled", error: "The request was cancelled." });
  expect(await client.json(path, { method: "DELETE" })).toMatchObject({ status: "cancelled" });
  const [told] = await arrived(tag);
  expect(told?.told).toMatchObject({
    event: "chat.response.failed",
    data: {
      track_id: request.track_id,
      error: { code: "LLM_GENERATION_FAILED", details: { status: "cancelled" } },
    },
  });
});

test.for([
  ["stub:fault=500", "failed", "LLM_PROVIDER_ERROR"],
  ["stub:fault=hang", "timeout", "LLM_TIMEOUT"],
] as const)("%s ends a request as %s", async ([model, status, code]) => {
  const client = new Client();
  const tag = newTag();
  const { request } = await later(client, { model, callback_url: hook(tag) }, {});
  const done = await ended(client, request.track_id);
  expect(done).toMatchObject({ status, error: expect.any(String) as string });
  const [told] = await arrived(tag);
  expect(told?.told).toMatchObject({
    event: "chat.response.failed",
    data: {
      track_id: request.track_id,
      error: { code: "LLM_GENERATION_FAILED", details: { code, status } },
    },
  });
});

test("a callback is told the answer in the words of seed 000, signed", async () => {
  const client = new Client();
  const tag = newTag();
  const { request } = await later(client, { callback_url: hook(tag) }, {});
  const [told] = await arrived(tag);
  const done = await ended(client, request.track_id);
  expect(told?.told).toEqual({
    event: "chat.response.generated",
    timestamp: done.timestamp,
    data: {
      track_id: request.track_id,
      session_id: request.conversation_id,
      user_id: expect.stringMatching(/^user_/) as string,
      response: done.response,
      metadata: done.metadata,
    },
  });
  const key = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode("a-secret-of-callbacks"),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const bytes = new TextEncoder().encode(told?.body);
  const hex = new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes)).toHex();
  expect(told?.headers["x-webhook-signature"]).toBe(`sha256=${hex}`);
});

test("the same key twice is one request, and its turn one message", async () => {
  const client = new Client();
  await client.json("/api/v1/conversations"); // to be somebody
  const headers = { ...LATER, "Idempotency-Key": newTag() };
  const first = await later(client, {}, headers);
  const again = await later(client, {}, headers);
  expect(again.request.track_id).toBe(first.request.track_id);
  expect(again.request.turn_id).toBe(first.request.turn_id);
  await ended(client, first.request.track_id);
  expect(await client.messages(first.request.conversation_id ?? "")).toHaveLength(2);
});

test("a batch sent again under its key is the batch it was; another one is refused", async () => {
  const client = new Client();
  await client.json("/api/v1/conversations"); // to be somebody
  const headers = { "Idempotency-Key": newTag() };
  const send = (messages: string[]) =>
    client.fetch("/api/v1/requests/batch", {
      json: { requests: messages.map((message) => ({ message, model: "stub:tokens=1" })) },
      headers,
    });
  type Batch = { batch_id: string; requests: TrackedRequest[] };
  const [first, again] = await Promise.all([send(["a", "b"]), send(["a", "b"])]);
  const [one, same] = [await first.json<Batch>(), await again.json<Batch>()];
  expect(same.batch_id).toBe(one.batch_id);
  const ids = ({ requests }: Batch) => requests.map(({ track_id }) => track_id);
  expect(ids(same)).toEqual(ids(one));
  for (const id of ids(one)) {
    expect(id).toMatch(UUID);
    await ended(client, id);
  }
  expect(ids(await (await send(["a", "b"])).json<Batch>())).toEqual(ids(one));
  expect((await client.json<{ requests: unknown[] }>("/api/v1/requests")).requests).toHaveLength(2);
  const other = await send(["a", "c"]);
  expect([other.status, other.headers.get("X-Error-Code")]).toEqual([422, "IDEMPOTENCY_CONFLICT"]);
});

test("the same key with another address to be told at is another request", async () => {
  const client = new Client();
  const conversation_id = await client.conversation();
  const headers = { "Idempotency-Key": newTag() };
  await later(client, { conversation_id, callback_url: hook(newTag()) }, headers);
  const response = await client.fetch("/api/v1/chat", {
    json: { model: "stub:tokens=3", message: "Hi", conversation_id, callback_url: hook(newTag()) },
    headers,
  });
  expect(response.status).toBe(422);
});

test("a send that would be a stream answers 202, too, where somebody is to be told", async () => {
  const client = new Client();
  const tag = newTag();
  const stream = await client.fetch("/api/v1/chat/stream", {
    json: { model: "stub:tokens=3", message: "Hi", callback_url: hook(tag) },
  });
  const { track_id } = await stream.json<TrackedRequest>();
  expect(stream.status).toBe(202);
  const [told] = await arrived(tag);
  expect(told?.told.data["track_id"]).toBe(track_id);
  expect(told?.headers["webhook-id"]).toBe(`evt_${track_id}`);
  const preferred = await client.fetch("/api/v1/chat/stream", {
    json: { model: "stub:tokens=3", message: "Hi" },
    headers: { Prefer: "Respond-Async" },
  });
  expect(preferred.status).toBe(202);
});

test("where no address is told, that is said", async () => {
  const client = new Client();
  const answer = await client.json<{ id: string; conversation_id: string }>("/api/v1/chat", {
    json: { model: "stub:tokens=3", message: "Hi" },
  });
  const path = `/api/v1/conversations/${answer.conversation_id}/messages/${answer.id}/regenerate`;
  const { notices } = await client.json<{ notices: object[] }>(path, {
    json: { model: "stub:tokens=3", callback_url: hook(newTag()) },
  });
  expect(notices).toMatchObject([
    { code: "ignored_parameter", details: { parameters: ["callback_url"] } },
  ]);
});

test("what a batch says into one conversation is said there in its order", async () => {
  const client = new Client();
  const conversation_id = await client.conversation();
  const { requests } = await client.json<{ requests: TrackedRequest[] }>("/api/v1/requests/batch", {
    json: {
      requests: Array.from({ length: 6 }, (_, n) => ({
        message: `Say ${n}`,
        conversation_id,
        model: "stub:tokens=1",
      })),
    },
  });
  for (const { track_id } of requests)
    expect((await ended(client, track_id, 20_000)).status).toBe("completed");
  const said = (await client.messages(conversation_id)).filter(({ role }) => role === "user");
  expect(said.map(({ content }) => content)).toEqual(
    Array.from({ length: 6 }, (_, n) => `Say ${n}`),
  );
}, 40_000);

test("one of a batch that no limit ever leaves room for fails, and the next is answered", async () => {
  const who = await personWith({ tokens_per_minute: 1000, requests_per_minute: null });
  const { requests } = await who.json<{ requests: TrackedRequest[] }>("/api/v1/requests/batch", {
    json: {
      requests: [
        { message: "Hi", model: "stub:tokens=2", max_tokens: 5000 },
        { message: "Hi", model: "stub:tokens=2", max_tokens: 50 },
      ],
    },
  });
  const [large, small] = await Promise.all(
    requests.map(({ track_id }) => ended(who, track_id, 30_000)),
  );
  expect(large).toMatchObject({ status: "failed", turn_id: null });
  expect(large?.error).toContain("more than the 1000 of a whole minute");
  expect(small?.status).toBe("completed");
}, 40_000);

test("a key that comes again when its request is forgotten finds it as it ended", async () => {
  const client = new Client();
  const conversation_id = await client.conversation();
  const headers = { ...LATER, "Idempotency-Key": newTag() };
  const { request } = await later(client, { conversation_id }, headers);
  await ended(client, request.track_id);
  await eventually(async () => {
    const sql = "DELETE FROM requests WHERE track_id = ? AND status = 'completed'";
    return (await env.DB.prepare(sql).bind(request.track_id).run()).meta.changes > 0;
  });
  const again = await later(client, { conversation_id }, headers);
  expect(again.request).toMatchObject({ track_id: request.track_id, status: "completed" });
  const status = await env.DB.prepare("SELECT status FROM requests WHERE track_id = ?")
    .bind(request.track_id)
    .first<string>("status");
  expect(status).toBe("completed");
});

test("one of a batch that cannot be read keeps none of the others", async () => {
  const client = new Client();
  const one = { message: "Hi", model: "stub:tokens=30,delay=20" };
  const { requests } = await client.json<{ requests: TrackedRequest[] }>("/api/v1/requests/batch", {
    json: { requests: Array.from({ length: 13 }, () => one) },
  });
  await env.DB.prepare("UPDATE requests SET waiting = '{' WHERE track_id = ? AND turn_id IS NULL")
    .bind(requests[10]?.track_id)
    .run();
  for (const at of [11, 12])
    expect((await ended(client, requests[at]?.track_id ?? "", 20_000)).status).toBe("completed");
}, 40_000);

test("a key that was not asked for later cannot be asked for later", async () => {
  const client = new Client();
  const body = { message: "Hi", model: "stub:tokens=1" };
  const key = { "Idempotency-Key": newTag() };
  await client.json("/api/v1/conversations");
  await client.json("/api/v1/chat", { json: body, headers: key });
  const response = await client.fetch("/api/v1/chat", {
    json: body,
    headers: { ...key, ...LATER },
  });
  expect(response.status).toBe(422);
  expect(response.headers.get("X-Error-Code")).toBe("IDEMPOTENCY_CONFLICT");
});

test("somebody else's request is not found, in whatever way it is asked for", async () => {
  const { request } = await later(new Client(), {});
  const other = new Client();
  await other.json("/api/v1/conversations");
  for (const method of ["GET", "DELETE"]) {
    const response = await other.fetch(`/api/v1/requests/${request.track_id}`, { method });
    expect.soft(response.status).toBe(404);
    expect.soft(await response.text()).not.toContain(request.conversation_id);
  }
  expect((await other.fetch(`/api/v1/requests/${crypto.randomUUID()}`)).status).toBe(404);
  expect((await other.fetch("/api/v1/requests/nonsense")).status).toBe(400);
  const list = await other.json<{ requests: unknown[] }>("/api/v1/requests");
  expect(list.requests).toEqual([]);
});

test("one's own requests are listed, newest first, by how they stand", async () => {
  const client = new Client();
  const first = (await later(client, {})).request;
  const second = (await later(client, { model: "stub:fault=500" })).request;
  await ended(client, first.track_id);
  await ended(client, second.track_id);
  const listed = async (query: string) =>
    (await client.json<{ requests: TrackedRequest[] }>(`/api/v1/requests${query}`)).requests.map(
      ({ track_id }) => track_id,
    );
  expect(await listed("")).toEqual([second.track_id, first.track_id]);
  await eventually(async () => ((await listed("?status=failed")).length === 1 ? true : undefined));
  expect(await listed("?status=failed")).toEqual([second.track_id]);
  expect(await listed("?status=completed")).toEqual([first.track_id]);
  expect((await client.fetch("/api/v1/requests?status=lost")).status).toBe(400);
});

test("a request is forgotten an hour after it ended, and by the clock its row goes", async () => {
  const client = new Client();
  const { request } = await later(client, {});
  await ended(client, request.track_id);
  const row = () =>
    env.DB.prepare("SELECT status FROM requests WHERE track_id = ?").bind(request.track_id).first();
  await eventually(async () => ((await row())?.["status"] === "completed" ? true : undefined));
  await env.DB.prepare("UPDATE requests SET updated_at = updated_at - 3601000 WHERE track_id = ?")
    .bind(request.track_id)
    .run();
  expect((await client.fetch(`/api/v1/requests/${request.track_id}`)).status).toBe(404);
  await worker.scheduled();
  expect(await row()).toBeNull();
});

test("where its conversation is deleted a request ends as cancelled", async () => {
  const client = new Client();
  const { request } = await later(client, { model: "stub:tokens=400,delay=20" });
  await client.fetch(`/api/v1/conversations/${request.conversation_id}`, { method: "DELETE" });
  expect(await client.json(`/api/v1/requests/${request.track_id}`)).toMatchObject({
    status: "cancelled",
    response: null,
  });
});

test.for([
  ["http://169.254.169.254/latest"],
  ["https://[fd00::1]/"],
  ["http://0x7f000001.example/"],
  ["https://2852039166/"],
  ["https://user@example.com/"],
  ["https://127。0。0。1.example@169.254.169.254/"],
  ["https://10.0.0.1/"],
  ["ftp://example.com/"],
  ["nonsense"],
])("a callback to %s is refused before anything is said", async ([callback_url]) => {
  const client = new Client();
  const response = await client.fetch("/api/v1/chat", {
    json: { message: "Hi", model: "stub:tokens=1", callback_url },
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    error: { code: "VALIDATION_ERROR", details: { field: "callback_url" } },
  });
  const { conversations } = await client.json<{ conversations: unknown[] }>(
    "/api/v1/conversations",
  );
  expect(conversations).toEqual([]);
});

test.for([
  "https://[::1]/",
  "https://127.1/",
  "https://0x7f000001/",
  "https://2130706433/",
  "https://127。0。0。1/",
  "https://localhost/",
  "http://example.com/",
])("deployed, this machine is no address either: %s", async (callback_url) => {
  const { ask } = appWith({ APP_ENV: "production", ALLOW_ANONYMOUS: "true" });
  const response = await ask("/api/v1/chat", post({ message: "Hi", callback_url }));
  expect(await response.json()).toMatchObject({
    error: { code: "VALIDATION_ERROR", details: { field: "callback_url" } },
  });
});

test("deployed without a secret, a callback is refused with what to do", async () => {
  const { ask } = appWith({
    APP_ENV: "production",
    ALLOW_ANONYMOUS: "true",
    WEBHOOK_SECRET: "",
  });
  const callback_url = "https://93.184.216.34/";
  const response = await ask("/api/v1/chat", post({ message: "Hi", callback_url }));
  expect(response.status).toBe(400);
  expect(await response.text()).toContain("WEBHOOK_SECRET");
});

test("one that waits in a batch is cancelled before it begins, and never begins", async () => {
  const client = new Client();
  const tag = newTag();
  const slow = { message: "Hi", model: `stub:tokens=60,delay=50,tag=${tag}` };
  const { requests } = await client.json<{ requests: TrackedRequest[] }>("/api/v1/requests/batch", {
    json: {
      requests: Array.from({ length: 12 }, (_, n) => ({
        ...slow,
        ...(n === 11 ? { callback_url: hook(tag) } : {}),
      })),
    },
  });
  const last = requests.at(-1)?.track_id ?? "";
  const cancelled = await client.json<TrackedRequest>(`/api/v1/requests/${last}`, {
    method: "DELETE",
  });
  expect(cancelled).toMatchObject({ status: "cancelled", turn_id: null, response: null });
  expect((await arrived(tag))[0]?.told.data.error?.details["status"]).toBe("cancelled");
  await Promise.all(requests.slice(0, -1).map(({ track_id }) => ended(client, track_id, 20_000)));
  expect((await journal(tag)).calls).toBe(11);
  expect((await ended(client, last)).turn_id).toBeNull();
}, 40_000);

test("a batch is answered ten at a time, each under an id of its own", async () => {
  const client = new Client();
  const tag = newTag();
  const requests = Array.from({ length: 25 }, (_, n) => ({
    message: `Question ${n}`,
    model: `stub:tokens=5,delay=20,tag=${tag}`,
  }));
  const batch = await client.json<{ batch_id: string; requests: TrackedRequest[] }>(
    "/api/v1/requests/batch",
    { json: { requests } },
  );
  expect(new Set(batch.requests.map(({ track_id }) => track_id)).size).toBe(25);
  const counted = (which: string) =>
    env.DB.prepare(`SELECT count(*) AS many FROM requests WHERE batch_id = ? AND ${which}`)
      .bind(batch.batch_id)
      .first<number>("many");
  let most = 0;
  await eventually(async () => {
    most = Math.max(most, (await counted("status = 'processing' AND turn_id IS NOT NULL")) ?? 0);
    return (await counted("status = 'completed'")) === 25;
  }, 20_000);
  expect(most).toBeLessThanOrEqual(10);
  const answers = await Promise.all(
    batch.requests.map(({ track_id }) =>
      client.json<TrackedRequest>(`/api/v1/requests/${track_id}`),
    ),
  );
  expect(answers.every(({ response }) => response !== null)).toBe(true);
  expect(new Set(answers.map(({ conversation_id }) => conversation_id)).size).toBe(25);
}, 30_000);

test("what waits in a batch outlives the token it was asked with, and not its session", async () => {
  const who = await person();
  const { requests } = await who.json<{ requests: TrackedRequest[] }>("/api/v1/requests/batch", {
    json: {
      requests: Array.from({ length: 11 }, () => ({
        message: "Hi",
        model: "stub:tokens=60,delay=50",
      })),
    },
  });
  const last = requests.at(-1)?.track_id ?? "";
  const waiting = await env.DB.prepare("SELECT waiting FROM requests WHERE track_id = ?")
    .bind(last)
    .first<string>("waiting");
  const { credential } = readWaiting(waiting ?? "");
  const account = env.ACCOUNTS.get(env.ACCOUNTS.idFromName(who.id));
  const admitted = async () => (await account.admit(credential, { kind: "request" })).ok;
  const inAYear = Date.now() + 365 * 86_400_000;
  expect("expires_at" in credential && credential.expires_at).toBeGreaterThan(inAYear);
  expect(await admitted()).toBe(true);
  await who.json("/api/v1/auth/logout", { method: "POST" });
  expect(await admitted()).toBe(false);
}, 40_000);

test("one of a batch that cannot be begun fails alone, and its callback is told", async () => {
  const client = new Client();
  const tag = newTag();
  const { requests } = await client.json<{ requests: TrackedRequest[] }>("/api/v1/requests/batch", {
    json: {
      requests: [
        {
          message: "Hi",
          provider: "nobody",
          callback_url: hook(tag),
        },
        { message: "Hi", model: "stub:tokens=2" },
      ],
    },
  });
  const [bad, good] = requests;
  expect((await ended(client, good?.track_id ?? "")).status).toBe("completed");
  const failed = await ended(client, bad?.track_id ?? "");
  const [told] = await arrived(tag);
  expect(told?.told.data).toMatchObject({
    track_id: bad?.track_id,
    error: { code: "LLM_GENERATION_FAILED", details: { code: "VALIDATION_ERROR" } },
  });
  expect(failed).toMatchObject({ status: "failed", turn_id: null, response: null });
  expect(await received(tag)).toHaveLength(1);
});

test("a batch says which of its requests is wrong, and then none is taken", async () => {
  const client = new Client();
  const response = await client.fetch("/api/v1/requests/batch", {
    json: { requests: [{ message: "Hi" }, { temperature: 0.2 }] },
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    error: { details: { field: "requests.1.message" } },
  });
  expect((await client.json<{ requests: unknown[] }>("/api/v1/requests")).requests).toEqual([]);
});

test("a conversation that nobody named is in no list, until somebody goes on in it", async () => {
  const client = new Client();
  const { request } = await later(client, {});
  await ended(client, request.track_id);
  const row = () =>
    env.DB.prepare("SELECT status FROM requests WHERE track_id = ?")
      .bind(request.track_id)
      .first<string>("status");
  await eventually(async () => (await row()) === "completed");
  const listed = async () =>
    (await client.json<{ conversations: { id: string }[] }>("/api/v1/conversations")).conversations;
  expect(await listed()).toEqual([]);
  const conversation_id = request.conversation_id ?? "";
  expect(await client.messages(conversation_id)).toHaveLength(2);
  await client.json("/api/v1/chat", {
    json: { message: "And further?", conversation_id, model: "stub:tokens=1" },
  });
  const [only] = await eventually(async () => {
    const all = await listed();
    return all.length > 0 ? all : undefined;
  });
  expect(only?.id).toBe(conversation_id);
  const found = () =>
    env.DB.prepare(
      "SELECT count(*) AS many FROM message_texts WHERE conversation_id = ? AND id LIKE 'msg_%'",
    )
      .bind(conversation_id)
      .first<number>("many");
  await eventually(async () => (await found()) === 4);
});

test("one that nobody named, and nobody goes on in, is deleted when its request is forgotten", async () => {
  const client = new Client();
  const { request } = await later(client, {});
  await ended(client, request.track_id);
  const conversation_id = request.conversation_id ?? "";
  await runInDurableObject(stubOf(conversation_id), async (_, { storage }) => {
    const sql = new Sql(storage);
    sql.run("UPDATE conversation SET updated_at = updated_at - 3600001");
    sql.run("UPDATE due SET at = 1 WHERE task = 'unlisted'");
  });
  await evictDurableObject(stubOf(conversation_id));
  await ring(conversation_id);
  const response = await client.fetch(`/api/v1/conversations/${conversation_id}`);
  expect(response.status).toBe(404);
});
