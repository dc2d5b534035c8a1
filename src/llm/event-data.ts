// A vendor's event stream, in batches: the data of every event that one read brought. Waking for a
// chunk costs more than anything done with it, so chunks are gathered below JavaScript; how much is
// gathered follows the rate at which bytes arrive, and no token of a steady stream waits longer than
// a frame. A slow stream is read chunk by chunk.
import { createParser } from "eventsource-parser";

/** Milliseconds: what a token may wait for those after it, at the rate that was seen. */
const FRAME = 16;
/** Milliseconds: a rate is measured over at least this long, since a burst is no rate. */
const WINDOW = 16;
/** Bytes: a read returns at most this much. */
const BUFFER = 8192;
/** Bytes: no read waits for more than this. */
const MOST = 4096;
/** Characters of one event: none of a vendor's is nearly as long, and one that never ends would fill the memory. */
const LONGEST = 1024 * 1024;
/** Bytes: gathering less than this, about two of a vendor's chunks, is not worth its wait. */
const FEWEST = 400;

/** Decides how many bytes the next read waits for. */
export class Pace {
  least = 1;
  #since: number | undefined;
  #bytes = 0;

  /** `bytes` arrived, and it is `now` (milliseconds). */
  saw(bytes: number, now: number): void {
    if (this.#since === undefined) {
      this.#since = now;
      return; // the first bytes come after the model has thought: no measure of its pace
    }
    this.#bytes += bytes;
    const elapsed = now - this.#since;
    if (elapsed < WINDOW) return;
    const frame = Math.floor((this.#bytes / elapsed) * FRAME);
    this.least = frame < FEWEST ? 1 : Math.min(frame, MOST);
    this.#since = now;
    this.#bytes = 0;
  }
}

/**
 * A batch is empty where there were only comments: the vendor's way to say that it is still there. Whoever
 * stops early closes the connection, and so does `signal`, even while a read is waited for.
 * @throws {SyntaxError} for an event that does not end; the signal's reason
 */
export async function* readEventData(
  body: ReadableStream,
  now: () => number,
  signal: AbortSignal,
): AsyncGenerator<string[]> {
  const reader = body.getReader({ mode: "byob" });
  const letGo = cancelOn(signal, reader);
  const pace = new Pace();
  const utf8 = new TextDecoder();
  let batch: string[] = [];
  let commented = false;
  let overflow: Error | undefined;
  const parser = createParser({
    maxBufferSize: LONGEST,
    onEvent: ({ data }) => void batch.push(data),
    onComment: () => void (commented = true),
    onError: (error) => {
      if (error.type === "max-buffer-size-exceeded") overflow = error;
    },
  });
  let ended = false;
  try {
    while (!ended) {
      const { done, value } = await reader.readAtLeast(pace.least, new Uint8Array(BUFFER));
      ended = done;
      signal.throwIfAborted();
      if (value === undefined || value.byteLength === 0) continue;
      pace.saw(value.byteLength, now());
      parser.feed(utf8.decode(value, { stream: true }));
      if (batch.length > 0 || commented) yield batch;
      if (overflow !== undefined) throw new SyntaxError("an event has no end", { cause: overflow });
      batch = [];
      commented = false;
    }
  } finally {
    letGo();
    if (!ended) await reader.cancel();
  }
}

/** Has `signal` cancel what `reader` reads, so that a read under way ends, too. Returns what ends that. */
export function cancelOn(
  signal: AbortSignal,
  reader: Pick<ReadableStreamDefaultReader, "cancel">,
): () => void {
  const cancel = () => void reader.cancel(signal.reason).catch(() => undefined);
  if (signal.aborted) cancel();
  else signal.addEventListener("abort", cancel, { once: true });
  return () => signal.removeEventListener("abort", cancel);
}
