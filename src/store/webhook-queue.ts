// Deliveries on their way to whoever sends them: messages that name them, and no more.
import type { Database } from "./database.ts";
import { type OwnedEvent, recordEvents, unsentOf } from "./webhook-events.ts";

export type DeliveryMessage = {
  tenant_id: string;
  delivery_id: string;
  /** It was tried as often as it is: not the queue gave it up, but we. */
  over?: boolean | undefined;
};
export type DeliveryQueue = Pick<Queue<DeliveryMessage>, "sendBatch">;

/** Messages of one batch. */
const MOST_MESSAGES = 100;

/** @throws where the queue does not take them: who tells again names the same */
export async function queueDeliveries(
  queue: DeliveryQueue,
  tenant_id: string,
  ids: readonly string[],
): Promise<void> {
  for (let at = 0; at < ids.length; at += MOST_MESSAGES)
    await queue.sendBatch(
      ids
        .slice(at, at + MOST_MESSAGES)
        .map((delivery_id) => ({ body: { tenant_id, delivery_id }, contentType: "json" })),
    );
}

/** Tells whoever hears of these events. Told twice, they are sent once. */
export async function announce(
  db: Database,
  queue: DeliveryQueue,
  events: readonly OwnedEvent[],
  now: number,
): Promise<void> {
  const [first, ...rest] = recordEvents(db, events, now);
  if (first === undefined) return;
  await db.batch([first, ...rest]);
  const [event] = events;
  if (event !== undefined)
    await queueDeliveries(queue, event.tenant_id, await unsentOf(db, events, now));
}
