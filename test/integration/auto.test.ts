// `model: "auto"`: which model a message gets, and how that is told.
import { expect, test } from "vitest";
import type { Message } from "../../src/protocol/message.ts";
import { appWith, post } from "./app-with.ts";
import { allEvents, Client } from "./client.ts";
import { personWith } from "./people.ts";

const TIERS = JSON.stringify({
  "ultra-cheap": "openai/stub:tokens=1",
  standard: "openai/stub:tokens=2",
  premium: "openai/stub:tokens=3",
  "ultra-premium": "anthropic/stub:tokens=4",
});
const HARD = "Prove step by step that there are infinitely many primes, and write the code.";

const auto = (content: string, more: object = {}) =>
  post({ messages: [{ role: "user", content }], model: "auto", ...more });

async function chosen(response: Response) {
  const message = await response.json<Message>();
  const notice = message.notices.find(({ code }) => code === "model_chosen");
  return { message, notice };
}

test("thanks are cheap, and a proof is not: the choice is explained", async () => {
  const { ask } = appWith({ ROUTING_TIERS: TIERS, ROUTING_MOST: '{"anonymous": "ultra-premium"}' });
  const thanks = await chosen(await ask("/api/v1/chat/direct", auto("Thanks!")));
  expect(thanks.message.model).toBe("stub:tokens=1");
  expect(thanks.notice).toMatchObject({
    message: expect.stringContaining("ultra-cheap") as string,
    details: { tier: "ultra-cheap", rule: expect.any(String) as string, lowered: null },
  });
  const proof = await chosen(await ask("/api/v1/chat/direct", auto(HARD)));
  expect(["stub:tokens=3", "stub:tokens=4"]).toContain(proof.message.model);
});

test("a visitor's tier says how dear a model may be", async () => {
  const { ask } = appWith({ ROUTING_TIERS: TIERS });
  const { message, notice } = await chosen(await ask("/api/v1/chat/direct", auto(HARD)));
  expect(message.model).toBe("stub:tokens=2");
  expect(notice?.details).toMatchObject({ lowered: { by: "user_tier" }, tier: "standard" });
});

test("a provider that is named is kept to", async () => {
  const { ask } = appWith({ ROUTING_TIERS: TIERS });
  const response = await ask("/api/v1/chat/direct", auto("Thanks!", { provider: "embedded" }));
  expect((await chosen(response)).message.provider).toBe("embedded");
});

test("in a conversation the choice is told once, before the first token", async () => {
  const client = new Client();
  const events = await allEvents(
    await client.fetch("/api/v1/chat/stream", {
      json: { message: "Thanks!", model: "auto", provider: "embedded" },
    }),
  );
  const names = events.map(({ event }) => event);
  expect(names.indexOf("notice")).toBeLessThan(names.indexOf("token"));
  expect((events.at(-1)?.data["message"] as Message).notices).toMatchObject([
    { code: "model_chosen" },
  ]);
});

test("somebody whose budget is nearly spent gets a cheaper model", async () => {
  const one = await personWith({ daily_tokens: 100_000 }, { tier: "enterprise" });
  const rich = await one.json<Message>("/api/v1/chat/direct", {
    json: { messages: [{ role: "user", content: HARD }], model: "auto", provider: "embedded" },
  });
  expect(rich.notices[0]?.details).toMatchObject({ lowered: null });
  const poor = await personWith({ daily_tokens: 9000 }, { tier: "enterprise" });
  const answer = await poor.json<Message>("/api/v1/chat/direct", {
    json: {
      messages: [{ role: "user", content: HARD }],
      model: "auto",
      provider: "embedded",
      max_tokens: 8500, // reserved: less than a tenth is left
    },
  });
  expect(answer.notices[0]?.details).toMatchObject({ lowered: { by: "budget" } });
});

test("a tier that names nobody who is there is refused at the start", () => {
  expect(() => appWith({ ROUTING_TIERS: '{"standard": "groq/x"}' })).toThrow(/ROUTING_TIERS/);
});

test("a tool's answer is not the person's message: the words that asked for it count", async () => {
  const { ask } = appWith({ ROUTING_TIERS: TIERS, ROUTING_MOST: '{"anonymous": "ultra-premium"}' });
  const tools = [{ name: "look_up" }];
  const call = { id: "c1", name: "look_up", arguments: "{}" };
  const asked = [{ role: "user", content: HARD }];
  const answered = [
    ...asked,
    { role: "assistant", tool_calls: [call] },
    { role: "tool", tool_call_id: "c1", content: "ok" },
  ];
  const tierOf = async (messages: object[]) =>
    (await chosen(await ask("/api/v1/chat/direct", post({ messages, tools, model: "auto" }))))
      .notice?.details?.["tier"];
  expect(await tierOf(answered)).toBe(await tierOf(asked));
});

test("pictures that were sent before, and a long system prompt, count as what is sent", async () => {
  const { ask } = appWith({ SYSTEM_PROMPT: "Know this. ".repeat(4000) });
  const { notice } = await chosen(
    await ask(
      "/api/v1/chat/direct",
      auto("What is this about, in two lines?", { provider: "embedded" }),
    ),
  );
  const features = notice?.details?.["features"] as { context_tokens?: number };
  expect(features.context_tokens).toBeGreaterThan(8000);
  const client = new Client();
  const url = "data:image/png;base64,iVBORw0KGgo=";
  const first = await client.json<Message>("/api/v1/chat", {
    json: {
      parts: [
        { type: "image", url },
        { type: "text", text: "Look" },
      ],
      model: "stub:tokens=2",
    },
  });
  const second = await client.json<Message>("/api/v1/chat", {
    json: { message: "And now?", model: "auto", conversation_id: first.conversation_id },
  });
  const told = second.notices.find(({ code }) => code === "model_chosen");
  expect(told?.details?.["features"]).toMatchObject({ images: 1 });
});
