// The load client: sends a turn and watches the bytes go by. It looks for two markers and parses
// nothing else, so that it is not what is measured.
import { Agent, request } from "node:http";
import { WebSocket } from "ws";

/** Milliseconds from sending the request. */
export type Timing = { firstToken: number; whole: number };
export type Watched = Timing & { headers: Record<string, string | string[] | undefined> };

/** What the first token and the successful end look like on a wire. */
export type Markers = { token: string; end: string };

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

/**
 * Posts `body`, or gets where it is null, and reads the answer to its end.
 * @throws where the answer does not end well: a failed turn is no turn
 */
export function watchStream(
  url: string,
  body: string | null,
  headers: Record<string, string>,
  markers: Markers,
): Promise<Watched> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let firstToken: number | undefined;
    const began = performance.now();
    const sending =
      body === null
        ? request(url, { agent, headers })
        : request(url, { method: "POST", agent, headers: jsonHeaders(body, headers) });
    sending.on("response", (response) => {
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        if (firstToken !== undefined) return;
        const head = chunks.length === 1 ? chunk : Buffer.concat(chunks);
        if (head.includes(markers.token)) firstToken = performance.now() - began;
      });
      response.on("end", () => {
        const whole = performance.now() - began;
        const text = Buffer.concat(chunks);
        if (firstToken !== undefined && text.includes(markers.end))
          resolve({ firstToken, whole, headers: response.headers });
        else
          reject(
            new Error(`${url} answered ${response.statusCode}: ${text.toString().slice(0, 500)}`),
          );
      });
      response.on("error", reject);
    });
    sending.on("error", reject);
    sending.end(body ?? undefined);
  });
}

/** Posts `body` and returns the answer's JSON. */
export async function post(
  url: string,
  body: string,
  headers: Record<string, string>,
): Promise<unknown> {
  const response = await fetch(url, { method: "POST", headers: jsonHeaders(body, headers), body });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

export function openSocket(url: string, headers: Record<string, string>): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace(/^http/, "ws"), { headers, perMessageDeflate: false });
    socket.once("open", () => resolve(socket));
    socket.once("error", reject);
  });
}

/** Sends `frame` and watches the frames that come, until one begins with the end's marker. */
export function watchSocket(socket: WebSocket, frame: string, markers: Markers): Promise<Timing> {
  return new Promise((resolve, reject) => {
    let firstToken: number | undefined;
    const began = performance.now();
    const settle = (failure: Error | null) => {
      socket.off("message", receive);
      socket.off("close", closed);
      if (failure === null && firstToken !== undefined)
        resolve({ firstToken, whole: performance.now() - began });
      else reject(failure ?? new Error("a turn ended without a token"));
    };
    const receive = (data: Buffer) => {
      const head = data.toString("latin1", 0, 40);
      if (head.includes(markers.token)) firstToken ??= performance.now() - began;
      else if (head.includes(markers.end)) settle(null);
      else if (/"type":"(error|turn\.failed|turn\.cancelled)"/.test(head))
        settle(new Error(`over WebSocket: ${data.toString().slice(0, 500)}`));
    };
    const closed = (code: number) => settle(new Error(`the socket closed: ${code}`));
    socket.on("message", receive);
    socket.on("close", closed);
    socket.send(frame);
  });
}

/** Lets the process end. */
export function hangUp(): void {
  agent.destroy();
}

function jsonHeaders(body: string, headers: Record<string, string>): Record<string, string> {
  return {
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
    ...headers,
  };
}
