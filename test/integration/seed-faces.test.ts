// The conversations of three seeds, as their clients ask for them: what each documents, key by key.
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { makeApp } from "../../src/app.ts";
import { composeRequest, composeShared } from "../../src/compose.ts";
import { newConversationId } from "../../src/ids.ts";
import { Client, eventually, journal, newTag, stubOf } from "./client.ts";
import { person } from "./people.ts";

const SESSIONS = "/api/v1/chat/sessions";
const CONVERSATIONS = "/api/conversations";
const HISTORY = "/api/history";
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

type Session = { session_id: string; title: string; message_count: number };
type SessionMessage = {
  id: string;
  content: string;
  role: string;
  timestamp: string;
  metadata: Record<string, unknown>;
};
type Sessions = {
  sessions: (Session & { last_message_preview?: string; last_message_timestamp?: string })[];
  pagination: Record<string, unknown>;
};

const keysOf = (value: object) => Object.keys(value).sort();
const SESSION_KEYS = ["created_at", "message_count", "session_id", "title", "updated_at"];
const MESSAGE_KEYS = ["content", "id", "metadata", "role", "timestamp"];

/** A session of which D1 has heard `messages` messages. */
async function told(client: Client, id: string, messages: number) {
  return eventually(async () => {
    const { sessions } = await client.json<Sessions>(`${SESSIONS}?size=100`);
    return sessions.find(
      ({ session_id, message_count }) => session_id === id && message_count === messages,
    );
  });
}

/** Rows beside rows on the branch that is shown, as turns would have left them. */
async function grow(id: string, from: number, to: number, characters: number) {
  await runInDurableObject(stubOf(id), (_, state) => {
    state.storage.sql.exec(
      `WITH RECURSIVE n (seq) AS (SELECT ?1 UNION ALL SELECT seq + 1 FROM n WHERE seq < ?2)
       INSERT INTO messages SELECT n.seq, n.seq - 1, n.seq - 1, tenant_id, user_id, (n.seq + 1) / 2,
         iif(n.seq % 2, 'user', 'assistant'), json_array(json_object('type', 'text', 'text', printf('%d %.*c', n.seq, ?3, 'x'))),
         'completed', created_at, finished_at, details, 0, NULL FROM n, (SELECT * FROM messages WHERE seq = 1)`,
      from,
      to,
      characters,
    );
    state.storage.sql.exec(
      "UPDATE conversation SET last_seq = ?1, message_count = ?1, leaf_seq = ?1, leaf_depth = ?1 - 1, last_turn = ?1 / 2, closed_through = ?1 / 2",
      to,
    );
  });
  await evictDurableObject(stubOf(id)); // it reads its record when it wakes
}

test("seed 001: a session without a message is a New Chat with none", async () => {
  const client = new Client();
  const response = await client.fetch(SESSIONS, { json: {} });
  expect(response.status).toBe(201);
  const session = await response.json<Session & { created_at: string; updated_at: string }>();
  expect(keysOf(session)).toEqual(SESSION_KEYS);
  expect(session).toMatchObject({ title: "New Chat", message_count: 0 });
  expect(session.created_at).toMatch(ISO);
  // What Python's clients send for what they do not say.
  const quiet = { title: null, initial_message: "", context: null };
  const again = await client.json<Session>(SESSIONS, { json: quiet });
  expect(again).toMatchObject({ title: "New Chat", message_count: 0 });
  // Nobody gave it that title: the first message does.
  await client.json(`${SESSIONS}/${session.session_id}/messages`, {
    json: { message: "Tides, please", model: "stub:tokens=2" },
  });
  const named = await client.json<Session>(`${SESSIONS}/${session.session_id}`);
  expect(named.title).not.toBe("New Chat");
});

test("seed 001: an initial message is answered with the session", async () => {
  const client = new Client();
  const tag = newTag();
  const context = { tone: "friendly", city: "Oslo" };
  const response = await client.fetch(SESSIONS, {
    json: {
      title: "Weather",
      initial_message: "Will it rain?",
      context,
      model: `stub:tokens=3,tag=${tag}`,
    },
  });
  expect(response.status).toBe(201);
  const session = await response.json<
    Session & { first_message: SessionMessage; ai_response: SessionMessage }
  >();
  expect(keysOf(session)).toEqual([...SESSION_KEYS, "ai_response", "first_message"].sort());
  expect(session).toMatchObject({ title: "Weather", message_count: 2 });
  expect(keysOf(session.first_message)).toEqual(MESSAGE_KEYS);
  expect(session.first_message).toMatchObject({
    content: "Will it rain?",
    role: "user",
    metadata: context,
  });
  expect(keysOf(session.ai_response)).toEqual(MESSAGE_KEYS);
  expect(session.ai_response.role).toBe("assistant");
  expect(session.ai_response.content).not.toBe("");
  expect((await journal(tag)).calls).toBe(1);
  // It is the conversation that every other door shows, and what was answered is what is kept.
  const read = await client.json<Session & { messages: SessionMessage[] }>(
    `${SESSIONS}/${session.session_id}`,
  );
  expect(keysOf(read)).toEqual([...SESSION_KEYS, "messages"].sort());
  expect(read.messages).toEqual([session.first_message, session.ai_response]);
  const stored = await client.messages(session.session_id);
  expect(stored.map(({ id }) => id)).toEqual(read.messages.map(({ id }) => id));
});

test("seed 001: a message is answered with both messages and what became of the session", async () => {
  const client = new Client();
  const { session_id: id } = await client.json<Session>(SESSIONS, { json: {} });
  const exchange = await client.json<Record<string, Record<string, unknown>>>(
    `${SESSIONS}/${id}/messages`,
    { json: { message: "Hi", context: { tone: "casual" }, model: "stub:tokens=2" } },
  );
  expect(keysOf(exchange)).toEqual(["ai_response", "session_updated", "user_message"]);
  expect(keysOf(exchange["user_message"] ?? {})).toEqual(MESSAGE_KEYS);
  expect(keysOf(exchange["ai_response"] ?? {})).toEqual(MESSAGE_KEYS);
  expect(keysOf(exchange["session_updated"] ?? {})).toEqual(["message_count", "updated_at"]);
  expect(exchange["user_message"]).toMatchObject({ content: "Hi", metadata: { tone: "casual" } });
  expect(exchange["session_updated"]).toMatchObject({ message_count: 2 });
  expect(exchange["ai_response"]?.["metadata"]).toMatchObject({
    processing_time_ms: expect.any(Number) as number,
    tokens_used: { total: expect.any(Number) as number },
  });
});

test("seed 001: two messages at once are answered one after the other", async () => {
  const client = new Client();
  const { session_id: id } = await client.json<Session>(SESSIONS, { json: {} });
  const send = (message: string) =>
    client.fetch(`${SESSIONS}/${id}/messages`, { json: { message, model: "stub:tokens=20" } });
  const answers = await Promise.all([send("One"), send("Two")]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(await client.messages(id)).toHaveLength(4);
});

test("seed 001: an answer that failed is a 500 with its detail, and the apology in the session", async () => {
  const client = new Client();
  const { session_id: id } = await client.json<Session>(SESSIONS, { json: {} });
  const failing = { message: "Hi", model: "stub:fault=500" };
  const response = await client.fetch(`${SESSIONS}/${id}/messages`, { json: failing });
  expect(response.status).toBe(500);
  expect(response.headers.get("X-Error-Code")).toBe("LLM_PROVIDER_ERROR");
  const body = await response.json<{ detail: string; error: { code: string; details: object } }>();
  expect(keysOf(body)).toEqual(["detail", "error"]);
  expect(body.detail).toMatch(/^Failed to send message: /);
  expect(JSON.stringify(body)).not.toContain("sk-123");
  expect(body.error).toMatchObject({ code: "LLM_PROVIDER_ERROR", details: { session_id: id } });
  const { messages } = await client.json<{ messages: SessionMessage[] }>(`${SESSIONS}/${id}`);
  expect(messages.map(({ role }) => role)).toEqual(["user", "assistant"]);
  expect(messages[1]).toMatchObject({
    content: "I apologize, but I encountered an error processing your message. Please try again.",
    metadata: { fallback: true },
  });
  // Seeds 003 and 004 have no words for it: nothing that was said is left out, and nothing else is shown.
  for (const face of [CONVERSATIONS, HISTORY]) {
    const whole = await client.json<{ messages: object[] }>(`${face}/${id}`);
    expect(whole.messages).toMatchObject([{ role: "user", content: "Hi" }]);
  }
  const made = await client.fetch(SESSIONS, {
    json: { initial_message: "Hi", model: "stub:fault=500" },
  });
  expect(made.status).toBe(500);
  const failed = await made.json<{ detail: string; error: { details: { session_id: string } } }>();
  expect(failed.detail).toMatch(/^Failed to create session: /);
  expect(made.headers.get("X-Conversation-Id")).toBe(failed.error.details.session_id);
});

test("seed 001: a list has pages, previews of 100 characters, and what is looked for", async () => {
  const client = new Client();
  const long = "a".repeat(99);
  for (const message of [`${long}bc`, `${long}b`]) {
    const { session_id } = await client.json<Session>(SESSIONS, { json: {} });
    await grown(client, session_id, message);
  }
  await client.json(SESSIONS, { json: { title: "Norwegian fjords" } });
  const list = async (query: string) => client.json<Sessions>(SESSIONS + query);
  const { sessions, pagination } = await list("");
  expect(sessions).toHaveLength(3);
  expect(pagination).toEqual({
    total: 3,
    page: 1,
    size: 20,
    pages: 1,
    has_next: false,
    has_prev: false,
  });
  const previews = sessions.map(({ last_message_preview }) => last_message_preview);
  expect(previews).toEqual([undefined, `${long}b`, `${long}b...`]);
  expect(sessions[0] && keysOf(sessions[0])).toEqual(SESSION_KEYS);
  expect(sessions[1] && keysOf(sessions[1])).toEqual(
    [...SESSION_KEYS, "last_message_preview", "last_message_timestamp"].sort(),
  );
  expect(sessions[1]?.last_message_timestamp).toMatch(ISO);
  const first = await list("?page=1&size=2");
  expect(first.sessions).toEqual(sessions.slice(0, 2));
  expect(first.pagination).toMatchObject({ pages: 2, has_next: true, has_prev: false });
  const second = await list("?page=2&size=2");
  expect(second.sessions).toEqual(sessions.slice(2));
  expect(second.pagination).toMatchObject({ pages: 2, has_next: false, has_prev: true });
  const none = await list("?page=9");
  expect(none.sessions).toEqual([]);
  expect(none.pagination).toMatchObject({ total: 3, has_next: false, has_prev: true });
  const found = await list("?search=fjord");
  expect(found.sessions.map(({ title }) => title)).toEqual(["Norwegian fjords"]);
  expect(found.pagination).toMatchObject({ total: 1, pages: 1 });
  expect((await list("?search=")).sessions).toHaveLength(3);
  expect((await list("?search=glacier")).pagination).toMatchObject({ total: 0, pages: 0 });
});

/** A session whose last message reads like that, in its list too. */
async function grown(client: Client, id: string, text: string) {
  // The stub's answer is its own; an answer by hand is not.
  const exchange = await client.json<{ ai_response: SessionMessage }>(
    `${SESSIONS}/${id}/messages`,
    {
      json: { message: "Hi", model: "stub:tokens=1" },
    },
  );
  await client.json(`/api/v1/conversations/${id}/messages/${exchange.ai_response.id}/edit`, {
    json: { message: text },
  });
  await told(client, id, 3);
}

test("seed 001: a session shows its last messages, as many as are asked for", async () => {
  const client = new Client();
  const { session_id: id } = await client.json<Session>(SESSIONS, { json: {} });
  await client.json(`${SESSIONS}/${id}/messages`, {
    json: { message: "1", model: "stub:tokens=1" },
  });
  await grow(id, 3, 240, 1);
  const numbers = async (query: string) =>
    (await client.json<{ messages: SessionMessage[] }>(`${SESSIONS}/${id}${query}`)).messages.map(
      ({ content }) => Number.parseInt(content, 10),
    );
  expect(await numbers("")).toEqual(Array.from({ length: 50 }, (_, at) => 191 + at));
  expect(await numbers("?message_limit=2&include_messages=true")).toEqual([239, 240]);
  expect(await numbers("?message_limit=1000")).toHaveLength(240);
  for (const no of ["false", "False", "0"]) {
    const bare = await client.json<object>(`${SESSIONS}/${id}?include_messages=${no}`);
    expect(keysOf(bare)).toEqual(SESSION_KEYS);
  }
  expect(await numbers("?message_limit=1&include_messages=True")).toEqual([240]);
});

test("seed 003: a list is bare, a conversation whole, and deleting says so", async () => {
  const client = new Client();
  const id = await client.conversation();
  await client.chat({ message: "Hello", conversation_id: id, model: "stub:tokens=2" });
  await told(client, id, 2);
  await client.conversation();
  const list = await client.json<{ id: string }[]>(CONVERSATIONS);
  expect(Array.isArray(list)).toBe(true);
  expect(list).toHaveLength(2);
  const summary = ["created_at", "id", "message_count", "model", "title", "updated_at"];
  expect(list[0] && keysOf(list[0])).toEqual(summary);
  const pages = [1, 2, 3].map(
    async (page) =>
      (await client.json<{ id: string }[]>(`${CONVERSATIONS}?page=${page}&page_size=1`))[0]?.id,
  );
  expect(await Promise.all(pages)).toEqual([list[0]?.id, list[1]?.id, undefined]);
  // FastAPI writes the list's path with a slash at its end.
  expect(await client.json(`${CONVERSATIONS}/`)).toEqual(list);
  const whole = await client.json<{ messages: object[] }>(`${CONVERSATIONS}/${id}`);
  expect(keysOf(whole)).toEqual(
    [...summary, "messages", "metadata", "system_prompt", "user_id"].sort(),
  );
  expect(whole.messages.map(keysOf)).toEqual(
    Array.from({ length: 2 }, () => [
      "content",
      "conversation_id",
      "created_at",
      "finish_reason",
      "id",
      "metadata",
      "model",
      "role",
      "token_count",
    ]),
  );
  expect(whole.messages).toMatchObject([
    { role: "user", content: "Hello", conversation_id: id, token_count: null },
    { role: "assistant", finish_reason: "stop", token_count: expect.any(Number) as number },
  ]);
  const gone = await client.fetch(`${CONVERSATIONS}/${id}`, { method: "DELETE" });
  expect([gone.status, await gone.json()]).toEqual([200, { status: "deleted" }]);
  const missing = await client.fetch(`${CONVERSATIONS}/${id}`);
  expect(missing.status).toBe(404);
  expect(await missing.json()).toMatchObject({ detail: "Conversation not found" });
  expect(await client.json<object[]>(CONVERSATIONS)).toHaveLength(1);
});

test("seed 004: history is listed, read, renamed and deleted", async () => {
  const client = new Client();
  const id = await client.conversation();
  await client.chat({ message: "Hello", conversation_id: id, model: "stub:tokens=2" });
  await told(client, id, 2);
  const other = await client.conversation();
  const list = await client.json<{ conversations: { id: string; title: string }[] }>(HISTORY);
  expect(keysOf(list)).toEqual(["conversations", "limit", "offset", "total"]);
  expect(list).toMatchObject({ total: 2, limit: 10, offset: 0 });
  expect(list.conversations.map(keysOf)).toEqual(
    Array.from({ length: 2 }, () => ["created_at", "id", "message_count", "title", "updated_at"]),
  );
  expect(list.conversations[0]).toMatchObject({ id: other, title: "New conversation" });
  const second = await client.json<{ conversations: { id: string }[] }>(
    `${HISTORY}?limit=1&offset=1`,
  );
  expect(second).toMatchObject({ conversations: [{ id }], total: 2, limit: 1, offset: 1 });
  const read = await client.json<{ messages: object[] }>(`${HISTORY}/${id}`);
  expect(keysOf(read)).toEqual(["created_at", "id", "messages", "title", "updated_at"]);
  expect(read.messages.map(keysOf)).toEqual([
    ["content", "role", "timestamp"],
    ["content", "role", "timestamp"],
  ]);
  const renamed = await client.json<{ messages: object[] }>(`${HISTORY}/${id}`, {
    method: "PUT",
    json: { title: "Quantum" },
  });
  expect(keysOf(renamed)).toEqual(keysOf(read));
  expect(renamed).toMatchObject({ id, title: "Quantum", messages: read.messages });
  expect(await client.json(`${HISTORY}/${other}`)).toMatchObject({ id: other, messages: [] });
  const gone = await client.fetch(`${HISTORY}/${id}`, { method: "DELETE" });
  expect([gone.status, await gone.json()]).toEqual([
    200,
    { message: "Conversation deleted successfully" },
  ]);
  const missing = await client.fetch(`${HISTORY}/${id}`);
  expect([missing.status, await missing.json()]).toEqual([
    404,
    { error: "Conversation not found", code: "NOT_FOUND" },
  ]);
});

test("a conversation of 3,000 messages comes whole, and not at once", async () => {
  const client = new Client();
  const id = await client.conversation();
  await client.chat({ message: "1", conversation_id: id, model: "stub:tokens=1" });
  await grow(id, 3, 3000, 2000);
  // Some were taken back: more than a page of them.
  await runInDurableObject(stubOf(id), (_, state) => {
    state.storage.sql.exec(
      "UPDATE messages SET parts = '[]', status = 'deleted' WHERE seq BETWEEN 301 AND 1000",
    );
  });
  const numbers = Array.from({ length: 2998 }, (_, at) => at + 3).filter(
    (number) => number <= 300 || number > 1000,
  );
  for (const path of [HISTORY, CONVERSATIONS]) {
    const response = await client.fetch(`${path}/${id}`);
    expect(response.headers.get("Content-Type")).toBe("application/json");
    let text = "";
    let largest = 0;
    for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      largest = Math.max(largest, piece.length);
      text += piece;
    }
    const { messages } = JSON.parse(text) as { messages: { content: string; role: string }[] };
    expect(messages).toHaveLength(2300);
    expect(messages.slice(2).map(({ content }) => Number.parseInt(content, 10))).toEqual(numbers);
    expect(largest).toBeLessThan(text.length / 5);
  }
  // Who leaves in the middle ends it.
  const left = await client.fetch(`${HISTORY}/${id}`);
  const reader = left.body?.getReader();
  await reader?.read();
  await reader?.cancel();
}, 30_000);

test("somebody else's conversation is not found, in each seed's words", async () => {
  const owner = await person();
  const id = await owner.conversation();
  const stranger = await person();
  for (const named of [id, newConversationId(Date.now()), "nothing"]) {
    const told404 = async (path: string, init: RequestInit & { json?: unknown } = {}) => {
      const response = await stranger.fetch(`${path}/${named}`, init);
      expect.soft(response.status, path).toBe(404);
      expect.soft(response.headers.get("X-Error-Code")).toBe("CONVERSATION_NOT_FOUND");
      return response.json();
    };
    for (const method of ["GET", "DELETE"]) {
      expect.soft(await told404(SESSIONS, { method })).toMatchObject({
        detail: "Session not found",
        error: { code: "CONVERSATION_NOT_FOUND", request_id: expect.any(String) as string },
      });
      expect.soft(await told404(CONVERSATIONS, { method })).toMatchObject({
        detail: "Conversation not found",
        error: { code: "CONVERSATION_NOT_FOUND" },
      });
      expect
        .soft(await told404(HISTORY, { method }))
        .toEqual({ error: "Conversation not found", code: "NOT_FOUND" });
    }
    expect
      .soft(await told404(HISTORY, { method: "PUT", json: { title: "Mine now" } }))
      .toEqual({ error: "Conversation not found", code: "NOT_FOUND" });
    const sent = await stranger.fetch(`${SESSIONS}/${named}/messages`, { json: { message: "Hi" } });
    expect.soft(sent.status).toBe(404);
    expect.soft(await sent.json()).toMatchObject({ detail: "Session not found" });
  }
  expect(await owner.json(`${HISTORY}/${id}`)).toMatchObject({ title: "New conversation" });
});

test("what is not valid is refused by name, in each seed's words", async () => {
  const client = new Client();
  const { session_id: id } = await client.json<Session>(SESSIONS, { json: {} });
  const refused = async (
    path: string,
    field: string,
    init: RequestInit & { json?: unknown } = {},
  ) => {
    const response = await client.fetch(path, init);
    expect.soft(response.status, path).toBe(400);
    const body = await response.json<{ detail?: string; error: unknown; code?: string }>();
    if (path.startsWith(HISTORY)) {
      expect.soft(keysOf(body)).toEqual(["code", "error"]);
      expect.soft(body.code, path).toBe("INVALID_INPUT");
      expect.soft(body.error, path).toMatch(new RegExp(`^${field}: `));
    } else {
      expect.soft(keysOf(body)).toEqual(["detail", "error"]);
      expect.soft(body.detail, path).toMatch(new RegExp(`^${field}: `));
      expect.soft(body.error, path).toMatchObject({ code: "VALIDATION_ERROR", details: { field } });
    }
  };
  await refused(`${SESSIONS}?page=0`, "page");
  await refused(`${SESSIONS}?size=101`, "size");
  await refused(`${SESSIONS}?search=%2C`, "search");
  await refused(`${SESSIONS}/${id}?message_limit=0`, "message_limit");
  await refused(`${SESSIONS}/${id}?message_limit=1001`, "message_limit");
  await refused(`${SESSIONS}/${id}?include_messages=maybe`, "include_messages");
  await refused(SESSIONS, "title", { json: { title: "x".repeat(256) } });
  await refused(SESSIONS, "initial_message", { json: { initial_message: " " } });
  await refused(`${SESSIONS}/${id}/messages`, "message", { json: {} });
  await refused(`${SESSIONS}/${id}/messages`, "message", { json: { message: "" } });
  await refused(`${CONVERSATIONS}?page=0`, "page");
  await refused(`${CONVERSATIONS}?page_size=101`, "page_size");
  await refused(`${HISTORY}?limit=101`, "limit");
  await refused(`${HISTORY}?limit=0`, "limit");
  await refused(`${HISTORY}?offset=-1`, "offset");
  await refused(`${HISTORY}/${id}`, "title", { method: "PUT", json: {} });
  await refused(`${HISTORY}/${id}`, "title", { method: "PUT", json: { title: "" } });
  expect(await client.json<Sessions>(SESSIONS)).toMatchObject({ pagination: { total: 1 } });
});

test("nobody without a right gets in, and is told so in each seed's words", async () => {
  const strict = { ...env, ALLOW_ANONYMOUS: "false" };
  const app = makeApp(composeRequest(strict, composeShared(strict)));
  for (const path of [SESSIONS, CONVERSATIONS, HISTORY]) {
    const response = await app.request(path);
    expect(response.status).toBe(401);
    expect(response.headers.get("WWW-Authenticate")).toBe("Bearer");
    expect(response.headers.get("X-Request-Id")).toMatch(/^req_/);
    const body = await response.json<object>();
    if (path === HISTORY)
      expect(body).toEqual({ error: expect.any(String) as string, code: "AUTHENTICATION_ERROR" });
    else
      expect(body).toMatchObject({
        detail: expect.any(String) as string,
        error: { code: "AUTHENTICATION_ERROR" },
      });
  }
  // A door that is not there answers in the words of its house.
  const nowhere = await new Client().fetch(`${HISTORY}/a/b`);
  expect([nowhere.status, keysOf(await nowhere.json<object>())]).toEqual([404, ["code", "error"]]);
});
