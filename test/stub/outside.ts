// A server of the outside world on loopback, for what is fetched by an address that somebody named. It has
// a page, a text and a PDF, and behaves badly on request:
//
//   /page.html /notes.txt /report.pdf   what outside-pages.ts says
//   /lies                 declares text/html, and sends a PNG
//   /untyped              declares nothing
//   /status?code=         that status, with a body that nobody should see
//   /big?bytes=           so many bytes; with declared=1 it says so beforehand
//   /endless /drip        bytes for ever: as fast as they are taken, or one every 50 ms
//   /hang                 nothing, ever
//   /broken               breaks off in the middle
//   /too-short /too-long  sends 26 bytes, and declares 10 or 1,000,000 of them
//   /bomb?bytes=          so many zeros, gzipped; /not-gzip says gzip, and is none
//   /moved?to=&code=      redirects there; /hops?n= that many times, and then to /notes.txt
//   /loop /inward         redirects to itself; to the address where clouds keep their credentials
//   /echo                 the request as JSON {method, headers, body}
//   /journal?tag=         of the requests with that `tag`: {calls, aborted}
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { NOTES, PAGE, PICTURE, REPORT } from "./outside-pages.ts";

/** What was asked under one tag, and how often whoever asked hung up before the end. */
export type OutsideJournal = { calls: number; aborted: number };

export async function startOutside(): Promise<{ url: string; close: () => Promise<void> }> {
  const journals = new Map<string, OutsideJournal>();
  const server = createServer((request, response) => {
    answer(request, response, journals).catch((thrown: unknown) => {
      console.error("outside:", thrown);
      response.destroy();
    });
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
  journals: Map<string, OutsideJournal>,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://outside");
  const tag = searchParams.get("tag") ?? "";
  const journal = journals.get(tag) ?? { calls: 0, aborted: 0 };
  if (pathname === "/journal") return send(response, "application/json", JSON.stringify(journal));
  journals.set(tag, journal);
  journal.calls += 1;
  response.on("close", () => {
    if (!response.writableFinished) journal.aborted += 1;
  });
  const bytes = Number(searchParams.get("bytes") ?? 0);
  switch (pathname) {
    case "/page.html":
      return send(response, "text/html; charset=utf-8", PAGE);
    case "/notes.txt":
      return send(response, "text/plain; charset=utf-8", NOTES);
    case "/report.pdf":
      return send(response, "application/pdf", REPORT);
    case "/lies":
      return send(response, "text/html; charset=utf-8", PICTURE);
    case "/untyped":
      response.end(NOTES);
      return;
    case "/status":
      response.statusCode = Number(searchParams.get("code"));
      return send(response, "text/plain", "a secret of the server's");
    case "/big":
      response.setHeader("Content-Type", "text/plain");
      if (searchParams.has("declared")) response.setHeader("Content-Length", bytes);
      return pour(response, bytes);
    case "/endless":
      response.setHeader("Content-Type", "text/plain");
      return pour(response, Infinity);
    case "/drip":
      return drip(response);
    case "/hang":
      return;
    case "/broken":
      response.writeHead(200, { "Content-Type": "text/plain", "Content-Length": 1000 });
      response.write("half of it");
      await sleep(20);
      response.destroy();
      return;
    case "/too-short":
      return declaring(response, 10);
    case "/too-long":
      return declaring(response, 1_000_000);
    case "/bomb":
      response.setHeader("Content-Encoding", "gzip");
      return send(response, "text/plain", gzipSync(new Uint8Array(bytes)));
    case "/not-gzip":
      response.setHeader("Content-Encoding", "gzip");
      return send(response, "text/plain", "this is not gzip");
    case "/moved":
      return redirect(
        response,
        searchParams.get("to") ?? "",
        Number(searchParams.get("code") ?? 302),
      );
    case "/hops": {
      const n = Number(searchParams.get("n"));
      return redirect(response, n > 1 ? `/hops?n=${n - 1}` : "/notes.txt");
    }
    case "/loop":
      return redirect(response, request.url ?? "/loop");
    case "/inward":
      return redirect(response, "http://169.254.169.254/latest/meta-data/iam/");
    case "/echo":
      return send(
        response,
        "application/json",
        JSON.stringify({
          method: request.method,
          headers: request.headers,
          body: await read(request),
        }),
      );
    default:
      response.statusCode = 404;
      return send(response, "text/plain", "there is nothing here");
  }
}

function send(response: ServerResponse, type: string, body: string | Uint8Array): void {
  response.setHeader("Content-Type", type);
  response.end(body);
}

function redirect(response: ServerResponse, to: string, code = 302): void {
  response.writeHead(code, { Location: to, "Content-Type": "text/plain" });
  response.end("over there");
}

/** As fast as they are taken, until whoever takes them has left. */
async function pour(response: ServerResponse, bytes: number): Promise<void> {
  const block = Buffer.alloc(64 * 1024, "all work and no play ");
  function* blocks() {
    for (let left = bytes; left > 0; left -= block.length)
      yield block.subarray(0, Math.min(left, block.length));
  }
  await pipeline(blocks, response).catch(() => undefined);
}

async function drip(response: ServerResponse): Promise<void> {
  response.writeHead(200, { "Content-Type": "text/plain" });
  while (!response.destroyed) {
    response.write(".");
    await sleep(50);
  }
}

/** A length that is not the body's: Node would correct it, so it goes around Node. */
function declaring(response: ServerResponse, length: number): void {
  response.socket?.end(
    `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\nabcdefghijklmnopqrstuvwxyz`,
  );
}

async function read(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}
