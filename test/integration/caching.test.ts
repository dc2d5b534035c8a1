// Answers that are given again: to whom, when, and how it is told.
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import { CountsGathered } from "../../src/llm/cache/counts.ts";
import { Meter } from "../../src/llm/calls.ts";
import type { Message } from "../../src/protocol/message.ts";
import { emptyTranscript } from "../../src/protocol/transcript.ts";
import { assemble } from "../../src/turn/assemble.ts";
import { initialState } from "../../src/turn/state.ts";
import { stubText } from "../stub/provider.ts";
import { appWith, post } from "./app-with.ts";
import { allEvents, assembled, Client, eventually, journal, newTag } from "./client.ts";
import { person, personWith } from "./people.ts";

const direct = (model: string, more: object = {}) => ({
  messages: [{ role: "user", content: "What is the capital of France?" }],
  model,
  ...more,
});

const ask = (client: Client, body: object) =>
  client.json<Message>("/api/v1/chat/direct", { json: body });

/** What opens a conversation. */
const OPENING = {
  text: "Hello",
  provider: undefined,
  model: undefined,
  system: undefined,
  examples: [],
  tone: undefined,
  context: undefined,
  notices: [],
  settings: {},
  parts: [],
  tools: undefined,
  tool_choice: undefined,
  parallel_tool_calls: undefined,
  response_format: undefined,
  knowledge: null,
  tenant_id: "t",
  user_id: "t",
  asker: { tier: "free" as const, budget_left: null },
  cache: undefined,
  messages: null,
  ignored: [],
  continues: undefined,
  again: false,
};

/** Keeping is done in the background. */
const kept = () => scheduler.wait(100);

const codesOf = ({ notices }: Message) => notices.map(({ code }) => code);

test("the very same request is answered from before, marked, and costs nothing", async () => {
  const client = new Client();
  const tag = newTag();
  const body = direct(`stub:tokens=30,tag=${tag}`);
  const first = await ask(client, body);
  await kept();
  const second = await ask(client, body);
  expect(codesOf(first)).toEqual([]);
  expect(second).toMatchObject({
    content: stubText(30),
    provider: "openai",
    finish_reason: "stop",
    tokens_used: { prompt: 0, completion: 0, total: 0 },
  });
  expect(second.notices).toMatchObject([{ code: "cached_answer", details: { kind: "exact" } }]);
  expect((await journal(tag)).calls).toBe(1);
  const event = await eventually(() =>
    env.DB.prepare("SELECT cached, cost, turn_status FROM usage_events WHERE turn_id = ?")
      .bind(second.turn_id)
      .first(),
  );
  expect(event).toEqual({ cached: "exact", cost: 0, turn_status: "completed" });
});

test("a stream is replayed as a stream", async () => {
  const client = new Client();
  const tag = newTag();
  const body = direct(`stub:tokens=60,tag=${tag}`, { stream: true });
  await ask(client, { ...body, stream: false });
  await kept();
  const events = await allEvents(await client.fetch("/api/v1/chat/direct", { json: body }));
  expect(events.filter(({ event }) => event === "token").length).toBeGreaterThan(3);
  expect(assembled(events)).toBe(stubText(60));
  expect(events.map(({ event }) => event)).toContain("notice");
  expect(events.at(-1)?.event).toBe("complete");
  expect((await journal(tag)).calls).toBe(1);
});

test.each<[string, object, object]>([
  ["cache is off", {}, { cache: "off" }],
  ["cache is false", {}, { cache: false }],
  ["another temperature is asked for", {}, { temperature: 0.1 }],
  ["another system prompt stands before it", {}, { system_prompt: "Be brief." }],
  ["a tool is offered", {}, { tools: [{ name: "look_up" }] }],
  ["another form is asked for", {}, { response_format: { type: "json_object" } }],
  ["it was kept for one with a tool", { tools: [{ name: "look_up" }] }, {}],
])("a model is asked where %s", async (_, before, now) => {
  const client = new Client();
  const tag = newTag();
  const body = direct(`stub:tokens=3,tag=${tag}`);
  await ask(client, { ...body, ...before });
  await kept();
  const message = await ask(client, { ...body, ...now });
  expect(codesOf(message)).not.toContain("cached_answer");
  expect((await journal(tag)).calls).toBe(2);
});

test.each([
  { type: "json_object" },
  { type: "json_schema", name: "a", schema: { type: "object" } },
])("what is not the JSON that was asked for is not given again: %j", async (response_format) => {
  const client = new Client();
  const tag = newTag();
  const body = direct(`stub:say=not%20json,tag=${tag}`, { response_format });
  await ask(client, body);
  await kept();
  expect(codesOf(await ask(client, body))).not.toContain("cached_answer");
  expect((await journal(tag)).calls).toBe(2);
});

test("who is given an answer from before is told of ignored settings, too", async () => {
  const client = new Client();
  const body = direct(`stub:tokens=3,tag=${newTag()}`, {
    provider: "anthropic",
    frequency_penalty: 1,
  });
  expect(codesOf(await ask(client, body))).toEqual(["ignored_parameter"]);
  await kept();
  expect(codesOf(await ask(client, body))).toEqual(["cached_answer", "ignored_parameter"]);
});

test("what was thought is given again with the answer", async () => {
  const client = new Client();
  const body = direct("fixture:deepseek/reasoning");
  const first = await ask(client, body);
  await kept();
  const second = await ask(client, body);
  expect(codesOf(second)).toContain("cached_answer");
  expect(first.parts.map(({ type }) => type)).toContain("reasoning");
  expect(second.parts).toEqual(first.parts);
});

test("nobody of another tenant is given it, whatever they send", async () => {
  const tag = newTag();
  const body = direct(`stub:tokens=3,tag=${tag}`);
  const one = new Client();
  await ask(one, body);
  await kept();
  const probes = [
    body,
    { ...body, metadata: { tenant_id: "anybody" } },
    { ...body, tenant_id: "anybody", cache: "on" },
  ];
  for (const probe of probes) {
    const message = await ask(new Client(), probe);
    expect(codesOf(message)).not.toContain("cached_answer");
  }
  expect((await journal(tag)).calls).toBe(1 + probes.length);
});

test.each(["fault=drop", "fault=nofinish", "fault=500"])(
  "what %s left is not kept",
  async (fault) => {
    const client = new Client();
    const tag = newTag();
    const body = direct(`stub:tokens=6,${fault},tag=${tag}`);
    await client.fetch("/api/v1/chat/direct", { json: body });
    await kept();
    const before = (await journal(tag)).calls;
    await client.fetch("/api/v1/chat/direct", { json: body });
    expect((await journal(tag)).calls).toBeGreaterThan(before);
  },
);

test("in a conversation only what opens it is answered so, only where it is wanted, and never anew", async () => {
  const client = new Client();
  const tag = newTag();
  const json = { message: "Hello there", model: `stub:tokens=5,tag=${tag}` };
  await client.json("/api/v1/chat", { json: { ...json, cache: "on" } });
  await kept();
  const plain = await client.json<Message>("/api/v1/chat", { json });
  expect(codesOf(plain)).toEqual([]); // conversations are not answered so unless they ask
  const again = await client.json<Message>("/api/v1/chat", { json: { ...json, cache: "on" } });
  expect(codesOf(again)).toEqual(["cached_answer"]);
  expect((await journal(tag)).calls).toBe(2);
  const path = `/api/v1/conversations/${again.conversation_id}`;
  const regenerated = await client.json<Message>(`${path}/messages/${again.id}/regenerate`, {
    json: { ...json, message: undefined, cache: "on" },
  });
  expect(codesOf(regenerated)).toEqual([]);
  const next = await client.json<Message>(`${path}/messages`, { json: { ...json, cache: "on" } });
  expect(codesOf(next)).toEqual([]); // it has a history now
  expect((await journal(tag)).calls).toBe(4);
});

test("where no model answers, what was answered before is given, and said to be old", async () => {
  const model = `stub:tokens=4,tag=${newTag()}`;
  const alive = appWith({ LLM_CACHE_TTL: "0" });
  const first = await alive.ask("/api/v1/chat/direct", post(direct(model)));
  const token = first.headers.get("X-Visitor-Token") ?? "";
  await kept();
  const dead = appWith({
    LLM_CACHE_TTL: "0",
    OPENAI_BASE_URL: "http://127.0.0.1:1/v1",
    LLM_RETRIES: "1",
  });
  const headers = { Authorization: `Bearer ${token}` };
  const response = await dead.ask("/api/v1/chat/direct", post(direct(model), headers));
  expect(response.status).toBe(200);
  const message = await response.json<Message>();
  expect(message).toMatchObject({
    content: stubText(4),
    metadata: { service_level: "minimal" },
  });
  expect(message.notices.at(-1)?.message).toMatch(/^No model can answer just now/);
  // Another's question was never answered: nobody pretends.
  const stranger = await dead.ask("/api/v1/chat/direct", post(direct(model)));
  expect(stranger.status).toBe(503);
});

test("where every circuit is open nobody is asked, and the text says so honestly", async () => {
  const { ask: request, services } = appWith({ LLM_RETRIES: "1", LLM_CACHE: "off" });
  const tag = newTag();
  const body = post(direct(`stub:fault=500,tag=${tag}`));
  for (let n = 0; n < 5; n++) await request("/api/v1/chat/direct", body);
  const calls = (await journal(tag)).calls;
  const response = await request("/api/v1/chat/direct", body);
  expect(response.status).toBe(503);
  expect(response.headers.get("Retry-After")).toBe("60");
  expect(await response.json()).toMatchObject({
    error: { code: "SERVICE_UNAVAILABLE", details: { service_level: "offline" } },
  });
  expect((await journal(tag)).calls).toBe(calls);
  expect(services.turn.models.level()).toBe("full"); // of the model that nobody names
});

test("a question in other words is answered from before where that is switched on, and no near miss is", async () => {
  const { ask: request } = appWith({ SEMANTIC_CACHE: "on" });
  const tag = newTag();
  let token = "";
  const say = async (content: string) => {
    const headers = token === "" ? {} : { Authorization: `Bearer ${token}` };
    const body = { messages: [{ role: "user", content }], model: `stub:tokens=4,tag=${tag}` };
    const response = await request("/api/v1/chat/direct", post(body, headers));
    token = response.headers.get("X-Visitor-Token") ?? token;
    await kept();
    return response.json<Message>();
  };
  await say("How do I reset my password?");
  const same = await say("how do I reset my password");
  expect(same.notices).toMatchObject([
    {
      code: "cached_answer",
      details: { kind: "semantic", similarity: expect.any(Number) as number },
    },
  ]);
  expect((await journal(tag)).calls).toBe(1);
  for (const other of ["How do I reset my router?", "How do I not reset my password?"])
    expect(codesOf(await say(other))).toEqual([]);
  token = "";
  expect(codesOf(await say("How do I reset my password?"))).toEqual([]); // somebody else
});

test("with LLM_CACHE off nothing is given for being the same request, whatever else is on", async () => {
  const { ask: request } = appWith({ SEMANTIC_CACHE: "on", LLM_CACHE: "off" });
  const body = direct(`stub:tokens=4,tag=${newTag()}`, { cache: "on" });
  const first = await request("/api/v1/chat/direct", post(body));
  const token = first.headers.get("X-Visitor-Token") ?? "";
  await kept();
  const headers = { Authorization: `Bearer ${token}` };
  const again = await request("/api/v1/chat/direct", post(body, headers));
  expect((await again.json<Message>()).notices).toMatchObject([{ details: { kind: "semantic" } }]);
  const two = {
    ...body,
    messages: [
      ...body.messages,
      { role: "assistant", content: "Paris." },
      { role: "user", content: "And Italy?" },
    ],
  };
  for (let n = 0; n < 2; n++) {
    const message = await request("/api/v1/chat/direct", post(two, headers));
    expect(codesOf(await message.json<Message>())).toEqual([]); // no question of its own, and no other cache
    await kept();
  }
});

test.each<[string, "off" | "stateless" | "all", boolean, "on" | undefined, object | null]>([
  ["nothing is on", "off", false, "on", null],
  ["similar ones are", "off", true, "on", { exact: "off", semantic: true }],
  ["those of stateless calls are kept", "stateless", false, undefined, { exact: "in_need" }],
  ["similar ones are, too", "stateless", true, undefined, { exact: "in_need", semantic: true }],
  ["it is asked for", "stateless", false, "on", { exact: "always", semantic: false }],
  ["all are kept", "all", false, undefined, { exact: "always", semantic: false }],
])("what opens a conversation, where %s", async (_, exact, semantic, cache, expected) => {
  const { services } = appWith();
  const { turn } = services;
  const choice = turn.models.standard;
  const state = { ...initialState({ ...OPENING, cache }), choice };
  const meter = new Meter(Date.now);
  const own = { ...turn, keeps: { exact, semantic }, memory: null, meter, span: () => undefined };
  const sink = { transcript: emptyTranscript(), emit: () => undefined };
  const { caching } = await assemble(state, own, sink, new AbortController().signal);
  if (expected === null) expect(caching).toBeNull();
  else expect(caching).toMatchObject(expected);
});

test("a request whose models fail is one request in the figures", async () => {
  const added = vi.spyOn(CountsGathered.prototype, "add");
  const dead = appWith({ OPENAI_BASE_URL: "http://127.0.0.1:1/v1", LLM_RETRIES: "1" });
  await dead.ask("/api/v1/chat/direct", post(direct(`stub:tokens=4,tag=${newTag()}`)));
  expect(added).toHaveBeenCalledTimes(1);
  added.mockRestore();
});

test("what an administrator has forgotten is not given again, exactly or otherwise", async () => {
  const admin = await person({ role: "admin" });
  const tag = newTag();
  const body = direct(`stub:tokens=3,tag=${tag}`);
  await ask(admin, body);
  await kept();
  expect(codesOf(await ask(admin, body))).toEqual(["cached_answer"]);
  await admin.json("/api/v1/admin/cache", { method: "DELETE" });
  expect(codesOf(await ask(admin, body))).toEqual([]);
  expect((await journal(tag)).calls).toBe(2);
});

test("an administrator sees how often answers were kept, and can forget them; nobody else can", async () => {
  const lifted = { requests_per_minute: null, tokens_per_minute: null };
  const admin = await personWith(lifted, { role: "admin" });
  const body = direct(`stub:tokens=3,tag=${newTag()}`);
  for (let n = 0; n < 60; n++) await admin.json("/api/v1/chat/direct", { json: body });
  const stats = await eventually(async () => {
    const found = await admin.json<{ exact: { hits: number; total_requests: number } }>(
      "/api/v1/admin/cache",
    );
    return found.exact.total_requests >= 50 && found;
  });
  expect(stats.exact.hits).toBeGreaterThan(40);
  expect(stats).toMatchObject({
    evictions: 0,
    cache_size: 0,
    hit_rate: expect.any(Number) as number,
  });
  expect(await admin.json("/api/v1/admin/cache", { method: "DELETE" })).toEqual({ cleared: 0 });
  const other = await person();
  expect(await other.told("/api/v1/admin/cache")).toBe("403 FORBIDDEN");
});
