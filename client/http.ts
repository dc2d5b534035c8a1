// Requests and their answers: who asks, what is tried again, and what went wrong as an EdgewiseError.
import { BACKOFF, type Backoff, sleep, waitAfter } from "./backoff.ts";
import { EdgewiseError, errorIn, unexpected, unreachable } from "./error.ts";
import { limited, unlessAborted } from "./signals.ts";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export type HttpOptions = {
  /** Where Edgewise is: `https://chat.example.com`. */
  url: string;
  /**
   * An access token or API key, or what gets one, asked before each request. Null: cookies say who asks.
   * Without it, Edgewise makes a visitor of the first request, where visitors are welcome.
   */
  token?: string | (() => string | Promise<string>) | null | undefined;
  fetch?: Fetch | undefined;
  backoff?: Partial<Backoff> | undefined;
};

export type Asked = {
  /** A Blob or a form goes as it is, anything else as JSON. */
  body?: unknown;
  query?: Readonly<Record<string, unknown>>;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal | undefined;
  /** Milliseconds from when it is sent: an answer that has not begun by then does not come. */
  within?: number | undefined;
  /** The same one never has anything done twice: what has one may be tried again. */
  idempotencyKey?: string | undefined;
  /** May be tried again although it has no key and is no GET: twice comes to the same as once. */
  repeatable?: boolean;
};

/** Seconds: who is to wait longer is told so instead. */
const LONGEST_PATIENCE = 60;
const VISITOR_HEADER = "X-Visitor-Token";

export class Http {
  readonly backoff: Backoff;
  readonly #url: string;
  readonly #fetch: Fetch;
  readonly #token: HttpOptions["token"];
  #visitor: string | null = null;
  /** A first request under way: two at once would make two visitors, of whom one is lost. */
  #meeting: Promise<unknown> | null = null;

  constructor({ url, token, fetch: given, backoff }: HttpOptions) {
    this.#url = url.replace(/\/+$/, "");
    this.#fetch = given ?? ((to, init) => fetch(to, init));
    this.#token = token;
    this.backoff = { ...BACKOFF, ...backoff };
  }

  /** What the answer says; tried again where that is safe. @throws {EdgewiseError}, or the signal's reason */
  request<T>(method: string, path: string, asked: Asked = {}): Promise<T> {
    return this.#tried(method, asked, async () =>
      valueIn<T>(await this.once(method, path, asked), asked.signal),
    );
  }

  /** The same as it is answered: of what breaks off after it began, the reader hears. */
  respond(method: string, path: string, asked: Asked = {}): Promise<Response> {
    return this.#tried(method, asked, () => this.once(method, path, asked));
  }

  async #tried<T>(method: string, asked: Asked, work: () => Promise<T>): Promise<T> {
    const repeatable = asked.repeatable ?? (method === "GET" || asked.idempotencyKey !== undefined);
    for (let failures = 1; ; failures++)
      try {
        return await work();
      } catch (thrown) {
        // Who was turned away with 429 was not heard: whatever it was can be said again.
        const again =
          thrown instanceof EdgewiseError && (repeatable || thrown.status === 429) ? thrown : null;
        if (again === null || !this.worthwhile(again, failures)) throw thrown;
        await sleep(waitAfter(failures, this.backoff, again.retryAfter), asked.signal);
      }
  }

  worthwhile(error: EdgewiseError, failures: number): boolean {
    const { passing, retryAfter } = error;
    return passing && failures < this.backoff.attempts && (retryAfter ?? 0) <= LONGEST_PATIENCE;
  }

  /** Tried once. */
  async once(method: string, path: string, asked: Asked = {}): Promise<Response> {
    const { body, signal, within } = asked;
    signal?.throwIfAborted();
    const response = await this.#introduced(signal, async (token) => {
      const headers = { ...asked.headers };
      if (token !== null) headers["Authorization"] = `Bearer ${token}`;
      if (asked.idempotencyKey !== undefined) headers["Idempotency-Key"] = asked.idempotencyKey;
      const url = this.address(path, asked.query);
      if (within === undefined) return ask(this.#fetch, method, url, { body, signal, headers });
      const limit = limited(within, signal);
      try {
        return await ask(this.#fetch, method, url, { body, signal: limit.signal, headers });
      } finally {
        limit.release();
      }
    });
    if (!response.ok) throw await errorIn(response, signal);
    return response;
  }

  address(path: string, query: Asked["query"] = {}): string {
    const said = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
    const search = new URLSearchParams(said.map(([name, value]) => [name, String(value)]));
    return `${this.#url}/api/v1${path}${said.length === 0 ? "" : `?${search}`}`;
  }

  /** Whether a token says who asks, or cookies do. */
  get hasToken(): boolean {
    return this.#token !== null;
  }

  async #introduced(
    signal: AbortSignal | undefined,
    send: (token: string | null) => Promise<Response>,
  ): Promise<Response> {
    const token = this.#token;
    if (token === null || typeof token === "string") return send(token);
    if (token !== undefined) return send(await tokenFrom(token, signal));
    while (this.#visitor === null && this.#meeting !== null)
      await unlessAborted(
        this.#meeting.catch(() => undefined),
        signal,
      );
    if (this.#visitor !== null) return send(this.#visitor);
    const first = send(null);
    this.#meeting = first;
    try {
      const response = await first;
      this.#visitor = response.headers.get(VISITOR_HEADER);
      return response;
    } finally {
      this.#meeting = null;
    }
  }
}

/** What gets a token asks somebody, too: that it fails says nothing of whether it will again. */
async function tokenFrom(
  token: () => string | Promise<string>,
  signal: AbortSignal | undefined,
): Promise<string> {
  try {
    return await unlessAborted(Promise.resolve(token()), signal);
  } catch (thrown) {
    signal?.throwIfAborted();
    throw thrown instanceof EdgewiseError ? thrown : unreachable(thrown);
  }
}

/** One request. @throws {EdgewiseError} `NETWORK`; a refusal is an answer. Aborted: the signal's reason */
export async function ask(
  send: Fetch,
  method: string,
  url: string,
  asked: Pick<Asked, "body" | "headers" | "signal"> & { keepalive?: boolean } = {},
): Promise<Response> {
  const { body, headers, signal, ...options } = asked;
  // A form's type names its boundary, which whoever sends it draws.
  const typed = body === undefined || body instanceof FormData;
  const init: RequestInit = {
    ...options,
    method,
    headers: { ...(typed ? {} : { "Content-Type": "application/json" }), ...headers },
  };
  if (body !== undefined) init.body = sendable(body);
  if (signal) init.signal = signal;
  try {
    return await send(url, init);
  } catch (thrown) {
    signal?.throwIfAborted();
    throw thrown instanceof EdgewiseError ? thrown : unreachable(thrown);
  }
}

/** A file is JSON already, or in a form, and may be larger than what should be held. */
const sendable = (body: unknown) =>
  body instanceof Blob || body instanceof FormData ? body : JSON.stringify(body);

/** What an answer says. @throws {EdgewiseError} where that is a failure; aborted, the signal's reason */
export async function valueIn<T>(response: Response, signal?: AbortSignal): Promise<T> {
  if (!response.ok) throw await errorIn(response, signal);
  const typed = /\bjson\b/i.test(response.headers.get("Content-Type") ?? "");
  let text: string;
  try {
    text = await response.text();
  } catch (thrown) {
    signal?.throwIfAborted();
    throw unreachable(thrown); // it broke off
  }
  try {
    // Edgewise's word, typed by the schemas that it validates with; 204 has none.
    const value: T = JSON.parse(text === "" && !typed ? "null" : text);
    return value;
  } catch (thrown) {
    // Edgewise's own is whole JSON: of this the end is missing.
    throw typed ? unreachable(thrown) : unexpected(response, null, thrown);
  }
}

/** A path with ids in it, whatever those are: none leads elsewhere. */
export const pathOf = (parts: TemplateStringsArray, ...ids: string[]): string =>
  parts.map((part, at) => part + encodeURIComponent(ids[at] ?? "")).join("");

/** Not randomUUID: that is missing in a page that is served over plain http to another machine. */
export const newKey = () =>
  [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
