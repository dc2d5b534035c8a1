// What a conversation remembers: what a model is sent of it, what is condensed in the background, and
// what happens where that fails.
import { abortAllDurableObjects, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { ConversationDetail, Remembered } from "../../src/protocol/conversation.ts";
import type { MemoryChoice } from "../../src/protocol/memory.ts";
import type { Message } from "../../src/protocol/message.ts";
import { allEvents, Client, eventually, journal, newTag, ring, stubOf } from "./client.ts";

type Sent = { role: string; content: string }[];

/** A conversation that remembers so; its turns are cheap. */
async function remembering(
  memory: MemoryChoice | ({ strategy: string } & Omit<MemoryChoice, "strategy">),
) {
  const client = new Client();
  const tag = newTag();
  const { id } = await client.json<{ id: string }>("/api/v1/conversations", { json: { memory } });
  const say = async (message: string, tokens = 3): Promise<Message> => {
    const answer = await client.chat({
      message,
      conversation_id: id,
      model: `stub:tokens=${tokens},tag=${tag}`,
    });
    expect(answer.status, await answer.clone().text()).toBe(200);
    return answer.json<Message>();
  };
  return {
    client,
    id,
    path: `/api/v1/conversations/${id}`,
    say,
    /** What the model was sent last. */
    sent: async () => ((await journal(tag)).last as { messages: Sent }).messages,
    memory: () => client.json<Remembered>(`/api/v1/conversations/${id}/memory`),
    codes: (message: Message) => message.notices.map(({ code }) => code),
  };
}

/** About sixty tokens, and recognisable. */
const about = (subject: string) =>
  `${subject}: ${"the water comes in and goes out again twice a day, as it has always done. ".repeat(3)}`;

test("old turns are folded into a summary, in the background, and stand in for their messages", async () => {
  const talk = await remembering({ strategy: "summary", history_tokens: 280 });
  for (let i = 0; i < 8; i++) await talk.say(about(`Part ${i}`));
  const { summary, topics } = await eventually(async () => {
    const memory = await talk.memory();
    return memory.summary === null ? null : memory;
  });
  expect(summary).toContain("Part 0");
  expect(topics).toEqual(["tides", "the moon"]);
  const answer = await talk.say("And now?");
  const sent = await talk.sent();
  expect(sent[0]?.role).toBe("system");
  expect(sent[0]?.content).toContain("Part 0");
  expect(sent.slice(1).some(({ content }) => content.startsWith("Part 0"))).toBe(false);
  expect(sent.some(({ content }) => content.startsWith("Part 7"))).toBe(true);
  expect(talk.codes(answer)).toContain("history_condensed");
  const detail = await talk.client.json<ConversationDetail>(talk.path);
  expect(detail.topics).toEqual(["tides", "the moon"]);
});

test("each turn is folded once: a summary is asked for when there is something to fold, not before", async () => {
  const talk = await remembering({ strategy: "summary", history_tokens: 4000 });
  for (let i = 0; i < 4; i++) await talk.say(about(`Part ${i}`));
  await scheduler.wait(200);
  expect((await talk.memory()).summary).toBeNull();
  await eventually(async () => (await usageOf(talk.id)).length >= 4);
  expect(await usageOf(talk.id)).toEqual(["chat", "chat", "chat", "chat"]);
});

test("what a summary cost is written down beside the turn, and counts as no turn of its own", async () => {
  const talk = await remembering({ strategy: "hybrid", history_tokens: 250 });
  for (let i = 0; i < 8; i++) await talk.say(about(`Anna ${i}`));
  await eventually(async () => (await talk.memory()).summary);
  const purposes = await eventually(async () => {
    const rows = await usageOf(talk.id);
    const chats = rows.filter((it) => it === "chat");
    return chats.length >= 8 && rows.includes("summary") && rows.includes("entities") && rows;
  });
  expect(purposes.filter((it) => it === "chat")).toHaveLength(8);
});

test("who and what was named is kept with its attributes, and told to the model", async () => {
  const talk = await remembering({ strategy: "hybrid", history_tokens: 250 });
  for (let i = 0; i < 8; i++) await talk.say(about(`Wilhelmina number ${i}`));
  const { entities } = await eventually(async () => {
    const memory = await talk.memory();
    return memory.entities.length > 0 ? memory : null;
  });
  const found = entities.find(({ name }) => name === "Wilhelmina");
  expect(found).toMatchObject({ type: "person", attributes: { seen: "yes" } });
  expect(found?.mentions.length).toBeGreaterThan(0);
  await talk.say("What of Wilhelmina?");
  expect((await talk.sent())[0]?.content).toContain("- Wilhelmina (person): seen: yes");
});

test.each(["fault=500", "fault=hang", "say=", "fault=nofinish"])(
  "a summary model with %s stops no turn: the window goes on, and a notice says so",
  async (fault) => {
    const talk = await remembering({ strategy: "summary", history_tokens: 150 });
    let answer = await talk.say(about(`[[${fault}]] Part`));
    for (let i = 1; i < 8; i++) answer = await talk.say(about(`Part ${i}`));
    expect(answer.status).toBe("completed");
    expect(talk.codes(answer)).toContain("history_truncated");
    await eventually(async () => {
      const later = await talk.say(about("More"));
      return talk.codes(later).includes("summary_failed");
    }, 15_000);
    expect((await talk.memory()).summary).toBeNull();
  },
  30_000,
);

test("a summary that failed is not asked for again before its time, however much is said meanwhile", async () => {
  const talk = await remembering({ strategy: "summary", history_tokens: 150 });
  const tag = newTag(); // of the summaries: the stub finds it in what is condensed
  await talk.say(about(`[[say=]] [[tag=${tag}]] Part`));
  const asked = async () => (await journal(tag)).calls;
  for (let i = 1; i < 6; i++) await talk.say(about(`Part ${i}`));
  const calls = await eventually(asked);
  for (let i = 6; i < 10; i++) await talk.say(about(`Part ${i}`));
  await scheduler.wait(1500); // and the object wakes to tell D1
  expect(await asked()).toBe(calls);
  await ring(talk.id);
  await eventually(async () => (await asked()) > calls);
}, 30_000);

test("what is erased while a title is looked for does not live on in it", async () => {
  const talk = await remembering({ title: true });
  await talk.say("[[delay=40]] [[say=A word of Rosebud is what this is about]] Rosebud");
  const [question] = await talk.client.messages(talk.id);
  await talk.client.fetch(`${talk.path}/messages/${question?.id}`, { method: "DELETE" });
  await scheduler.wait(1500); // longer than the model takes
  expect((await talk.client.json<ConversationDetail>(talk.path)).title ?? "").not.toContain(
    "Rosebud",
  );
});

test("a summary that is under way makes no turn wait", async () => {
  const talk = await remembering({ strategy: "summary", history_tokens: 150 });
  await talk.say(about("[[delay=1]] [[fault=hang]] Part"));
  for (let i = 1; i < 6; i++) await talk.say(about(`Part ${i}`));
  // The summary hangs until it times out after two seconds; these are answered meanwhile.
  const busy = await talk.memory();
  expect(busy.summary).toBeNull();
  expect((await talk.say("Still there?")).status).toBe("completed");
});

test("a crash between summary and commit loses nothing: it is made again", async () => {
  const talk = await remembering({ strategy: "summary", history_tokens: 150 });
  for (let i = 0; i < 7; i++) await talk.say(about(`Part ${i}`));
  await abortAllDurableObjects();
  await eventually(async () => {
    await ring(talk.id);
    return (await talk.memory()).summary;
  });
  expect((await talk.client.messages(talk.id)).length).toBe(14);
});

test("a branch never hears of another: what was condensed there is not told here", async () => {
  const talk = await remembering({ strategy: "summary", history_tokens: 250 });
  for (let i = 0; i < 8; i++) await talk.say(about(`Secret ${i}`));
  await eventually(async () => (await talk.memory()).summary);
  const [first] = await talk.client.messages(talk.id);
  const edited = await talk.client.fetch(`${talk.path}/messages/${first?.id}/edit`, {
    json: { message: "Something else entirely", model: "stub:tokens=2" },
  });
  expect(edited.status).toBe(200);
  expect((await talk.memory()).summary).toBeNull();
  await talk.say("Go on");
  expect(JSON.stringify(await talk.sent())).not.toContain("Secret");
});

test("a message that is deleted is forgotten by the summary, too", async () => {
  const talk = await remembering({ strategy: "summary", history_tokens: 250 });
  for (let i = 0; i < 8; i++) await talk.say(about(`Subject ${i}`));
  await eventually(async () => (await talk.memory()).summary);
  const [first] = await talk.client.messages(talk.id);
  await talk.client.fetch(`${talk.path}/messages/${first?.id}`, { method: "DELETE" });
  expect((await talk.memory()).summary).toBeNull();
  await talk.say(about("Another"));
  const made = await eventually(async () => (await talk.memory()).summary);
  expect(made).not.toContain("Subject 0");
});

test("a buffer is the last messages alone, as many as are asked for", async () => {
  const talk = await remembering({ strategy: "buffer", messages: 2 });
  for (let i = 0; i < 4; i++) await talk.say(`Say ${i}`);
  const answer = await talk.say("Last");
  expect((await talk.sent()).map(({ content }) => content)).toEqual([
    "Say 3",
    "word0 word1 word2",
    "Last",
  ]);
  expect(talk.codes(answer)).not.toContain("history_condensed");
});

test("compression by importance keeps what says something, and the newest", async () => {
  const talk = await remembering({
    strategy: "buffer",
    compression: "importance",
    history_tokens: 150,
  });
  await talk.say("My sister's name is Agnieszka and she lives in Gdynia.");
  for (let i = 0; i < 12; i++) await talk.say(about("The same"));
  const answer = await talk.say("Where does she live?");
  const sent = JSON.stringify(await talk.sent());
  expect(sent).toContain("Agnieszka");
  expect(talk.codes(answer)).toContain("history_truncated");
});

test("the last message is always sent, however little fits beside it", async () => {
  const talk = await remembering({ strategy: "buffer", history_tokens: 0 });
  await talk.say("Before");
  await talk.say(about("All that there is"));
  const sent = await talk.sent();
  expect(sent).toHaveLength(1);
  expect(sent[0]?.content).toContain("All that there is");
});

test("a title is found by a model after the first answer, and never takes the place of one by hand", async () => {
  const talk = await remembering({ title: true });
  await talk.say("How do tides work?");
  const titled = await eventually(async () => {
    const { title } = await talk.client.json<ConversationDetail>(talk.path);
    return title === "About How do tides work?" ? title : null;
  });
  expect(titled).toBe("About How do tides work?");
  const other = await remembering({ title: true });
  await other.client.json(other.path, { method: "PATCH", json: { title: "Mine" } });
  await other.say("How do tides work?");
  await scheduler.wait(300);
  expect((await other.client.json<ConversationDetail>(other.path)).title).toBe("Mine");
});

test.each(["fault=500", "say=", "say=\u202e"])(
  "a title model with %s leaves the first line as the title",
  async (fault) => {
    const talk = await remembering({ title: true });
    await talk.say(`Tides [[${fault}]]`);
    await scheduler.wait(200);
    const { title } = await talk.client.json<ConversationDetail>(talk.path);
    expect(title).toContain("Tides");
  },
);

test("pronouns are resolved where there is something to resolve, and only where that is on", async () => {
  const talk = await remembering({ references: true });
  await talk.say("Tell me of Lake Constance.");
  const answer = await talk.say("How deep is it?");
  expect(answer.metadata["read_as"]).toBe("How deep is Lake Constance?");
  expect((await talk.sent()).at(-1)?.content).toContain("(That is: How deep is Lake Constance?)");
  const plain = await talk.say("What is the capital of France?");
  expect(plain.metadata["read_as"]).toBeUndefined();
  const off = await remembering({});
  await off.say("Tell me of Lake Constance.");
  expect((await off.say("How deep is it?")).metadata["read_as"]).toBeUndefined();
  await eventually(async () => (await usageOf(off.id)).length === 2);
  expect(await usageOf(off.id)).toEqual(["chat", "chat"]);
});

test("intent is told with the answer where it is on, and a failing model costs only that", async () => {
  const talk = await remembering({ intent: true });
  expect((await talk.say("And then?")).metadata["intent"]).toBe("follow_up");
  const failed = await talk.say("[[fault=500]] And then?");
  expect(failed.status).toBe("completed");
  expect(failed.metadata["intent"]).toBeUndefined();
});

test("an ambiguous message is answered by a question where that is allowed", async () => {
  const talk = await remembering({ clarify: true });
  const answer = await talk.say("[[say=Which of the two do you mean?]] Delete it");
  expect(answer.content).toBe("Which of the two do you mean?");
  expect(talk.codes(answer)).toContain("clarifying_question");
  expect((await talk.say("[[say=CLEAR]] The first")).content).toBe("word0 word1 word2");
});

test("what is asked to be remembered is known in other conversations, and to nobody else", async () => {
  const talk = await remembering({});
  const answer = await talk.say("Please remember that my dog is called Ferdinand.");
  expect(talk.codes(answer)).toContain("memory_saved");
  const tag = newTag();
  const other = await talk.client.chat({
    message: "What is my dog called?",
    model: `stub:tokens=1,tag=${tag}`,
  });
  expect((await other.json<Message>()).notices.map(({ code }) => code)).toContain("memories_used");
  expect(JSON.stringify((await journal(tag)).last)).toContain("Ferdinand");
  const stranger = newTag();
  await new Client().chat({
    message: "What is my dog called?",
    model: `stub:tokens=1,tag=${stranger}`,
  });
  expect(JSON.stringify((await journal(stranger)).last)).not.toContain("Ferdinand");
  const off = await remembering({ facts: false });
  off.client.token = talk.client.token;
});

test("a conversation that does not want memories neither recalls nor keeps any", async () => {
  const client = new Client();
  await client.json("/api/v1/memories", { json: { text: "My dog is called Ferdinand" } });
  const tag = newTag();
  const { id } = await client.json<{ id: string }>("/api/v1/conversations", {
    json: { memory: { facts: false } },
  });
  await client.chat({
    message: "Remember that my cat is called Ottilie.",
    conversation_id: id,
    model: `stub:tokens=1,tag=${tag}`,
  });
  expect(JSON.stringify((await journal(tag)).last)).not.toContain("Ferdinand");
  const { memories } = await client.json<{ memories: { text: string }[] }>("/api/v1/memories");
  expect(memories.map(({ text }) => text)).toEqual(["My dog is called Ferdinand"]);
});

test("a prompt by name, a tone and a context reach the model; what is unknown is refused by name", async () => {
  const client = new Client();
  await client.json("/api/v1/prompts", {
    json: {
      name: "pirate",
      body: {
        identity: { name: "Bones", description: "a pirate of {{sea}}" },
        examples: [{ user: "Hello", assistant: "Ahoy" }],
        variables: { sea: {} },
      },
    },
  });
  const tag = newTag();
  const model = `stub:tokens=1,tag=${tag}`;
  const prompt = { name: "pirate", variables: { sea: "the Baltic" } };
  const answer = await client.chat({
    message: "Hi",
    model,
    prompt,
    tone: "casual",
    context: { city: "Kiel" },
  });
  expect(answer.status, await answer.clone().text()).toBe(200);
  const { messages } = (await journal(tag)).last as { messages: Sent };
  expect(messages[0]?.content).toContain("You are Bones, a pirate of the Baltic");
  expect(messages[0]?.content).toContain("Kiel");
  expect(messages.slice(1).map(({ content }) => content)).toEqual(["Hello", "Ahoy", "Hi"]);
  const missing = await client.chat({ message: "Hi", model, prompt: "pirate" });
  expect(missing.status).toBe(400);
  expect((await missing.json<{ error: { details: object } }>()).error.details).toMatchObject({
    field: "prompt.variables.sea",
  });
  const { id } = await client.json<{ id: string }>("/api/v1/conversations", { json: { prompt } });
  await client.chat({ message: "Hi", model, conversation_id: id });
  expect(JSON.stringify((await journal(tag)).last)).toContain("the Baltic");
  const socket = await client.socket(id);
  socket.say({ type: "send", message: "Over here", model, prompt: "nobody" });
  expect((await socket.until(({ type }) => type === "error")).error?.code).toBe("NOT_FOUND");
});

test("what the provider counts teaches the estimate", async () => {
  const talk = await remembering({});
  for (let i = 0; i < 3; i++) await talk.say(about(`Part ${i}`));
  const { token_ratio } = await runInDurableObject(stubOf(talk.id), (_, state) =>
    state.storage.sql.exec<{ token_ratio: number }>("SELECT token_ratio FROM conversation").one(),
  );
  expect(token_ratio).not.toBe(1);
  const detail = await talk.client.json<ConversationDetail>(talk.path);
  const answers = (await talk.client.messages(talk.id)).filter(({ role }) => role === "assistant");
  const sum = (part: "prompt" | "completion") =>
    answers.reduce((total, { tokens_used }) => total + (tokens_used?.[part] ?? 0), 0);
  expect([detail.total_input_tokens, detail.total_output_tokens]).toEqual([
    sum("prompt"),
    sum("completion"),
  ]);
});

test("deleting a conversation while it is condensed leaves nothing behind", async () => {
  const talk = await remembering({ strategy: "summary", history_tokens: 300 });
  await talk.say(about("[[delay=300]] Part"));
  for (let i = 1; i < 5; i++) await talk.say(about(`Part ${i}`));
  await talk.client.fetch(talk.path, { method: "DELETE" });
  await scheduler.wait(600);
  const tables = await runInDurableObject(stubOf(talk.id), (_, state) =>
    state.storage.sql
      .exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'")
      .toArray(),
  );
  expect(tables).toEqual([]);
});

test("a stream tells of what was left out before its first token", async () => {
  const talk = await remembering({ strategy: "buffer", history_tokens: 100 });
  for (let i = 0; i < 3; i++) await talk.say(about(`Part ${i}`));
  const events = await allEvents(
    await talk.client.fetch("/api/v1/chat/stream", {
      json: { message: "Go on", conversation_id: talk.id, model: "stub:tokens=2" },
    }),
  );
  const names = events.map(({ event }) => event);
  expect(names.indexOf("notice")).toBeLessThan(names.indexOf("token"));
});

async function usageOf(conversation: string): Promise<string[]> {
  const { results } = await env.DB.prepare(
    "SELECT purpose FROM usage_events WHERE conversation_id = ? ORDER BY at",
  )
    .bind(conversation)
    .all<{ purpose: string }>();
  return results.map(({ purpose }) => purpose);
}
