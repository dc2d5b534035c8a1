// Usage events on their way to D1: packed into as few messages as fit.
import type { UsageEvent } from "./usage.ts";

/** Bytes of a message's body, and of a batch's: 128 and 256 KB are the queue's, less what it adds itself. */
const LARGEST_MESSAGE = 120_000;
const LARGEST_BATCH = 240_000;
const MOST_MESSAGES = 100;

export type UsageQueue = Pick<Queue<UsageEvent[]>, "sendBatch">;

/** @throws where the queue takes not all of them: who tells them again tells the same events */
export async function sendUsage(queue: UsageQueue, events: readonly UsageEvent[]): Promise<void> {
  const messages = packed(
    events.map((event) => ({ of: event, bytes: bytesOf(event) })),
    LARGEST_MESSAGE,
    Infinity,
  ).map((fit) => ({
    of: fit.map(({ of }) => of),
    bytes: fit.reduce((sum, { bytes }) => sum + bytes, 0),
  }));
  for (const batch of packed(messages, LARGEST_BATCH, MOST_MESSAGES))
    await queue.sendBatch(batch.map(({ of }) => ({ body: of, contentType: "json" })));
}

type Sized<T> = { of: T; bytes: number };

/** In their order, as many together as fit; what is larger by itself goes alone. */
function packed<T>(things: readonly Sized<T>[], largest: number, most: number): Sized<T>[][] {
  const all: Sized<T>[][] = [];
  let room = 0;
  for (const thing of things) {
    const last = all.at(-1);
    if (last !== undefined && last.length < most && thing.bytes <= room) {
      last.push(thing);
      room -= thing.bytes;
    } else {
      all.push([thing]);
      room = largest - thing.bytes;
    }
  }
  return all;
}

/** With the comma after it. */
function bytesOf(event: UsageEvent): number {
  return new TextEncoder().encode(JSON.stringify(event)).length + 1;
}
