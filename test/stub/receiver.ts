// A receiver of webhooks on loopback: remembers what it was sent, and behaves as its address says.
//
//   POST /hook?tag=&mode=&times=   answers 200; or, the first `times` times (else always), as `mode` says:
//       500, 503, 410, …     that status; with `after=` also Retry-After
//       late                 200, `wait=` milliseconds later
//       hang                 nothing, ever
//       drip                 200, and then a byte every 50 ms for ever
//       big                  200, and then 100 MB
//       close                breaks the connection
//       short                200, and breaks off behind the first bytes of its body
//       inward, circle       redirects to where clouds keep credentials, or to itself
//   GET /received?tag=       what came under that tag, in order: [{path, headers, body, at}]
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** `at`: milliseconds. */
export type Received = { headers: Record<string, string>; body: string; at: number };

export async function startReceiver(): Promise<{ url: string; close: () => Promise<void> }> {
  const all = new Map<string, Received[]>();
  const server = createServer((request, response) => {
    answer(request, response, all).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  all: Map<string, Received[]>,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://receiver");
  const tag = searchParams.get("tag") ?? "";
  const received = all.get(tag) ?? [];
  if (pathname === "/received") {
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify(received));
    return;
  }
  let body = "";
  for await (const chunk of request) body += String(chunk);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  );
  received.push({ headers, body, at: Date.now() });
  all.set(tag, received);
  const times = Number(searchParams.get("times") ?? Infinity);
  const mode = received.length > times ? "200" : (searchParams.get("mode") ?? "200");
  switch (mode) {
    case "late":
      await sleep(Number(searchParams.get("wait")));
      response.end("late");
      return;
    case "hang":
      return;
    case "close":
      response.destroy();
      return;
    case "short":
      response.writeHead(200, { "Content-Length": 5000 });
      response.write("ok!");
      await sleep(20);
      response.destroy();
      return;
    case "drip":
      response.writeHead(200);
      while (!response.destroyed) {
        response.write(".");
        await sleep(50);
      }
      return;
    case "big":
      response.writeHead(200);
      for (let sent = 0; sent < 100 && !response.destroyed; sent += 1) {
        response.write("x".repeat(1024 * 1024));
        await sleep(1);
      }
      response.end();
      return;
    case "inward":
      response.writeHead(302, { Location: "http://169.254.169.254/latest/meta-data/" }).end();
      return;
    case "circle":
      response.writeHead(307, { Location: request.url ?? "/" }).end();
      return;
    default: {
      const after = searchParams.get("after");
      if (after !== null) response.setHeader("Retry-After", after);
      response.statusCode = Number(mode);
      response.end(`answered ${mode}`);
    }
  }
}
