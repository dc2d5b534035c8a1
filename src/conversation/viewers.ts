// Who watches a turn. Viewers come and go; none of them holds a turn up or ends it.
import type { TurnEvent } from "../protocol/events.ts";
import { type Encoder, SSE_HEARTBEAT } from "../protocol/sse.ts";
import { encodeFrame } from "../protocol/ws.ts";

export interface Viewer {
  /** First what was missed, at the reader's pace; what happens meanwhile is part of it. */
  catchUp(missed: Iterator<TurnEvent>): void;
  send(event: TurnEvent): void;
  /** Called while the turn is quiet. */
  heartbeat(now: number): void;
  /** The turn is over: nothing more comes. */
  end(): void;
}

/** UTF-16 units a reader may lag behind; past it the stream is dropped, and can be resumed. */
const LONGEST_LAG = 8_000_000;
const HEARTBEAT_EVERY = 15_000;
/** UTF-16 units of what was missed that are encoded at a time. */
const CATCH_UP = 65_536;

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
  #missed: Iterator<TurnEvent> | null = null;
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

  catchUp(missed: Iterator<TurnEvent>): void {
    this.#missed = missed;
    if (!this.#writing) void this.#drain();
  }

  send(event: TurnEvent): void {
    if (this.#missed === null) this.#write(this.#encode(event));
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
      for (let text = this.#take(); text !== ""; text = this.#take())
        await this.#writer.write(utf8.encode(text));
      if (this.#ended) await this.#writer.close();
    } catch (thrown) {
      // The reader went away, which is its right; or what it missed cannot be read, and it should
      // not take what it has for the end.
      this.#leave();
      void this.#writer.abort(thrown).catch(() => undefined);
    } finally {
      this.#writing = false;
    }
  }

  /** What is to be written next: of what was missed first, then of what waits. */
  #take(): string {
    let text = "";
    while (this.#missed !== null && text.length < CATCH_UP) {
      const next = this.#missed.next();
      if (next.done === true) this.#missed = null;
      else text += this.#encode(next.value);
    }
    text += this.#waiting;
    this.#waiting = "";
    return text;
  }

  #leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.#missed = null;
    this.#waiting = "";
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

  /** At once: a socket has no pace to wait for, and an answer has a bound. */
  catchUp(missed: Iterator<TurnEvent>): void {
    for (let next = missed.next(); next.done !== true; next = missed.next()) this.send(next.value);
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
