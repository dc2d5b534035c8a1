// The ways of asking that are measured side by side. A variant prepares clients; each client runs
// turns, one at a time.
import type { WebSocket } from "ws";
import { openSocket, type Timing, watchSocket, watchStream } from "./client.ts";
import type { Host } from "./hosts.ts";

export type Client = {
  /** Runs a turn of the stub's model `model`. */
  turn: (model: string) => Promise<Timing>;
  close: () => void;
};

export type Variant = {
  name: string;
  /** Who works for it; null where the stub is asked directly. */
  host: Host | null;
  /** Whether what it did goes on after its answer: D1 is told within a second. */
  lingers: boolean;
  /** `count` clients, each with what it needs: running ones with a conversation of one turn. */
  prepare: (count: number) => Promise<Client[]>;
};

const VENDOR = { token: '"content":"w', end: "[DONE]" };
const SSE = { token: "event: token", end: "event: complete" };
const SOCKET = { token: '"type":"text.delta"', end: '"type":"turn.completed"' };
const QUESTION = "What does a turn cost?";
/** What opens a conversation. */
const OPENING = "stub:tokens=8";

export function direct(stub: string): Variant {
  return vendor("direct to the stub", null, `${stub}/v1/chat/completions`);
}

export function passThrough(host: Host): Variant {
  return vendor("pass-through", host, `${host.url}/v1/chat/completions`);
}

/** Edgewise's three, for one visitor of `host`. */
export function edgewise(
  host: Host,
  label: string,
): { fresh: Variant; running: Variant; socket: Variant } {
  const url = `${host.url}/api/v1/chat/stream`;
  let visitor: Promise<Record<string, string>> | undefined;
  const headers = () => (visitor ??= newVisitor(url));

  const begin = async () => {
    const sent = await watchStream(
      url,
      JSON.stringify({ message: QUESTION, model: OPENING }),
      await headers(),
      SSE,
    );
    const id = sent.headers["x-conversation-id"];
    if (typeof id !== "string") throw new Error("no X-Conversation-Id");
    return id;
  };

  return {
    fresh: {
      name: `${label} new, SSE`,
      host,
      lingers: true,
      prepare: async (count) => {
        const who = await headers();
        return Array.from({ length: count }, () => ({
          turn: (model) => watchStream(url, JSON.stringify({ message: QUESTION, model }), who, SSE),
          close: () => undefined,
        }));
      },
    },
    running: {
      name: `${label} running, SSE`,
      host,
      lingers: true,
      prepare: async (count) => {
        const who = await headers();
        return inTurns(count, async () => {
          const conversation_id = await begin();
          return {
            turn: (model: string) =>
              watchStream(
                url,
                JSON.stringify({ message: QUESTION, model, conversation_id }),
                who,
                SSE,
              ),
            close: () => undefined,
          };
        });
      },
    },
    socket: {
      name: `${label} running, WebSocket`,
      host,
      lingers: true,
      prepare: async (count) => {
        const who = await headers();
        return inTurns(count, async () => {
          const id = await begin();
          const socket: WebSocket = await openSocket(
            `${host.url}/api/v1/conversations/${id}/ws`,
            who,
          );
          return {
            turn: (model: string) =>
              watchSocket(
                socket,
                JSON.stringify({ type: "send", message: QUESTION, model }),
                SOCKET,
              ),
            close: () => socket.close(),
          };
        });
      },
    },
  };
}

/** A visitor that the host signed, as the header that says so. */
export async function newVisitor(url: string): Promise<Record<string, string>> {
  const sent = await watchStream(
    url,
    JSON.stringify({ message: QUESTION, model: OPENING }),
    {},
    SSE,
  );
  const token = sent.headers["x-visitor-token"];
  if (typeof token !== "string") throw new Error("no X-Visitor-Token");
  return { authorization: `Bearer ${token}` };
}

/** `count` results of `make`, sixteen under way at a time. */
export async function inTurns<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.min(16, count) }, async () => {
      for (let index = next++; index < count; index = next++) made[index] = await make(index);
    }),
  );
  return made;
}

function vendor(name: string, host: Host | null, url: string): Variant {
  return {
    name,
    host,
    lingers: false,
    prepare: async (count) =>
      Array.from({ length: count }, () => ({
        turn: (model) =>
          watchStream(
            url,
            JSON.stringify({
              model,
              stream: true,
              messages: [{ role: "user", content: QUESTION }],
            }),
            {},
            VENDOR,
          ),
        close: () => undefined,
      })),
  };
}
