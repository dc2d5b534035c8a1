// How identity providers and issuers are asked: encrypted, in time, without redirects, and without
// reading more than such a document can be long.

/** Milliseconds for an answer and its body. */
const TIME_LIMIT = 10_000;
const LARGEST_BODY = 256 * 1024;

/** Nobody answered, or with more than there can be to say. */
export class NotAnswered extends Error {
  constructor(cause: unknown) {
    super("no answer from outside", { cause });
    this.name = "NotAnswered";
  }
}

/** A fetch whose answers have been read to their end. @throws {NotAnswered} */
export type OutsideFetch = (
  url: string,
  init?: Pick<RequestInit, "method" | "headers" | "body">,
) => Promise<Response>;

export function makeOutsideFetch(fetch: typeof globalThis.fetch): OutsideFetch {
  return async (url, init = {}) => {
    try {
      if (!isProtected(url)) throw new TypeError("only https, or http on loopback");
      const response = await fetch(url, {
        ...init,
        // Followed, a redirect could lead to an address that nobody configured.
        redirect: "manual",
        signal: AbortSignal.timeout(TIME_LIMIT),
      });
      const headers = new Headers(response.headers);
      headers.delete("Content-Encoding"); // what has been read is decoded
      headers.delete("Content-Length");
      const body = isBodiless(response.status) ? null : await bodyOf(response);
      return new Response(body, { status: response.status, headers });
    } catch (cause) {
      throw new NotAnswered(cause);
    }
  };
}

/** Whether what is said there stays between two: by encryption, or because it never leaves the machine. */
export function isProtected(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol } = new URL(url);
  return protocol === "https:" || (protocol === "http:" && isLoopback(url));
}

export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127(\.\d+){3}$/.test(hostname)
  );
}

const isBodiless = (status: number) => status === 204 || status === 205 || status === 304;

async function bodyOf(response: Response): Promise<string> {
  let text = "";
  let bytes = 0;
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the stream.
    if (bytes > LARGEST_BODY) throw new RangeError("an answer of more than 256 KiB");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
