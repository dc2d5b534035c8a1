// Streams of the client where nobody answers, or nothing more is wanted.
import { afterEach, expect, test, vi } from "vitest";
import { beginning, clientOf, never, type Request, thrownBy, untilLeft } from "./network.ts";

afterEach(() => vi.useRealTimers());

const TURN = { conversation_id: "conv_1", message_id: "msg_1" };
const record = (seq: number, event: string, data: object) =>
  `id: turn_1:1.${seq}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
const started = record(1, "start", TURN);
const told = record(2, "token", { token: "Tides", index: 0 });
const ended = record(3, "complete", { message: { content: "Tides" } });

const headers = {
  "Content-Type": "text/event-stream",
  "X-Conversation-Id": "conv_1",
  "X-Turn-Id": "turn_1",
};
/** A turn that has begun, and of which nothing more is heard. */
const begun = (request: Request) =>
  beginning(started + told, untilLeft(request), { status: 200, headers });
const whole = () => new Response(started + told + ended, { headers });

test("a stream that nobody answers is asked for again, and one that is followed, too", async () => {
  vi.useFakeTimers();
  const { client, requests } = clientOf((request, at) => (at === 0 ? never(request) : whole()));
  const answer = client.stream({ message: "Go" }).message();
  await vi.advanceTimersByTimeAsync(60_000);
  expect((await answer).content).toBe("Tides");
  const keys = requests.map((request) => request.headers.get("Idempotency-Key"));
  expect(keys).toHaveLength(2);
  expect(keys[0]).toBe(keys[1]);

  const lost = clientOf(never);
  const turn = { conversationId: "conv_1", turnId: "turn_1" };
  const reading = thrownBy(lost.client.follow(turn).message());
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await reading).toMatchObject({ name: "EdgewiseError", code: "NETWORK" });
  expect(lost.requests).toHaveLength(3);
});

test("an answer may take its time once it has begun", async () => {
  vi.useFakeTimers();
  const { client, requests } = clientOf(() => {
    let beats = 0;
    const goOn = (body: ReadableStreamDefaultController) =>
      new Promise<void>((resolve) =>
        setTimeout(() => {
          const last = (beats += 1) === 8;
          body.enqueue(new TextEncoder().encode(last ? told + ended : ":keep-alive\n\n"));
          if (last) body.close();
          resolve();
        }, 15_000),
      );
    return beginning(started, goOn, { headers });
  });
  const answer = client.stream({ message: "Go" }).message();
  await vi.advanceTimersByTimeAsync(200_000);
  expect((await answer).content).toBe("Tides");
  expect(requests).toHaveLength(1);
});

test("one failure of what gets a token does not end a stream", async () => {
  let asked = 0;
  const token = () => {
    asked += 1;
    if (asked < 3) throw new TypeError("fetch failed");
    return "ew_2";
  };
  const { client, requests } = clientOf(whole, { token });
  expect((await client.stream({ message: "Go" }).message()).content).toBe("Tides");
  expect(requests).toHaveLength(1);
});

test("who returns an iterator that waits is let go of, and so is the connection", async () => {
  for (const read of ["events", "texts"] as const) {
    const { client, requests } = clientOf((request, at) => (at === 0 ? begun(request) : whole()));
    const stream = client.stream({ message: "Go" });
    const iterator = read === "events" ? stream[Symbol.asyncIterator]() : stream.texts();
    await iterator.next();
    if (read === "events") await iterator.next();
    const waiting = iterator.next();
    await iterator.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(requests[0]?.signal?.aborted).toBe(true);
    expect(requests).toHaveLength(1);
    expect((await stream.message()).content).toBe("Tides"); // and goes on where it was
    expect(requests[1]?.headers.get("Last-Event-ID")).toBe("turn_1:1.2");
  }
});

test("who returns an iterator before there is an answer, or between two attempts, waits for neither", async () => {
  const backoff = { first: 600_000, longest: 600_000 };
  for (const answer of [never, () => new Response("", { status: 503 })]) {
    const { client, requests } = clientOf(answer, { backoff });
    const iterator = client.stream({ message: "Go" })[Symbol.asyncIterator]();
    const waiting = iterator.next();
    await vi.waitFor(() => expect(requests).toHaveLength(1));
    await iterator.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(requests).toHaveLength(1);
  }
});
