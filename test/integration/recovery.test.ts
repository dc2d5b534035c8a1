import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Message } from "../../src/protocol/message.ts";
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

/** Reads `count` events of a new turn, then leaves. */
async function begin(client: Client, model: string, count: number, conversation_id?: string) {
  const response = await client.fetch("/api/v1/chat/stream", {
    json: { message: "Go", model, conversation_id },
  });
  const seen: SseEvent[] = [];
  for await (const event of sse(response)) {
    seen.push(event);
    if (seen.length === count) break;
  }
  const [start] = seen;
  return {
    seen,
    turn: String(start?.data["turn_id"]),
    conversation: String(start?.data["conversation_id"]),
  };
}

function resume(client: Client, conversation: string, turn: string, after?: string) {
  return client.fetch(`/api/v1/conversations/${conversation}/turns/${turn}/events`, {
    headers: after === undefined ? {} : { "Last-Event-ID": after },
  });
}

const closings = (events: SseEvent[]) =>
  events.filter(({ event }) => /^(complete|error|cancelled)$/.test(event));

test("a viewer who leaves does not stop the turn, and comes back to the exact place", async () => {
  const client = new Client();
  const tag = newTag();
  const { seen, turn, conversation } = await begin(client, `stub:tokens=60,delay=5,tag=${tag}`, 10);
  await eventually(async () => (await journal(tag)).completed === 1);
  expect((await journal(tag)).aborted).toBe(0);
  const rest = await allEvents(await resume(client, conversation, turn, seen.at(-1)?.id));
  expect(assembled([...seen, ...rest])).toBe(stubText(60));
  expect(rest[0]?.id).toBe(`${turn}:1.11`);
  expect(closings([...seen, ...rest])).toHaveLength(1);
});

test("many viewers of one turn all read the same, whenever they come", async () => {
  const client = new Client();
  const { turn, conversation } = await begin(client, "stub:tokens=40,delay=5", 3);
  const readers: Promise<SseEvent[]>[] = [];
  for (let i = 0; i < 20; i++) {
    readers.push(resume(client, conversation, turn).then(allEvents));
    await scheduler.wait(8);
  }
  for (const events of await Promise.all(readers)) {
    expect(assembled(events)).toBe(stubText(40));
    expect(closings(events)).toHaveLength(1);
  }
});

test("for random drops and resume points, the tokens make up the stored message", async () => {
  const client = new Client();
  await client.chat({ message: "mint", model: "stub:tokens=1" });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 40 }),
      fc.array(
        fc.record({
          read: fc.integer({ min: 1, max: 12 }),
          wait: fc.integer({ min: 0, max: 30 }),
          crash: fc.boolean(),
        }),
        { maxLength: 3 },
      ),
      fc.boolean(),
      async (tokens, drops, restart) => {
        const model = `stub:tokens=${tokens},delay=2,restart=${restart ? 1 : 0}`;
        const first = await begin(client, model, drops[0]?.read ?? 1);
        let text = assembled(first.seen);
        let after = first.seen.at(-1)?.id;
        const ends = closings(first.seen);
        for (const { read, wait, crash } of drops.slice(1)) {
          await scheduler.wait(wait);
          if (crash) await abortAllDurableObjects();
          let count = 0;
          for await (const event of sse(
            await resume(client, first.conversation, first.turn, after),
          )) {
            text = assembled([event], text);
            after = event.id;
            ends.push(...closings([event]));
            if (++count === read) break;
          }
        }
        const rest = await allEvents(await resume(client, first.conversation, first.turn, after));
        text = assembled(rest, text);
        ends.push(...closings(rest));
        const stored = (await client.messages(first.conversation)).at(-1);
        expect(text).toBe(stored?.content);
        expect(stored?.status).toBe("completed");
        expect(ends).toHaveLength(1);
      },
    ),
    { numRuns: 25 },
  );
});

test("an object that dies in mid-turn goes on from what it had, and says where the seam is", async () => {
  const client = new Client();
  const tag = newTag();
  const { seen, turn, conversation } = await begin(
    client,
    `stub:tokens=200,delay=10,tag=${tag}`,
    90,
  );
  await abortAllDurableObjects();
  const rest = await allEvents(await resume(client, conversation, turn, seen.at(-1)?.id));
  const [question, answer, ...more] = await client.messages(conversation);
  expect(question?.content).toBe("Go");
  expect(more).toEqual([]);
  expect(answer?.status).toBe("completed");
  expect(answer?.content).toBe(stubText(200));
  expect(assembled([...seen, ...rest])).toBe(answer?.content);
  const seam = answer?.notices.find(({ code }) => code === "recovered");
  expect(seam?.offset).toBeGreaterThan(0);
  expect(stubText(200).startsWith(assembled(seen.slice(0, 5)))).toBe(true);
  expect(closings([...seen, ...rest])).toHaveLength(1);
  // The epoch rose with the recovery.
  expect(rest.at(-1)?.id).toMatch(/:2\.\d+$/);
  expect((await journal(tag)).calls).toBe(2);
});

test("a model that begins anew after a restart replaces what was there", async () => {
  const client = new Client();
  const { seen, turn, conversation } = await begin(
    client,
    "stub:tokens=120,delay=10,restart=1",
    80,
  );
  await abortAllDurableObjects();
  const rest = await allEvents(await resume(client, conversation, turn, seen.at(-1)?.id));
  const answer = (await client.messages(conversation)).at(-1);
  expect(answer?.content).toBe(stubText(120));
  expect(assembled([...seen, ...rest])).toBe(stubText(120));
});

test("nobody needs to come back: the alarm finds a turn whose object died", async () => {
  const client = new Client();
  const { conversation } = await begin(client, "stub:tokens=100,delay=10", 60);
  await abortAllDurableObjects();
  expect(await runDurableObjectAlarm(stubOf(conversation))).toBe(true);
  await eventually(
    async () => (await client.messages(conversation)).at(-1)?.status === "completed",
  );
  expect((await client.messages(conversation)).at(-1)?.content).toBe(stubText(100));
});

test("a turn that keeps dying is closed as interrupted, with what arrived kept", async () => {
  const client = new Client();
  const { turn, conversation } = await begin(client, "stub:tokens=400,delay=10", 70);
  for (let crash = 0; crash < 4; crash++) {
    await abortAllDurableObjects();
    await client.messages(conversation); // wakes it
    await scheduler.wait(30);
  }
  const events = await allEvents(await resume(client, conversation, turn));
  expect(events.at(-1)).toMatchObject({
    event: "error",
    data: { error: { code: "TURN_INTERRUPTED" } },
  });
  const answer = (await client.messages(conversation)).at(-1);
  expect(answer).toMatchObject({ status: "partial", finish_reason: "error" });
  expect(answer?.content.length).toBeGreaterThan(0);
});

test("a queued message survives a crash and is answered after the one before it", async () => {
  const client = new Client();
  const { conversation } = await begin(client, "stub:tokens=60,delay=10", 5);
  const queued = await client.fetch("/api/v1/chat/stream", {
    json: {
      message: "Next",
      conversation_id: conversation,
      model: "stub:tokens=3",
      on_busy: "queue",
    },
  });
  const [first] = await Array.fromAsync(
    (async function* () {
      for await (const event of sse(queued)) {
        yield event;
        break;
      }
    })(),
  );
  expect(first?.event).toBe("queued");
  await abortAllDurableObjects();
  const turn = String(first?.data["turn_id"]);
  const events = await allEvents(await resume(client, conversation, turn));
  expect(course(events.map(({ event }) => event))).toEqual([
    "queued",
    "start",
    "token",
    "complete",
  ]);
  const messages = await client.messages(conversation);
  expect(messages.map(({ content }) => content)).toEqual(["Go", stubText(60), "Next", stubText(3)]);
});

test("D1 away for ten minutes of alarms: the turn is whole, and the outbox delivers once", async () => {
  const client = new Client();
  await client.chat({ message: "mint", model: "stub:tokens=1" });
  await env.DB.exec("ALTER TABLE conversations RENAME TO conversations_away");
  const answer = await (
    await client.chat({ message: "Hi", model: "stub:tokens=3" })
  ).json<Message>();
  const id = String(answer.conversation_id);
  expect(answer.content).toBe(stubText(3));
  const object = stubOf(id);
  let waits: unknown[] = [];
  for (let minute = 0; minute < 10; minute++) {
    expect(await ring(id)).toBe(true);
    waits = await runInDurableObject(object, (_, state) =>
      state.storage.sql.exec("SELECT task, at, attempts FROM due WHERE task <> 'idle'").toArray(),
    );
  }
  expect(waits).toEqual([expect.objectContaining({ task: "outbox" })]);
  await env.DB.exec("ALTER TABLE conversations_away RENAME TO conversations");
  expect(await ring(id)).toBe(true);
  const row = await env.DB.prepare("SELECT message_count, preview FROM conversations WHERE id = ?")
    .bind(id)
    .all();
  expect(row.results).toEqual([{ message_count: 2, preview: stubText(3) }]);
  const left = await runInDurableObject(object, (_, state) => ({
    outbox: state.storage.sql.exec("SELECT * FROM outbox").toArray(),
    due: state.storage.sql.exec("SELECT * FROM due WHERE task <> 'idle'").toArray(),
  }));
  expect(left).toEqual({ outbox: [], due: [] });
});

test("a late delivery changes nothing that is newer", async () => {
  const client = new Client();
  const id = await client.conversation();
  const old = await env.DB.prepare("SELECT version FROM conversations WHERE id = ?")
    .bind(id)
    .first<{ version: number }>();
  await client.json(`/api/v1/conversations/${id}`, { method: "PATCH", json: { title: "New" } });
  await runInDurableObject(stubOf(id), (_, state) => {
    state.storage.sql.exec(
      "INSERT INTO outbox SELECT 'conversation', ?1, json_object('id', id, 'tenant_id', tenant_id, 'user_id', user_id, 'title', 'Old', 'status', status, 'provider', null, 'model', null, 'message_count', 0, 'preview', '', 'created_at', created_at, 'updated_at', updated_at, 'deleted_at', null, 'version', ?1) FROM conversation",
      old?.version ?? 0,
    );
    state.storage.sql.exec("INSERT OR REPLACE INTO due VALUES ('outbox', 1, 0)");
    return state.storage.setAlarm(Date.now() + 1000);
  });
  expect(await ring(id)).toBe(true);
  const row = await env.DB.prepare("SELECT title FROM conversations WHERE id = ?").bind(id).first();
  expect(row).toEqual({ title: "New" });
});

test("the log of an old turn is pruned; its closing event is still told, with the whole message", async () => {
  const client = new Client();
  const { turn, conversation } = await begin(client, "stub:tokens=4", 99);
  for (let i = 0; i < 6; i++)
    await client.chat({ message: "More", conversation_id: conversation, model: "stub:tokens=1" });
  const events = await allEvents(await resume(client, conversation, turn));
  expect(events.map(({ event }) => event)).toEqual(["complete"]);
  expect((events[0]?.data["message"] as Message).content).toBe(stubText(4));
});
