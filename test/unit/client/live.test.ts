// A conversation's socket in the client, through what a network and a server do to it.
import { afterEach, expect, test, vi } from "vitest";
import type { Edgewise } from "../../../client/index.ts";
import { clientOf, never, type Request, sockets, thrownBy } from "./network.ts";

afterEach(() => vi.useRealTimers());

/** Tickets, and the conversation. */
const answers = ({ name }: Request) =>
  Response.json(name.endsWith("ws-ticket") ? { ticket: "once" } : { running_turn_id: null });

const live = (client: Edgewise, signal?: AbortSignal) =>
  client.conversation("conv_1").connect({ signal });

const refused = (idempotency_key: unknown, code: string, details: object = {}) => ({
  type: "error",
  error: { code, message: "Not now.", details, request_id: "req_1" },
  idempotency_key,
});
const answered = { turn_id: "turn_1", epoch: 1, seq: 1, type: "turn.completed" };

test("one failure of what gets a token does not end it", async () => {
  let asked = 0;
  const token = async () => {
    asked += 1;
    if (asked === 1) throw new TypeError("fetch failed");
    return "ew_2";
  };
  const { WebSocket } = sockets();
  const it = live(clientOf(answers, { token, WebSocket }).client);
  await vi.waitFor(() => expect(it.connected).toBe(true));
  it.close();
});

test("a page in the place of a ticket does not end it", async () => {
  const page = () => new Response("<h1>Sign in</h1>", { headers: { "Content-Type": "text/html" } });
  const { WebSocket } = sockets();
  const { client } = clientOf((request, at) => (at === 0 ? page() : answers(request)), {
    WebSocket,
  });
  const it = live(client);
  await vi.waitFor(() => expect(it.connected).toBe(true));
  it.close();
});

test("a ticket that does not come is asked for again, and so is how the conversation is", async () => {
  vi.useFakeTimers();
  const { WebSocket, made } = sockets();
  const { client, requests } = clientOf(
    (request, at) => (at === 0 || at === 2 ? never(request) : answers(request)),
    { WebSocket },
  );
  const it = live(client);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(requests.map(({ name }) => name)).toEqual([
    "POST /auth/ws-ticket",
    "POST /auth/ws-ticket",
    "GET /conversations/conv_1",
    "POST /auth/ws-ticket",
    "GET /conversations/conv_1",
  ]);
  expect(made).toHaveLength(2);
  expect(it.connected).toBe(true);
  it.close();
});

test("closing ends the requests that are under way", async () => {
  const { WebSocket, made } = sockets();
  const { client, requests } = clientOf(never, { WebSocket });
  const it = live(client);
  await vi.waitFor(() => expect(requests).toHaveLength(1));
  it.close();
  expect(requests[0]?.signal?.aborted).toBe(true);
  expect(made).toHaveLength(0);
});

test("who has left before asks nobody", async () => {
  const { WebSocket, made } = sockets();
  for (const token of ["ew_1", null]) {
    const { client, requests } = clientOf(answers, { WebSocket, token });
    const it = live(client, AbortSignal.abort());
    expect(await Array.fromAsync(it)).toEqual([]);
    expect(requests).toHaveLength(0);
  }
  expect(made).toHaveLength(0);
});

test("a message that is turned away for now is said again, as late as was said", async () => {
  vi.useFakeTimers();
  const { WebSocket, made } = sockets();
  const { client } = clientOf(answers, { WebSocket });
  const it = live(client);
  await vi.waitFor(() => expect(it.connected).toBe(true));
  const answer = it.send({ message: "Go" });
  const [socket] = made;
  if (socket === undefined) return expect.fail("no socket");
  const key = socket.said[0]?.["idempotency_key"];
  socket.says(refused(key, "RATE_LIMIT_EXCEEDED", { retry_after: 7 }));
  await vi.advanceTimersByTimeAsync(6900);
  expect(socket.said).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(socket.said[1]).toEqual(socket.said[0]);
  socket.says({ type: "send.accepted", idempotency_key: key, turn_id: "turn_1" });
  socket.says({ ...answered, message: { content: "Tides" } });
  expect((await answer).content).toBe("Tides");
  it.close();
});

test("a message that waits to be said again is not said sooner on another socket", async () => {
  vi.useFakeTimers();
  const { WebSocket, made } = sockets();
  const { client } = clientOf(answers, { WebSocket });
  const it = live(client);
  await vi.waitFor(() => expect(it.connected).toBe(true));
  const waiting = thrownBy(it.send({ message: "Go" }));
  made[0]?.says(
    refused(made[0].said[0]?.["idempotency_key"], "RATE_LIMIT_EXCEEDED", { retry_after: 30 }),
  );
  made[0]?.tell("close", { code: 1006 });
  await vi.advanceTimersByTimeAsync(5000);
  expect(it.connected).toBe(true);
  expect(made[1]?.said).toEqual([]);
  await vi.advanceTimersByTimeAsync(26_000);
  expect(made[1]?.said.map(({ type }) => type)).toContain("send");
  it.close();
  expect(await waiting).toMatchObject({ code: "NETWORK" });
  expect(vi.getTimerCount()).toBe(0);
});

test("a message that stays turned away fails, and so does one that would wait for long", async () => {
  vi.useFakeTimers();
  const { WebSocket, made } = sockets();
  const { client } = clientOf(answers, { WebSocket });
  const it = live(client);
  await vi.waitFor(() => expect(it.connected).toBe(true));
  const said = () => made[0]?.said.filter(({ type }) => type === "send") ?? [];
  const stubborn = thrownBy(it.send({ message: "Go" }, { idempotencyKey: "one" }));
  for (let times = 1; times <= 3; times++) {
    expect(said()).toHaveLength(times);
    made[0]?.says(refused("one", "SERVICE_UNAVAILABLE"));
    await vi.advanceTimersByTimeAsync(1000);
  }
  expect(await stubborn).toMatchObject({ code: "SERVICE_UNAVAILABLE" });
  const late = thrownBy(it.send({ message: "Go" }, { idempotencyKey: "two" }));
  made[0]?.says(refused("two", "RATE_LIMIT_EXCEEDED", { retry_after: 3600 }));
  expect(await late).toMatchObject({ code: "RATE_LIMIT_EXCEEDED", retryAfter: 3600 });
  it.close();
});

test("what is no frame costs the socket, and nothing else", async () => {
  const { WebSocket, made } = sockets();
  const { client } = clientOf(answers, { WebSocket });
  const it = live(client);
  for (const [at, frame] of ["<h1>Bad gateway</h1>", "null", '"text"'].entries()) {
    await vi.waitFor(() => expect(it.connected).toBe(true));
    expect(() => made[at]?.says(frame)).not.toThrow();
    expect(it.connected).toBe(false);
    expect(made[at]?.readyState).toBe(3);
  }
  await vi.waitFor(() => expect(it.connected).toBe(true));
  expect(made).toHaveLength(4);
  it.close();
});

test("who returns an iterator that waits is let go of", async () => {
  const { WebSocket } = sockets();
  const { client } = clientOf(never, { WebSocket });
  const it = live(client);
  const iterator = it[Symbol.asyncIterator]();
  const waiting = iterator.next();
  await iterator.return?.();
  expect(await waiting).toEqual({ done: true, value: undefined });
  it.close();
});
