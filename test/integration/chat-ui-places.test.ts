// Where what a page sends goes, by what it has before: to a conversation that does not have it, that went on
// elsewhere, or that is being answered.
import { DefaultChatTransport } from "ai";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { Client, eventually, journal, newTag } from "./client.ts";
import { API, Chat, chatOf, type Shown, textsOf } from "./ui-chat.ts";

const said = (role: "user" | "assistant", text: string, id = newTag()): Shown => ({
  id,
  role,
  parts: [{ type: "text", text }],
});
const ADA = () => [said("user", "My name is Ada."), said("assistant", "Hello Ada.")];

/** What the model was sent last, but for its instructions. */
async function sentTo(tag: string): Promise<[string, unknown][]> {
  const { messages } = (await journal(tag)).last as {
    messages: { role: string; content: unknown }[];
  };
  return messages
    .filter(({ role }) => role !== "system")
    .map(({ role, content }) => [role, content]);
}

const idOf = ({ messages }: Chat) =>
  messages.findLast(({ metadata }) => metadata?.conversationId !== undefined)?.metadata
    ?.conversationId ?? "";
const contentsOf = async (client: Client, id: string) =>
  (await client.messages(id)).map(({ content }) => content);
const noticesOf = async (client: Client, id: string) =>
  (await client.messages(id)).flatMap(({ notices }) => notices.map(({ code }) => code));

test("a new chat begins with the messages that its page has, and asks the model with them", async () => {
  const client = new Client();
  const tag = newTag();
  const { chat } = chatOf(client, { model: `stub:say=Ada,tag=${tag}` }, { messages: ADA() });
  await chat.sendMessage({ text: "What is my name?" });
  expect(chat.error).toBeUndefined();
  const whole = ["My name is Ada.", "Hello Ada.", "What is my name?", "Ada"];
  expect(await contentsOf(client, idOf(chat))).toEqual(whole);
  expect((await sentTo(tag)).map(([, content]) => content)).toEqual(whole.slice(0, 3));
  await chat.sendMessage({ text: "Sure?" });
  expect(await contentsOf(client, idOf(chat))).toEqual([...whole, "Sure?", "Ada"]);
  expect(await noticesOf(client, idOf(chat))).toEqual([]);
  // The same page of somebody else: nothing of it is known there.
  const other = new Client();
  const theirs = chatOf(
    other,
    { model: `stub:say=So,tag=${tag}` },
    { id: chat.id, messages: structuredClone(chat.messages) },
  );
  await theirs.chat.sendMessage({ text: "And mine?" });
  expect((await sentTo(tag)).map(([, content]) => content)).toEqual([
    ...whole,
    "Sure?",
    "Ada",
    "And mine?",
  ]);
  expect(idOf(theirs.chat)).not.toBe(idOf(chat));
});

test("what a chat began with has its place: it is edited, and answered again, there", async () => {
  const client = new Client();
  const { chat } = chatOf(client, { model: "stub:say=Ok" }, { messages: ADA() });
  await chat.sendMessage({ text: "First" });
  const before = await client.messages(idOf(chat));
  await chat.sendMessage({ text: "Edited", messageId: chat.messages[2]?.id ?? "" });
  const shown = await client.messages(idOf(chat));
  expect(shown.map(({ content }) => content)).toEqual([
    "My name is Ada.",
    "Hello Ada.",
    "Edited",
    "Ok",
  ]);
  expect(shown[2]?.sibling_ids).toEqual([before[2]?.id, shown[2]?.id]);
  await chat.regenerate();
  const again = await client.messages(idOf(chat));
  expect(again[2]?.id).toBe(shown[2]?.id);
  expect(again[3]?.sibling_ids).toHaveLength(2);
});

test("a beginning whose message is refused is not kept", async () => {
  const client = new Client();
  const body: Record<string, string> = { provider: "nobody", model: "stub:say=Ada" };
  const { chat } = chatOf(client, body, { messages: ADA() });
  await chat.sendMessage({ text: "What is my name?" });
  expect(chat.status).toBe("error");
  const path = "/api/v1/conversations";
  const { pagination } = await client.json<{ pagination: { total: number } }>(path);
  expect(pagination.total).toBe(0);
  delete body["provider"];
  await chat.regenerate();
  expect(await contentsOf(client, idOf(chat))).toEqual([
    "My name is Ada.",
    "Hello Ada.",
    "What is my name?",
    "Ada",
  ]);
});

test("a chat that was deleted and goes on is a conversation of its own, which is found as any other", async () => {
  const client = new Client();
  const body = { model: "stub:say=One" };
  const { chat } = chatOf(client, body);
  const listed = async () => {
    const { conversations } = await client.json<{ conversations: { id: string }[] }>(
      "/api/v1/conversations",
    );
    return conversations.map(({ id }) => id);
  };
  await chat.sendMessage({ text: "First" });
  const before = [idOf(chat)];
  const whole = ["First", "One"];
  for (const text of ["Second", "Third"]) {
    const id = idOf(chat);
    await client.fetch(`/api/v1/conversations/${id}`, { method: "DELETE" });
    await chat.sendMessage({ text });
    expect(chat.error).toBeUndefined();
    whole.push(text, "One");
    expect(before).not.toContain(idOf(chat));
    before.push(idOf(chat));
    expect(textsOf(chat).map(([, shown]) => shown)).toEqual(whole);
    expect(await contentsOf(client, idOf(chat))).toEqual(whole);
    await eventually(async () => (await listed()).includes(idOf(chat)));
  }
  expect(await listed()).toEqual([idOf(chat)]);
  await chat.regenerate();
  expect(await contentsOf(client, idOf(chat))).toEqual(whole);
  const turns = "SELECT count(DISTINCT turn_id) AS n FROM usage_events WHERE conversation_id = ?";
  for (const id of before)
    await eventually(
      async () => Number(await env.DB.prepare(turns).bind(id).first<number>("n")) > 0,
    );
});

test("regenerate answers the question that the page shows, whatever was asked elsewhere meanwhile", async () => {
  const client = new Client();
  const tag = newTag();
  const body = { model: `stub:say=Paris,tag=${tag}` };
  const one = chatOf(client, body);
  await one.chat.sendMessage({ text: "Capital of France?" });
  const { messages } = await client.json<{ messages: Shown[] }>(`${API}/${one.chat.id}/messages`);
  const two = chatOf(client, { model: "stub:say=Berlin" }, { id: one.chat.id, messages });
  await two.chat.sendMessage({ text: "Capital of Germany?" });
  await one.chat.regenerate();
  expect(await sentTo(tag)).toEqual([["user", "Capital of France?"]]);
  const [question, answer] = await client.messages(idOf(one.chat));
  expect([question?.content, answer?.content]).toEqual(["Capital of France?", "Paris"]);
  expect(answer?.sibling_ids).toHaveLength(2);
  // Nor another version of it, which is shown now.
  await two.chat.sendMessage({ text: "Capital of Spain?", messageId: messages[0]?.id ?? "" });
  await one.chat.regenerate();
  expect(await sentTo(tag)).toEqual([["user", "Capital of France?"]]);
  const [shown, last] = await client.messages(idOf(one.chat));
  expect(shown?.id).toBe(question?.id);
  expect(last?.sibling_ids).toHaveLength(3);
});

test("the last message alone, regenerated: what came is answered again, what never came is asked", async () => {
  const client = new Client();
  const body: Record<string, unknown> = { model: "stub:say=Hi" };
  const transport = new DefaultChatTransport<Shown>({
    api: API,
    fetch: (path, init) => client.fetch(path as string, init),
    prepareSendMessagesRequest: ({ id, messages, trigger, messageId }) => ({
      body: { id, message: messages.at(-1), trigger, messageId, ...body },
    }),
  });
  const chat = new Chat({ transport });
  await chat.sendMessage({ text: "First" });
  body["provider"] = "nobody";
  await chat.sendMessage({ text: "Second" });
  expect(chat.status).toBe("error");
  delete body["provider"];
  await chat.regenerate();
  await chat.regenerate();
  expect(await contentsOf(client, idOf(chat))).toEqual(["First", "Hi", "Second", "Hi"]);
  const [, first, , second] = await client.messages(idOf(chat));
  expect([first?.sibling_ids, second?.sibling_ids.length]).toEqual([[], 2]);
});

test("a message with tools is answered again as a whole, with its id and without", async () => {
  for (const alone of [false, true])
    for (const named of [false, true]) {
      const client = new Client();
      const tag = newTag();
      const body = { model: `stub:tool=weather,tag=${tag}`, tools: [{ name: "weather" }] };
      const transport = new DefaultChatTransport<Shown>({
        api: API,
        fetch: (path, init) => client.fetch(path as string, init),
        prepareSendMessagesRequest: ({ id, messages, trigger, messageId }) => ({
          body: {
            ...body,
            id,
            trigger,
            messageId,
            ...(alone ? { message: messages.at(-1) } : { messages }),
          },
        }),
      });
      const chat = new Chat({ transport });
      await chat.sendMessage({ text: "How is it?" });
      const call = chat.messages[1]?.parts.find(({ type }) => type === "tool-weather");
      if (call === undefined || !("toolCallId" in call)) throw new Error("no call");
      await chat.addToolOutput({ tool: "weather", toolCallId: call.toolCallId, output: "Wet" });
      await chat.sendMessage();
      expect(textsOf(chat).at(-1)?.[1]).toMatch(/^word0/);
      body.model = `stub:say=Dry,tag=${tag}`;
      await chat.regenerate(named ? { messageId: chat.messages[1]?.id ?? "" } : {});
      expect(chat.error).toBeUndefined();
      expect.soft(await sentTo(tag)).toEqual([["user", "How is it?"]]);
      expect.soft(await contentsOf(client, idOf(chat))).toEqual(["How is it?", "Dry"]);
    }
});

test("a message that follows nothing but the page's own greeting is edited at its place", async () => {
  const client = new Client();
  const welcome = said("assistant", "Welcome!", "welcome");
  const { chat } = chatOf(client, { model: "stub:say=Ok" }, { messages: [welcome] });
  await chat.sendMessage({ text: "First" });
  await chat.sendMessage({ text: "Edited", messageId: chat.messages[1]?.id ?? "" });
  expect(chat.error).toBeUndefined();
  expect(await contentsOf(client, idOf(chat))).toEqual(["Edited", "Ok"]);
  expect((await client.messages(idOf(chat)))[0]?.sibling_ids).toHaveLength(2);
});

test("a page that sends its last message alone is not told that the chat went on elsewhere", async () => {
  const client = new Client();
  const body = { model: "stub:say=Hi" };
  const { chat } = chatOf(client, body);
  for (const text of ["One", "Two"]) {
    const messages = [said("user", text)];
    const answer = await client.fetch(API, { json: { id: chat.id, ...body, messages } });
    expect(await answer.text()).not.toContain("data-notice");
  }
});

test("a regenerate that is refused stops nothing", async () => {
  const client = new Client();
  const body: Record<string, unknown> = { model: "stub:tokens=300,delay=10" };
  const { chat } = chatOf(client, body);
  const sent = chat.sendMessage({ text: "Hello" });
  await eventually(async () => chat.messages[1]?.parts.some(({ type }) => type === "text"));
  const answer = chat.messages[1]?.id ?? "";
  const again = (messageId: string, more: object = {}) =>
    client.fetch(API, {
      json: {
        id: chat.id,
        trigger: "regenerate-message",
        messageId,
        messages: [chat.messages[0]],
        model: "stub:say=Hi",
        ...more,
      },
    });
  expect((await again(answer.replace(/.$/, "9"))).status).toBe(404);
  expect((await again(answer, { provider: "nobody" })).status).toBe(400);
  expect((await again(answer, { on_busy: "reject" })).status).toBe(409);
  const running = await client.json<{ running_turn_id: string | null }>(
    `/api/v1/conversations/${idOf(chat)}`,
  );
  expect(running.running_turn_id).toBe(chat.messages[1]?.metadata?.turnId);
  const taken = await again(answer);
  expect(taken.status).toBe(200);
  await taken.text();
  await sent;
  expect(await contentsOf(client, idOf(chat))).toEqual(["Hello", "Hi"]);
});
