// What goes on behind a conversation's back must lose nothing, repeat nothing, cost nobody else
// anything, and let go of what was taken back.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { ConversationDetail, Remembered } from "../../src/protocol/conversation.ts";
import type { Message } from "../../src/protocol/message.ts";
import { Client, eventually, journal, newTag, ring, stubOf } from "./client.ts";

type Sent = { role: string; content: string }[];

async function talk(memory: object) {
  const client = new Client();
  const tag = newTag();
  const { id } = await client.json<{ id: string }>("/api/v1/conversations", { json: { memory } });
  const path = `/api/v1/conversations/${id}`;
  return {
    client,
    id,
    path,
    say: async (message: string, rest: object = {}) => {
      const json = { message, conversation_id: id, model: `stub:tokens=3,tag=${tag}`, ...rest };
      return (await client.chat(json)).json<Message>();
    },
    sent: async () => ((await journal(tag)).last as { messages: Sent }).messages,
    memory: () => client.json<Remembered>(`${path}/memory`),
    detail: () => client.json<ConversationDetail>(path),
    patch: (json: object) => client.fetch(path, { method: "PATCH", json }),
  };
}

const long = (subject: string) =>
  `${subject}: ${"the water comes in and goes out again twice a day, as it has always done. ".repeat(4)}`;

test("after a pause the last exchanges are still told word for word", async () => {
  const it = await talk({ strategy: "summary" });
  for (let i = 0; i < 8; i++) await it.say(long(`Part ${i}`));
  await it.say("const exact = 4711;");
  await it.patch({ status: "paused" });
  await eventually(async () => (await it.memory()).summary);
  await it.say("What was the code, exactly?");
  const sent = (await it.sent()).map(({ content }) => content);
  expect(sent).toContain("const exact = 4711;");
  expect(sent.some((content) => content.startsWith("Part 0"))).toBe(false);
  expect((await it.detail()).status).toBe("active");
});

test("what the window has no room for is condensed, however few messages that leaves", async () => {
  const it = await talk({ strategy: "summary", history_tokens: 120 });
  for (let i = 0; i < 5; i++) await it.say(long(`Part ${i}`));
  const { summary } = await eventually(async () => {
    await it.say(long("More"));
    const memory = await it.memory();
    return memory.summary?.includes("Part 3") === true ? memory : null;
  });
  expect(summary).toContain("Part 0");
});

test("a title that is on its way is not given when what it is made of was taken back", async () => {
  const it = await talk({ title: true });
  const answer = await it.say("[[delay=400]] Zaunreiterin");
  const [question] = await it.client.messages(it.id);
  await it.client.fetch(`${it.path}/messages/${question?.id}`, { method: "DELETE" });
  await scheduler.wait(800);
  expect((await it.detail()).title).toBeNull();
  expect(answer.status).toBe("completed");
  const { results } = await it.client.json<{ results: unknown[] }>("/api/v1/search?q=Zaunreiterin");
  expect(results).toEqual([]);
});

test("what stands with an answer of a question goes with the question", async () => {
  const it = await talk({ references: true });
  await it.say("Tell me of Lake Constance.");
  await it.say("How deep is it?");
  await it.say("Please remember that my pin is 4711.");
  for (const { role, id } of await it.client.messages(it.id))
    if (role === "user") await it.client.fetch(`${it.path}/messages/${id}`, { method: "DELETE" });
  const left = JSON.stringify(await it.client.messages(it.id));
  expect(left).not.toContain("Constance");
  expect(left).not.toContain("4711");
  const rows = await runInDurableObject(stubOf(it.id), (_, state) =>
    ["turns", "events", "messages", "conversation", "outbox"].map((table) =>
      JSON.stringify(state.storage.sql.exec(`SELECT * FROM ${table}`).toArray()),
    ),
  );
  for (const table of rows) expect(table).not.toContain("Constance");
});

test("a summary that hangs rings no alarm meanwhile", async () => {
  const it = await talk({ strategy: "summary", history_tokens: 120 });
  for (let i = 0; i < 4; i++) await it.say(long(`[[fault=hang]] Part ${i}`));
  await ring(it.id);
  const due = await runInDurableObject(stubOf(it.id), (_, state) =>
    state.storage.sql.exec("SELECT at FROM due WHERE task = 'fold'").toArray(),
  );
  expect(due).toHaveLength(1);
  expect(Number(due[0]?.["at"])).toBeGreaterThan(Date.now());
});

test("what is wanted while a summary is made is made, too", async () => {
  const it = await talk({ strategy: "summary", history_tokens: 250 });
  for (let i = 0; i < 7; i++) await it.say(long(`${i === 0 ? "[[delay=300]] " : ""}Part ${i}`));
  await it.patch({ status: "completed" });
  await eventually(async () => (await it.memory()).summary?.includes("Part 6"));
});

test("a fork costs nothing until somebody speaks there", async () => {
  const it = await talk({ strategy: "summary" });
  for (let i = 0; i < 8; i++) await it.say(long(`Part ${i}`));
  const fork = await it.client.json<{ id: string }>(`${it.path}/fork`, { json: {} });
  const path = `/api/v1/conversations/${fork.id}`;
  await it.client.fetch(path, { method: "PATCH", json: { status: "completed" } });
  await scheduler.wait(300);
  expect((await it.client.json<Remembered>(`${path}/memory`)).summary).toBeNull();
});

test("everything that is asked beside an answer has a row of its own", async () => {
  const it = await talk({ title: true, intent: true });
  await it.say("How do tides work?");
  const rows = await eventually(async () => {
    const { results } = await env.DB.prepare(
      "SELECT purpose FROM usage_events WHERE conversation_id = ? ORDER BY purpose",
    )
      .bind(it.id)
      .all<{ purpose: string }>();
    return results.length === 3 ? results : null;
  });
  expect(rows.map(({ purpose }) => purpose)).toEqual(["chat", "intent", "title"]);
});

test("a send that was accepted is the same send after the conversation was completed", async () => {
  const it = await talk({});
  const send = () =>
    it.client.fetch(`${it.path}/messages`, {
      json: { message: "Once", model: "stub:tokens=1" },
      headers: { "Idempotency-Key": "once" },
    });
  const first = await (await send()).json<Message>();
  await it.patch({ status: "completed" });
  expect((await (await send()).json<Message>()).id).toBe(first.id);
});

test("what is done behind its back moves no conversation in the list, and makes no change conflict", async () => {
  const it = await talk({ strategy: "summary" });
  for (let i = 0; i < 8; i++) await it.say(long(`Part ${i}`));
  const { version } = await it.detail();
  await it.patch({ status: "paused" });
  const { updated_at } = await it.detail();
  await eventually(async () => (await it.memory()).summary);
  const after = await it.detail();
  expect(after.updated_at).toBe(updated_at);
  expect(after.version).toBe(version + 1);
  expect((await it.patch({ title: "Mine", version: version + 1 })).status).toBe(200);
});
