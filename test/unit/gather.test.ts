import { expect, test } from "vitest";
import { gathering, Pace } from "../../src/llm/gather.ts";

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

test("what is gathered is what was sent; what is no event stream passes untouched", async () => {
  const text = Array.from({ length: 500 }, (_, i) => `data: ${i}\n\n`).join("");
  const serve = (type: string) => () =>
    Promise.resolve(new Response(text, { headers: { "Content-Type": type } }));
  const stream = await gathering(serve("text/event-stream"), Date.now)("http://x.test");
  let read = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream.body ?? [])
    read += decoder.decode(chunk as Uint8Array, { stream: true });
  expect(read).toBe(text);
  expect(await (await gathering(serve("application/json"), Date.now)("http://x.test")).text()).toBe(
    text,
  );
});
