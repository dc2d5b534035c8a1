// A network of a test's own: what is asked is kept, and answered as the test says.
import { Edgewise, type EdgewiseOptions } from "../../../client/index.ts";
import type { Fetch } from "../../../client/http.ts";
import type { NewSocket, Socket } from "../../../client/socket.ts";

export type Request = { name: string; url: string; headers: Headers; signal: AbortSignal | null };

/** A client whose requests `answer` answers, by their number from 0. */
export function clientOf(
  answer: (request: Request, at: number) => Response | Promise<Response>,
  options: Partial<EdgewiseOptions> = {},
): { client: Edgewise; requests: Request[] } {
  const requests: Request[] = [];
  const fetch: Fetch = async (url, { method, headers, signal = null }) => {
    const { pathname } = new URL(url);
    const name = `${method} ${pathname.replace("/api/v1", "")}`;
    const request = { name, url, headers: new Headers(headers), signal };
    return answer(request, requests.push(request) - 1);
  };
  const backoff = { attempts: 3, first: 1, longest: 2 };
  const given = { url: "http://edgewise.test", token: "ew_1", fetch, backoff, ...options };
  return { client: new Edgewise(given), requests };
}

/** No answer, until whoever asked leaves. */
export const never = ({ signal }: Request) =>
  new Promise<Response>((_, reject) =>
    signal?.addEventListener("abort", () => reject(signal.reason)),
  );

/** An answer that begins with this text; then it breaks, or `then` says how it goes on. */
export function beginning(
  text: string,
  then: (body: ReadableStreamDefaultController) => void | Promise<void> = (body) =>
    body.error(new Error("connection reset")),
  init: ResponseInit = { headers: { "Content-Type": "application/json" } },
): Response {
  let told = false;
  const body = new ReadableStream(
    {
      pull(controller) {
        if (told) return then(controller);
        told = true;
        controller.enqueue(new TextEncoder().encode(text));
        return undefined;
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, init);
}

/** As `fetch` has it of a request with this signal: aborted, what comes of the answer breaks. */
export const untilLeft =
  ({ signal }: Request) =>
  (body: ReadableStreamDefaultController): Promise<void> =>
    new Promise((resolve) =>
      signal?.addEventListener("abort", () => {
        body.error(signal.reason);
        resolve();
      }),
    );

export const refusal = (status: number, error: object) => Response.json({ error }, { status });

export const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => new Error("it did not fail"),
    (thrown: unknown) => thrown,
  );

/** Sockets that open and answer a ping by themselves, say what the test has them say, and keep what they are told. */
export function sockets(): { WebSocket: NewSocket; made: FakeSocket[] } {
  const made: FakeSocket[] = [];
  class Kept extends FakeSocket {
    constructor() {
      super();
      made.push(this);
    }
  }
  return { WebSocket: Kept, made };
}

class FakeSocket implements Socket {
  readyState = 0;
  readonly said: Record<string, unknown>[] = [];
  readonly #listeners = new Map<string, (event: never) => void>();

  constructor() {
    queueMicrotask(() => {
      this.readyState = 1;
      this.tell("open", {});
    });
  }

  addEventListener(type: string, listener: (event: never) => void): void {
    this.#listeners.set(type, listener);
  }

  tell(type: string, event: object): void {
    this.#listeners.get(type)?.(event as never);
  }

  /** A frame, or what is none. */
  says(frame: object | string): void {
    this.tell("message", { data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }

  send(text: string): void {
    const frame = JSON.parse(text) as Record<string, unknown>;
    if (frame["type"] === "ping") queueMicrotask(() => this.says({ type: "pong" }));
    else this.said.push(frame);
  }

  close(): void {
    this.readyState = 3;
  }
}
