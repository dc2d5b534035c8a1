// Walks through a vendor's events, batch by batch.
import type { ModelEvent, Progress } from "../../provider.ts";
import type { Said } from "../../said.ts";
import type { ToolCalls } from "./tool-calls.ts";

/**
 * @param said what `read` adds text to: told once a batch, and before anything else that is told
 * @param calls what `read` adds pieces of calls to: told once a batch, as progress
 * @param read of one event's data; what it returns is told at once
 * @throws what `read` throws, after what arrived before has been told
 */
export async function* readBatches(
  batches: AsyncIterable<string[]>,
  said: Said,
  calls: ToolCalls,
  read: (data: string) => ModelEvent[],
): AsyncGenerator<ModelEvent | Progress> {
  for await (const batch of batches) {
    let told = false;
    try {
      for (const data of batch) {
        if (data === "[DONE]") continue;
        const events = read(data);
        if (events.length === 0) continue;
        told = true;
        yield* said.take();
        yield* events;
      }
    } catch (thrown) {
      yield* rest(said, calls, true);
      throw thrown;
    }
    yield* rest(said, calls, told);
  }
}

/** What of a batch is not told yet; where there was nothing at all to tell, that it came. */
function* rest(said: Said, calls: ToolCalls, told: boolean): Generator<ModelEvent | Progress> {
  const events = said.take();
  const json = calls.take();
  yield* events;
  if (json !== "" || (!told && events.length === 0)) yield { type: "progress", arguments: json };
}
