// The life of a conversation: paused, completed, archived, deleted by policy; and what hand and clock do
// to it while somebody watches.
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import worker from "../../src/index.ts";
import { expect, test } from "vitest";
import type { ConversationDetail } from "../../src/protocol/conversation.ts";
import type { Message } from "../../src/protocol/message.ts";
import { Client, eventually, ring, stubOf } from "./client.ts";
import { person } from "./people.ts";

type ErrorAnswer = { error: { code: string; details: Record<string, unknown> } };
const DAY = 24 * 3600_000;

async function talk(client = new Client()) {
  const { id } = await client.json<{ id: string }>("/api/v1/conversations", { json: {} });
  const path = `/api/v1/conversations/${id}`;
  const say = (message: string) =>
    client.chat({ message, conversation_id: id, model: "stub:tokens=2" });
  const detail = () => client.json<ConversationDetail>(path);
  const patch = (json: object) => client.fetch(path, { method: "PATCH", json });
  return { client, id, path, say, detail, patch };
}

/** As if it had been quiet for `ms`. */
async function age(id: string, ms: number): Promise<void> {
  await runInDurableObject(stubOf(id), (_, state) => {
    state.storage.sql.exec(
      "UPDATE conversation SET updated_at = updated_at - ?1, last_message_at = last_message_at - ?1, closed_at = closed_at - ?1",
      ms,
    );
  });
  await evictDurableObject(stubOf(id)); // it reads its row when it wakes
  await env.DB.prepare("UPDATE conversations SET updated_at = updated_at - ? WHERE id = ?")
    .bind(ms, id)
    .run();
}

test("where nobody speaks for half an hour it is paused, and a message makes it active again", async () => {
  const it = await talk();
  await it.say("Hi");
  await ring(it.id);
  expect((await it.detail()).status).toBe("active");
  await age(it.id, 31 * 60_000);
  const { updated_at } = await it.detail();
  await ring(it.id);
  const paused = await it.detail();
  expect(paused).toMatchObject({ status: "paused", updated_at });
  await eventually(async () => {
    const { conversations } = await it.client.json<{ conversations: { status: string }[] }>(
      "/api/v1/conversations?status=paused",
    );
    return conversations.length === 1;
  });
  expect((await it.say("Back")).status).toBe(200);
  expect((await it.detail()).status).toBe("active");
  await age(it.id, 31 * 60_000);
  await ring(it.id);
  expect((await it.detail()).status).toBe("paused");
});

test("a completed conversation takes no messages until it is reopened", async () => {
  const it = await talk();
  await it.say("Hi");
  expect((await it.patch({ status: "completed" })).status).toBe(200);
  const refused = await it.say("More");
  expect(refused.status).toBe(409);
  expect((await refused.json<ErrorAnswer>()).error.code).toBe("CONVERSATION_CLOSED");
  expect((await it.patch({ status: "paused" })).status).toBe(400);
  expect((await it.patch({ status: "active" })).status).toBe(200);
  expect((await it.say("More")).status).toBe(200);
});

test("ninety days after completion the messages go, and what is known of it stays", async () => {
  const it = await talk();
  await it.say("A word that nobody else says: Zaunkönig");
  await it.client.json(it.path, {
    method: "PATCH",
    json: { status: "completed", title: "Kept", tags: ["birds"] },
  });
  await age(it.id, 89 * DAY);
  await ring(it.id);
  expect((await it.detail()).status).toBe("completed");
  await age(it.id, 2 * DAY);
  const socket = await it.client.socket(it.id);
  await ring(it.id);
  expect(await it.detail()).toMatchObject({
    status: "archived",
    title: "Kept",
    tags: ["birds"],
    message_count: 2,
    leaf_id: null,
  });
  expect(await it.client.messages(it.id)).toEqual([]);
  await socket.until(
    ({ type, conversation }) =>
      type === "conversation.updated" &&
      (conversation as { status?: string } | undefined)?.status === "archived",
  );
  for (const status of ["active", "completed"])
    expect((await it.patch({ status })).status).toBe(409);
  expect((await it.say("Hello?")).status).toBe(409);
  const tables = await runInDurableObject(stubOf(it.id), (_, state) =>
    ["messages", "turns", "events", "message_parts"].map(
      (table) => state.storage.sql.exec(`SELECT count(*) AS n FROM ${table}`).one()["n"],
    ),
  );
  expect(tables).toEqual([0, 0, 0, 0]);
  const found = () =>
    it.client.json<{ results: { kind: string }[] }>(
      `/api/v1/search?q=${encodeURIComponent("Zaunkönig")}`,
    );
  await eventually(async () => (await found()).results.length === 0);
});

test("a tenant's policy deletes what is old and archives what is over, by the clock", async () => {
  const client = await person();
  const [old, young, over] = [await talk(client), await talk(client), await talk(client)];
  for (const it of [old, young, over]) await it.say("Hi");
  await over.patch({ status: "completed" });
  await ring(over.id);
  await age(old.id, 40 * DAY);
  await age(over.id, 8 * DAY);
  const policy = { archive_after_days: 7, delete_after_days: 30 };
  expect(await client.json("/api/v1/retention", { method: "PUT", json: policy })).toEqual(policy);
  expect(await client.json("/api/v1/retention")).toEqual(policy);
  await worker.scheduled();
  expect((await client.fetch(old.path)).status).toBe(404);
  expect((await young.detail()).status).toBe("active");
  expect((await over.detail()).status).toBe("archived");
});

test("a policy is its tenant's alone, and its bounds are told by name", async () => {
  const client = await person();
  const refused = await client.fetch("/api/v1/retention", {
    method: "PUT",
    json: { archive_after_days: 0, delete_after_days: null },
  });
  expect((await refused.json<ErrorAnswer>()).error.details["field"]).toBe("archive_after_days");
  const stranger = await talk();
  await stranger.say("Hi");
  await age(stranger.id, 400 * DAY);
  await client.json("/api/v1/retention", {
    method: "PUT",
    json: { archive_after_days: null, delete_after_days: 1 },
  });
  await worker.scheduled();
  expect((await stranger.detail()).id).toBe(stranger.id);
});

test("a tenant that wants to keep longer is heard by the object's own clock", async () => {
  const client = await person();
  const it = await talk(client);
  await it.say("Hi");
  await it.patch({ status: "completed" });
  await client.json("/api/v1/retention", {
    method: "PUT",
    json: { archive_after_days: 365, delete_after_days: null },
  });
  await age(it.id, 100 * DAY);
  await ring(it.id);
  expect((await it.detail()).status).toBe("completed");
  await age(it.id, 300 * DAY);
  await ring(it.id);
  expect((await it.detail()).status).toBe("archived");
});

test("completing while a turn runs lets it end", async () => {
  const it = await talk();
  const answer = it.client.chat({
    message: "Go",
    conversation_id: it.id,
    model: "stub:tokens=20,delay=10",
  });
  await eventually(async () => (await it.detail()).running_turn_id);
  expect((await it.patch({ status: "completed" })).status).toBe(200);
  expect((await (await answer).json<Message>()).status).toBe("completed");
  expect((await it.detail()).status).toBe("completed");
});

test("two who change it at once: the last is told, and nothing is overwritten", async () => {
  const it = await talk();
  const { version } = await it.detail();
  expect((await it.patch({ title: "First", version })).status).toBe(200);
  const second = await it.patch({ title: "Second", version });
  expect(second.status).toBe(409);
  expect((await second.json<ErrorAnswer>()).error).toMatchObject({
    code: "CONFLICT",
    details: { field: "version", title: "First" },
  });
  expect((await it.detail()).title).toBe("First");
});

test.each([
  ["a title of 255 emoji", "🌊".repeat(127)],
  ["right-to-left", "\u202eمرحبا بالعالم"],
  ["only emoji", "👩‍👩‍👧‍👦"],
])("%s is kept as it was given", async (_, title) => {
  const it = await talk();
  await it.client.json(it.path, { method: "PATCH", json: { title } });
  expect((await it.detail()).title).toBe(title);
});

test("a title of 10,000 characters is refused by name", async () => {
  const it = await talk();
  const refused = await it.patch({ title: "x".repeat(10_000) });
  expect(refused.status).toBe(400);
  expect((await refused.json<ErrorAnswer>()).error.details["field"]).toBe("title");
});

test("tags and pins are kept, told to lists, and bounded by name", async () => {
  const it = await talk();
  await it.client.json(it.path, {
    method: "PATCH",
    json: { tags: ["a", "b", "a"], pinned: true },
  });
  expect(await it.detail()).toMatchObject({ tags: ["a", "b"], pinned: true });
  const listed = await it.client.json<{ conversations: { id: string }[] }>(
    "/api/v1/conversations?tag=a&pinned=true",
  );
  expect(listed.conversations.map(({ id }) => id)).toEqual([it.id]);
  const many = await it.patch({ tags: Array.from({ length: 21 }, (_, i) => `t${i}`) });
  expect((await many.json<ErrorAnswer>()).error.details["field"]).toBe("tags");
});
