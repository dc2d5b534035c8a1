// Events go to their queue in as few messages as fit.
import { expect, test } from "vitest";
import type { UsageEvent } from "../../src/store/usage.ts";
import { sendUsage } from "../../src/store/usage-queue.ts";
import { usageEvent } from "../integration/usage-events.ts";

const bytes = (body: unknown) => new TextEncoder().encode(JSON.stringify(body)).length;

async function sent(events: UsageEvent[]): Promise<UsageEvent[][][]> {
  const batches: UsageEvent[][][] = [];
  await sendUsage(
    {
      sendBatch: async (messages) => {
        batches.push([...messages].map(({ body }) => body));
        return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
      },
    },
    events,
  );
  return batches;
}

test("a turn's events are one message; no events are none", async () => {
  const events = [usageEvent({ user_id: "a" }), usageEvent({ user_id: "a", purpose: "title" })];
  expect(await sent(events)).toEqual([[events]]);
  expect(await sent([])).toEqual([]);
});

test.each([
  ["many small ones", 1500, "f"],
  ["large ones, in letters of three bytes", 300, "漢".repeat(2000)],
])("%s fit the queue's bounds, and none is lost", async (_, count, feature) => {
  const events = Array.from({ length: count }, () => usageEvent({ user_id: "a", feature }));
  const batches = await sent(events);
  expect(batches.flat(2)).toEqual(events);
  for (const batch of batches) {
    expect(batch.length).toBeLessThanOrEqual(100);
    expect(batch.reduce((sum, body) => sum + bytes(body), 0)).toBeLessThan(256_000);
    for (const body of batch) expect(bytes(body)).toBeLessThan(128_000);
  }
  // As few as fit: two neighbours never do.
  const bodies = batches.flat();
  for (const [at, body] of bodies.slice(1).entries())
    expect(bytes(body.slice(0, 1)) + bytes(bodies[at])).toBeGreaterThan(119_000);
});
