import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Conversation, ConversationDetail } from "../../src/protocol/conversation.ts";
import type { Message } from "../../src/protocol/message.ts";
import { stubText } from "../stub/provider.ts";
import {
  allEvents,
  assembled,
  Client,
  eventually,
  journal,
  newTag,
  ring,
  sse,
  stubOf,
} from "./client.ts";

type List = {
  conversations: Conversation[];
  pagination: {
    total: number;
    limit: number;
    offset: number;
    has_more: boolean;
    next_cursor: string | null;
  };
};
type ErrorAnswer = { error: { code: string; details: Record<string, unknown> } };

const list = (client: Client, query = "") => client.json<List>(`/api/v1/conversations${query}`);

test("a conversation is made, read, changed, listed and deleted", async () => {
  const client = new Client();
  const made = await client.fetch("/api/v1/conversations", {
    json: { title: "First", model: "m", metadata: { a: 1 } },
  });
  expect(made.status).toBe(201);
  const conversation = await made.json<ConversationDetail>();
  expect(conversation).toMatchObject({
    title: "First",
    status: "active",
    message_count: 0,
    metadata: { a: 1 },
    running_turn_id: null,
  });
  const path = `/api/v1/conversations/${conversation.id}`;
  expect(await client.json(path)).toEqual(conversation);
  // It is in D1 before it is answered: nothing to wait for.
  expect((await list(client)).conversations.map(({ id }) => id)).toEqual([conversation.id]);
  const patched = await client.json<ConversationDetail>(path, {
    method: "PATCH",
    json: { title: "Second", model: null },
  });
  expect(patched).toMatchObject({ title: "Second", model: null });
  expect((await list(client)).conversations[0]?.title).toBe("Second");
  const deleted = await client.fetch(path, { method: "DELETE" });
  expect(deleted.status).toBe(204);
  expect(await deleted.text()).toBe("");
  expect((await client.fetch(path)).status).toBe(404);
  expect((await list(client)).pagination.total).toBe(0);
});

test("deleting leaves nothing in the object, and a tombstone in D1", async () => {
  const client = new Client();
  const answer = await (await client.chat({ message: "Forget me", model: "stub" })).json<Message>();
  const id = String(answer.conversation_id);
  await client.fetch(`/api/v1/conversations/${id}`, { method: "DELETE" });
  const left = await runInDurableObject(stubOf(id), async (_, state) => ({
    tables: state.storage.sql
      .exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'")
      .toArray(),
    alarm: await state.storage.getAlarm(),
  }));
  expect(left).toEqual({ tables: [], alarm: null });
  const row = await env.DB.prepare(
    "SELECT title, preview, deleted_at FROM conversations WHERE id = ?",
  )
    .bind(id)
    .first();
  expect(row).toMatchObject({ title: null, preview: "", deleted_at: expect.any(Number) as number });
});

test("deleting in mid-turn stops the model, and nothing late comes back", async () => {
  const client = new Client();
  const tag = newTag();
  const response = await client.fetch("/api/v1/chat/stream", {
    json: { message: "Go", model: `stub:tokens=500,delay=10,tag=${tag}` },
  });
  const events = sse(response);
  const start = (await events.next()).value as { data: Record<string, string> };
  await events.next();
  const id = String(start.data["conversation_id"]);
  const socket = await client.socket(id);
  expect((await client.fetch(`/api/v1/conversations/${id}`, { method: "DELETE" })).status).toBe(
    204,
  );
  expect((await Array.fromAsync(events)).at(-1)?.event).toBe("cancelled");
  await eventually(async () => socket.closed !== undefined);
  await eventually(async () => (await journal(tag)).aborted === 1);
  await scheduler.wait(1000);
  expect(await runDurableObjectAlarm(stubOf(id))).toBe(false);
  expect((await list(client)).pagination.total).toBe(0);
  expect((await client.fetch(`/api/v1/conversations/${id}/messages`)).status).toBe(404);
});

test("with D1 away a delete holds, and D1 hears of it later", async () => {
  const client = new Client();
  const id = await client.conversation();
  await env.DB.exec("ALTER TABLE conversations RENAME TO conversations_away");
  expect((await client.fetch(`/api/v1/conversations/${id}`, { method: "DELETE" })).status).toBe(
    204,
  );
  expect((await client.fetch(`/api/v1/conversations/${id}`)).status).toBe(404);
  await env.DB.exec("ALTER TABLE conversations_away RENAME TO conversations");
  expect((await list(client)).pagination.total).toBe(1);
  expect(await ring(id)).toBe(true);
  expect((await list(client)).pagination.total).toBe(0);
});

test("a turn reaches the list within a second, with a title and a preview", async () => {
  const client = new Client();
  await client.chat({ message: "  How do   tides\nwork? ", model: "stub:tokens=3" });
  const row = await eventually(async () => (await list(client)).conversations[0], 1500);
  expect(row).toMatchObject({
    title: "How do tides work?",
    preview: stubText(3),
    message_count: 2,
  });
});

test("the list is paged, sorted, and steady under a cursor", async () => {
  const client = new Client();
  const made: string[] = [];
  for (let i = 0; i < 5; i++) {
    made.push(
      (await client.json<{ id: string }>("/api/v1/conversations", { json: { title: `c${i}` } })).id,
    );
    await scheduler.wait(3);
  }
  const newest = made.toReversed();
  const page = await list(client, "?limit=2&offset=1");
  expect(page.conversations.map(({ id }) => id)).toEqual(newest.slice(1, 3));
  expect(page.pagination).toMatchObject({ total: 5, limit: 2, offset: 1, has_more: true });
  expect((await list(client, "?sort=created&order=asc")).conversations.map(({ id }) => id)).toEqual(
    made,
  );
  const first = await list(client, "?limit=2&sort=created");
  await client.conversation(); // a new one moves every offset, and no cursor
  const second = await list(client, `?limit=2&sort=created&cursor=${first.pagination.next_cursor}`);
  expect(second.conversations.map(({ id }) => id)).toEqual(newest.slice(2, 4));
  const last = await list(client, `?limit=2&sort=created&cursor=${second.pagination.next_cursor}`);
  expect(last.pagination).toMatchObject({ has_more: false, next_cursor: null });
});

test.each([
  ["limit=0", "limit"],
  ["limit=101", "limit"],
  ["limit=many", "limit"],
  ["offset=-1", "offset"],
  ["sort=name", "sort"],
  ["order=up", "order"],
  ["cursor=x", "cursor"],
])("a list with %s is refused by name", async (query, field) => {
  const response = await new Client().fetch(`/api/v1/conversations?${query}`);
  expect(response.status).toBe(400);
  expect((await response.json<ErrorAnswer>()).error.details["field"]).toBe(field);
});

test("messages are paged oldest first, with the running answer in its place", async () => {
  const client = new Client();
  const id = await client.conversation();
  for (let i = 0; i < 3; i++)
    await client.chat({ message: `q${i}`, conversation_id: id, model: "stub:tokens=1" });
  expect(
    (await client.messages(id, "?limit=2&offset=2")).map(({ content, seq }) => [content, seq]),
  ).toEqual([
    ["q1", 3],
    ["word0", 4],
  ]);
  const path = `/api/v1/conversations/${id}/messages?limit=4`;
  const first = await client.json<List>(path);
  const last = await client.json<List & { messages: Message[] }>(
    `${path}&cursor=${first.pagination.next_cursor}`,
  );
  expect(last.messages.map(({ seq }) => seq)).toEqual([5, 6]);
  expect(last.pagination).toMatchObject({ offset: 4, has_more: false, next_cursor: null });
  const stream = await client.fetch(`/api/v1/conversations/${id}/messages`, {
    json: { message: "q3", model: "stub:tokens=100,delay=10", stream: true },
  });
  const events = sse(stream);
  await events.next();
  await events.next();
  const page = await client.json<List & { messages: Message[] }>(
    `/api/v1/conversations/${id}/messages?limit=2&offset=6`,
  );
  expect(page.messages.map(({ status, role }) => [role, status])).toEqual([
    ["user", "completed"],
    ["assistant", "running"],
  ]);
  expect(page.pagination).toMatchObject({ total: 8, has_more: false });
  const turn = String(page.messages[1]?.turn_id);
  expect(
    (await client.json<ConversationDetail>(`/api/v1/conversations/${id}`)).running_turn_id,
  ).toBe(turn);
  await client.json(`/api/v1/conversations/${id}/turns/${turn}/cancel`, { method: "POST" });
  await Array.fromAsync(events);
});

test("a message longer than a row is kept whole", async () => {
  const client = new Client();
  const big = `stub:tokens=90000`;
  const events = await allEvents(
    await client.fetch("/api/v1/chat/stream", { json: { message: "Go on", model: big } }),
  );
  const conversation = String(events[0]?.data["conversation_id"]);
  const stored = (await client.messages(conversation)).at(-1);
  expect(stored?.content.length).toBeGreaterThan(800_000);
  expect(stored?.content).toBe(assembled(events));
  const rows = await runInDurableObject(stubOf(conversation), (_, state) => ({
    pieces: state.storage.sql.exec("SELECT count(*) AS n FROM message_parts").one(),
    longest: state.storage.sql.exec("SELECT max(length(body)) AS n FROM events").one(),
  }));
  expect(rows.pieces["n"]).toBeGreaterThan(1);
  expect(rows.longest["n"]).toBeLessThan(1_000_000);
});

test("a socket hears of a rename", async () => {
  const client = new Client();
  const id = await client.conversation();
  const socket = await client.socket(id);
  await client.json(`/api/v1/conversations/${id}`, { method: "PATCH", json: { title: "Heard" } });
  const frame = await socket.until(({ type }) => type === "conversation.updated");
  expect(frame["conversation"]).toMatchObject({ id, title: "Heard" });
});
