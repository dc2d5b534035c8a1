// What a model is sent of its conversation where not everything is, and what is said of the rest.
import { expect, test } from "vitest";
import type { Remembered } from "../../src/protocol/conversation.ts";
import type { Message } from "../../src/protocol/message.ts";
import { estimateTokens } from "../../src/llm/tokens.ts";
import { Client, eventually, journal, newTag } from "./client.ts";

type Asked = { messages: { role: string; content: string }[]; max_tokens: number };

/** @param name a model that the stub plays: how much it reads goes by its name */
async function conversation(memory: object, name = "stub:") {
  const client = new Client();
  const tag = newTag();
  const { id } = await client.json<{ id: string }>("/api/v1/conversations", { json: { memory } });
  const model = `${name},tokens=2,tag=${tag}`;
  const path = `/api/v1/conversations/${id}`;
  const send = (message: string, rest: object = {}) =>
    client.chat({ message, conversation_id: id, model, ...rest });
  return {
    client,
    path,
    id,
    model,
    send,
    say: async (message: string, rest: object = {}): Promise<Message> => {
      const answer = await send(message, rest);
      expect(answer.status, await answer.clone().text()).toBe(200);
      return answer.json<Message>();
    },
    calls: async () => (await journal(tag)).calls,
    asked: async () => (await journal(tag)).last as Asked,
  };
}

const codes = ({ notices }: Message) => notices.map(({ code }) => code);
const words = (count: number) => "word ".repeat(count);

test("a bound on messages is told, and cuts between exchanges", async () => {
  const talk = await conversation({ strategy: "buffer", messages: 3 });
  expect(codes(await talk.say("Say 0"))).toEqual([]);
  expect(codes(await talk.say("Say 1"))).toEqual([]);
  const answer = await talk.say("Say 2");
  expect((await talk.asked()).messages.map(({ content }) => content)).toEqual([
    "Say 1",
    "word0 word1",
    "Say 2",
  ]);
  expect(answer.notices).toMatchObject([{ code: "history_truncated", details: { messages: 2 } }]);
});

test("what a bound on messages leaves out is folded", async () => {
  const talk = await conversation({ strategy: "summary", messages: 2, history_tokens: 400 });
  for (let i = 0; i < 8; i++) await talk.say(`Part ${i}: ${"the tide comes and goes. ".repeat(9)}`);
  const summary = await eventually(
    async () => (await talk.client.json<Remembered>(`${talk.path}/memory`)).summary,
  );
  expect(summary).toContain("Part 0");
});

test("a message that fills the context is refused before a model is asked", async () => {
  const talk = await conversation({}, "gpt-4");
  const refused = await talk.send(words(9000));
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({
    error: { code: "CONTEXT_TOO_LONG", details: { field: "message", context: 8192 } },
  });
  expect(await talk.calls()).toBe(0);
  expect((await talk.say("Hi")).content).toBe("word0 word1");
});

test("however much was said, history and the longest answer fit what the model reads", async () => {
  const talk = await conversation(
    { strategy: "buffer", history_tokens: 100_000 },
    "gpt-4,nousage=1",
  ); // what is reported would teach the estimate
  for (let i = 0; i < 5; i++) await talk.say(words(2000));
  const answer = await talk.say(words(3000), { max_tokens: 6000 });
  expect(codes(answer)).toContain("history_truncated");
  expect(answer.notices.find(({ code }) => code === "adjusted_parameter")).toMatchObject({
    details: { parameter: "max_tokens", asked: 6000 },
  });
  const { messages, max_tokens } = await talk.asked();
  const sent = messages.reduce((sum, { content }) => sum + estimateTokens(content), 0);
  expect(max_tokens).toBeGreaterThan(0);
  expect(sent + max_tokens).toBeLessThanOrEqual(8192);
});

test("a history whose first question was deleted is whole by importance, too", async () => {
  const talk = await conversation({ strategy: "buffer", compression: "importance" });
  await talk.say("First");
  await talk.say("Second");
  const [first] = await talk.client.messages(talk.id);
  const path = `${talk.path}/messages/${first?.id}`;
  expect((await talk.client.fetch(path, { method: "DELETE" })).ok).toBe(true);
  expect(codes(await talk.say("Third"))).not.toContain("history_truncated");
});

test("an answer given again does not remember again what was forgotten meanwhile", async () => {
  const talk = await conversation({});
  const answer = await talk.say("Please remember that my dog is called Ferdinand.");
  expect(codes(answer)).toContain("memory_saved");
  expect(await talk.client.json("/api/v1/memories", { method: "DELETE" })).toEqual({ deleted: 1 });
  const again = await talk.client.fetch(`${talk.path}/messages/${answer.id}/regenerate`, {
    json: { model: talk.model },
  });
  expect(again.status, await again.clone().text()).toBe(200);
  expect(codes(await again.json<Message>())).not.toContain("memory_saved");
  expect(await talk.client.json("/api/v1/memories")).toMatchObject({ memories: [] });
});
