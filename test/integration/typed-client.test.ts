// The typed client against the real Worker, over HTTP through a network that breaks: what it assembles is
// what is stored, and what is said is said once.
import { abortAllDurableObjects } from "cloudflare:test";
import { expect, expectTypeOf, test } from "vitest";
import type { z } from "zod";
import { textAfter } from "../../client/events.ts";
import {
  type ConversationQuery,
  type Document,
  EdgewiseError,
  type NewDocument,
  type Pagination,
  type StreamEvent,
} from "../../client/index.ts";
import type { listQuery } from "../../src/routes/conversation-list.ts";
import type { jsonBodySchema } from "../../src/routes/document-body.ts";
import type { documentSchema } from "../../src/routes/document-view.ts";
import type { paginationSchema } from "../../src/routes/paging.ts";
import { stubText } from "../stub/provider.ts";
import { cutAfter, edgewise, proxy, somebody, toWorker } from "./breaking.ts";
import { eventually, journal, newTag } from "./client.ts";

const textOf = (events: readonly StreamEvent[]) => events.reduce(textAfter, "");
const places = (events: readonly StreamEvent[]) =>
  events.map(({ epoch, seq }) => `${epoch}.${seq}`);
const refusal = (status: number, code: string, headers: Record<string, string> = {}) =>
  Response.json(
    { error: { code, message: "Not now.", details: {}, request_id: "req_1" } },
    { status, headers },
  );
const thrownBy = (work: Promise<unknown>) =>
  work.then(
    () => expect.fail("it did not fail"),
    (thrown: unknown) => thrown,
  );

test("a message is answered", async () => {
  const answer = await edgewise().chat({ message: "Go", model: "stub:tokens=5" });
  expect(answer).toMatchObject({ role: "assistant", status: "completed", content: stubText(5) });
});

test("an answer is read as it is written, and ends with the stored message", async () => {
  const client = edgewise();
  const stream = client.stream({ message: "Go", model: "stub:tokens=30,delay=2" });
  const texts = await Array.fromAsync(stream.texts());
  expect(texts.length).toBeGreaterThan(2);
  expect(texts.at(-1)).toBe(stubText(30));
  const { messages } = await client.conversations.messages(stream.conversationId ?? "");
  expect(messages.at(-1)).toEqual(await stream.message());
});

test("a connection that breaks anywhere, within an event or between two, costs nothing of what is told", async () => {
  const clientOf = await somebody();
  const first = clientOf().stream({ message: "Go", model: "stub:tokens=6,delay=5" });
  const whole = await Array.fromAsync(first);
  const stored = await first.message();
  const turn = { conversationId: first.conversationId ?? "", turnId: first.turnId ?? "" };
  const path = `/conversations/${turn.conversationId}/turns/${turn.turnId}/events`;
  const body = await (await clientOf().respond("GET", path)).text(); // one byte a character
  const ends = [...body.matchAll(/\n\n/g)].flatMap(({ index }) => [
    index + 1,
    index + 2,
    index + 3,
  ]);
  const between = Array.from({ length: Math.ceil(body.length / 13) }, (_, at) => at * 13);
  expect(ends.length).toBeGreaterThan(9);
  for (const at of [...ends, ...between]) {
    let broken = 0;
    const { fetch } = proxy(async (_, pass) =>
      broken++ === 0 ? cutAfter(await pass(), at, at % 2 === 0 ? "ends" : "breaks") : pass(),
    );
    const heard = await Array.fromAsync(clientOf({ fetch }).follow(turn));
    expect(places(heard)).toEqual(places(whole));
    expect(textOf(heard)).toBe(stored.content);
  }
});

test("while it is written, every connection breaks in the next event, and the text is the stored one", async () => {
  const { fetch, requests } = proxy(async ({ name }, pass) => {
    const response = await pass();
    return /stream$|events$/.test(name) ? cutAfter(response, 400, "breaks") : response;
  });
  const client = edgewise({ fetch });
  const stream = client.stream({ message: "Go", model: "stub:tokens=40,delay=5" });
  const heard: StreamEvent[] = [];
  const reading = (async () => {
    for await (const event of stream) heard.push(event);
  })();
  // The last event has the whole message, which does not fit into 400 bytes: nobody ever hears it.
  const thrown = await thrownBy(reading);
  expect(thrown).toMatchObject({ name: "EdgewiseError", code: "NETWORK", status: null });
  expect(requests.filter(({ name }) => name.startsWith("POST /chat"))).toHaveLength(1);
  expect(requests.some(({ headers }) => headers.has("Last-Event-ID"))).toBe(true);
  const { messages } = await client.conversations.messages(stream.conversationId ?? "");
  expect(messages.at(-1)?.content).toBe(stubText(40));
  expect(textOf(heard)).toBe(stubText(40));
  expect(places(heard)).toEqual(heard.map((_, at) => `1.${at + 1}`));
});

test("where the position is lost on the way, all is told again, and nothing is heard twice", async () => {
  let streams = 0;
  const fetch: typeof toWorker = async (url, init) => {
    const headers = new Headers(init.headers);
    headers.delete("Last-Event-ID");
    const response = await toWorker(url, { ...init, headers });
    return streams++ === 0 ? cutAfter(response, 900, "breaks") : response;
  };
  const stream = edgewise({ fetch }).stream({ message: "Go", model: "stub:tokens=20,delay=5" });
  const heard = await Array.fromAsync(stream);
  expect(streams).toBe(2);
  expect(places(heard)).toEqual(heard.map((_, at) => `1.${at + 1}`));
  expect(textOf(heard)).toBe(stubText(20));
});

test("a server that dies in the middle is come back to through breaks, and what it takes back is taken back", async () => {
  let streams = 0;
  const { fetch } = proxy(async ({ name }, pass) => {
    const response = await pass();
    return /stream$|events$/.test(name) && streams++ < 12
      ? cutAfter(response, 1500, "breaks")
      : response;
  });
  const client = edgewise({ fetch, backoff: { attempts: 20, first: 1, longest: 50 } });
  const stream = client.stream({ message: "Go", model: "stub:tokens=120,delay=10,restart=1" });
  const heard: StreamEvent[] = [];
  let died = false;
  for await (const event of stream) {
    heard.push(event);
    if (died || stream.text.length < 200) continue;
    died = true;
    await abortAllDurableObjects();
  }
  expect(died).toBe(true);
  expect(streams).toBeGreaterThan(3);
  expect(heard.at(-1)).toMatchObject({ type: "turn.completed", epoch: 2 });
  expect(heard.some(({ type }) => type === "text.rewound")).toBe(true);
  expect(textOf(heard)).toBe(stubText(120));
  expect((await stream.message()).content).toBe(stubText(120));
});

test("a message whose answer is lost before it begins is sent again, and said once", async () => {
  let lost = 0;
  const { fetch, requests } = proxy(async ({ name }, pass) => {
    const response = await pass();
    if (!name.startsWith("POST /chat") || lost++ > 1) return response;
    await response.body?.cancel();
    throw new TypeError("connection reset");
  });
  const tag = newTag();
  const client = edgewise({ fetch, token: await somebodysToken() });
  const message = { message: "Go", model: `stub:tokens=4,tag=${tag}` };
  for (const ask of [() => client.chat(message), () => client.stream(message).message()]) {
    lost = 0;
    requests.length = 0;
    const answer = await ask();
    expect(answer.content).toBe(stubText(4));
    const keys = requests.map(({ headers }) => headers.get("Idempotency-Key"));
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    const { messages } = await client.conversations.messages(answer.conversation_id ?? "");
    expect(messages.map(({ role }) => role)).toEqual(["user", "assistant"]);
  }
  expect((await journal(tag)).calls).toBe(2);
});

test("who is told to wait waits as long as was said, and is answered then", async () => {
  let since = 0;
  const { fetch, requests } = proxy(async (_, pass) => {
    since ||= Date.now();
    if (Date.now() - since >= 990) return pass();
    return refusal(429, "RATE_LIMIT_EXCEEDED", { "Retry-After": "1" });
  });
  const stream = edgewise({ fetch }).stream({ message: "Go", model: "stub:tokens=4" });
  expect((await stream.message()).content).toBe(stubText(4));
  expect(requests).toHaveLength(2);
  since = 0;
  requests.length = 0;
  await edgewise({ fetch }).conversations.create(); // has no key, but was not heard
  expect(requests).toHaveLength(2);
});

test("who is told to wait for an hour is told so", async () => {
  const { fetch, requests } = proxy(async () =>
    refusal(429, "RATE_LIMIT_EXCEEDED", { "Retry-After": "3600" }),
  );
  const thrown = await thrownBy(edgewise({ fetch }).conversations.list());
  expect(thrown).toBeInstanceOf(EdgewiseError);
  expect(thrown).toMatchObject({
    code: "RATE_LIMIT_EXCEEDED",
    status: 429,
    message: "Not now.",
    requestId: "req_1",
    retryAfter: 3600,
  });
  expect(requests).toHaveLength(1);
});

test("503s and somebody else's answers pass; what has no key and may have been done is not done again", async () => {
  let before = 0;
  const { fetch, requests } = proxy(async (_, pass) => {
    before += 1;
    if (before === 1) return refusal(503, "SERVICE_UNAVAILABLE");
    if (before === 2) return new Response("<h1>Bad gateway</h1>", { status: 502 });
    return pass();
  });
  const client = edgewise({ fetch });
  expect((await client.chat({ message: "Go", model: "stub:tokens=4" })).content).toBe(stubText(4));
  expect(requests).toHaveLength(3);
  before = 0;
  expect(await thrownBy(client.conversations.create())).toMatchObject({
    code: "SERVICE_UNAVAILABLE",
    status: 503,
  });
  expect(before).toBe(1);
});

test("a server that stays away is given up", async () => {
  const { fetch, requests } = proxy(
    async () => new Response("<h1>Bad gateway</h1>", { status: 502 }),
  );
  const client = edgewise({ fetch });
  const asked = [client.chat({ message: "Go" }), client.stream({ message: "Go" }).message()];
  for (const work of asked)
    expect(await thrownBy(work)).toMatchObject({ code: "UNEXPECTED", status: 502 });
  expect(requests).toHaveLength(8);
});

test("a turn that fails is one error, told as it is and not tried again", async () => {
  const tag = newTag();
  const message = { message: "Go", model: `stub:tokens=20,fault=malformed,tag=${tag}` };
  const { fetch, requests } = proxy((_, pass) => pass());
  const client = edgewise({ fetch });
  const asked = await thrownBy(client.chat(message));
  expect(asked).toMatchObject({ code: "LLM_PROVIDER_ERROR", status: 502 });
  expect(asked).toHaveProperty("details.partial.status");
  const stream = client.stream(message);
  const heard = await Array.fromAsync(stream);
  expect(heard.at(-1)?.type).toBe("turn.failed");
  const streamed = await thrownBy(stream.message());
  expect(streamed).toMatchObject({
    code: "LLM_PROVIDER_ERROR",
    status: null,
    details: { turn_id: stream.turnId, partial: { turn_id: stream.turnId } },
  });
  expect(requests).toHaveLength(2);
});

test("aborted before: nothing is sent", async () => {
  const { fetch, requests } = proxy((_, pass) => pass());
  const client = edgewise({ fetch });
  const signal = AbortSignal.abort(new Error("changed my mind"));
  for (const work of [
    client.chat({ message: "Go" }, { signal }),
    client.stream({ message: "Go" }, { signal }).message(),
  ])
    expect(await thrownBy(work)).toMatchObject({ message: "changed my mind" });
  expect(requests).toHaveLength(0);
});

test("aborted in the middle: one is gone, and the answer is written to its end", async () => {
  const clientOf = await somebody();
  const leaving = new AbortController();
  const stream = clientOf().stream({ message: "Go", model: "stub:tokens=40,delay=10" }, leaving);
  const heard: StreamEvent[] = [];
  const thrown = await thrownBy(
    (async () => {
      for await (const event of stream) {
        heard.push(event);
        if (event.type === "text.delta") leaving.abort(new Error("gone"));
      }
    })(),
  );
  expect(thrown).toMatchObject({ message: "gone" });
  const { position: after, text, conversationId, turnId } = stream;
  if (conversationId === null || turnId === null) return expect.fail("it is not known");
  const back = clientOf().follow({ conversationId, turnId, after, text });
  const rest = await Array.fromAsync(back);
  expect(await back.message()).toMatchObject({ status: "completed", content: stubText(40) });
  expect(back.text).toBe(stubText(40));
  expect(textOf([...heard, ...rest])).toBe(stubText(40));
  expect(places([...heard, ...rest])).toEqual([...heard, ...rest].map((_, at) => `1.${at + 1}`));
});

test("aborted while it waits to try again: it waits no longer", async () => {
  const leaving = new AbortController();
  const { fetch } = proxy(async () => {
    setTimeout(() => leaving.abort(new Error("gone")), 1);
    return refusal(503, "SERVICE_UNAVAILABLE");
  });
  const client = edgewise({ fetch, backoff: { first: 600_000, longest: 600_000 } });
  const asked = [
    () => client.chat({ message: "Go" }, leaving),
    () => client.stream({ message: "Go" }, leaving).message(),
  ];
  for (const ask of asked) expect(await thrownBy(ask())).toMatchObject({ message: "gone" });
});

test("aborted after: what was heard stays", async () => {
  const leaving = new AbortController();
  const stream = edgewise().stream({ message: "Go", model: "stub:tokens=4" }, leaving);
  await Array.fromAsync(stream);
  leaving.abort();
  expect((await stream.message()).content).toBe(stubText(4));
});

test("who leaves the loop goes on where it was, and after the end there is nothing more", async () => {
  const stream = edgewise().stream({ message: "Go", model: "stub:tokens=20,delay=5" });
  const heard: StreamEvent[] = [];
  for (let rounds = 0; heard.at(-1)?.type !== "turn.completed"; rounds++) {
    expect(rounds).toBeLessThan(40);
    for await (const event of stream) {
      heard.push(event);
      break;
    }
  }
  expect(places(heard)).toEqual(heard.map((_, at) => `1.${at + 1}`));
  expect(textOf(heard)).toBe(stubText(20));
  expect(await Array.fromAsync(stream)).toEqual([]);
});

test("a turn whose end was heard before still has its message", async () => {
  const clientOf = await somebody();
  const stream = clientOf().stream({ message: "Go", model: "stub:tokens=4" });
  const answer = await stream.message();
  const { position: after } = stream;
  const turn = { conversationId: answer.conversation_id ?? "", turnId: answer.turn_id, after };
  const again = clientOf().follow(turn);
  expect(await Array.fromAsync(again)).toEqual([]);
  expect(await again.message()).toEqual(answer);
});

test("cancel ends the turn, also where it is not known yet which one that is", async () => {
  const tag = newTag();
  const { fetch } = proxy((_, pass) => pass());
  const stream = edgewise({ fetch }).stream({
    message: "Go",
    model: `stub:tokens=400,delay=10,tag=${tag}`,
  });
  await expect(stream.cancel()).rejects.toThrow("There is no turn");
  const reading = Array.fromAsync(stream);
  const cancelled = await stream.cancel();
  expect(cancelled).toMatchObject({ status: "partial", finish_reason: "cancelled" });
  expect((await reading).at(-1)?.type).toBe("turn.cancelled");
  expect(await stream.message()).toEqual(cancelled);
  expect(await stream.cancel()).toEqual(cancelled);
});

test("a key says the same thing once, wherever it is sent", async () => {
  const clientOf = await somebody();
  const message = { message: "Go", model: "stub:tokens=4" };
  const one = await clientOf().chat(message, { idempotencyKey: "mine" });
  expect(await clientOf().chat(message, { idempotencyKey: "mine" })).toEqual(one);
  const other = clientOf().stream({ ...message, message: "Come" }, { idempotencyKey: "mine" });
  expect(await thrownBy(other.message())).toMatchObject({
    code: "IDEMPOTENCY_CONFLICT",
    status: 422,
  });
});

test("first requests at once make one visitor", async () => {
  const { fetch, requests } = proxy((_, pass) => pass());
  const client = edgewise({ fetch });
  const made = await Promise.all([1, 2, 3].map(() => client.conversations.create()));
  const { conversations } = await client.conversations.list();
  expect(conversations.map(({ id }) => id).toSorted()).toEqual(made.map(({ id }) => id).toSorted());
  expect(requests.filter(({ headers }) => !headers.has("Authorization"))).toHaveLength(1);
});

test("a token is asked for before each request", async () => {
  const token = await somebodysToken();
  let asked = 0;
  const client = edgewise({
    token: async () => {
      asked += 1;
      return token;
    },
  });
  await client.conversations.list();
  await client.conversations.list();
  expect(asked).toBe(2);
  const refused = await thrownBy(edgewise({ token: "ew_wrong" }).conversations.list());
  expect(refused).toMatchObject({ code: "AUTHENTICATION_ERROR", status: 401 });
});

test("conversations are made, listed, changed and deleted", async () => {
  const { conversations } = edgewise();
  const { id } = await conversations.create({ title: "Tides", tags: ["sea"] });
  expect((await conversations.list({ tag: "sea" })).pagination.total).toBe(1);
  expect((await conversations.list({ tag: "land", limit: 5 })).conversations).toEqual([]);
  const { version } = await conversations.get(id);
  expect((await conversations.update(id, { title: "Ebb", version })).title).toBe("Ebb");
  expect(await thrownBy(conversations.update(id, { title: "Flow", version }))).toMatchObject({
    code: "CONFLICT",
  });
  await conversations.delete(id);
  expect(await thrownBy(conversations.get(id))).toMatchObject({
    code: "CONVERSATION_NOT_FOUND",
    status: 404,
  });
});

test("a conversation is read page by page", async () => {
  const client = edgewise();
  const { id } = await client.conversations.create();
  for (const message of ["one", "two"])
    await client.chat({ message, conversation_id: id, model: "stub:tokens=2" });
  const { messages, pagination } = await client.conversations.messages(id, { limit: 3 });
  expect(messages.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
  expect(pagination).toMatchObject({ total: 4, has_more: true });
  const pages = await Array.fromAsync(client.conversations.allMessages(id, 1, 3));
  expect(pages.flatMap((page) => page.messages.map(({ role }) => role))).toEqual([
    "assistant",
    "user",
  ]);
});

test("documents are brought as text or file, found, and deleted", async () => {
  const { documents } = edgewise();
  const file = new File(["# Leave\n\nThere are thirty days of leave a year."], "leave.md");
  const brought = await documents.create({ file, metadata: { team: "people" } });
  const told = await documents.create({ name: "tides.txt", text: "The moon makes the tides." });
  expect(brought).toMatchObject({ name: "leave.md", metadata: { team: "people" } });
  for (const { id } of [brought, told])
    await eventually(async () => (await documents.get(id)).status === "indexed", 15_000);
  const { results } = await documents.search({ query: "days of leave", top_k: 1 });
  expect(results[0]).toMatchObject({ document_id: brought.id, document_name: "leave.md" });
  await documents.delete(brought.id);
  expect((await documents.list()).documents.map(({ id }) => id)).toEqual([told.id]);
});

test("what the client types by hand is what the routes take and answer", () => {
  expectTypeOf<Document>().toExtend<z.output<typeof documentSchema>>();
  expectTypeOf<keyof Document>().toEqualTypeOf<keyof z.output<typeof documentSchema>>();
  expectTypeOf<Pagination>().toEqualTypeOf<z.output<typeof paginationSchema>>();
  expectTypeOf<keyof ConversationQuery>().toEqualTypeOf<
    Exclude<keyof z.input<typeof listQuery>, "page" | "size">
  >();
  const said = { text: "The moon makes the tides.", name: "tides.txt", title: "Tides" };
  expectTypeOf(said).toExtend<NewDocument>();
  expectTypeOf(said).toExtend<z.input<typeof jsonBodySchema>>();
});

async function somebodysToken(): Promise<string> {
  const answer = await toWorker("http://edgewise.test/api/v1/conversations", { method: "GET" });
  return answer.headers.get("X-Visitor-Token") ?? expect.fail("nobody was made");
}
