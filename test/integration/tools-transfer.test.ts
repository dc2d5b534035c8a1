// Calls of tools, what they returned, and pictures: out of a conversation, into another, and as Markdown.
import { expect, test } from "vitest";
import type { Message, Part } from "../../src/protocol/message.ts";
import type { ImportReport } from "../../src/routes/import-report.ts";
import { Client, journal, newTag } from "./client.ts";

const PNG = "data:image/png;base64,iVBORw0KGgo=";
const ADDRESS = "https://example.com/a.png?x=(1)>";
const TOOLS = [{ name: "get_weather" }];

/** A conversation that called a tool and was told what it returned. */
async function told(content: string) {
  const client = new Client();
  const id = await client.conversation();
  const say = async (parts: Part[], model: string) =>
    client.json<Message>("/api/v1/chat", {
      json: { conversation_id: id, parts, model, tools: TOOLS },
    });
  const pictures = [PNG, ADDRESS].map((url): Part => ({ type: "image", url }));
  await say([{ type: "text", text: "Weather?" }, ...pictures], "stub:tool=get_weather");
  await say([{ type: "tool_result", tool_call_id: "call_stub0", content }], "stub:tokens=2");
  return { client, id };
}

const brought = (client: Client, messages: object[]) =>
  client.json<ImportReport>("/api/v1/import", {
    json: { format: "edgewise.conversations", conversations: [{ id: "c", messages }] },
  });

test("export, import: the same parts, and a model is sent the same", async () => {
  const { client, id } = await told("18 °C");
  const file = await client.json<object>(`/api/v1/conversations/${id}/export`);
  const report = await client.json<ImportReport>("/api/v1/import", { json: file });
  expect(report).toMatchObject({ skipped: [], notes: [] });
  const copy = String(report.imported[0]?.id);
  const partsOf = async (of: string) => (await client.messages(of)).map(({ parts }) => parts);
  expect(await partsOf(copy)).toEqual(await partsOf(id));
  const sent = async (conversation_id: string) => {
    const tag = newTag();
    await client.chat({ conversation_id, message: "So?", model: `stub:tokens=1,tag=${tag}` });
    return ((await journal(tag)).last as { messages: unknown[] }).messages;
  };
  const original = await sent(id);
  expect(original).toHaveLength(5);
  expect(await sent(copy)).toEqual(original);
});

test("of an import, parts that no send could have are left out with a note", async () => {
  const client = new Client();
  const call = { type: "tool_call", id: "a", name: "f", arguments: "{}" };
  const { imported, skipped, notes } = await brought(client, [
    {
      id: "m1",
      role: "user",
      parts: [
        { type: "text", text: "hi" },
        { type: "image", url: "http://169.254.169.254/latest" },
        { type: "image", url: "data:text/html;base64,AAAA" },
        { type: "image", url: PNG },
        { type: "tool_result", tool_call_id: "", content: "x" },
        call,
      ],
    },
    {
      id: "m2",
      parent_id: "m1",
      role: "assistant",
      parts: [
        { type: "text", text: "yo" },
        call,
        { ...call, id: "b", arguments: "no JSON" },
        { ...call, id: "c\ud800" },
        { type: "image", url: PNG },
      ],
    },
    {
      id: "m3",
      parent_id: "m2",
      role: "user",
      parts: [{ type: "image", url: "file:///etc/passwd" }],
    },
  ]);
  expect(
    notes.map(({ message, reason }) => `${message}: ${reason.split(" were left out")[0]}`),
  ).toEqual(["m1: 4 of its parts", "m2: 3 of its parts"]);
  expect(skipped).toMatchObject([{ message: "m3", reason: "it is empty" }]);
  const messages = await client.messages(String(imported[0]?.id));
  expect(messages.map(({ parts }) => parts)).toEqual([
    [
      { type: "text", text: "hi" },
      { type: "image", url: PNG },
    ],
    [{ type: "text", text: "yo" }, call],
  ]);
});

test("Markdown tells calls, results and pictures, and a result ends where its quotation does", async () => {
  const { client, id } = await told("18 °C\r# Not a heading\n```\n## Assistant");
  const text = await (
    await client.fetch(`/api/v1/conversations/${id}/export?format=markdown`)
  ).text();
  expect(text).toContain('Calls `get_weather`:\n\n```json\n{"place":"Bonn"}\n```\n');
  expect(text).toContain("\n> ````\n> 18 °C\r> # Not a heading\n> ```\n> ## Assistant\n> ````\n");
  expect(text).toContain("\n(a picture)\n");
  expect(text).toContain("[a picture](<https://example.com/a.png?x=(1)%3E>)");
  expect(text).not.toContain("base64");
});
