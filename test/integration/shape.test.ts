// How people shape a conversation, one act at a time: answers beside answers, versions beside versions,
// and what everybody else sees of it. Random sequences of acts are branches.test.ts's.
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { ConversationDetail } from "../../src/protocol/conversation.ts";
import type { Message } from "../../src/protocol/message.ts";
import { Client, eventually, journal, newTag } from "./client.ts";

type ErrorAnswer = { error: { code: string; details: Record<string, unknown> } };

async function talk() {
  const client = new Client();
  const tag = newTag();
  const { id } = await client.json<{ id: string }>("/api/v1/conversations", { json: {} });
  const path = `/api/v1/conversations/${id}`;
  const model = (tokens: number) => `stub:tokens=${tokens},tag=${tag}`;
  return {
    client,
    id,
    path,
    model,
    say: async (message: string, tokens = 1) =>
      (await client.chat({ message, conversation_id: id, model: model(tokens) })).json<Message>(),
    shown: () => client.messages(id),
    contents: async () => (await client.messages(id)).map(({ content }) => content),
    detail: () => client.json<ConversationDetail>(path),
    act: (message: Message | undefined, what: string, json: object = {}) =>
      client.fetch(`${path}/messages/${message?.id}/${what}`, { json }),
    sent: async () =>
      ((await journal(tag)).last as { messages: { content: string }[] }).messages.map(
        ({ content }) => content,
      ),
  };
}

test("an answer is written again beside the first, and either can be shown", async () => {
  const it = await talk();
  const first = await it.say("Question", 1);
  const again = await (await it.act(first, "regenerate", { model: it.model(2) })).json<Message>();
  expect(again.content).toBe("word0 word1");
  const [question, shown] = await it.shown();
  expect(shown).toMatchObject({ id: again.id, parent_id: question?.id });
  expect(shown?.sibling_ids).toEqual([first.id, again.id]);
  const back = await (await it.act(first, "activate")).json<ConversationDetail>();
  expect(back.leaf_id).toBe(first.id);
  expect(await it.contents()).toEqual(["Question", "word0"]);
  // By its question, too; and the conversation goes on from what is shown.
  await it.act(question, "regenerate", { model: it.model(3) });
  await it.say("Next");
  expect(await it.sent()).toEqual(["Question", "word0 word1 word2", "Next"]);
  expect((await it.detail()).message_count).toBe(6);
});

test("a question that is edited branches there; what followed is kept, and comes back", async () => {
  const it = await talk();
  await it.say("One");
  await it.say("Two");
  const [one, , two] = await it.shown();
  const edited = await it.act(one, "edit", { message: "Uno", model: it.model(2) });
  expect((await edited.json<Message>()).content).toBe("word0 word1");
  expect(await it.contents()).toEqual(["Uno", "word0 word1"]);
  expect(await it.sent()).toEqual(["Uno"]);
  await it.act(two, "activate");
  expect(await it.contents()).toEqual(["One", "word0", "Two", "word0"]);
  // Switching away and back leads to where one was.
  const [, , , answer] = await it.shown();
  await it.act(answer, "regenerate", { model: it.model(4) });
  const uno = (await it.shown())[0]?.sibling_ids[1];
  await it.client.fetch(`${it.path}/messages/${uno}/activate`, { method: "POST" });
  expect((await it.contents())[0]).toBe("Uno");
  await it.act(one, "activate");
  expect((await it.contents()).at(-1)).toBe("word0 word1 word2 word3");
});

test("an answer that is edited stands beside the model's, and no model is asked", async () => {
  const it = await talk();
  const answer = await it.say("Question");
  const written = await (await it.act(answer, "edit", { message: "By hand" })).json<Message>();
  expect(written).toMatchObject({
    role: "assistant",
    content: "By hand",
    metadata: { edited: true, edited_from: answer.id },
    sibling_ids: [answer.id, written.id],
  });
  await it.say("And?");
  expect(await it.sent()).toEqual(["Question", "By hand", "And?"]);
});

test("a deleted message keeps its place with nothing in it, and no model hears of it", async () => {
  const it = await talk();
  await it.say("A secret: Rosebud");
  await it.say("Next");
  const [secret] = await it.shown();
  await eventually(async () => (await found(it.client, "Rosebud")) === 2); // and in the title
  const gone = await it.client.fetch(`${it.path}/messages/${secret?.id}`, { method: "DELETE" });
  expect(gone.status).toBe(204);
  expect((await it.shown())[0]).toMatchObject({ status: "deleted", content: "", parts: [] });
  await it.say("What did I say?");
  expect(JSON.stringify(await it.sent())).not.toContain("Rosebud");
  await eventually(async () => (await found(it.client, "Rosebud")) === 0);
  expect(
    (await it.client.fetch(`${it.path}/messages/${secret?.id}`, { method: "DELETE" })).status,
  ).toBe(404);
  const again = await it.act(secret, "regenerate");
  expect(again.status).toBe(400);
});

test("feedback is kept, changed, taken back, and told to D1", async () => {
  const it = await talk();
  const answer = await it.say("Question");
  const rows = async () =>
    (
      await env.DB.prepare(
        "SELECT rating, comment FROM feedback WHERE message_id = ? AND rating IS NOT NULL",
      )
        .bind(answer.id)
        .all()
    ).results;
  const rated = await (
    await it.act(answer, "feedback", { rating: "up", comment: "Thanks" })
  ).json<Message>();
  expect(rated.feedback).toEqual({ rating: "up", comment: "Thanks" });
  expect(await rows()).toEqual([{ rating: "up", comment: "Thanks" }]);
  await it.act(answer, "feedback", { rating: "down" });
  expect(await rows()).toEqual([{ rating: "down", comment: null }]);
  expect((await it.shown())[1]?.feedback).toEqual({ rating: "down", comment: null });
  await it.act(answer, "feedback", { rating: null });
  expect(await rows()).toEqual([]);
  const [question] = await it.shown();
  expect((await it.act(question, "feedback", { rating: "up" })).status).toBe(400);
  const bad = await it.act(answer, "feedback", { rating: "sideways" });
  expect((await bad.json<ErrorAnswer>()).error.details["field"]).toBe("rating");
});

test("while an answer is written it is busy: an edit waits, interrupts, or is refused", async () => {
  const it = await talk();
  await it.say("One");
  const [one] = await it.shown();
  const running = it.client.chat({
    message: "Two",
    conversation_id: it.id,
    model: `stub:tokens=200,delay=10`,
  });
  const turn = await eventually(async () => (await it.detail()).running_turn_id);
  const refused = await it.act(one, "edit", { message: "Uno", model: it.model(1) });
  expect(refused.status).toBe(409);
  expect((await refused.json<ErrorAnswer>()).error.details["turn_id"]).toBe(turn);
  const edited = await it.act(one, "edit", {
    message: "Uno",
    model: it.model(1),
    on_busy: "interrupt",
  });
  expect((await edited.json<Message>()).content).toBe("word0");
  await running;
  expect(await it.contents()).toEqual(["Uno", "word0"]);
  await it.act(one, "activate");
  const kept = await it.shown();
  expect(kept.map(({ content }) => content).slice(0, 3)).toEqual(["One", "word0", "Two"]);
  expect(kept[3]?.status).toBe("partial");
});

test("a branch that is switched in another tab while an answer is written changes nothing for it", async () => {
  const it = await talk();
  const first = await it.say("One");
  const again = await (await it.act(first, "regenerate", { model: it.model(2) })).json<Message>();
  const socket = await it.client.socket(it.id);
  const running = it.client.chat({
    message: "On the second branch",
    conversation_id: it.id,
    model: "stub:tokens=40,delay=5",
  });
  await eventually(async () => (await it.detail()).running_turn_id);
  await it.act(first, "activate");
  const frame = await socket.until(
    ({ type, conversation }) =>
      type === "conversation.updated" &&
      (conversation as ConversationDetail | undefined)?.leaf_id === first.id,
  );
  expect(frame["conversation"]).toMatchObject({ id: it.id });
  expect(await it.contents()).toEqual(["One", "word0"]);
  // The answer that is still being written has no row, and can be shown again all the same.
  const coming = frameOfStart(socket);
  await it.client.fetch(`${it.path}/messages/${coming}/activate`, { method: "POST" });
  expect((await it.shown()).at(-1)).toMatchObject({ id: coming, status: "running" });
  await it.act(first, "activate");
  const answer = await (await running).json<Message>();
  expect(answer.status).toBe("completed");
  expect(await it.contents()).toEqual(["One", "word0"]);
  await it.act(again, "activate");
  expect((await it.contents()).slice(0, 3)).toEqual(["One", "word0 word1", "On the second branch"]);
  expect((await it.shown()).at(-1)?.id).toBe(answer.id);
});

test("two who write at once: both are kept, and the later is told", async () => {
  const it = await talk();
  const seen = await it.say("One");
  await it.say("From the first tab");
  const later = await it.client.chat({
    message: "From the second",
    conversation_id: it.id,
    parent_id: seen.id,
    expected_leaf_id: seen.id,
    model: it.model(1),
  });
  const answer = await later.json<Message>();
  expect(answer.notices.map(({ code }) => code)).toContain("changed_elsewhere");
  const shown = await it.shown();
  expect(shown[2]?.content).toBe("From the second");
  expect(shown[2]?.sibling_ids).toHaveLength(2);
});

test("two edits of one message at once: neither text is lost", async () => {
  const it = await talk();
  await it.say("One");
  const [one] = await it.shown();
  const edits = await Promise.all(
    ["Uno", "Eins"].map((message) =>
      it.act(one, "edit", { message, model: it.model(1), on_busy: "queue" }),
    ),
  );
  expect(edits.map(({ status }) => status)).toEqual([200, 200]);
  const [shown] = await it.shown();
  expect(shown?.sibling_ids).toHaveLength(3);
  const texts = new Set<string>();
  for (const id of shown?.sibling_ids ?? []) {
    await it.client.fetch(`${it.path}/messages/${id}/activate`, { method: "POST" });
    texts.add((await it.contents())[0] ?? "");
  }
  expect([...texts].sort()).toEqual(["Eins", "One", "Uno"]);
});

test.each([
  ["parent_id of another conversation", { parent_id: "msg_nothing" }, 404],
  ["expected_leaf_id that is none", { expected_leaf_id: "x" }, 404],
])("%s is refused by name", async (_, json, status) => {
  const it = await talk();
  const refused = await it.client.chat({ message: "Hi", conversation_id: it.id, ...json });
  expect(refused.status).toBe(status);
  expect((await refused.json<ErrorAnswer>()).error.details["field"]).toBe(Object.keys(json)[0]);
});

test("a key makes one edit, however often it is sent", async () => {
  const it = await talk();
  await it.say("One");
  const [one] = await it.shown();
  const send = () =>
    it.client.fetch(`${it.path}/messages/${one?.id}/edit`, {
      json: { message: "Uno", model: it.model(1) },
      headers: { "Idempotency-Key": "edit-1" },
    });
  const [first, second] = [
    await (await send()).json<Message>(),
    await (await send()).json<Message>(),
  ];
  expect(second.id).toBe(first.id);
  expect((await it.shown())[0]?.sibling_ids).toHaveLength(2);
});

function frameOfStart(socket: { frames: { type: string; message_id?: unknown }[] }): string {
  return String(socket.frames.find(({ type }) => type === "turn.started")?.message_id);
}

async function found(client: Client, q: string): Promise<number> {
  const { results } = await client.json<{ results: unknown[] }>(`/api/v1/search?q=${q}`);
  return results.length;
}
