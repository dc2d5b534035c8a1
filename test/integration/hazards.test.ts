// Faults that were found by trying to break it; each stays found.
import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Message } from "../../src/protocol/message.ts";
import { projectionSchema } from "../../src/store/conversations.ts";
import { projectChanges } from "../../src/store/projection.ts";
import { databases } from "../../src/store/database.ts";
import { stubText } from "../stub/provider.ts";
import {
  allEvents,
  assembled,
  Client,
  course,
  eventually,
  journal,
  newTag,
  ring,
  type SseEvent,
  sse,
  stubOf,
} from "./client.ts";

type ErrorAnswer = { error: { code: string; details: Record<string, unknown> } };

async function started(client: Client, body: Record<string, unknown>) {
  const response = await client.fetch("/api/v1/chat/stream", { json: body });
  const events = sse(response);
  const first = (await events.next()).value as SseEvent;
  return {
    conversation: String(first.data["conversation_id"]),
    turn: String(first.data["turn_id"]),
    events,
    leave: () => events.return(undefined),
  };
}

const cancel = (client: Client, conversation: string, turn: string) =>
  client.json(`/api/v1/conversations/${conversation}/turns/${turn}/cancel`, { method: "POST" });

const follow = async (client: Client, conversation: string, turn: string) =>
  allEvents(await client.fetch(`/api/v1/conversations/${conversation}/turns/${turn}/events`));

test("turns that end out of order take nothing from the log of the one that runs", async () => {
  const client = new Client();
  const first = await started(client, { message: "Long", model: "stub:tokens=150,delay=10" });
  await first.leave();
  await scheduler.wait(700); // a batch of it is stored
  const queued: string[] = [];
  for (let i = 0; i < 6; i++) {
    const next = await started(client, {
      message: `q${i}`,
      conversation_id: first.conversation,
      on_busy: "queue",
      model: "stub:tokens=1",
    });
    queued.push(next.turn);
    await next.leave();
  }
  for (const turn of queued) await cancel(client, first.conversation, turn);
  await abortAllDurableObjects();
  const events = await follow(client, first.conversation, first.turn);
  expect(events[0]?.event).toBe("start");
  expect(assembled(events)).toBe(stubText(150));
  expect((await client.messages(first.conversation))[1]).toMatchObject({
    status: "completed",
    content: stubText(150),
  });
});

test("a message that waits behind a turn that keeps dying is answered all the same", async () => {
  const client = new Client();
  const first = await started(client, { message: "Dies", model: "stub:tokens=900,delay=10" });
  await first.leave();
  const second = await started(client, {
    message: "Waits",
    conversation_id: first.conversation,
    on_busy: "queue",
    model: "stub:tokens=200,delay=10",
  });
  await second.leave();
  for (let crash = 0; crash < 4; crash++) {
    await abortAllDurableObjects();
    await client.messages(first.conversation);
    await scheduler.wait(30);
  }
  // The first has given up, the second runs; and dies once more.
  await abortAllDurableObjects();
  const events = await follow(client, first.conversation, second.turn);
  expect(events.at(-1)?.event).toBe("complete");
  expect(assembled(events)).toBe(stubText(200));
  const messages = await client.messages(first.conversation);
  expect(messages.map(({ status }) => status)).toEqual([
    "completed",
    expect.stringMatching(/partial|failed/),
    "completed",
    "completed",
  ]);
});

test("a log that cannot be read fails its turn, and nothing else", async () => {
  const client = new Client();
  const first = await started(client, { message: "Go", model: "stub:tokens=200,delay=10" });
  await first.leave();
  await scheduler.wait(700);
  await runInDurableObject(stubOf(first.conversation), (_, state) => {
    state.storage.sql.exec("UPDATE events SET body = '{'");
  });
  await abortAllDurableObjects();
  await eventually(async () => (await client.messages(first.conversation))[1]?.status === "failed");
  const next = await client.chat({
    message: "Again",
    conversation_id: first.conversation,
    model: "stub:tokens=2",
  });
  expect(next.status).toBe(200);
});

test("ordinary deliveries to D1 are no wake-ups that count against a turn", async () => {
  const client = new Client();
  const id = await client.conversation();
  const count = () =>
    runInDurableObject(
      stubOf(id),
      (_, state) =>
        state.storage.sql.exec("SELECT wake_count FROM conversation").one()["wake_count"],
    );
  await client.chat({ message: "One", conversation_id: id, model: "stub:tokens=1" });
  const running = await started(client, {
    message: "Two",
    conversation_id: id,
    model: "stub:tokens=120,delay=10",
  });
  await running.leave();
  await scheduler.wait(1100); // the first turn's delivery rings while the second runs
  expect(await count()).toBe(0);
  await cancel(client, id, running.turn);
});

test("at the cap of wake-ups a turn is closed, with what arrived kept", async () => {
  const client = new Client();
  const first = await started(client, { message: "Go", model: "stub:tokens=900,delay=10" });
  await scheduler.wait(100);
  const id = first.conversation;
  await runInDurableObject(stubOf(id), async (_, state) => {
    state.storage.sql.exec("UPDATE conversation SET wake_hour = ?, wake_count = 240", Date.now());
    state.storage.sql.exec("UPDATE due SET at = 1");
    await state.storage.setAlarm(Date.now() + 5000);
  });
  await abortAllDurableObjects();
  await runDurableObjectAlarm(stubOf(id));
  const events = await follow(client, id, first.turn);
  expect(events.at(-1)).toMatchObject({
    event: "error",
    data: { error: { code: "TURN_INTERRUPTED" } },
  });
});

test("an answer longer than any reader's lag is replayed whole", async () => {
  const client = new Client();
  const first = await started(client, { message: "Go", model: "stub:tokens=90000" });
  await Array.fromAsync(first.events);
  const events = await follow(client, first.conversation, first.turn);
  expect(assembled(events)).toBe(stubText(90_000));
}, 30_000);

test("metadata that is nested too deeply is refused by every door, and nothing is stored", async () => {
  const client = new Client();
  const id = await client.conversation();
  const deep = (levels: number) =>
    JSON.parse(`{"a":${"[".repeat(levels)}${"]".repeat(levels)}}`) as object;
  for (const [path, method, json] of [
    ["/api/v1/chat", "POST", { message: "Hi", metadata: deep(4000) }],
    ["/api/v1/conversations", "POST", { metadata: deep(2500) }],
    [`/api/v1/conversations/${id}`, "PATCH", { metadata: deep(2500) }],
  ] as const) {
    const response = await client.fetch(path, { method, json });
    expect(response.status).toBe(400);
    expect((await response.json<ErrorAnswer>()).error.details["field"]).toBe("metadata");
  }
  const socket = await client.socket(id);
  socket.say({ type: "send", message: "Hi", metadata: deep(4000) });
  expect((await socket.until(({ type }) => type === "error")).error?.code).toBe("VALIDATION_ERROR");
  expect(await client.messages(id)).toEqual([]);
  expect((await client.json<{ metadata: object }>(`/api/v1/conversations/${id}`)).metadata).toEqual(
    {},
  );
  expect((await client.chat({ message: "Hi", model: "stub", metadata: deep(10) })).status).toBe(
    200,
  );
});

test("of forty thousand unknown fields a few are named, and the rest counted", async () => {
  const client = new Client();
  const unknown = Object.fromEntries(Array.from({ length: 40_000 }, (_, i) => [`field_${i}`, 1]));
  const answer = await (
    await client.chat({ message: "Hi", model: "stub", ...unknown })
  ).json<Message>();
  expect(JSON.stringify(answer.notices).length).toBeLessThan(2000);
  expect(answer.notices[0]?.message).toContain("and 39980 more");
});

test("paging through messages meets each once, also while answers are still to come", async () => {
  const client = new Client();
  const first = await started(client, { message: "q0", model: "stub:tokens=900,delay=10" });
  const turns = [first];
  for (let i = 1; i < 5; i++)
    turns.push(
      await started(client, {
        message: `q${i}`,
        conversation_id: first.conversation,
        on_busy: "queue",
        model: "stub:tokens=1",
      }),
    );
  for (const limit of [1, 2, 50]) {
    const seen: number[] = [];
    for (let offset: string | null = "0"; offset !== null;) {
      const page: { messages: Message[]; pagination: { next_cursor: string | null } } =
        await client.json(
          `/api/v1/conversations/${first.conversation}/messages?limit=${limit}&offset=${offset}`,
        );
      seen.push(...page.messages.map(({ seq }) => seq));
      offset = page.pagination.next_cursor;
    }
    expect(seen).toEqual([1, 2, 3, 5, 7, 9]);
  }
  for (const { turn } of turns.toReversed()) await cancel(client, first.conversation, turn);
});

test("a deleted conversation does not come back by the key that made it", async () => {
  const client = new Client();
  await client.chat({ message: "mint", model: "stub" });
  const tag = newTag();
  const send = () =>
    client.chat({ message: "Once", model: `stub:tag=${tag}` }, { "Idempotency-Key": tag });
  const id = String((await (await send()).json<Message>()).conversation_id);
  await client.fetch(`/api/v1/conversations/${id}`, { method: "DELETE" });
  expect((await send()).status).toBe(404);
  await abortAllDurableObjects();
  expect((await send()).status).toBe(404);
  expect((await journal(tag)).calls).toBe(1);
  expect((await client.fetch(`/api/v1/conversations/${id}`)).status).toBe(404);
  // When the key's time is over, so is the memory of it.
  await runInDurableObject(stubOf(id), (_, state) => {
    state.storage.sql.exec("UPDATE tombstone SET until = 1");
  });
  await abortAllDurableObjects();
  expect(await runDurableObjectAlarm(stubOf(id))).toBe(true);
  const tables = await runInDurableObject(stubOf(id), (_, state) =>
    state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'tombstone'").toArray(),
  );
  expect(tables).toEqual([]);
});

test("a tombstone in D1 is for good", async () => {
  const client = new Client();
  const id = await client.conversation();
  await client.fetch(`/api/v1/conversations/${id}`, { method: "DELETE" });
  const conversation = projectionSchema.parse({
    id,
    tenant_id: "t",
    user_id: "u",
    status: "active",
    title: "Back",
    provider: null,
    model: null,
    message_count: 0,
    preview: "",
    created_at: 1,
    updated_at: 1,
    deleted_at: null,
    version: Date.now() + 10_000,
  });
  const changes = {
    conversation,
    messages: [],
    gone: [],
    feedback: [],
    requests: [],
    events: [],
    unsaid: [],
  };
  await projectChanges(databases(env.DB)("t"), changes, Date.now());
  expect(
    await env.DB.prepare("SELECT title, deleted_at IS NULL AS back FROM conversations WHERE id = ?")
      .bind(id)
      .first(),
  ).toEqual({ title: null, back: 0 });
});

test("a socket that opens while a message waits sees its turn begin", async () => {
  const client = new Client();
  const first = await started(client, { message: "Go", model: "stub:tokens=40,delay=10" });
  const second = await started(client, {
    message: "Next",
    conversation_id: first.conversation,
    on_busy: "queue",
    model: "stub:tokens=3",
  });
  const socket = await client.socket(first.conversation);
  await socket.closing(second.turn);
  expect(
    course(socket.frames.filter(({ turn_id }) => turn_id === second.turn).map(({ type }) => type)),
  ).toEqual(["turn.started", "text.delta", "turn.completed"]);
});

test("a conversation is in the list, with its title, before its first answer is whole", async () => {
  const client = new Client();
  const first = await started(client, {
    message: "How do tides work?",
    model: "stub:tokens=500,delay=10",
  });
  type List = { conversations: { title: string; message_count: number }[] };
  const row = await eventually(
    async () => (await client.json<List>("/api/v1/conversations")).conversations[0],
  );
  expect(row).toMatchObject({ title: "How do tides work?", message_count: 1 });
  await cancel(client, first.conversation, first.turn);
});

test("one key and one message are the same send through every door", async () => {
  const client = new Client();
  const id = await client.conversation();
  const tag = newTag();
  const model = `stub:tokens=2,tag=${tag}`;
  const headers = { "Idempotency-Key": tag };
  const answers = [
    await client.chat({ message: "Hi", model, conversation_id: id }, headers),
    await client.chat({ message: "Hi", model, conversation_id: id, stream: false }, headers),
    await client.fetch(`/api/v1/conversations/${id}/messages`, {
      json: { message: "Hi", model },
      headers,
    }),
    await client.fetch(`/api/v1/conversations/${id}/messages`, {
      json: { parts: [{ type: "text", text: "Hi" }], model },
      headers,
    }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  const socket = await client.socket(id);
  socket.say({ type: "send", message: "Hi", model, idempotency_key: tag });
  await socket.closing();
  expect((await journal(tag)).calls).toBe(1);
  expect(await client.messages(id)).toHaveLength(2);
  expect(await ring(id)).toBe(true);
});

test("a conversation that is never quiet is told to D1 all the same", async () => {
  const client = new Client();
  const id = await client.conversation();
  const counted = async () =>
    (
      await env.DB.prepare("SELECT message_count FROM conversations WHERE id = ?")
        .bind(id)
        .first<{ message_count: number }>()
    )?.message_count ?? 0;
  const until = Date.now() + 2000;
  while (Date.now() < until) {
    await client.chat({ message: "Again", conversation_id: id, model: "stub:tokens=2" });
    if ((await counted()) > 2) return;
  }
  throw new Error("D1 heard nothing for two seconds");
});

test("whoever has heard the end of a turn is told that there is no more", async () => {
  const client = new Client();
  const first = await started(client, { message: "Go", model: "stub:tokens=3" });
  const last = (await Array.fromAsync(first.events)).at(-1);
  const path = `/api/v1/conversations/${first.conversation}/turns/${first.turn}/events`;
  const after = (id: string) => client.fetch(path, { headers: { "Last-Event-ID": id } });
  expect((await after(String(last?.id))).status).toBe(204);
  expect((await allEvents(await after(`${first.turn}:1.1`))).at(-1)?.event).toBe("complete");
});
