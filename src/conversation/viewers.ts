// Who watches a turn. Viewers come and go; none of them holds a turn up or ends it.
import type { TurnEvent } from "../protocol/events.ts";
import { type Encoder, SSE_HEARTBEAT } from "../protocol/sse.ts";
import { encodeFrame } from "../protocol/ws.ts";

export interface Viewer {
  send(event: TurnEvent): void;
  /** Called while the turn is quiet. */
  heartbeat(now: number): void;
  /** The turn is over: nothing more comes. */
  end(): void;
}

/** UTF-16 units a reader may lag behind; past it the stream is dropped, and can be resumed. */
const LONGEST_LAG = 8_000_000;
const HEARTBEAT_EVERY = 15_000;

const utf8 = new TextEncoder();

/**
 * A byte stream of encoded events. One write is under way at a time; what is said meanwhile goes out
 * with the next, so a slow reader costs memory within a bound and nobody else anything.
 */
export class StreamViewer implements Viewer {
  readonly readable: ReadableStream<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #encode: Encoder;
  readonly #gone: (viewer: StreamViewer) => void;
  #waiting = "";
  #writing = false;
  #ended = false;
  #left = false;
  #lastWrite: number;

  /** @param gone called once, when the reader has left or was dropped */
  constructor(encode: Encoder, now: number, gone: (viewer: StreamViewer) => void) {
    const { readable, writable } = new IdentityTransformStream();
    this.readable = readable;
    this.#writer = writable.getWriter();
    this.#encode = encode;
    this.#gone = gone;
    this.#lastWrite = now;
    this.#writer.closed.catch(() => this.#leave());
  }

  send(event: TurnEvent): void {
    this.#write(this.#encode(event));
  }

  heartbeat(now: number): void {
    if (now - this.#lastWrite < HEARTBEAT_EVERY || this.#writing) return;
    this.#lastWrite = now;
    this.#write(SSE_HEARTBEAT);
  }

  end(): void {
    this.#ended = true;
    if (!this.#writing) void this.#drain();
  }

  #write(text: string): void {
    if (this.#left || text === "") return;
    this.#waiting += text;
    if (this.#waiting.length > LONGEST_LAG) {
      this.#waiting = "";
      this.#leave();
      void this.#writer.abort("the reader fell too far behind").catch(() => undefined);
    } else if (!this.#writing) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#writing = true;
    try {
      while (this.#waiting !== "") {
        const text = this.#waiting;
        this.#waiting = "";
        await this.#writer.write(utf8.encode(text));
      }
      if (this.#ended) await this.#writer.close();
    } catch {
      this.#leave(); // the reader went away: its right, and no error
    } finally {
      this.#writing = false;
    }
  }

  #leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.#gone(this);
  }
}

/** A WebSocket, which outlives the turns it watches. */
export class SocketViewer implements Viewer {
  readonly socket: WebSocket;
  readonly #encode: Encoder;

  constructor(socket: WebSocket, encode: Encoder = encodeFrame) {
    this.socket = socket;
    this.#encode = encode;
  }

  send(event: TurnEvent): void {
    trySend(this.socket, this.#encode(event));
  }

  heartbeat(): void {
    // The runtime answers pings.
  }

  end(): void {
    // The socket stays for the next turn.
  }
}

/** Sends, unless the socket is closing: its close event says so to whom it concerns. */
export function trySend(socket: WebSocket, text: string): void {
  try {
    socket.send(text);
  } catch {
    // Closed between the event and now.
  }
}

/** Many viewers, one encoding: remembers the last event's. */
export function once(encode: Encoder): Encoder {
  let last: TurnEvent | undefined;
  let text = "";
  return (event) => {
    if (event !== last) {
      last = event;
      text = encode(event);
    }
    return text;
  };
}
