import { expect, test } from "vitest";
import { BACKOFF, sleep, waitAfter } from "../../../client/backoff.ts";
import { errorIn } from "../../../client/error.ts";

test("waits double from the first to the longest, and are never quite the same", () => {
  for (const [failures, full] of [
    [1, 1000],
    [2, 2000],
    [4, 8000],
    [6, 30_000],
    [60, 30_000],
  ] as const) {
    const waits = Array.from({ length: 50 }, () => waitAfter(failures, BACKOFF));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(full / 2);
    expect(Math.max(...waits)).toBeLessThanOrEqual(full);
    expect(new Set(waits).size).toBeGreaterThan(10);
  }
});

test("nobody comes back sooner than the server said", () => {
  expect(waitAfter(1, BACKOFF, 7)).toBe(7000);
  expect(waitAfter(6, BACKOFF, 1)).toBeGreaterThan(10_000);
});

test("a wait ends with the signal's reason", async () => {
  const gone = new Error("gone");
  await expect(sleep(600_000, AbortSignal.abort(gone))).rejects.toBe(gone);
  const leaving = new AbortController();
  const waiting = sleep(600_000, leaving.signal);
  leaving.abort(gone);
  await expect(waiting).rejects.toBe(gone);
  await sleep(0, new AbortController().signal);
});

test("Retry-After is read as seconds and as a date", async () => {
  const toldBy = async (text: string) =>
    (await errorIn(new Response("", { status: 503, headers: { "Retry-After": text } }))).retryAfter;
  expect(await toldBy("3")).toBe(3);
  expect(await toldBy("Thu, 01 Jan 1970 00:00:00 GMT")).toBe(0);
  const inAnHour = await toldBy(new Date(Date.now() + 3_600_000).toUTCString());
  expect(inAnHour).toBeGreaterThan(3500);
  expect(await toldBy("soon")).toBe(null);
});
