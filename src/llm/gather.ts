// Gathers a provider's chunks below JavaScript: waking for each costs more than anything done with
// it. How much is gathered follows the rate at which bytes arrive, so that no token of a steady
// stream waits longer than a frame; a slow stream is read chunk by chunk.

/** Milliseconds: what a token may wait for those after it, at the rate that was seen. */
const FRAME = 16;
/** Milliseconds: a rate is measured over at least this long, since a burst is no rate. */
const WINDOW = 16;
/** Bytes: a read returns at most this much. */
const BUFFER = 8192;
/** Bytes: no read waits for more than this. */
const MOST = 4096;
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

/** `fetch` whose event streams are read that way; everything else passes as it is. */
export function gathering(
  fetch: typeof globalThis.fetch,
  now: () => number,
): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const streams = response.headers.get("content-type")?.includes("text/event-stream") ?? false;
    if (response.body === null || !streams) return response;
    // The SDKs iterate over `body`: an iterable spares a second stream around the first.
    return Object.defineProperty(response, "body", { value: chunks(response.body, now) });
  };
}

async function* chunks(body: ReadableStream, now: () => number): AsyncGenerator<Uint8Array> {
  const reader = body.getReader({ mode: "byob" });
  const pace = new Pace();
  let ended = false;
  try {
    while (!ended) {
      const { done, value } = await reader.readAtLeast(pace.least, new Uint8Array(BUFFER));
      ended = done;
      if (value === undefined || value.byteLength === 0) continue;
      pace.saw(value.byteLength, now());
      yield value;
    }
  } finally {
    // Whoever stops early closes the connection.
    if (!ended) await reader.cancel();
  }
}
