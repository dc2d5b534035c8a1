// What the `ai` package's own client makes of /chat/ui: its transport, and its chat, which is what
// `useChat` is around.
import { DefaultChatTransport } from "ai";
import { expect, test } from "vitest";
import { stubText } from "../stub/provider.ts";
import { Client, eventually, journal, newTag } from "./client.ts";
import { person, personWith } from "./people.ts";
import { API, Chat, chatOf, kindsOf, type Shown, textsOf } from "./ui-chat.ts";

test("useChat needs the address alone: it sends, shows the answer, and goes on in one conversation", async () => {
  const client = new Client();
  const { chat, asked } = chatOf(client, { model: "stub:tokens=20,delay=1" });
  await chat.sendMessage({ text: "Hello" });
  expect(chat.error).toBeUndefined();
  expect(chat.status).toBe("ready");
  expect(textsOf(chat)).toEqual([
    ["user", "Hello"],
    ["assistant", stubText(20)],
  ]);
  const answer = chat.messages[1];
  expect(kindsOf(answer)).toEqual(["step-start", "text"]);
  expect(answer?.metadata).toMatchObject({
    messageId: answer?.id,
    model: "stub:tokens=20,delay=1",
    status: "completed",
    usage: { outputTokens: 20 },
  });
  await chat.sendMessage({ text: "And?" });
  const id = answer?.metadata?.conversationId ?? "";
  const stored = await client.messages(id);
  expect(stored.map(({ role, content }) => [role, content])).toEqual(textsOf(chat));
  expect(stored.map(({ id: message }) => message)[3]).toBe(chat.messages[3]?.id);
  // Another chat of theirs, and the same chat id of somebody else, are other conversations.
  const other = chatOf(client, { model: "stub:say=Hi" });
  await other.chat.sendMessage({ text: "Hello" });
  const foreign = chatOf(new Client(), { model: "stub:say=Hi" }, { id: chat.id });
  await foreign.chat.sendMessage({ text: "Hello" });
  const ids = [chat, other.chat, foreign.chat].map(
    ({ messages }) => messages[1]?.metadata?.conversationId,
  );
  expect(new Set(ids).size).toBe(3);
  expect(asked.map(({ path, status }) => [path, status])).toEqual([
    [API, 200],
    [API, 200],
  ]);
});

test("what comes is the UI message stream, chunk by chunk", async () => {
  const client = new Client();
  const response = await client.fetch(API, {
    json: {
      id: newTag(),
      trigger: "submit-message",
      messages: [{ id: "u1", role: "user", parts: [{ type: "text", text: "Hello" }] }],
      model: "stub:say=Hi",
    },
  });
  expect(response.headers.get("x-vercel-ai-ui-message-stream")).toBe("v1");
  expect(response.headers.get("Content-Type")).toMatch(/^text\/event-stream/);
  const frames = (await response.text()).split("\n\n");
  expect(frames.splice(-2)).toEqual(["data: [DONE]", ""]);
  const chunks = frames.map((frame) => JSON.parse(frame.slice(6)) as Record<string, unknown>);
  const conversationId = response.headers.get("X-Conversation-Id");
  const turnId = response.headers.get("X-Turn-Id");
  const any = expect.any(String) as string;
  expect(chunks).toEqual([
    {
      type: "start",
      messageId: any,
      messageMetadata: { conversationId, turnId, messageId: any, questionId: any },
    },
    { type: "start-step" },
    { type: "text-start", id: "text-1" },
    { type: "text-delta", id: "text-1", delta: "Hi" },
    { type: "text-end", id: "text-1" },
    { type: "finish-step" },
    {
      type: "finish",
      finishReason: "stop",
      messageMetadata: {
        model: "stub:say=Hi",
        provider: "openai",
        status: "completed",
        timestamp: any,
        usage: {
          inputTokens: expect.any(Number) as number,
          outputTokens: 1,
          totalTokens: expect.any(Number) as number,
        },
      },
    },
  ]);
});

test("a page that comes back follows the answer from its beginning, and 204 says that there is none", async () => {
  const client = new Client();
  const id = newTag();
  const { chat } = chatOf(client, { model: "stub:tokens=60,delay=10" }, { id });
  const sent = chat.sendMessage({ text: "Hello" });
  await eventually(async () => chat.messages[1]?.parts.some(({ type }) => type === "text"));
  // Another tab, or the same page anew, with what it had stored.
  const back = chatOf(client, {}, { id, messages: structuredClone(chat.messages.slice(0, 1)) });
  await back.chat.resumeStream();
  await sent;
  expect(textsOf(back.chat)).toEqual([
    ["user", "Hello"],
    ["assistant", stubText(60)],
  ]);
  expect(back.chat.messages[1]?.id).toBe(chat.messages[1]?.id);
  await back.chat.resumeStream();
  expect(back.asked.map(({ status }) => status)).toEqual([200, 204]);
  expect(back.chat.status).toBe("ready");
  // A chat that nobody has said anything in.
  const fresh = chatOf(client, {}, { id: "anything at all/?#" });
  await fresh.chat.resumeStream();
  expect([fresh.asked[0]?.status, fresh.chat.status]).toEqual([204, "ready"]);
});

test("a page that leaves and comes back in the middle has the whole of it once", async () => {
  const client = new Client();
  const { chat, asked } = chatOf(client, { model: "stub:tokens=60,delay=10" });
  void chat.sendMessage({ text: "Hello" });
  await eventually(async () => chat.messages[1]?.parts.some(({ type }) => type === "text"));
  await chat.stop();
  const partial = textsOf(chat)[1]?.[1] ?? "";
  expect(stubText(60).startsWith(partial)).toBe(true);
  await chat.resumeStream();
  expect(textsOf(chat)).toEqual([
    ["user", "Hello"],
    ["assistant", stubText(60)],
  ]);
  expect(asked.at(-1)?.status).toBe(200);
});

test("an answer is stopped by DELETE: it ends in abort, and what arrived is kept", async () => {
  const client = new Client();
  const { chat, asked } = chatOf(client, { model: "stub:tokens=500,delay=10" });
  const sent = chat.sendMessage({ text: "Hello" });
  await eventually(async () => chat.messages[1]?.parts.some(({ type }) => type === "text"));
  const path = `${API}/${encodeURIComponent(chat.id)}/stream`;
  expect((await client.fetch(path, { method: "DELETE" })).status).toBe(204);
  await sent;
  expect(chat.status).toBe("ready");
  expect(asked[0]?.raw).toMatch(/data: \{"type":"abort","reason":"[^"]+"\}\n\ndata: \[DONE\]\n\n$/);
  const { conversationId } = chat.messages[1]?.metadata ?? {};
  const [, stored] = await client.messages(conversationId ?? "");
  expect([stored?.status, stored?.content]).toEqual(["partial", textsOf(chat)[1]?.[1]]);
  expect((await client.fetch(path, { method: "DELETE" })).status).toBe(204);
});

test("what is said after a stop ends what was being answered", async () => {
  const client = new Client();
  const { chat } = chatOf(client, { model: "stub:tokens=500,delay=10" });
  void chat.sendMessage({ text: "Hello" });
  await eventually(async () => chat.messages[1]?.parts.some(({ type }) => type === "text"));
  await chat.stop();
  await chat.sendMessage({ text: "No, this" }, { body: { model: "stub:say=This" } });
  expect(chat.error).toBeUndefined();
  expect(textsOf(chat).at(-1)).toEqual(["assistant", "This"]);
  const { conversationId } = chat.messages.at(-1)?.metadata ?? {};
  const stored = await client.messages(conversationId ?? "");
  expect(stored.map(({ status }) => status)).toEqual([
    "completed",
    "partial",
    "completed",
    "completed",
  ]);
});

test("regenerate answers again: the last answer, one in the middle, and one that is being written", async () => {
  const client = new Client();
  const body = { model: "stub:say=One" };
  const { chat } = chatOf(client, body);
  await chat.sendMessage({ text: "First" });
  const first = chat.messages[1];
  body.model = "stub:say=Two";
  await chat.regenerate();
  expect(textsOf(chat)).toEqual([
    ["user", "First"],
    ["assistant", "Two"],
  ]);
  const id = first?.metadata?.conversationId ?? "";
  const [question, answer] = await client.messages(id);
  expect(answer?.sibling_ids).toEqual([first?.id, chat.messages[1]?.id]);
  await chat.sendMessage({ text: "Second" });
  body.model = "stub:say=Three";
  await chat.regenerate({ messageId: chat.messages[1]?.id ?? "" });
  expect(textsOf(chat)).toEqual([
    ["user", "First"],
    ["assistant", "Three"],
  ]);
  const shown = await client.messages(id);
  expect(shown.map(({ content }) => content)).toEqual(["First", "Three"]);
  expect(shown[0]?.id).toBe(question?.id);
  body.model = "stub:tokens=500,delay=10";
  void chat.regenerate();
  await eventually(async () => chat.messages[1]?.parts.some(({ type }) => type === "text"));
  await chat.stop();
  body.model = "stub:say=Four";
  await chat.regenerate();
  expect([chat.error, textsOf(chat).at(-1)]).toEqual([undefined, ["assistant", "Four"]]);
});

test("a message that is edited is another version of it, at its place", async () => {
  const client = new Client();
  const body = { model: "stub:say=One" };
  const { chat } = chatOf(client, body);
  await chat.sendMessage({ text: "First" });
  await chat.sendMessage({ text: "Second" });
  await chat.sendMessage({ text: "Third" });
  const id = chat.messages[1]?.metadata?.conversationId ?? "";
  const before = await client.messages(id);
  await chat.sendMessage({ text: "Other", messageId: chat.messages[2]?.id ?? "" });
  expect(textsOf(chat).map(([, text]) => text)).toEqual(["First", "One", "Other", "One"]);
  const shown = await client.messages(id);
  expect(shown.map(({ content }) => content)).toEqual(["First", "One", "Other", "One"]);
  expect(shown[2]?.parent_id).toBe(before[1]?.id);
  expect(shown[2]?.sibling_ids).toHaveLength(2);
  await chat.sendMessage({ text: "Anew", messageId: chat.messages[0]?.id ?? "" });
  expect((await client.messages(id)).map(({ content }) => content)).toEqual(["Anew", "One"]);
});

test("a send that was refused is regenerated as a send", async () => {
  const client = new Client();
  const body = { provider: "nobody", model: "stub:say=Hi" } as Record<string, string>;
  const { chat, asked } = chatOf(client, body);
  await chat.sendMessage({ text: "First" });
  expect([chat.status, asked[0]?.status]).toEqual(["error", 400]);
  expect(chat.error?.message).toContain('"code":"VALIDATION_ERROR"');
  delete body["provider"];
  await chat.regenerate();
  expect(textsOf(chat)).toEqual([
    ["user", "First"],
    ["assistant", "Hi"],
  ]);
  body["provider"] = "nobody";
  await chat.sendMessage({ text: "Second" });
  delete body["provider"];
  await chat.regenerate();
  const { conversationId } = chat.messages.at(-1)?.metadata ?? {};
  expect((await client.messages(conversationId ?? "")).map(({ content }) => content)).toEqual([
    "First",
    "Hi",
    "Second",
    "Hi",
  ]);
});

test("an answer that fails is an error of the chat, with what arrived of it still there", async () => {
  const client = new Client();
  const { chat } = chatOf(client, { model: "stub:tokens=20,delay=20,fault=drop" });
  await chat.sendMessage({ text: "Hello" });
  expect(chat.status).toBe("error");
  expect(chat.error?.message).toMatch(/\S+\.$/);
  expect(chat.error?.message).not.toContain("sk-");
  const told = textsOf(chat)[1]?.[1] ?? "";
  expect([told.length > 20, stubText(10).startsWith(told)]).toEqual([true, true]);
  expect(chat.messages[1]?.metadata).toMatchObject({ status: "partial" });
});

test("what was answered anew replaces what was shown, and what stays is there once", async () => {
  const { chat } = chatOf(new Client(), {
    model: "stub:tokens=60,delay=10,fault=drop,chain=restart",
  });
  await chat.sendMessage({ text: "Hello" });
  expect(chat.error).toBeUndefined();
  const answer = chat.messages[1];
  expect(textsOf(chat)[1]?.[1]).toBe(stubText(120));
  expect(answer?.parts.filter(({ type }) => type === "text")).toHaveLength(1);
  expect(answer?.parts.filter(({ type }) => type === "data-notice")).toHaveLength(1);
});

test("tools that the page runs are called once, and what they return goes on in the same message", async () => {
  const client = new Client();
  const tag = newTag();
  const ran: unknown[] = [];
  const body = {
    model: `stub:tool=weather,args=${encodeURIComponent('{"place":"Kiel"}').replaceAll("%2C", "%2C")},tag=${tag}`,
    tools: [{ name: "weather", parameters: { type: "object", properties: {} } }],
  };
  const { chat } = chatOf(client, body, {
    onToolCall: ({ toolCall }) => void ran.push(toolCall.input),
    sendAutomaticallyWhen: ({ messages }) => {
      const last = messages.at(-1);
      const step = last?.parts.slice(last.parts.findLastIndex(({ type }) => type === "step-start"));
      return step?.some((part) => "state" in part && part.state === "output-available") ?? false;
    },
  });
  await chat.sendMessage({ text: "How is it in Kiel?" });
  expect(ran).toEqual([{ place: "Kiel" }]);
  const call = chat.messages[1]?.parts.find(({ type }) => type === "tool-weather");
  if (call === undefined || !("toolCallId" in call)) throw new Error("no call");
  await chat.addToolOutput({
    tool: "weather",
    toolCallId: call.toolCallId,
    output: { degrees: 12 },
  });
  await eventually(
    async () => chat.status === "ready" && chat.messages[1]?.parts.at(-1)?.type === "text",
  );
  expect(chat.error).toBeUndefined();
  expect(chat.messages).toHaveLength(2);
  expect(kindsOf(chat.messages[1])).toEqual(["step-start", "tool-weather", "step-start", "text"]);
  expect(textsOf(chat)[1]?.[1]).toBe(stubText(8));
  expect(ran).toHaveLength(1);
  const { conversationId, messageId } = chat.messages[1]?.metadata ?? {};
  const stored = await client.messages(conversationId ?? "");
  expect(stored[2]?.parts).toEqual([
    {
      type: "tool_result",
      tool_call_id: call.toolCallId,
      content: '{"degrees":12}',
      returned: "json",
    },
  ]);
  expect(stored.at(-1)?.id).toBe(messageId);
  // What follows comes after all of it.
  await chat.sendMessage({ text: "Thanks" }, { body: { model: "stub:say=Bye", tools: [] } });
  expect(textsOf(chat).at(-1)).toEqual(["assistant", "Bye"]);
  expect(
    (await client.messages(conversationId ?? "")).map(({ notices }) => notices.length),
  ).toEqual([0, 0, 0, 0, 0, 0]);
});

test("a page that is loaded anew has of a chat what it would have had", async () => {
  const client = new Client();
  const body = { model: "stub:say=Hi" } as Record<string, unknown>;
  const { chat } = chatOf(client, body, { onToolCall: () => undefined });
  const messagesOf = async () =>
    (await client.json<{ messages: Shown[] }>(`${API}/${chat.id}/messages`)).messages;
  expect(await messagesOf()).toEqual([]);
  await chat.sendMessage({ text: "Hello" });
  body["tools"] = [{ name: "weather" }];
  body["model"] = "stub:tool=weather";
  await chat.sendMessage({ text: "How is it?" });
  const call = chat.messages[3]?.parts.find(({ type }) => type === "tool-weather");
  if (call === undefined || !("toolCallId" in call)) throw new Error("no call");
  await chat.addToolOutput({ tool: "weather", toolCallId: call.toolCallId, output: { wet: true } });
  await chat.sendMessage();
  expect(chat.messages).toHaveLength(4);
  const shown = await messagesOf();
  /** What both know: the client has its own ids for what its user says. */
  const known = (messages: readonly Shown[]) =>
    messages.map(({ id, role, metadata, parts }) => ({
      id: role === "user" ? "" : id,
      metadata: role === "user" ? {} : metadata,
      parts: JSON.parse(
        JSON.stringify(parts, (key, value: unknown) =>
          key === "state" && value === "done" ? undefined : value,
        ),
      ) as unknown,
    }));
  expect(known(shown)).toEqual(known(chat.messages));
  // It goes on from there, and edits by the ids that it has now.
  const anew = chatOf(client, { model: "stub:say=So" }, { id: chat.id, messages: shown });
  await anew.chat.sendMessage({ text: "Good", messageId: shown[2]?.id ?? "" });
  expect(textsOf(anew.chat).map(([, text]) => text)).toEqual(["Hello", "Hi", "Good", "So"]);
  expect((await messagesOf()).map(({ id }) => id)).toHaveLength(4);
  await anew.chat.regenerate({ messageId: shown[0]?.id ?? "" });
  expect((await messagesOf()).map(({ role }) => role)).toEqual(["user", "assistant"]);
});

test("pictures go along, and other files are told where they belong", async () => {
  const tag = newTag();
  const { chat } = chatOf(new Client(), { model: `stub:say=Nice,tag=${tag}` });
  const url =
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  await chat.sendMessage({
    text: "What is it?",
    files: [{ type: "file", mediaType: "image/png", url }],
  });
  expect(chat.error).toBeUndefined();
  expect(JSON.stringify((await journal(tag)).last)).toContain(url);
  await chat.sendMessage({
    text: "And this?",
    files: [
      { type: "file", mediaType: "application/pdf", url: "data:application/pdf;base64,AA==" },
    ],
  });
  expect(chat.error?.message).toContain("messages.2.parts.0.mediaType: should be a picture's");
});

test("a chat may be named as a conversation is, and another's is not there", async () => {
  const owner = await person();
  const id = await owner.conversation();
  const mine = chatOf(owner, { model: "stub:say=Hi" }, { id });
  await mine.chat.sendMessage({ text: "Hello" });
  expect(mine.chat.messages[1]?.metadata?.conversationId).toBe(id);
  const theirs = chatOf(await person(), { model: "stub:say=Hi" }, { id });
  await theirs.chat.sendMessage({ text: "Hello" });
  await theirs.chat.resumeStream();
  expect(theirs.asked.map(({ status }) => status)).toEqual([404, 404]);
  expect(await owner.messages(id)).toHaveLength(2);
});

test("rubbish is refused by name, and makes nothing", async () => {
  const client = new Client();
  const refused = async (field: string, body: object) => {
    const response = await client.fetch(API, { json: { id: "x", model: "stub:say=Hi", ...body } });
    const { error } = await response.json<{ error: { message: string } }>();
    expect.soft([response.status, error.message.split(": ")[0]]).toEqual([400, field]);
  };
  const user = (parts: unknown) => ({ messages: [{ role: "user", parts }] });
  await refused("id", { id: "", ...user([{ type: "text", text: "Hi" }]) });
  await refused("id", { id: "x".repeat(256), ...user([{ type: "text", text: "Hi" }]) });
  await refused("id", { id: 7, ...user([{ type: "text", text: "Hi" }]) });
  await refused("messages", {});
  await refused("messages", { message: "Hi", ...user([{ type: "text", text: "Hi" }]) });
  await refused("message", { message: "Hi" });
  await refused("message.parts.0.text", {
    message: { role: "user", parts: [{ type: "text", text: " " }] },
  });
  await refused("messages", { messages: "Hi" });
  await refused("messages", { messages: [] });
  await refused("trigger", { trigger: "resume-stream", ...user([{ type: "text", text: "Hi" }]) });
  await refused("messages.0", { messages: ["Hi"] });
  await refused("messages.0.role", { messages: [{ role: "robot", parts: [] }] });
  await refused("messages.0.role", { messages: [{ role: "system", parts: [] }] });
  await refused("messages.0.role", { messages: [{ role: "assistant", parts: [] }] });
  await refused("messages.0.parts", user("Hi"));
  await refused("messages.0.parts", user([]));
  await refused("messages.0.parts", user([{ type: "text", text: "" }]));
  await refused("messages.0.parts.0.text", user([{ type: "text", text: "  " }]));
  await refused("messages.0.parts.0.text", user([{ type: "text", text: 7 }]));
  await refused(
    "messages.0.parts.1.text",
    user([{ type: "step-start" }, { type: "text", text: "\ud800" }]),
  );
  await refused(
    "messages.0.parts.0.url",
    user([{ type: "file", mediaType: "image/png", url: "file:///etc/passwd" }]),
  );
  await refused("temperature", { temperature: 9, ...user([{ type: "text", text: "Hi" }]) });
  const { pagination } = await client.json<{ pagination: { total: number } }>(
    "/api/v1/conversations",
  );
  expect(pagination.total).toBe(0);
});

test("the last message alone is enough, as the package's guide sends it", async () => {
  const client = new Client();
  const asked: unknown[] = [];
  const transport = new DefaultChatTransport<Shown>({
    api: API,
    fetch: (path, init) => client.fetch(path as string, init),
    prepareSendMessagesRequest: ({ id, messages, trigger, messageId }) => {
      const body = { id, message: messages.at(-1), trigger, messageId, model: "stub:say=Hi" };
      asked.push(body);
      return { body };
    },
  });
  const chat = new Chat({ transport });
  await chat.sendMessage({ text: "First" });
  await chat.sendMessage({ text: "Second" });
  await chat.regenerate();
  expect(chat.error).toBeUndefined();
  const { conversationId } = chat.messages.at(-1)?.metadata ?? {};
  const stored = await client.messages(conversationId ?? "");
  expect(stored.map(({ content }) => content)).toEqual(["First", "Hi", "Second", "Hi"]);
  expect(stored[3]?.sibling_ids).toHaveLength(2);
  expect(asked).toHaveLength(3);
});

test("what is new of a chat is what is paid for, however much of it is sent", async () => {
  const one = await personWith({ daily_tokens: 2000, tokens_per_minute: null });
  const message = (text: string) => ({ role: "user", parts: [{ type: "text", text }] });
  const long = "word ".repeat(1900);
  const body = { id: newTag(), model: "stub:say=Hi", max_tokens: 200 };
  const over = await one.fetch(API, { json: { ...body, messages: [message(long)] } });
  expect(over.status).toBe(402);
  const within = await one.fetch(API, {
    json: { ...body, messages: [message(long), message("Hi")] },
  });
  expect(within.status).toBe(200);
  await within.text();
});

test("a chat that went on elsewhere goes on there, and says so", async () => {
  const client = new Client();
  const { chat } = chatOf(client, { model: "stub:say=Hi" });
  await chat.sendMessage({ text: "Hello" });
  const { conversationId } = chat.messages[1]?.metadata ?? {};
  await client.chat({
    message: "From the phone",
    conversation_id: conversationId,
    model: "stub:say=Ho",
  });
  await chat.sendMessage({ text: "From here" });
  expect(kindsOf(chat.messages.at(-1))).toContain("data-notice");
  expect((await client.messages(conversationId ?? "")).map(({ content }) => content)).toEqual([
    "Hello",
    "Hi",
    "From the phone",
    "Ho",
    "From here",
    "Hi",
  ]);
});

test("a long chat may be sent whole, and beyond a bound is told what is enough", async () => {
  const client = new Client();
  const message = (text: string) => ({ role: "user", parts: [{ type: "text", text }] });
  const said = (many: number) => ({
    id: newTag(),
    model: "stub:say=Hi",
    messages: [...Array.from({ length: many }, () => message("x".repeat(100_000))), message("Hi")],
  });
  const whole = await client.fetch(API, { json: said(30) });
  expect(whole.status).toBe(200);
  await whole.text();
  const over = await client.fetch(API, { json: said(90) });
  expect(over.status).toBe(413);
  expect(await over.text()).toContain("prepareSendMessagesRequest");
});
