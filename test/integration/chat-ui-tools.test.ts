// Tools that the page of a chat runs: what they return, and what of it is there when the page is loaded anew.
import { DefaultChatTransport, lastAssistantMessageIsCompleteWithToolCalls } from "ai";
import { expect, test } from "vitest";
import { stubText } from "../stub/provider.ts";
import { Client, eventually, newTag } from "./client.ts";
import { API, Chat, chatOf, type Shown, textsOf } from "./ui-chat.ts";

const TOOLS = [{ name: "weather", parameters: { type: "object", properties: {} } }];

const sends = { sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls };

const toolsOf = (message: Shown | undefined) =>
  (message?.parts ?? []).flatMap((part) => ("toolCallId" in part ? [part] : []));

async function called(client: Client, tools: number, init = {}, more = {}) {
  const body = { model: `stub:tool=weather,tools=${tools},tag=${newTag()}`, tools: TOOLS, ...more };
  const made = chatOf(client, body, init);
  await made.chat.sendMessage({ text: "How is it?" });
  return {
    ...made,
    body,
    calls: toolsOf(made.chat.messages[1]).map(({ toolCallId }) => toolCallId),
  };
}

const answered = (chat: Chat) =>
  eventually(async () => chat.status === "ready" && textsOf(chat).at(-1)?.[1] !== "");

async function loaded(client: Client, chat: Chat): Promise<Shown[]> {
  return (await client.json<{ messages: Shown[] }>(`${API}/${chat.id}/messages`)).messages;
}

test("a tool that returns nothing has returned, alone and beside another", async () => {
  for (const many of [1, 2]) {
    const client = new Client();
    const { chat, calls } = await called(client, many, sends);
    expect(calls).toHaveLength(many);
    const [nothing = "", something] = calls;
    if (something !== undefined)
      await chat.addToolOutput({ tool: "weather", toolCallId: something, output: "Dry" });
    await chat.addToolOutput({ tool: "weather", toolCallId: nothing, output: undefined });
    await answered(chat);
    expect(chat.error).toBeUndefined();
    const { conversationId = "" } = chat.messages[1]?.metadata ?? {};
    const results = (await client.messages(conversationId))[2]?.parts ?? [];
    expect(results.map((part) => (part.type === "tool_result" ? part.content : null))).toEqual(
      ["", "Dry"].slice(0, many),
    );
  }
});

test("what tools returned is the same when the page is loaded anew", async () => {
  const outputs = ["42", "true", '{"a":1}', "", 42, true, null, { a: 1 }, ["x"]];
  const client = new Client();
  const { chat, calls } = await called(client, outputs.length + 1);
  const put = { tool: "weather" } as const;
  for (const [at, output] of outputs.entries())
    await chat.addToolOutput({ ...put, toolCallId: calls[at] ?? "", output });
  const last = { toolCallId: calls.at(-1) ?? "", errorText: "Error: no wind" };
  await chat.addToolOutput({ ...put, ...last, state: "output-error" });
  await chat.sendMessage();
  expect(chat.error).toBeUndefined();
  const returned = (message: Shown | undefined) =>
    toolsOf(message).map(({ state, output, errorText }) => ({ state, output, errorText }));
  const shown = returned((await loaded(client, chat))[1]);
  expect(shown.map(({ output }) => output)).toEqual([...outputs, undefined]);
  expect(shown).toEqual(returned(chat.messages[1]));
  // Of a tool that another client ran nobody said what it returned.
  const other = new Client();
  const asked = await called(other, 1);
  const { conversationId } = asked.chat.messages[1]?.metadata ?? {};
  const parts = [{ type: "tool_result", tool_call_id: asked.calls[0], content: '{"wet":true}' }];
  const sent = await other.chat({ conversation_id: conversationId, parts, model: "stub:say=So" });
  expect(sent.status).toBe(200);
  expect(returned((await loaded(other, asked.chat))[1])).toMatchObject([{ output: { wet: true } }]);
});

test("a page that comes back while it goes on after a tool has one message, and runs the tool once", async () => {
  const client = new Client();
  const ran: unknown[] = [];
  let cut = false;
  // The connection breaks in the middle of the answer to what the tool returned.
  const broken = (body: ReadableStream<Uint8Array>) => {
    const reader = body.getReader();
    let left = 12;
    return new ReadableStream<Uint8Array>({
      async pull(to) {
        const { done, value } = await reader.read();
        if (done) return to.close();
        to.enqueue(value);
        if (--left > 0) return;
        to.error(new TypeError("network error"));
        await reader.cancel();
      },
    });
  };
  const transport = new DefaultChatTransport<Shown>({
    api: API,
    body: () => ({ model: "stub:tool=weather,tokens=60,delay=15", tools: TOOLS }),
    fetch: async (path, init) => {
      const response = await client.fetch(path as string, init);
      if (!cut || response.body === null) return response;
      cut = false;
      return new Response(broken(response.body), response);
    },
  });
  const chat = new Chat({ transport, onToolCall: ({ toolCall }) => void ran.push(toolCall.input) });
  await chat.sendMessage({ text: "How is it?" });
  const [call] = toolsOf(chat.messages[1]);
  const { toolCallId = "" } = call ?? {};
  const first = chat.messages[1]?.id;
  await chat.addToolOutput({ tool: "weather", toolCallId, output: { wet: true } });
  cut = true;
  await chat.sendMessage();
  expect(chat.error?.message).toBe("network error");
  expect(stubText(60).startsWith(textsOf(chat)[1]?.[1] ?? "-")).toBe(true);
  // The page itself, and one that is loaded now.
  const anew = new Chat({
    transport,
    id: chat.id,
    messages: await loaded(client, chat),
    onToolCall: ({ toolCall }) => void ran.push(toolCall.input),
  });
  expect(toolsOf(anew.messages[1])).toMatchObject([{ state: "output-available" }]);
  await Promise.all([chat.resumeStream(), anew.resumeStream()]);
  const [, whole] = await loaded(client, chat);
  for (const { error, messages } of [chat, anew]) {
    expect(error).toBeUndefined();
    expect(messages.map(({ id }) => id).slice(1)).toEqual([first]);
    expect(messages[1]?.parts.map(({ type }) => type)).toEqual([
      "step-start",
      "tool-weather",
      "step-start",
      "text",
    ]);
    expect(messages[1]?.parts.at(-1)).toMatchObject({ text: stubText(60), state: "done" });
    expect(toolsOf(messages[1])).toMatchObject([
      { toolCallId, state: "output-available", input: { place: "Bonn" }, output: { wet: true } },
    ]);
    expect(messages[1]?.metadata).toEqual(whole?.metadata);
  }
  expect(ran).toHaveLength(1);
});

test("each answer of a message keeps its notices, on the page and when that is loaded anew", async () => {
  const client = new Client();
  const { chat, calls } = await called(client, 1, {}, { one: 1 });
  await chat.addToolOutput({ tool: "weather", toolCallId: calls[0] ?? "", output: "Dry" });
  await chat.sendMessage(undefined, { body: { two: 2 } });
  const told = (message: Shown | undefined) =>
    (message?.parts ?? []).flatMap((part) => (part.type === "data-notice" ? [part] : []));
  const notices = told(chat.messages[1]);
  expect(notices).toHaveLength(2);
  expect(new Set(notices.map(({ id }) => id)).size).toBe(2);
  expect(told((await loaded(client, chat))[1])).toEqual(notices);
});
