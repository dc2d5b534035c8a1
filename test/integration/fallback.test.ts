// What a reader sees of models that fail: one answer, and an honest word about it.
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Message } from "../../src/protocol/message.ts";
import { stubText } from "../stub/provider.ts";
import { appWith, post } from "./app-with.ts";
import { allEvents, assembled, Client, journal, newTag } from "./client.ts";

const direct = (model: string, more: object = {}) =>
  post({ messages: [{ role: "user", content: "Hi" }], model, ...more });

async function answered(response: Response): Promise<Message> {
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.json<Message>();
}

const codesOf = ({ notices }: Message) => notices.map(({ code }) => code);

test.each([
  ["is gone", "fault=500", 3, "failed"],
  ["is limiting", "fault=429,retry=0", 3, "rate_limit"],
  ["refuses our key", "fault=401", 1, "authentication"],
  ["does not know the model", "fault=404", 1, "model_not_found"],
  ["says nothing", "fault=hang", 1, "timeout"],
  ["answers with a page", "fault=html", 3, expect.any(String)],
  ["cannot read so much", "fault=context", 1, "context_too_long"],
])(
  "where a model %s, the next one answers, and the reader is told",
  async (_, fault, calls, reason) => {
    const tag = newTag();
    const { ask } = appWith({
      LLM_TIMEOUT: "3",
      LLM_FALLBACK_MODEL: "anthropic/stub:tokens=5",
      OPENAI_BASE_URL: `${env.STUB_URL}/v1`,
    });
    const model = `stub:${fault},tag=${tag}`;
    const message = await answered(await ask("/api/v1/chat/direct", direct(model)));
    expect(message).toMatchObject({
      content: stubText(5),
      status: "completed",
      provider: "anthropic",
      metadata: { service_level: "degraded" },
    });
    expect(message.notices.find(({ code }) => code === "fallback")).toMatchObject({
      offset: 0,
      details: { from: `openai/${model}`, to: "anthropic/stub:tokens=5", reason },
    });
    expect((await journal(tag)).calls).toBe(calls);
    expect(JSON.stringify(message)).not.toContain("sk-123");
  },
);

test("what nobody else would answer better is not asked of others: a filter, a bad request", async () => {
  const { ask } = appWith({ LLM_FALLBACK_MODEL: "anthropic/stub:tokens=5" });
  const response = await ask("/api/v1/chat/direct", direct("stub:fault=400"));
  expect(response.status).toBe(502);
  expect(await response.json()).toMatchObject({
    error: { details: { reason: "invalid_request" } },
  });
});

test("a chain in which all are dead says what was wrong with the first, and asks each", async () => {
  const tag = newTag();
  const { ask } = appWith({
    LLM_FALLBACK_MODEL: `anthropic/stub:fault=401,tag=${tag},stub:fault=404,tag=${tag}`.replaceAll(
      ",tag",
      "&tag",
    ),
  });
  const response = await ask("/api/v1/chat/direct", direct("stub:fault=500"));
  expect(response.status).toBe(502);
  expect(await response.json()).toMatchObject({
    error: { code: "LLM_PROVIDER_ERROR", details: { provider: "openai", reason: "failed" } },
  });
});

test("a chain that leads back to itself is walked once", async () => {
  const tag = newTag();
  const model = `stub:fault=401&tag=${tag}`;
  const { ask } = appWith({
    LLM_FALLBACK_MODEL: `openai/${model},openai/${model},anthropic/${model}`,
  });
  const response = await ask("/api/v1/chat/direct", direct(model));
  expect(response.status).toBe(502);
  expect((await journal(tag)).calls).toBe(2); // openai's once, anthropic's once
});

test("a stream that breaks is gone on from by the next model: one text, and where its seam is", async () => {
  const client = new Client();
  const events = await allEvents(
    await client.fetch("/api/v1/chat/stream", {
      json: { message: "Hi", model: "stub:tokens=40,delay=10,fault=drop,chain=stream" },
    }),
  );
  const last = events.at(-1);
  expect(last?.event).toBe("complete");
  const message = last?.data["message"] as Message;
  expect(message.content).toBe(stubText(40));
  expect(assembled(events)).toBe(message.content);
  expect(message.provider).toBe("anthropic");
  const notice = message.notices.find(({ code }) => code === "fallback");
  expect(notice).toMatchObject({ details: { reason: "interrupted" } });
  // What was on its way when the connection broke may have gone with it.
  const seam = notice?.offset ?? 0;
  expect(seam).toBeGreaterThan(0);
  expect(seam).toBeLessThanOrEqual(stubText(20).length);
  expect(message.metadata).toMatchObject({
    seams: [{ cause: "fallback", offset: seam, to: "anthropic/stub:tokens=40" }],
    service_level: "degraded",
  });
  // Both were paid for.
  expect(message.tokens_used?.prompt).toBeGreaterThan(10);
  const [, stored] = await client.messages(String(message.conversation_id));
  expect(stored).toEqual(message);
});

test("where the next model begins anew, what was there is taken back first", async () => {
  const events = await allEvents(
    await new Client().fetch("/api/v1/chat/stream", {
      json: { message: "Hi", model: "stub:tokens=40,delay=10,fault=drop,chain=anew" },
    }),
  );
  const message = events.at(-1)?.data["message"] as Message;
  expect(message.content).toBe(stubText(40));
  expect(assembled(events)).toBe(message.content);
});

test("a socket's reader sees the same", async () => {
  const client = new Client();
  const id = await client.conversation();
  const socket = await client.socket(id);
  socket.say({ type: "send", message: "Hi", model: "stub:fault=500,chain=socket" });
  const end = await socket.closing();
  expect(end).toMatchObject({ type: "turn.completed", message: { content: stubText(6) } });
  expect(codesOf(end["message"] as Message)).toEqual(["fallback"]);
  socket.close();
});

test("half of a JSON text is never gone on from: the next model begins it anew", async () => {
  const tag = newTag();
  const { ask } = appWith({
    LLM_FALLBACK_MODEL: `anthropic/stub:tokens=40,tag=${tag}`.replaceAll(",", "&"),
  });
  const message = await answered(
    await ask(
      "/api/v1/chat/direct",
      direct("stub:tokens=40,delay=10,fault=drop", { response_format: { type: "json_object" } }),
    ),
  );
  expect(message.content).toBe(stubText(40));
  expect(message.notices.find(({ code }) => code === "fallback")?.offset).toBe(0);
  expect(JSON.stringify((await journal(tag)).last)).not.toContain("partial_answer");
});

test("a vendor that asks for a longer wait than there is time is not waited for", async () => {
  const tag = newTag();
  const { ask } = appWith({ LLM_FALLBACK_MODEL: "anthropic/stub:tokens=3" });
  const began = Date.now();
  const message = await answered(
    await ask("/api/v1/chat/direct", direct(`stub:fault=429,retry=3600,tag=${tag}`)),
  );
  expect(message.provider).toBe("anthropic");
  expect((await journal(tag)).calls).toBe(1);
  expect(Date.now() - began).toBeLessThan(10_000);
});

test("a model that falls silent in mid-answer is taken for broken off", async () => {
  const { ask } = appWith({
    LLM_STALL_TIMEOUT: "1",
    LLM_FALLBACK_MODEL: "anthropic/stub:tokens=4",
  });
  const message = await answered(
    await ask("/api/v1/chat/direct", direct("stub:tokens=4,delay=2600")),
  );
  expect(message.content).toBe(stubText(4));
  expect(codesOf(message)).toContain("fallback");
});

test.each([
  ["openai/", "LLM_FALLBACK_MODEL"],
  ["nobody/gpt", "LLM_FALLBACK_MODEL"],
])("a chain that cannot be is refused at the start: %s", (value, variable) => {
  expect(() => appWith({ LLM_FALLBACK_MODEL: value })).toThrow(variable);
});

test("a chain's names: what follows the first slash is the model's; without one the provider is the same", () => {
  const { services } = appWith({ LLM_FALLBACK_MODEL: "openai/meta/llama-3, small" });
  const { models } = services.turn;
  const links = models.links(models.standard).map(({ provider, model }) => [provider.id, model]);
  expect(links).toEqual([
    ["openai", models.standard.model],
    ["openai", "meta/llama-3"],
    ["openai", "small"],
  ]);
});

test("each model may have a chain of its own, with time limits", () => {
  const { services } = appWith({
    LLM_FALLBACKS: JSON.stringify({
      "openai/big": [{ model: "anthropic/large", timeout: 7 }, "little"],
      "*": ["anthropic/any"],
    }),
  });
  const { models } = services.turn;
  const of = (model: string) =>
    models
      .links({ provider: models.standard.provider, model })
      .map(({ provider, model: name, timeout }) => [provider.id, name, timeout]);
  const usual = models.standard.provider.timeout;
  expect(of("big")).toEqual([
    ["openai", "big", usual],
    ["anthropic", "large", 7000],
    ["openai", "little", usual],
  ]);
  expect(of("other").map(([, name]) => name)).toEqual(["other", "any"]);
});
