// A conversation's socket in the name of whom the page acts for: one that is refused has the session
// renewed first, and nobody else ever speaks on it.
import type { ServerFrame } from "../../client/live.ts";
import { connect, type Connection, type Listener } from "../../client/socket.ts";
import { account, admitted, renewed } from "./account.ts";
import { introduced } from "./request.ts";
import { stamp } from "./session-mark.ts";

const UNAUTHORISED = 4001;

export function connectTo(
  conversation: string,
  listener: Omit<Listener<ServerFrame>, "address" | "refused">,
): Connection {
  const who = account().identity;
  /** The session that the socket was opened with. */
  let seen: string | null = null;
  return connect<ServerFrame>({
    ...listener,
    async address() {
      if (!(await allowed()) || account().identity !== who) return null;
      seen = stamp();
      return addressOf(conversation);
    },
    refused: () => null,
    down(code) {
      listener.down(code);
      // A visitor has nothing to renew: their next read shows whether they are turned away.
      if (code === UNAUTHORISED && seen !== null) void renew(seen); // catches
    },
  });
}

function addressOf(conversation: string): string {
  const url = new URL(`/api/v1/conversations/${conversation}/ws`, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
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
