import { expect, test } from "vitest";
import { Pace, readEventData } from "../../src/llm/event-data.ts";

const never = new AbortController().signal;

/** `bytes` every `every` milliseconds, for `times`. */
function steady(pace: Pace, from: number, every: number, bytes: number, times: number): number {
  for (let i = 0; i < times; i++) pace.saw(bytes, from + i * every);
  return from + times * every;
}

test("a slow stream is read chunk by chunk", () => {
  const pace = new Pace();
  steady(pace, 0, 20, 220, 100); // 50 tokens a second
  expect(pace.least).toBe(1);
});

test("a fast stream is gathered, but no more than arrives within a frame", () => {
  const pace = new Pace();
  steady(pace, 0, 1, 220, 100);
  expect(pace.least).toBeGreaterThan(400);
  expect(pace.least / 220).toBeLessThanOrEqual(17);
});

test("a burst after a pause is no rate", () => {
  const pace = new Pace();
  let now = 0;
  for (let burst = 0; burst < 20; burst++) {
    for (let i = 0; i < 5; i++) pace.saw(220, now);
    now += 100;
    expect(pace.least).toBe(1);
  }
});

test("a stream that slows down is soon read chunk by chunk again", () => {
  const pace = new Pace();
  const now = steady(pace, 0, 1, 220, 100);
  steady(pace, now, 20, 220, 3);
  expect(pace.least).toBe(1);
});

test("what is read is what was sent, however it was cut", async () => {
  const text = Array.from(
    { length: 500 },
    (_, i) => `event: x\ndata: ${i} ü\n\n: comment\n\n`,
  ).join("");
  const bytes = new TextEncoder().encode(text);
  for (const size of [1, 7, 1000, bytes.length]) {
    const { readable, writable } = new IdentityTransformStream();
    const writer = writable.getWriter();
    const writing = (async () => {
      for (let at = 0; at < bytes.length; at += size)
        await writer.write(bytes.slice(at, at + size));
      await writer.close();
    })();
    const batches = await Array.fromAsync(readEventData(readable, Date.now, never));
    await writing;
    expect(batches.flat()).toEqual(Array.from({ length: 500 }, (_, i) => `${i} ü`));
    // Nothing comes of half an event; a comment by itself is an empty batch.
    expect(batches.filter((batch) => batch.length === 0).length).toBeLessThanOrEqual(500);
  }
});

test("an event that never ends is no event", async () => {
  for (const begun of ["data: ", "data: x\n", ": "]) {
    const piece = new TextEncoder().encode(
      begun.endsWith("\n") ? begun.repeat(4000) : "x".repeat(8000),
    );
    let [sent, cancelled] = [0, false];
    const body = new ReadableStream({
      type: "bytes",
      start: (controller) => controller.enqueue(new TextEncoder().encode(begun)),
      pull: (controller) => {
        sent += piece.length;
        controller.enqueue(piece.slice());
      },
      cancel: () => void (cancelled = true),
    });
    await expect(Array.fromAsync(readEventData(body, Date.now, never))).rejects.toThrow(
      SyntaxError,
    );
    expect(sent).toBeLessThan(5_000_000);
    expect(cancelled).toBe(true);
  }
});

test("an abort ends a read that would wait for ever, and closes the connection", async () => {
  const leaving = new AbortController();
  const reason = new Error("left");
  let cancelled: unknown;
  const body = new ReadableStream({
    type: "bytes",
    start: (controller) => controller.enqueue(new TextEncoder().encode("data: 1\n\n")),
    cancel: (why) => void (cancelled = why),
  });
  const seen: string[][] = [];
  const reading = (async () => {
    for await (const batch of readEventData(body, Date.now, leaving.signal)) {
      seen.push(batch);
      setTimeout(() => leaving.abort(reason), 10);
    }
  })();
  await expect(reading).rejects.toBe(reason);
  expect(seen).toEqual([["1"]]);
  expect(cancelled).toBe(reason);
});
