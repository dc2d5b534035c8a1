// Tools that the page of a chat runs: what they return, and what of it is there when the page is loaded anew.
import { lastAssistantMessageIsCompleteWithToolCalls } from "ai";
import { expect, test } from "vitest";
import { Client, eventually, newTag } from "./client.ts";
import { API, type Chat, chatOf, type Shown, textsOf } from "./ui-chat.ts";

const TOOLS = [{ name: "weather", parameters: { type: "object", properties: {} } }];

const sends = { sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls };

const toolsOf = (message: Shown | undefined) =>
  (message?.parts ?? []).flatMap((part) => ("toolCallId" in part ? [part] : []));

async function called(client: Client, tools: number, init = {}) {
  const body = { model: `stub:tool=weather,tools=${tools},tag=${newTag()}`, tools: TOOLS };
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
