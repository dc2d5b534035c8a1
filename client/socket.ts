// A WebSocket that comes back: backs off with jitter, tries at once when the network or the reader of a
// page returns, and notices a line that died silently. What to say again after a drop is its owner's
// business (live.ts).
import { BACKOFF, type Backoff, waitAfter } from "./backoff.ts";
import { ANSWER_WITHIN } from "./signals.ts";

/** What of a WebSocket is used. */
export interface Socket {
  readonly readyState: number;
  send(text: string): void;
  close(): void;
  addEventListener(type: "open", listener: () => void): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  addEventListener(type: "close", listener: (event: { code: number }) => void): void;
}
export type NewSocket = new (url: string) => Socket;

export type Connection = {
  /** False where no socket is open: nothing was sent, nothing is kept. */
  send(frame: object): boolean;
  /** Lets go of the socket and opens another. @param seconds at the soonest */
  again(seconds: number | null): void;
  /** For good; nothing is called any more. */
  close(): void;
};

export type Listener<Frame> = {
  /** Where to connect, asked before each attempt; null: not now. */
  address(): Promise<string | null>;
  /** `address` rejected. @returns seconds that have to pass before it is asked again */
  refused(thrown: unknown): number | null;
  opened(): void;
  received(frame: Frame): void;
  /** A further attempt will be made, unless the connection is closed. @param code of the socket's end */
  down(code: number | null): void;
};

/** A socket that lived this long was a good one: the next wait starts small again. */
const GOOD_LIFE = 5000;
const PING_EVERY = 25_000;
/** After a ping, how long the line may stay silent. */
const PONG_WITHIN = 8000;
/** WebSocket.OPEN. */
const OPEN = 1;

/** Of a page; elsewhere there is nothing that would say when to wake. */
type Page = {
  document?: EventSource & { visibilityState: string };
} & EventSource;
type EventSource = {
  addEventListener?(type: string, listener: () => void): void;
  removeEventListener?(type: string, listener: () => void): void;
};

export function connect<Frame extends object>(
  listener: Listener<Frame>,
  NewSocket: NewSocket = WebSocket,
  backoff: Backoff = BACKOFF,
): Connection {
  const page: Page = globalThis;
  let socket: Socket | null = null;
  let attempts = 0;
  let openedAt = Infinity;
  let closed = false;
  let asking = false;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;

  async function open(): Promise<void> {
    clearTimeout(retry);
    if (asking) return;
    asking = true;
    try {
      const address = await listener.address();
      if (closed || socket !== null) return;
      if (address === null) later();
      else listen(new NewSocket(address));
    } catch (thrown) {
      if (!closed) later(listener.refused(thrown));
    } finally {
      asking = false;
    }
  }

  function listen(fresh: Socket): void {
    socket = fresh;
    silence = setTimeout(() => drop(null), ANSWER_WITHIN);
    fresh.addEventListener("open", () => {
      if (socket !== fresh) return;
      heard();
      openedAt = Date.now();
      listener.opened();
    });
    fresh.addEventListener("message", ({ data }) => {
      if (socket !== fresh) return;
      heard();
      let frame: Frame | null = null;
      try {
        frame = JSON.parse(String(data)); // Edgewise's own
      } catch {
        // Somebody else's. What Edgewise said in its place, another socket says again.
      }
      if (typeof frame === "object" && frame !== null) listener.received(frame);
      else drop(null);
    });
    fresh.addEventListener("close", ({ code }) => {
      if (socket === fresh) drop(code);
    });
  }

  function heard(): void {
    clearTimeout(silence);
    silence = undefined;
  }

  /** Lets go of the socket, which may never say that it closed. */
  function drop(code: number | null, seconds: number | null = null): void {
    heard();
    socket?.close();
    socket = null;
    listener.down(code);
    later(seconds);
  }

  function later(seconds: number | null = null): void {
    clearTimeout(retry);
    if (closed) return;
    attempts = Date.now() - openedAt > GOOD_LIFE ? 1 : attempts + 1;
    openedAt = Infinity;
    retry = setTimeout(() => void open(), waitAfter(attempts, backoff, seconds));
  }

  /** Asks whether the line lives; a dead one is dropped and opened again. */
  function probe(): void {
    if (socket?.readyState !== OPEN || silence !== undefined) return;
    socket.send(JSON.stringify({ type: "ping" }));
    silence = setTimeout(() => {
      drop(null);
      void open(); // cannot reject
    }, PONG_WITHIN);
  }

  /** The network or the reader is back. */
  function wake(): void {
    if (page.document?.visibilityState === "hidden") return;
    if (socket === null) void open();
    else probe();
  }

  function close(): void {
    closed = true;
    clearTimeout(retry);
    clearTimeout(silence);
    clearInterval(pinging);
    page.removeEventListener?.("online", wake);
    page.document?.removeEventListener?.("visibilitychange", wake);
    socket?.close();
    socket = null;
  }

  const pinging = setInterval(probe, PING_EVERY);
  if (page.document !== undefined) {
    page.addEventListener?.("online", wake);
    page.document.addEventListener?.("visibilitychange", wake);
  }
  void open(); // cannot reject

  return {
    send(frame) {
      if (socket?.readyState !== OPEN) return false;
      socket.send(JSON.stringify(frame));
      return true;
    },
    again(seconds) {
      if (socket !== null) drop(null, seconds);
    },
    close,
  };
}
