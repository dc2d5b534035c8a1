// Requests and their answers: who asks, what is tried again, and what went wrong as an EdgewiseError.
import { BACKOFF, type Backoff, sleep, waitAfter } from "./backoff.ts";
import { EdgewiseError, errorIn, unreachable } from "./error.ts";

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

  /** @throws {EdgewiseError}, or the signal's reason */
  async request<T>(method: string, path: string, asked: Asked = {}): Promise<T> {
    return valueIn<T>(await this.respond(method, path, asked));
  }

  /** The answer, where it is a success; tried again where that is safe. */
  async respond(method: string, path: string, asked: Asked = {}): Promise<Response> {
    const repeatable = asked.repeatable ?? (method === "GET" || asked.idempotencyKey !== undefined);
    for (let failures = 1; ; failures++)
      try {
        return await this.once(method, path, asked);
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
    asked.signal?.throwIfAborted();
    const response = await this.#introduced(async (token) => {
      const headers = { ...asked.headers };
      if (token !== null) headers["Authorization"] = `Bearer ${token}`;
      if (asked.idempotencyKey !== undefined) headers["Idempotency-Key"] = asked.idempotencyKey;
      const url = this.address(path, asked.query);
      return ask(this.#fetch, method, url, { body: asked.body, signal: asked.signal, headers });
    });
    if (!response.ok) throw await errorIn(response);
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

  async #introduced(send: (token: string | null) => Promise<Response>): Promise<Response> {
    const token = this.#token;
    if (token === null) return send(null);
    if (token !== undefined) return send(typeof token === "string" ? token : await token());
    while (this.#visitor === null && this.#meeting !== null)
      await this.#meeting.catch(() => undefined);
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

/** What an answer says. @throws {EdgewiseError} where that is a failure */
export async function valueIn<T>(response: Response): Promise<T> {
  if (!response.ok) throw await errorIn(response);
  try {
    // Edgewise's word, typed by the schemas that it validates with; 204 has none.
    const value: T = JSON.parse((await response.text()) || "null");
    return value;
  } catch (thrown) {
    throw unreachable(thrown); // it broke off
  }
}

/** Not randomUUID: that is missing in a page that is served over plain http to another machine. */
export const newKey = () =>
  [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
