// What stands between a client and the Worker in tests: the network as it is at its worst.
import { exports } from "cloudflare:workers";
import { Edgewise, type EdgewiseOptions } from "../../client/index.ts";
import type { Fetch } from "../../client/http.ts";
import type { NewSocket, Socket } from "../../client/socket.ts";
import { Client } from "./client.ts";

const ORIGIN = "http://edgewise.test";

/** Waits that nobody notices. */
const QUICK = { attempts: 4, first: 1, longest: 4 };

export const toWorker: Fetch = (url, init) => exports.default.fetch(new Request(url, init));

export const edgewise = (options: Partial<EdgewiseOptions> = {}) =>
  new Edgewise({ url: ORIGIN, fetch: toWorker, WebSocket: sockets(), backoff: QUICK, ...options });

/** Somebody who comes back in every one of their clients. */
export async function somebody(): Promise<(options?: Partial<EdgewiseOptions>) => Edgewise> {
  const visitor = new Client();
  await visitor.conversation();
  return (options) => edgewise({ token: visitor.token, ...options });
}

/** `name` is what is asked for, such as `POST /chat`. */
type Asked = { name: string; headers: Headers };

/** Passes each request through `by`, and keeps what there was. */
export function proxy(by: (request: Asked, pass: () => Promise<Response>) => Promise<Response>): {
  fetch: Fetch;
  requests: Asked[];
} {
  const requests: Asked[] = [];
  return {
    requests,
    fetch: (url, init) => {
      const path = new URL(url).pathname.replace("/api/v1", "");
      const request = { name: `${init.method} ${path}`, headers: new Headers(init.headers) };
      requests.push(request);
      return by(request, () => toWorker(url, init));
    },
  };
}

/** The same answer, of which no more than `bytes` arrive; then it ends as if that were all, or breaks. */
export function cutAfter(response: Response, bytes: number, how: "breaks" | "ends"): Response {
  if (response.body === null) return response;
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  let left = bytes;
  const cut = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = left > 0 ? await reader.read() : { done: true, value: undefined };
        if (!done && value !== undefined) controller.enqueue(value.slice(0, left));
        left -= value?.byteLength ?? 0;
        if (!done) return;
        void reader.cancel();
        if (left <= 0 && how === "breaks") controller.error(new Error("connection reset"));
        else controller.close();
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 }, // an error would throw away what waits
  );
  const { status, headers } = response;
  return new Response(cut, { status, headers });
}

/** What a network does to sockets; the default is nothing. */
export type Network = {
  /** False: it breaks here, and the frame was never said. */
  out?: (frame: Frame, socket: number) => boolean;
  /** False: it breaks here, and the frame was never heard. */
  in?: (frame: Frame, socket: number) => boolean;
  /** How each opened socket can be broken, in order. */
  opened?: (() => void)[];
};
type Frame = { type: string } & Record<string, unknown>;

/** WebSockets to the Worker. */
export function sockets(network: Network = {}): NewSocket {
  let made = 0;
  return class implements Socket {
    readyState = 0;
    readonly #number = made++;
    readonly #listeners = new Map<string, (event: never) => void>();
    #raw: WebSocket | null = null;

    constructor(url: string) {
      void this.#open(url);
    }

    addEventListener(type: string, listener: (event: never) => void): void {
      this.#listeners.set(type, listener);
    }

    send(text: string): void {
      const said = JSON.parse(text) as Frame;
      if (network.out?.(said, this.#number) === false) this.#break();
      else this.#raw?.send(text);
    }

    close(): void {
      this.readyState = 3;
      this.#raw?.close();
    }

    async #open(url: string): Promise<void> {
      const address = url.replace(/^ws/, "http");
      const { webSocket } = await toWorker(address, { headers: { Upgrade: "websocket" } });
      if (webSocket === null) return this.#tell("close", { code: 1006 });
      this.#raw = webSocket;
      webSocket.addEventListener("message", ({ data }) => {
        if (this.readyState !== 1) return;
        const heard = JSON.parse(String(data)) as Frame;
        if (network.in?.(heard, this.#number) === false) this.#break();
        else this.#tell("message", { data });
      });
      webSocket.addEventListener("close", ({ code }) => {
        if (this.readyState === 1) this.#ended(code);
      });
      webSocket.accept();
      this.readyState = 1;
      network.opened?.push(() => this.#break());
      this.#tell("open", {});
    }

    #break(): void {
      this.#raw?.close();
      this.#ended(1006);
    }

    #ended(code: number): void {
      this.readyState = 3;
      this.#tell("close", { code });
    }

    #tell(type: string, event: object): void {
      this.#listeners.get(type)?.(event as never);
    }
  };
}
