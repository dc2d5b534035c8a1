// How a WebSocket is told no, in a way that a page can read.
import type { Failure } from "../errors.ts";

/** An unauthorised socket is opened and closed with 4001: a browser shows a page no other reason. */
export function refusedSocket(failure: Failure): Response {
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  server.close(4001, failure.message.slice(0, 120));
  return new Response(null, { status: 101, webSocket: client });
}
