// Reads what a server sends, up to a number of bytes and until a signal ends it. The bytes are counted as they
// come out of decompression, so neither a declared length nor a small gzip says how many there are.

/** A connection broke, or what came over it could not be decoded. */
export class BrokenOff extends Error {
  constructor(cause: unknown) {
    super("the server broke off", { cause });
    this.name = "BrokenOff";
  }
}

type Read = {
  bytes: Uint8Array<ArrayBuffer>;
  /** False where there was more, or may have been; the rest was not read. */
  whole: boolean;
};

const FIRST_ROOM = 64 * 1024;

/**
 * The first `most` bytes of `body`. The stream is at its end or cancelled afterwards, however this ends.
 * @param enough what has come when it aborts will do
 * @throws {BrokenOff}; the reason of `ends`
 */
export async function readAtMost(
  body: ReadableStream<Uint8Array> | null,
  most: number,
  ends: AbortSignal,
  enough?: AbortSignal,
): Promise<Read> {
  if (body === null) return { bytes: new Uint8Array(0), whole: true };
  const reader = body.getReader();
  const cancel = () => void reader.cancel().catch(() => undefined);
  ends.addEventListener("abort", cancel, { once: true });
  enough?.addEventListener("abort", cancel, { once: true });
  // One buffer that grows: a server that sends byte by byte must not cost an object for each.
  let room = new Uint8Array(Math.min(FIRST_ROOM, most));
  let length = 0;
  try {
    for (;;) {
      ends.throwIfAborted();
      const { done, value } = await reader.read();
      ends.throwIfAborted(); // cancelling looks like an end
      if (done) {
        const whole = enough?.aborted !== true;
        return { bytes: new Uint8Array(room.buffer.transfer(length)), whole };
      }
      const taken = value.subarray(0, most - length);
      if (length + taken.length > room.length)
        room = new Uint8Array(
          room.buffer.transfer(Math.min(most, Math.max(room.length * 2, length + taken.length))),
        );
      room.set(taken, length);
      length += taken.length;
      if (taken.length < value.length)
        return { bytes: new Uint8Array(room.buffer.transfer(length)), whole: false };
    }
  } catch (thrown) {
    ends.throwIfAborted();
    // What came will do; and a read that waits when its stream is cancelled may fail, too.
    if (enough !== undefined)
      return { bytes: new Uint8Array(room.buffer.transfer(length)), whole: false };
    throw new BrokenOff(thrown);
  } finally {
    ends.removeEventListener("abort", cancel);
    enough?.removeEventListener("abort", cancel);
    cancel();
  }
}

/** What is not going to be read must not go on coming. */
export function discard(response: Response): void {
  void response.body?.cancel().catch(() => undefined);
}
