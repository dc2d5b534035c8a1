// The typed client's sockets against the real Worker, through a network that drops them: each message is
// said once, and each event is told once and in order.
import { abortAllDurableObjects } from "cloudflare:test";
import { expect, test } from "vitest";
import { textAfter } from "../../client/events.ts";
import type { ConversationEvent, LiveConversation } from "../../client/index.ts";
import { stubText } from "../stub/provider.ts";
import { edgewise, type Network, proxy, somebody, sockets } from "./breaking.ts";
import { eventually, journal, newTag } from "./client.ts";

type Turn = Extract<ConversationEvent, { seq: number }>;

/** A conversation of its own, and all that is told of it until its test is over. */
async function opened(network: Network = {}) {
  const clientOf = await somebody();
  const { id } = await clientOf().conversations.create();
  const live = clientOf({ WebSocket: sockets(network) })
    .conversation(id)
    .connect();
  const told = listen(live);
  return { id, live, told, client: clientOf() };
}

function listen(live: LiveConversation): ConversationEvent[] {
  const told: ConversationEvent[] = [];
  void (async () => {
    for await (const event of live) told.push(event);
  })();
  return told;
}

const ofTurns = (told: readonly ConversationEvent[]) =>
  told.filter((event): event is Turn => "seq" in event);
const textOf = (told: readonly ConversationEvent[], turn_id: string) =>
  ofTurns(told)
    .filter((event) => event.turn_id === turn_id)
    .reduce(textAfter, "");
const namesOf = (told: readonly ConversationEvent[]) =>
  ofTurns(told)
    .map(({ type }) => type)
    .filter((type) => type !== "text.delta");

test("what is said before the socket is open is answered, and told as it is written", async () => {
  const { live, told, client, id } = await opened();
  const answer = await live.send({ message: "Go", model: "stub:tokens=8,delay=2" });
  expect(answer).toMatchObject({ status: "completed", content: stubText(8) });
  await eventually(async () => namesOf(told).includes("turn.completed"));
  expect(namesOf(told)).toEqual(["turn.started", "turn.completed"]);
  expect(textOf(told, answer.turn_id)).toBe(stubText(8));
  expect((await client.conversations.messages(id)).messages).toHaveLength(2);
  live.close();
});

test("a socket that drops when a message was written, before it is answered: it is said once", async () => {
  // Of the first socket nothing is heard any more once something was said on it.
  let said = 0;
  const network: Network = {
    out: ({ type }) => {
      if (type === "send") said += 1;
      return true;
    },
    in: (_, socket) => socket > 2 || said === 0,
  };
  const tag = newTag();
  const { live, told, client, id } = await opened(network);
  const answer = await live.send({ message: "Go", model: `stub:tokens=12,delay=5,tag=${tag}` });
  expect(answer.content).toBe(stubText(12));
  expect(said).toBeGreaterThan(1);
  const { messages } = await client.conversations.messages(id);
  expect(messages.map(({ role }) => role)).toEqual(["user", "assistant"]);
  expect((await journal(tag)).calls).toBe(1);
  await eventually(async () => namesOf(told).includes("turn.completed"));
  expect(namesOf(told)).toEqual(["turn.started", "turn.completed"]);
  expect(textOf(told, answer.turn_id)).toBe(stubText(12));
  live.close();
});

test("a socket that drops as a message is written: it is sent on the next one", async () => {
  let sends = 0;
  const { live } = await opened({ out: ({ type }) => type !== "send" || ++sends > 2 });
  expect((await live.send({ message: "Go", model: "stub:tokens=3" })).content).toBe(stubText(3));
  expect(sends).toBe(3);
  live.close();
});

test("a socket that drops at every event: each is told once and in order", async () => {
  const heard = new Map<number, number>();
  const network: Network = {
    in: (frame, socket) => {
      if (!("seq" in frame)) return true;
      heard.set(socket, (heard.get(socket) ?? 0) + 1);
      return (heard.get(socket) ?? 0) < 3; // two of each socket arrive
    },
  };
  const { live, told } = await opened(network);
  const answer = await live.send({ message: "Go", model: "stub:tokens=20,delay=10" });
  expect(answer.content).toBe(stubText(20));
  await eventually(async () => namesOf(told).includes("turn.completed"));
  expect(heard.size).toBeGreaterThan(4);
  expect(ofTurns(told).map(({ seq }) => seq)).toEqual(ofTurns(told).map((_, at) => at + 1));
  expect(textOf(told, answer.turn_id)).toBe(stubText(20));
  live.close();
});

test("a server that dies in the middle is come back to, and what it takes back is taken back", async () => {
  const { live, told } = await opened();
  const answer = live.send({ message: "Go", model: "stub:tokens=120,delay=10,restart=1" });
  const turn = () => ofTurns(told)[0]?.turn_id ?? "";
  await eventually(async () => textOf(told, turn()).length > 200);
  await abortAllDurableObjects();
  expect((await answer).content).toBe(stubText(120));
  await eventually(async () => namesOf(told).includes("turn.completed"));
  expect(namesOf(told)).toContain("text.rewound");
  expect(textOf(told, turn())).toBe(stubText(120));
  live.close();
});

test("what was said while nothing is connected is said in its order, each once", async () => {
  const up = (_: unknown, socket: number) => socket > 2;
  const network: Network = { in: up, out: up };
  const { live, client, id } = await opened(network);
  const models = { model: "stub:tokens=3", on_busy: "queue" } as const;
  const answers = ["one", "two", "three"].map((message) => live.send({ message, ...models }));
  await Promise.all(answers);
  const { messages } = await client.conversations.messages(id);
  expect(messages.filter(({ role }) => role === "user").map(({ content }) => content)).toEqual([
    "one",
    "two",
    "three",
  ]);
  live.close();
});

test("a turn that began while nobody listened is followed from its beginning", async () => {
  const clientOf = await somebody();
  const { id } = await clientOf().conversations.create();
  const stream = clientOf().stream({
    message: "Go",
    conversation_id: id,
    model: "stub:tokens=30,delay=10",
  });
  for await (const event of stream) if (event.type === "text.delta") break;
  const live = clientOf().conversation(id).connect();
  const told = listen(live);
  await eventually(async () => namesOf(told).includes("turn.completed"));
  expect(told[0]).toMatchObject({ type: "conversation.updated", conversation: { id } });
  expect(textOf(told, stream.turnId ?? "")).toBe(stubText(30));
  live.close();
});

test("a message that is refused fails, and the next is answered", async () => {
  const { live } = await opened();
  await expect(live.send({ message: "Go", temperature: 9 })).rejects.toMatchObject({
    name: "EdgewiseError",
    code: "VALIDATION_ERROR",
    details: { field: "temperature" },
  });
  const failed = live.send({ message: "Go", model: "stub:fault=malformed" });
  await expect(failed).rejects.toMatchObject({
    code: "LLM_PROVIDER_ERROR",
    details: { partial: { status: "partial" } },
  });
  expect((await live.send({ message: "Go", model: "stub:tokens=3" })).content).toBe(stubText(3));
  live.close();
});

test("cancel is said again where the socket dropped with it", async () => {
  let cancels = 0;
  const { live, told } = await opened({ out: ({ type }) => type !== "cancel" || ++cancels > 1 });
  const answer = live.send({ message: "Go", model: "stub:tokens=400,delay=10" });
  await eventually(async () => ofTurns(told).some(({ type }) => type === "text.delta"));
  live.cancel(ofTurns(told)[0]?.turn_id ?? "");
  expect(await answer).toMatchObject({ status: "partial", finish_reason: "cancelled" });
  expect(cancels).toBe(2);
  live.close();
});

test("the same key twice at once is one message with one answer", async () => {
  const { live, client, id } = await opened();
  const said = { message: "Go", model: "stub:tokens=3" };
  const [one, other] = await Promise.all([
    live.send(said, { idempotencyKey: "mine" }),
    live.send(said, { idempotencyKey: "mine" }),
  ]);
  expect(other).toEqual(one);
  expect(await live.send(said, { idempotencyKey: "mine" })).toEqual(one); // and once more, afterwards
  expect((await client.conversations.messages(id)).messages).toHaveLength(2);
  live.close();
});

test("two who listen hear the same, and closing ends what waits", async () => {
  const clientOf = await somebody();
  const { id } = await clientOf().conversations.create();
  const [one, other] = [clientOf(), clientOf()].map((client) => client.conversation(id).connect());
  if (one === undefined || other === undefined) return expect.fail();
  const [told, same] = [listen(one), listen(other)];
  await eventually(async () => one.connected && other.connected);
  const answer = await one.send({ message: "Go", model: "stub:tokens=5" });
  await eventually(async () => namesOf(same).includes("turn.completed"));
  expect(textOf(same, answer.turn_id)).toBe(textOf(told, answer.turn_id));
  const waiting = other.send({ message: "Go", model: "stub:tokens=400,delay=10" });
  other.close();
  await expect(waiting).rejects.toMatchObject({ name: "EdgewiseError", code: "NETWORK" });
  await expect(other.send({ message: "Go" })).rejects.toMatchObject({ code: "NETWORK" });
  one.close();
});

test("a conversation that is not there ends it, with the reason", async () => {
  const clientOf = await somebody();
  const { id } = await clientOf().conversations.create();
  const live = edgewise().conversation(id).connect(); // somebody else's
  const waiting = live.send({ message: "Go" });
  const reading = Array.fromAsync(live);
  const gone = { name: "EdgewiseError", code: "CONVERSATION_NOT_FOUND", status: 404 };
  await expect(waiting).rejects.toMatchObject(gone);
  await expect(reading).rejects.toMatchObject(gone);
});

test("no token is in a socket's address, and each has a ticket of its own", async () => {
  const addresses: string[] = [];
  const Real = sockets();
  class Watched extends Real {
    constructor(url: string) {
      addresses.push(url);
      super(url);
    }
  }
  const clientOf = await somebody();
  const { id } = await clientOf().conversations.create();
  const { fetch, requests } = proxy((_, pass) => pass());
  const live = clientOf({ fetch, WebSocket: Watched }).conversation(id).connect();
  await live.send({ message: "Go", model: "stub:tokens=3" });
  live.close();
  const token = requests[0]?.headers.get("Authorization")?.replace("Bearer ", "");
  expect(addresses).toHaveLength(1);
  expect(addresses[0]).toMatch(/^ws:\/\/edgewise\.test\/api\/v1\/conversations\/.*\/ws\?ticket=/);
  expect(decodeURIComponent(addresses[0] ?? "")).not.toContain(token);
});

test("aborting a message detaches: it is answered without us", async () => {
  const { live, client, id } = await opened();
  await eventually(async () => live.connected);
  const leaving = new AbortController();
  const waiting = live.send({ message: "Go", model: "stub:tokens=20,delay=5" }, leaving);
  leaving.abort(new Error("gone"));
  await expect(waiting).rejects.toThrow("gone");
  const content = async () => (await client.conversations.messages(id)).messages.at(-1)?.content;
  await eventually(async () => (await content()) === stubText(20));
  live.close();
});
