// The one door out, for every URL that a user, a document or a model had a hand in. Where it leads is judged
// at each hop (destination.ts); how long it takes and how much it brings is bounded. What was fetched is
// a stranger's word: no more is known of it here than that it came.
import { BrokenOff, discard, readAtMost } from "./body.ts";
import { makeJudge, type Policy } from "./destination.ts";
import { failed, type Refusal, refused } from "./refusal.ts";

export type EgressOptions = Policy & {
  fetch: typeof globalThis.fetch;
  /** `User-Agent` of every request. */
  userAgent: string;
};

type Limits = {
  /** Of the body, decoded. */
  maxBytes: number;
  /** Milliseconds for everything: names, redirects, headers and body. */
  timeout: number;
  signal?: AbortSignal;
};

type Fetched = {
  status: "ok";
  /** Where it was found in the end. */
  url: string;
  /** The Content-Type that was declared, as it stands: it may be untrue. */
  type: string | null;
  body: Uint8Array<ArrayBuffer>;
  redirects: number;
};

type Answered = {
  status: "ok";
  url: string;
  /** The HTTP status, whichever it is. */
  code: number;
  headers: Headers;
  /** Its first `maxBytes`. */
  body: Uint8Array<ArrayBuffer>;
  truncated: boolean;
  redirects: number;
};

type Sending = {
  url: string;
  method: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
};

/** Neither throws for anything a server does or a URL says; an abort of `signal` throws its reason. */
export interface Egress {
  /** A document: only a 2xx counts, and only whole. */
  get(url: string, limits: Limits & { accept?: string }): Promise<Fetched | Refusal>;
  /**
   * Any request, and whatever it is answered. Redirects are followed for GET and HEAD unless said otherwise;
   * to another origin no header goes along but those that say what is sent and what is wanted.
   */
  send(
    request: Sending,
    limits: Limits & {
      followRedirects?: boolean;
      /** Milliseconds for the body alone: what has come of it by then will do. */
      patience?: number;
    },
  ): Promise<Answered | Refusal>;
  /** What stands against asking `url`, before anything is sent; null is nothing. */
  check(url: string, timeout: number): Promise<Refusal | null>;
}

const MOST_REDIRECTS = 5;
const REDIRECTING = new Set([301, 302, 303, 307, 308]);
/** Never sent: cookies, and what is the connection's own. */
const KEPT_BACK = ["Cookie", "Host", "Connection", "Content-Length", "Transfer-Encoding"];
/** What goes along to another origin. */
const HARMLESS = new Set(["accept", "accept-language", "content-type", "user-agent"]);

type Ask = { method: string; headers: Headers; body: string | Uint8Array<ArrayBuffer> | null };
type Reached = { status: "reached"; response: Response; url: URL; redirects: number };

/** @throws {TypeError} if `allow` has what is no `host[:port]` */
export function makeEgress(options: EgressOptions): Egress {
  const { fetch, userAgent } = options;
  const judge = makeJudge(options);

  /** @throws {BrokenOff}; the reason of `ends` */
  async function ask(url: URL, request: Ask, ends: AbortSignal): Promise<Response> {
    const asking = fetch(url.href, { ...request, redirect: "manual", signal: ends });
    try {
      return await orEnd(asking, ends);
    } catch (thrown) {
      void asking.then(discard, () => undefined); // should it still come
      ends.throwIfAborted();
      throw new BrokenOff(thrown);
    }
  }

  /** The first answer that is no redirect to be followed. Its body is the caller's to read or to discard. */
  async function reach(
    address: string,
    first: Ask,
    mostRedirects: number,
    ends: AbortSignal,
  ): Promise<Reached | Refusal> {
    let url = URL.parse(address);
    if (url === null) return refused("invalid_url", "This is not a whole URL.");
    let request = first;
    for (let redirects = 0; ; redirects += 1) {
      url.hash = "";
      const refusal = await orEnd(judge(url), ends);
      if (refusal !== null) return redirects === 0 ? refusal : afterRedirect(refusal);
      const response = await ask(url, request, ends);
      const location = REDIRECTING.has(response.status) ? response.headers.get("Location") : null;
      if (location === null || mostRedirects === 0)
        return { status: "reached", response, url, redirects };
      discard(response);
      if (redirects === mostRedirects)
        return refused("redirects", `It redirects more than ${mostRedirects} times.`);
      const next = URL.parse(location, url);
      if (next === null) return refused("redirects", "It redirects to what is not a URL.");
      if (url.protocol === "https:" && next.protocol === "http:")
        return refused("scheme", "It redirects from https to http.");
      request = redirected(request, response.status, next.origin !== url.origin);
      url = next;
    }
  }

  function headersOf(given: Record<string, string>): Headers {
    const headers = new Headers(given);
    for (const name of KEPT_BACK) headers.delete(name);
    headers.set("User-Agent", userAgent);
    return headers;
  }

  return {
    check: async (address, timeout) => {
      const url = URL.parse(address);
      if (url === null) return refused("invalid_url", "This is not a whole URL.");
      const judged = await within({ timeout }, async (ends) => {
        const refusal = await orEnd(judge(url), ends);
        return refusal ?? { status: "ok" as const };
      });
      return judged.status === "ok" ? null : judged;
    },

    get: (address, { accept, maxBytes, ...limits }) =>
      within(limits, async (ends) => {
        const headers = headersOf(accept === undefined ? {} : { Accept: accept });
        const first = { method: "GET", headers, body: null };
        const reached = await reach(address, first, MOST_REDIRECTS, ends);
        if (reached.status !== "reached") return reached;
        const { response, url, redirects } = reached;
        if (!response.ok) {
          discard(response);
          return failed("http_status", `The server answered ${response.status}.`);
        }
        const tooLarge = refused("too_large", `It is larger than ${maxBytes} bytes.`);
        // Only to spare the reading: what is declared is never believed for more.
        if (Number(response.headers.get("Content-Length")) > maxBytes) {
          discard(response);
          return tooLarge;
        }
        const { bytes, whole } = await readAtMost(response.body, maxBytes, ends);
        if (!whole) return tooLarge;
        const type = response.headers.get("Content-Type");
        return { status: "ok", url: url.href, type, body: bytes, redirects };
      }),

    send: (
      { url: address, method, headers = {}, body = null },
      { maxBytes, followRedirects = ["GET", "HEAD"].includes(method), patience, ...limits },
    ) =>
      within(limits, async (ends) => {
        const first = { method, headers: headersOf(headers), body };
        const reached = await reach(address, first, followRedirects ? MOST_REDIRECTS : 0, ends);
        if (reached.status !== "reached") return reached;
        const { response, url, redirects } = reached;
        const enough = patience === undefined ? undefined : AbortSignal.timeout(patience);
        const { bytes, whole } = await readAtMost(response.body, maxBytes, ends, enough);
        return {
          status: "ok",
          url: url.href,
          code: response.status,
          headers: new Headers(response.headers),
          body: bytes,
          truncated: !whole,
          redirects,
        };
      }),
  };
}

const afterRedirect = ({ message, ...refusal }: Refusal): Refusal => ({
  ...refusal,
  message: `It redirects elsewhere. ${message}`,
});

/** The request that a redirect asks for (Fetch, "HTTP-redirect fetch"), without what is not the other's to see. */
function redirected({ method, headers, body }: Ask, code: number, crossing: boolean): Ask {
  const reading =
    (code === 303 && method !== "HEAD") || ((code === 301 || code === 302) && method === "POST");
  const kept = new Headers();
  for (const [name, value] of headers) {
    if (crossing && !HARMLESS.has(name)) continue;
    if (reading && name.startsWith("content-")) continue;
    kept.set(name, value);
  }
  return reading ? { method: "GET", headers: kept, body: null } : { method, headers: kept, body };
}

class Late extends Error {}

/** Runs `work` under one limit of time, whatever it waits for. @throws the reason of `signal` */
async function within<T>(
  { timeout, signal }: Omit<Limits, "maxBytes">,
  work: (ends: AbortSignal) => Promise<T | Refusal>,
): Promise<T | Refusal> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Late()), timeout);
  const ends = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]);
  try {
    ends.throwIfAborted();
    return await work(ends);
  } catch (thrown) {
    if (thrown instanceof Late)
      return failed("timeout", `The server took longer than ${timeout / 1000} seconds.`);
    if (thrown instanceof BrokenOff)
      return failed("unreachable", "The server could not be reached, or broke off.");
    throw thrown;
  } finally {
    clearTimeout(timer);
  }
}

/** What `work` comes to, unless `ends` is sooner. */
function orEnd<T>(work: Promise<T>, ends: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(ends.reason);
    if (ends.aborted) leave();
    ends.addEventListener("abort", leave, { once: true });
    void work.then(resolve, reject).finally(() => ends.removeEventListener("abort", leave));
  });
}
