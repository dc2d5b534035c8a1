// Conversations out, in, and on in another: the whole way through the Worker and its objects.
import { expect, test } from "vitest";
import { runInDurableObject } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { visitorPrincipal } from "../../src/auth/principal.ts";
import { newConversationId, ownedId } from "../../src/ids.ts";
import type { Conversation, ConversationDetail } from "../../src/protocol/conversation.ts";
import type { Message } from "../../src/protocol/message.ts";
import type { BroughtMessage } from "../../src/protocol/transfer.ts";
import type { ImportReport } from "../../src/routes/import-report.ts";
import { streamed } from "../../src/routes/export.ts";
import { Client, eventually, ring, sse, stubOf } from "./client.ts";
import { person } from "./people.ts";

type File = {
  format: string;
  version: number;
  exported_at: string;
  conversations: (ConversationDetail & { messages: Message[] })[];
  incomplete: { id: string | null; reason: string }[];
};

const path = (id: string) => `/api/v1/conversations/${id}`;
const exported = (client: Client, id: string) => client.json<File>(`${path(id)}/export`);
const brought = (client: Client, file: unknown) =>
  client.json<ImportReport>("/api/v1/import", { json: file });

async function say(client: Client, id: string, message: string, more: object = {}) {
  const body = { message, model: "stub:tokens=2", ...more };
  return client.json<Message>(`${path(id)}/messages`, { json: body });
}

/** What stays the same when a conversation is copied: everything but ids. */
function treeOf({ messages, leaf_id }: { messages: Message[]; leaf_id: string | null }) {
  const plain = new Map(messages.map((message) => [message.id, message]));
  const way = (message: Message): string => {
    const parent = message.parent_id === null ? undefined : plain.get(message.parent_id);
    return `${parent === undefined ? "" : way(parent)}/${message.role}:${message.content}`;
  };
  const leaf = plain.get(String(leaf_id));
  return {
    shown: leaf === undefined ? null : way(leaf),
    messages: messages
      .map((message) => ({
        way: way(message),
        parts: message.parts,
        status: message.status,
        created_at: message.created_at,
        timestamp: message.timestamp,
        model: message.model,
        provider: message.provider,
        tokens_used: message.tokens_used,
        finish_reason: message.finish_reason,
        feedback: message.feedback,
        metadata: message.metadata,
      }))
      .toSorted((a, b) => (a.way + a.created_at < b.way + b.created_at ? -1 : 1)),
  };
}

/** A conversation with an edit, two answers to one question, a rating and an erased message. */
async function grown(client: Client): Promise<string> {
  const { id } = await client.json<{ id: string }>("/api/v1/conversations", {
    json: {
      title: "Trees",
      tags: ["a", "b"],
      pinned: true,
      system_prompt: "Be brief.",
      metadata: { of: "mine" },
      memory: { messages: 7 },
    },
  });
  const first = await say(client, id, "one");
  await say(client, id, "two", { metadata: { n: 2 } });
  const third = await say(client, id, "three");
  const edit = { json: { message: "two, otherwise", model: "stub:tokens=3" } };
  const second = (await client.messages(id))[2];
  await client.json(`${path(id)}/messages/${second?.id}/edit`, edit);
  await client.json(`${path(id)}/messages/${first.id}/regenerate`, {
    json: { model: "stub:tokens=4" },
  });
  await client.json(`${path(id)}/messages/${third.id}/feedback`, {
    json: { rating: "up", comment: "Good" },
  });
  await client.json(`${path(id)}/messages/${third.id}/activate`, { method: "POST", json: {} });
  return id;
}

test("export, import, export: the same tree, branches, feedback and settings included", async () => {
  const client = new Client();
  const id = await grown(client);
  const file = await exported(client, id);
  const [original] = file.conversations;
  if (original === undefined) throw new Error("nothing was exported");
  expect(file).toMatchObject({ format: "edgewise.conversations", version: 1, incomplete: [] });
  expect(original.messages).toHaveLength(9);
  const other = new Client();
  const report = await brought(other, file);
  expect(report).toMatchObject({
    skipped: [],
    notes: [],
    broke_off: null,
    totals: { conversations: 1, messages: 9, skipped: 0 },
    imported: [{ title: "Trees", messages: 9, source_id: id }],
  });
  const copy = (await exported(other, String(report.imported[0]?.id))).conversations[0];
  if (copy === undefined) throw new Error("nothing was exported again");
  expect(treeOf(copy)).toEqual(treeOf(original));
  const { title, tags, pinned, system_prompt, metadata, memory, created_at, message_count } =
    original;
  const kept = { title, tags, pinned, system_prompt, metadata, memory, created_at, message_count };
  expect(copy).toMatchObject(kept);
  expect(copy.status).toBe("paused"); // nobody has spoken in it here
  expect((await other.messages(copy.id)).map(({ content }) => content)).toEqual(
    (await client.messages(id)).map(({ content }) => content),
  );
  const listed = await other.json<{ conversations: Conversation[] }>("/api/v1/conversations");
  expect(listed.conversations[0]).toMatchObject({ id: copy.id, created_at, message_count: 9 });
  // One goes on in it as in any other, and a second import makes a second copy.
  await say(other, copy.id, "four");
  expect(await other.json(path(copy.id))).toMatchObject({ status: "active", message_count: 11 });
  const again = await brought(other, file);
  expect(again.imported[0]?.id).not.toBe(copy.id);
});

test("an erased message keeps its place on the way", async () => {
  const client = new Client();
  const { id } = await client.json<{ id: string }>("/api/v1/conversations", {
    json: { title: "Named" },
  });
  await say(client, id, "secret");
  await say(client, id, "open");
  const [first] = await client.messages(id);
  await client.fetch(`${path(id)}/messages/${first?.id}`, { method: "DELETE" });
  const file = await exported(client, id);
  expect(JSON.stringify(file)).not.toContain('"secret"');
  const { imported } = await brought(client, file);
  const messages = await client.messages(String(imported[0]?.id));
  expect(messages.map(({ status }) => status)).toEqual([
    "deleted",
    "completed",
    "completed",
    "completed",
  ]);
  expect(await client.json(path(String(imported[0]?.id)))).toMatchObject({ message_count: 3 });
});

test("a whole account: every conversation, oldest first, as JSON and as Markdown", async () => {
  const client = new Client();
  const none = await client.json<File>("/api/v1/export");
  expect(none.conversations).toEqual([]);
  const empty = await client.conversation();
  const id = await grown(client);
  const file = await client.json<File>("/api/v1/export?format=json");
  expect(file.conversations.map((it) => [it.id, it.messages.length])).toEqual([
    [empty, 0],
    [id, 9],
  ]);
  const response = await client.fetch("/api/v1/export?format=markdown");
  expect(response.headers.get("Content-Type")).toBe("text/markdown; charset=utf-8");
  expect(response.headers.get("Cache-Control")).toBe("no-store");
  expect(response.headers.get("Content-Disposition")).toContain("conversations.md");
  const text = await response.text();
  expect(text.match(/^# .*$/gm)).toEqual(["# Untitled", "# Trees"]);
  expect((await client.fetch("/api/v1/export?format=pdf")).status).toBe(400);
});

test("Markdown shows the branch that is shown, and nothing in it passes for a heading of ours", async () => {
  const client = new Client();
  const id = await client.conversation();
  const hostile = "```\n````\n## Assistant, 2020\n\n</pre><h1>x</h1>\n# y\r## z";
  await say(client, id, "first");
  await say(client, id, hostile);
  const shown = (await client.messages(id))[2];
  await client.json(`${path(id)}/messages/${shown?.id}/edit`, {
    json: { message: "not this", model: "stub:tokens=1" },
  });
  await client.json(`${path(id)}/messages/${shown?.id}/activate`, { method: "POST", json: {} });
  await client.json(path(id), { method: "PATCH", json: { title: "# <b>*T*</b>\n## User" } });
  const text = await (await client.fetch(`${path(id)}/export?format=markdown`)).text();
  expect(text).not.toContain("not this");
  // Outside of fences there is nothing but what is ours.
  const outside = text.replaceAll(/^(`{3,})markdown\n[^]*?\n\1$/gm, "");
  expect(outside.match(/^#+ .*$/gm)?.map((line) => line.replace(/, 2.*/, ""))).toEqual([
    String.raw`# \# \<b\>\*T\*\<\/b\> \#\# User`,
    "## User",
    String.raw`## Assistant (stub\:tokens\=2)`,
    "## User",
    String.raw`## Assistant (stub\:tokens\=2)`,
  ]);
  expect(text).toContain(`\n\`\`\`\`\`markdown\n${hostile}\n\`\`\`\`\`\n`);
});

const BIDI = "\u202Egpj.exe";
test.each([
  ["10,000 characters", "x".repeat(10_000)],
  ["emoji", "👩‍👩‍👧‍👦".repeat(20)],
  ["right to left", `שלום ${BIDI}`],
  ["slashes and dots", "../../etc/passwd\\..\\x"],
  ["quotes and a header's end", `a"b'c; filename=x\r\nSet-Cookie: a=b`],
  ["a device", "CON"],
  ["nothing but marks", "///"],
  ["percent signs", "%2F%2e%2e"],
])("a title of %s is a safe file name", async (_, title) => {
  const { attachment } = await import("../../src/protocol/file-name.ts");
  const header = attachment(title, "json");
  expect(header).toMatch(
    /^attachment; filename="conversations\.json"; filename\*=UTF-8''[\w.!#$&+^`|~%-]+$/,
  );
  const name = decodeURIComponent(header.split("''")[1] ?? "");
  expect(name).not.toMatch(/[/\\\r\n"\u202E%]|^\.|^con\./i);
  expect(new TextEncoder().encode(name).length).toBeLessThan(200);
  expect(name.endsWith(".json")).toBe(true);
  const client = new Client();
  const { id } = await client.json<{ id: string }>("/api/v1/conversations", {
    json: { title: title.slice(0, 255) },
  });
  const response = await client.fetch(`${path(id)}/export`);
  expect(response.headers.get("Content-Disposition")).toContain("filename*=UTF-8''");
  await response.body?.cancel();
});

const node = (id: string, parent: string | null, role: string | null, text = "", more = {}) => ({
  id,
  parent,
  children: [],
  message:
    role === null
      ? null
      : {
          id,
          author: { role, name: null, metadata: {} },
          create_time: 1_700_000_000.5,
          content: { content_type: "text", parts: [text] },
          status: "finished_successfully",
          metadata: role === "assistant" ? { model_slug: "gpt-4o" } : {},
          ...more,
        },
});
const mapping = (...nodes: ReturnType<typeof node>[]) =>
  Object.fromEntries(nodes.map((it) => [it.id, it]));

test("ChatGPT's file: branches, times, the branch that was shown; what is not taken is told", async () => {
  const client = new Client();
  const report = await brought(client, [
    {
      title: `Tides ${"🌊".repeat(200)}`,
      create_time: 1_699_999_999.25,
      update_time: 1_700_000_001,
      mapping: mapping(
        node("root", null, null),
        node("sys", "root", "system", ""),
        node("q1", "sys", "user", "Why tides?"),
        node("a1", "q1", "assistant", "The moon."),
        node("tool", "a1", "tool", "search"),
        node("q2", "tool", "user", "And the sun?"),
        node("a2", "q2", "assistant", "Also."),
        node("q2b", "tool", "user", "And Mars?"),
        node("a2b", "q2b", "assistant", "", {
          content: {
            content_type: "multimodal_text",
            parts: [{ content_type: "image_asset_pointer" }, "See above."],
          },
        }),
        node("img", "a2b", "user", "", {
          content: { content_type: "multimodal_text", parts: [{ x: 1 }] },
        }),
        node("code", "a2b", "assistant", "", {
          content: { content_type: "code", language: "python", text: "1 + 1" },
        }),
      ),
      current_node: "a2",
      conversation_id: "c-1",
    },
    {
      title: "Odd",
      mapping: {
        bad: 7,
        ...mapping(node("x", "y", "user", "in a circle"), node("y", "x", "user", "z")),
      },
    },
    { title: "Lost parent", mapping: mapping(node("l", "gone", "user", "Hello?")) },
    { title: null, mapping: {} },
    "nonsense",
    {
      title: "Last",
      mapping: mapping(node("a", null, "user", "\u0000\ud800 still fine")),
      id: "c-5",
    },
  ]);
  expect(report.imported.map((it) => [it.source_id, it.messages])).toEqual([
    ["c-1", 7],
    [null, 1],
    ["c-5", 1],
  ]);
  expect(report.skipped.map((it) => [it.conversation, it.message ?? null])).toEqual([
    ["#0", "sys"],
    ["#0", "tool"],
    ["#0", "img"],
    ["#1", "bad"],
    ["#1", "x"],
    ["#1", "y"],
    ["#1", null],
    ["#3", null],
    ["#4", null],
  ]);
  expect(report.notes.map(({ message }) => message)).toEqual(["a2b", "l"]);
  expect(report.totals).toEqual({ conversations: 3, messages: 9, skipped: 9, notes: 2 });
  const [tides, , last] = report.imported;
  expect(tides?.title?.length).toBeLessThanOrEqual(255);
  expect(tides?.title).toMatch(/🌊$/u);
  const id = String(tides?.id);
  expect(await client.json(path(id))).toMatchObject({
    created_at: "2023-11-14T22:13:19.250Z",
    status: "paused",
  });
  const shown = await client.messages(id);
  expect(shown.map(({ role, content, model }) => [role, content, model])).toEqual([
    ["user", "Why tides?", null],
    ["assistant", "The moon.", "gpt-4o"],
    ["user", "And the sun?", null],
    ["assistant", "Also.", "gpt-4o"],
  ]);
  expect(shown[0]?.created_at).toBe("2023-11-14T22:13:20.500Z");
  expect(shown[2]?.sibling_ids).toHaveLength(2);
  expect((await client.messages(String(last?.id)))[0]?.content).toBe("\uFFFD\uFFFD still fine");
});

test("messages of every wrong kind are skipped with their reason, and the others come", async () => {
  const client = new Client();
  const good = { role: "user", content: "fine" };
  const { imported, skipped, notes } = await brought(client, {
    format: "edgewise.conversations",
    conversations: [
      {
        id: "c",
        title: 7,
        tags: "none",
        metadata: { deep: true },
        prompt: { name: "p", version: 1 },
        provider: "nowhere",
        created_at: "2999-01-01T00:00:00Z",
        messages: [
          7,
          { ...good },
          { ...good, id: "m1", parent_id: null, created_at: "yesterday" },
          { ...good, id: "m1", content: "twice" },
          { ...good, id: "m2", parent_id: "m1", role: "system" },
          { ...good, id: "m3", parent_id: "m2", content: 8 },
          { ...good, id: "m4", parent_id: "m3", content: "  " },
          { ...good, id: "m5", parent_id: "m4", content: "x".repeat(1_000_001) },
          { ...good, id: "m6", parent_id: "m5", role: "assistant", content: "after all that" },
          { ...good, id: "m7", parent_id: 5 },
          { id: "m8", parent_id: "m6", role: "assistant", parts: [], status: "failed" },
        ],
      },
    ],
  });
  expect(skipped.map(({ message, reason }) => `${message}: ${reason}`)).toEqual([
    "#0: has no id, or a parent_id that is no text",
    "#1: has no id, or a parent_id that is no text",
    "m1: its id is that of an earlier message",
    "m2: its role is system; only user and assistant are imported",
    "m3: content: is not of the right type",
    "m4: it is empty",
    "m5: should have at most 1000000 characters; it has 1000001",
    "#9: has no id, or a parent_id that is no text",
  ]);
  expect(notes.map(({ reason }) => reason.split(" was left out")[0])).toEqual([
    "title",
    "tags",
    "prompt",
  ]);
  const id = String(imported[0]?.id);
  const detail = await client.json<ConversationDetail>(path(id));
  expect(detail).toMatchObject({ title: "fine", provider: null, metadata: { deep: true } });
  expect(Date.parse(detail.created_at)).toBeLessThanOrEqual(Date.now());
  expect((await client.messages(id)).map(({ content, status }) => [content, status])).toEqual([
    ["fine", "completed"],
    ["after all that", "completed"],
    ["", "failed"],
  ]);
});

test("what hangs on a message and is too much for it is left out, and the conversation comes", async () => {
  const client = new Client();
  const deep = `${'{"a":'.repeat(3000)}1${"}".repeat(3000)}`;
  const notice = (details: string) =>
    `{"code": "memories_used", "message": "n", "details": ${details}}`;
  const wide = notice(JSON.stringify({ x: "y".repeat(9000) }));
  const long = "i".repeat(201);
  const text = `{"format": "edgewise.conversations", "conversations": [{"id": "c", "messages": [
    {"id": "a", "role": "user", "content": "one", "metadata": ${deep},
     "notices": [${notice(deep)}, ${notice('{"n": 1}')}, ${notice(`{"x": "${"y".repeat(3_000_000)}"}`)}]},
    {"id": "b", "parent_id": "a", "role": "assistant", "content": "two", "notices": [${Array(150).fill(wide).join()}]},
    {"id": "${long}", "parent_id": "b", "role": "user", "content": "three"},
    {"id": "d", "parent_id": "${long}", "role": "user", "content": "four"}]}]}`;
  const report = await (await flown(client, [text])).json<ImportReport>();
  expect(report.skipped.map(({ reason }) => reason)).toEqual([
    "its id has more than 200 characters",
  ]);
  expect(report.notes.map(({ message, reason }) => `${message}: ${reason}`)).toEqual([
    expect.stringMatching(/^a: 2 of its notices were left out.*its metadata was left out/),
    expect.stringMatching(/^b: 139 of its notices were left out/),
    expect.stringMatching(/^d: what it follows is not in the file/),
  ]);
  const id = String(report.imported[0]?.id);
  const { messages = [] } = (await exported(client, id)).conversations[0] ?? {};
  expect(messages.map(({ content }) => content)).toEqual(["one", "two", "four"]);
  expect(messages[0]?.notices).toMatchObject([{ details: { n: 1 } }]);
});

/** A body that comes in pieces, without a length. */
function flowing(text: Iterable<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const pieces = text[Symbol.iterator]();
  return new ReadableStream({
    pull(controller) {
      const { done, value } = pieces.next();
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
  });
}

async function flown(client: Client, text: Iterable<string>): Promise<Response> {
  await client.json("/api/v1/conversations"); // has a token
  return exports.default.fetch(
    new Request("http://edgewise.test/api/v1/import", {
      method: "POST",
      body: flowing(text),
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${client.token}` },
    }),
  );
}

test("20,000 messages come in, and go out again, in one conversation", async () => {
  const client = new Client();
  const many = 20_000;
  function* file() {
    yield '{"format": "edgewise.conversations", "version": 1, "conversations": [{"title": "Long", "messages": [';
    for (let at = 0; at < many; at += 100) {
      const some = Array.from({ length: 100 }, (_, n) => ({
        id: `m${at + n}`,
        parent_id: at + n === 0 ? null : `m${at + n - 1}`,
        role: n % 2 === 0 ? "user" : "assistant",
        content: `Message ${at + n}`,
      }));
      yield (at === 0 ? "" : ",") + some.map((it) => JSON.stringify(it)).join();
    }
    yield "]}]}";
  }
  const response = await flown(client, file());
  const report = await response.json<ImportReport>();
  expect(report.totals).toEqual({ conversations: 1, messages: many, skipped: 0, notes: 0 });
  const id = String(report.imported[0]?.id);
  expect((await client.messages(id, `?offset=${many - 1}`))[0]?.content).toBe(
    `Message ${many - 1}`,
  );
  const again = (await exported(client, id)).conversations[0];
  expect(again?.messages).toHaveLength(many);
  expect(again?.messages.at(-1)?.parent_id).toBe(again?.messages.at(-2)?.id);
}, 120_000);

test("JSON that breaks off: what was whole is there, what was not is gone, and the answer says so", async () => {
  const client = new Client();
  const whole = { id: "a", messages: [{ id: "m", parent_id: null, role: "user", content: "Hi" }] };
  const text = JSON.stringify({ format: "edgewise.conversations", conversations: [whole, whole] });
  const long = Array.from({ length: 600 }, (_, at) => ({
    id: `m${at}`,
    parent_id: null,
    role: "user",
    content: "x",
  }));
  for (const cut of [
    text.slice(0, -20),
    `${text.slice(0, -2)},{"messages":${JSON.stringify(long)},{]`,
  ]) {
    const report = await (await flown(client, [cut])).json<ImportReport>();
    expect(report.broke_off).toMatch(/^body: /);
    expect(report.totals.conversations).toBeGreaterThan(0);
    expect(report.skipped.at(-1)?.reason).toBe("the file breaks off within it");
    const { pagination } = await client.json<{ pagination: { total: number } }>(
      "/api/v1/conversations",
    );
    const all = report.totals.conversations;
    expect(pagination.total).toBe(cut.length < text.length ? all : 1 + all);
  }
});

test.each([
  ["no JSON", "hello", "VALIDATION_ERROR"],
  ["nothing", "", "VALIDATION_ERROR"],
  ["neither format", '{"message": "Hi"}', "VALIDATION_ERROR"],
  ["a list of something else", "[1]", "VALIDATION_ERROR"],
])("a body that is %s is refused by name", async (_, body, code) => {
  const response = await new Client().fetch("/api/v1/import", {
    method: "POST",
    body,
    headers: { "Content-Type": "application/json" },
  });
  expect(response.headers.get("X-Error-Code")).toBe(code);
  expect(await response.json()).toMatchObject({ error: { details: { field: "body" } } });
});

test("an import has a limit of its own, and no other route has it", async () => {
  const client = new Client();
  const large = { format: "edgewise.conversations", conversations: [], x: "y".repeat(2_000_000) };
  expect(await brought(client, large)).toMatchObject({ imported: [] });
  expect((await client.fetch("/api/v1/chat", { json: large })).status).toBe(413);
  const response = await client.fetch("/api/v1/import", {
    method: "POST",
    body: "[]",
    headers: { "Content-Type": "text/plain" },
  });
  expect(response.status).toBe(415);
});

test("a fork has the way to one message and the settings, and goes its own way", async () => {
  const client = new Client();
  const id = await grown(client);
  const shown = await client.messages(id);
  const at = shown[1];
  const response = await client.fetch(`${path(id)}/fork`, { json: { message_id: at?.id } });
  expect(response.status).toBe(201);
  const fork = await response.json<ConversationDetail>();
  expect(fork).toMatchObject({
    title: "Trees (fork)",
    tags: ["a", "b"],
    system_prompt: "Be brief.",
    status: "active",
    message_count: 2,
    metadata: { of: "mine", forked_from: { conversation_id: id, message_id: at?.id } },
  });
  expect(fork.memory.messages).toBe(7);
  const same = ({ role, content, created_at, model }: Message) => [
    role,
    content,
    created_at,
    model,
  ];
  expect((await client.messages(fork.id)).map(same)).toEqual(shown.slice(0, 2).map(same));
  await say(client, fork.id, "elsewhere");
  expect(await client.messages(id)).toHaveLength(shown.length);
  const whole = await client.json<ConversationDetail>(`${path(id)}/fork`, {
    json: { title: "Mine" },
  });
  expect(whole).toMatchObject({ title: "Mine", message_count: shown.length });
  // Of a branch that is not shown, too.
  const file = await exported(client, id);
  const hidden = file.conversations[0]?.messages.find(
    ({ content }) => content === "two, otherwise",
  );
  const branch = await client.json<ConversationDetail>(`${path(id)}/fork`, {
    json: { message_id: hidden?.id },
  });
  expect((await client.messages(branch.id)).at(-1)?.content).toBe("two, otherwise");
  const feedback = await client.messages(whole.id);
  expect(feedback.at(-1)?.feedback).toEqual({ rating: "up", comment: "Good" });
});

test("a fork of one whose metadata is full keeps that, and says what had no room", async () => {
  const client = new Client();
  const metadata = { x: "y".repeat(16_350) };
  const { id } = await client.json<{ id: string }>("/api/v1/conversations", { json: { metadata } });
  const fork = await client.json<{ metadata: object; notes: string[] }>(`${path(id)}/fork`, {
    json: {},
  });
  expect(fork.metadata).toEqual(metadata);
  expect(fork.notes).toEqual([expect.stringContaining("forked_from")]);
});

test("what was spoken comes in as it was written down; what was before 1970 has no time", async () => {
  const client = new Client();
  const spoken = { content_type: "audio_transcription", text: "Hello there", direction: "in" };
  const content = { content_type: "multimodal_text", parts: [spoken, { content_type: "audio" }] };
  const old = "1950-01-01T00:00:00Z";
  const chatgpt = await brought(client, [
    { title: "Voice", mapping: mapping(node("a", null, "user", "", { content })) },
  ]);
  const edgewise = await brought(client, {
    conversations: [
      {
        created_at: old,
        messages: [{ id: "m", role: "user", content: "Hi", created_at: old, timestamp: old }],
      },
    ],
  });
  const [voice] = await client.messages(String(chatgpt.imported[0]?.id));
  expect(voice?.content).toBe("Hello there");
  const [aged] = await client.messages(String(edgewise.imported[0]?.id));
  expect([aged?.created_at, aged?.timestamp]).toEqual(Array(2).fill("1970-01-01T00:00:00.000Z"));
});

test("what cannot be forked is told, and leaves nothing behind", async () => {
  const client = new Client();
  const id = await client.conversation();
  await say(client, id, "one");
  const other = await client.conversation();
  for (const message_id of ["msg_x", ownedId("msg", id, 99), ownedId("msg", other, 1)]) {
    const response = await client.fetch(`${path(id)}/fork`, { json: { message_id } });
    expect(response.headers.get("X-Error-Code")).toBe("NOT_FOUND");
  }
  const { pagination } = await client.json<{ pagination: { total: number } }>(
    "/api/v1/conversations",
  );
  expect(pagination.total).toBe(2);
  const empty = await client.json<ConversationDetail>(`${path(other)}/fork`, { json: {} });
  expect(empty).toMatchObject({ message_count: 0, leaf_id: null });
});

test("while a turn runs: a fork has its question, an export is whole, and both can be read again", async () => {
  const client = new Client();
  const id = await client.conversation();
  await say(client, id, "one");
  const stream = await client.fetch(`${path(id)}/messages`, {
    json: { message: "two", model: "stub:tokens=400,delay=10", stream: true },
  });
  const events = sse(stream);
  const start = (await events.next()).value as { data: Record<string, string> };
  await events.next();
  const queued = client.fetch(`${path(id)}/messages`, {
    json: { message: "three", model: "stub:tokens=1", on_busy: "queue", stream: true },
  });
  await (await queued).body?.cancel();
  const running = String(start.data["message_id"]);
  for (const json of [{}, { message_id: running }]) {
    const fork = await client.json<ConversationDetail>(`${path(id)}/fork`, { json });
    const said = (await client.messages(fork.id)).map(({ content }) => content);
    expect(said.slice(0, 3)).toEqual(["one", "word0 word1", "two"]);
    expect(said).toHaveLength("message_id" in json ? 3 : 4);
    expect(fork.running_turn_id).toBeNull();
  }
  const file = await exported(client, id);
  const messages = file.conversations[0]?.messages ?? [];
  expect(messages.map(({ content }) => content)).toEqual(["one", "word0 word1", "two", "three"]);
  expect(messages[3]?.parent_id).toBe(messages[2]?.id);
  const report = await brought(client, file);
  expect(report).toMatchObject({ notes: [], skipped: [], totals: { messages: 4 } });
  expect(await client.messages(String(report.imported[0]?.id))).toHaveLength(4);
  const markdown = await (await client.fetch(`${path(id)}/export?format=markdown`)).text();
  expect(markdown.match(/^## /gm)).toHaveLength(4);
  await client.fetch(path(id), { method: "DELETE" });
  await Array.fromAsync(events);
});

test("what is another's, or nobody's, is a 404 at every door", async () => {
  const owner = await person();
  const id = await owner.conversation();
  const message = await say(owner, id, "mine");
  const stranger = await person();
  for (const it of [id, newConversationId(Date.now()), "conv_nothing"]) {
    for (const format of ["json", "markdown"])
      expect(await stranger.told(`${path(it)}/export?format=${format}`)).toContain("404");
    for (const json of [{}, { message_id: message.id }])
      expect(await stranger.told(`${path(it)}/fork`, { json })).toContain("404");
  }
  expect((await stranger.json<File>("/api/v1/export")).conversations).toEqual([]);
});

test("what vanishes while an account is exported is told", async () => {
  const client = new Client();
  const made: string[] = [];
  for (let at = 0; at < 3; at++) {
    const id = await client.conversation();
    // Long enough that no buffer on the way holds all of it.
    await say(client, id, "x".repeat(90_000));
    made.push(id);
    await scheduler.wait(3);
  }
  const response = await client.fetch("/api/v1/export");
  const reader = response.body?.getReader();
  const first = await reader?.read();
  await client.fetch(path(String(made[2])), { method: "DELETE" });
  let text = new TextDecoder().decode(first?.value);
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true };
    if (done) break;
    text += new TextDecoder().decode(value);
  }
  const file = JSON.parse(text) as File;
  expect(file.conversations.map(({ id }) => id)).toEqual(made.slice(0, 2));
  expect(file.incomplete.map(({ id }) => id)).toEqual([made[2]]);
});

test("a reader who leaves stops what is read for them", async () => {
  let asked = 0;
  let ended = false;
  async function* endless() {
    try {
      for (;;) {
        asked++;
        yield asked % 2 === 0 ? "" : "text";
      }
    } finally {
      ended = true;
    }
  }
  const failed: unknown[] = [];
  const reader = streamed(endless(), (thrown) => failed.push(thrown)).getReader();
  await reader.read();
  await reader.read();
  await reader.cancel();
  await eventually(async () => ended);
  expect(asked).toBeLessThan(10);
  expect(failed).toEqual([]);
});

test("an import asks no model anything, also when its conversations rest", async () => {
  const client = new Client();
  const file = { conversations: [{ messages: [{ id: "m", role: "user", content: "Hi" }] }] };
  const { imported } = await brought(client, file);
  const id = String(imported[0]?.id);
  await ring(id);
  const detail = await client.json<ConversationDetail>(path(id));
  expect(detail).toMatchObject({ status: "paused", title: "Hi", total_input_tokens: 0 });
});

test("what never became whole was never there: nobody sees it, and the clock deletes it", async () => {
  const client = await person();
  const id = newConversationId(Date.now());
  const principal = visitorPrincipal(client.id);
  const message: BroughtMessage = {
    seq: 1,
    parent_seq: null,
    role: "user",
    parts: [{ type: "text", text: "Half" }],
    status: "completed",
    created_at: 1,
    finished_at: 1,
    details: {
      model: null,
      provider: null,
      tokens_used: null,
      finish_reason: null,
      latency_ms: null,
      ttft_ms: null,
      notices: [],
      metadata: {},
      citations: [],
    },
    feedback: null,
  };
  await runInDurableObject(stubOf(id), async (object) => {
    expect(await object.create(principal, id, { intake: true })).toMatchObject({ ok: true });
    expect(await object.bring(principal, id, [message], null)).toMatchObject({ ok: true });
  });
  for (const it of ["", "/messages", "/export"])
    expect(await client.told(path(id) + it)).toContain("404");
  expect(await ring(id)).toBe(true);
  const left = await runInDurableObject(stubOf(id), (_, { storage }) =>
    storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'messages'").toArray(),
  );
  expect(left).toEqual([]);
  const listed = await client.json<{ conversations: Conversation[] }>("/api/v1/conversations");
  expect(listed.conversations).toEqual([]);
});
