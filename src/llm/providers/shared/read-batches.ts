// Walks through a vendor's events, batch by batch.
import type { ModelEvent } from "../../provider.ts";
import type { Said } from "../../said.ts";

/**
 * @param said what `read` adds text to: told once a batch, and before anything else that is told
 * @param read of one event's data; what it returns is told at once
 * @throws what `read` throws, after what arrived before has been told
 */
export async function* readBatches(
  batches: AsyncIterable<string[]>,
  said: Said,
  read: (data: string) => ModelEvent[],
): AsyncGenerator<ModelEvent> {
  for await (const batch of batches) {
    try {
      for (const data of batch) {
        if (data === "[DONE]") continue;
        const events = read(data);
        if (events.length > 0) yield* said.take();
        yield* events;
      }
    } catch (thrown) {
      yield* said.take();
      throw thrown;
    }
    yield* said.take();
  }
}
