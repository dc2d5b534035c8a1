// A WebSocket that comes back: backs off from 1 s to 30 s with jitter, tries at once when the
// network or the reader returns, and notices a line that died silently. One that is refused has the
// session renewed first. What to say again after a drop is its owner's business (session.ts).
import type { ErrorBody } from "../../src/errors.ts";
import type { ConversationDetail } from "../../src/protocol/conversation.ts";
import type { TurnEvent } from "../../src/protocol/events.ts";
import type { Frame } from "../../src/protocol/ws.ts";
import { account, admitted, renewed } from "./account.ts";
import { introduced } from "./request.ts";
import { stamp } from "./session-mark.ts";

export type ServerFrame =
  | TurnEvent
  | { type: "conversation.updated"; conversation: ConversationDetail }
  | { type: "pong" }
  | { type: "error"; error: ErrorBody; idempotency_key?: string; turn_id?: string };

export type Connection = {
  /** False where no socket is open: nothing was sent, nothing is kept. */
  send(frame: Frame): boolean;
  /** For good; `down` is not called. */
  close(): void;
};

export type Listener = {
  opened(): void;
  received(frame: ServerFrame): void;
  /** A further attempt will be made. */
  down(): void;
};

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30_000;
/** A socket that lived this long was a good one: the next wait starts small again. */
const GOOD_LIFE = 5000;
const PING_EVERY = 25_000;
/** After a ping, how long the line may stay silent. */
const PONG_WITHIN = 8000;
/** A socket that has not opened by then will not. */
const OPEN_WITHIN = 15_000;
const UNAUTHORISED = 4001;

export function connect(url: string, listener: Listener): Connection {
  let socket: WebSocket | null = null;
  /** Nobody else ever speaks on it. */
  const who = account().identity;
  let attempts = 0;
  let openedAt = Infinity;
  let closed = false;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;

  async function open(): Promise<void> {
    clearTimeout(retry);
    if (!(await allowed())) return later();
    if (closed || socket !== null || account().identity !== who) return;
    const seen = stamp();
    const fresh = new WebSocket(url);
    socket = fresh;
    silence = setTimeout(drop, OPEN_WITHIN);
    fresh.addEventListener("open", () => {
      if (socket !== fresh) return;
      heard();
      openedAt = Date.now();
      listener.opened();
    });
    fresh.addEventListener("message", ({ data }) => {
      if (socket !== fresh) return;
      heard();
      const frame: ServerFrame = JSON.parse(String(data)); // our own server's
      listener.received(frame);
    });
    fresh.addEventListener("close", ({ code }) => {
      if (socket !== fresh) return;
      drop();
      // A visitor has nothing to renew: their next read shows whether they are turned away.
      if (code === UNAUTHORISED && seen !== null) void renew(seen); // catches
    });
  }

  /** False where the server could not be asked; pends while the reader is turned away. */
  async function allowed(): Promise<boolean> {
    try {
      await introduced();
      await admitted();
      return true;
    } catch {
      return false;
    }
  }

  async function renew(seen: string): Promise<void> {
    try {
      await renewed(seen);
    } catch {
      // The next attempt meets the same refusal.
    }
  }

  function heard(): void {
    clearTimeout(silence);
    silence = undefined;
  }

  /** Lets go of the socket, which may never say that it closed. */
  function drop(): void {
    heard();
    socket?.close();
    socket = null;
    listener.down();
    later();
  }

  function later(): void {
    clearTimeout(retry);
    if (closed) return;
    attempts = Date.now() - openedAt > GOOD_LIFE ? 0 : attempts + 1;
    openedAt = Infinity;
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.max(0, attempts - 1));
    retry = setTimeout(() => void open(), wait * (0.5 + Math.random() / 2));
  }

  /** Asks whether the line lives; a dead one is dropped and opened again. */
  function probe(): void {
    if (socket?.readyState !== WebSocket.OPEN || silence !== undefined) return;
    socket.send(JSON.stringify({ type: "ping" } satisfies Frame));
    silence = setTimeout(() => {
      drop();
      void open(); // cannot reject
    }, PONG_WITHIN);
  }

  /** The network or the reader is back. */
  function wake(): void {
    if (document.visibilityState === "hidden") return;
    if (socket === null) void open();
    else probe();
  }

  function close(): void {
    closed = true;
    clearTimeout(retry);
    clearTimeout(silence);
    clearInterval(pinging);
    removeEventListener("online", wake);
    document.removeEventListener("visibilitychange", wake);
    socket?.close();
    socket = null;
  }

  const pinging = setInterval(probe, PING_EVERY);
  addEventListener("online", wake);
  document.addEventListener("visibilitychange", wake);
  void open();

  return {
    send(frame) {
      if (socket?.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify(frame));
      return true;
    },
    close,
  };
}
