// A vendor's answer, once its status said success: event data, or what came in its place.
import { cancelOn, readEventData } from "../../event-data.ts";
import { ProviderError, requestIdOf } from "../../errors.ts";

/** Bytes read of an answer that is no stream: enough for an error's JSON. */
const MOST = 64 * 1024;

/**
 * @param errorIn what the vendor's JSON means where that is an error, else null
 * @throws {ProviderError} that error, or `malformed` for anything that is no event stream
 */
export async function* eventData(
  response: Response,
  provider: string,
  now: () => number,
  signal: AbortSignal,
  errorIn: (json: unknown) => ProviderError | null,
): AsyncGenerator<string[]> {
  const { body } = response;
  const type = response.headers.get("content-type") ?? "text/event-stream";
  const requestId = requestIdOf(response.headers);
  if (body === null) throw new ProviderError("malformed", provider, { requestId });
  if (type.startsWith("text/event-stream")) {
    yield* readEventData(body, now, signal);
    return;
  }
  const text = await firstOf(body, signal);
  throw (
    errorIn(jsonOf(text)) ??
    new ProviderError("malformed", provider, { requestId, cause: `${type}: ${text.slice(0, 500)}` })
  );
}

async function firstOf(body: ReadableStream, signal: AbortSignal): Promise<string> {
  const reader = body.getReader();
  const letGo = cancelOn(signal, reader);
  const utf8 = new TextDecoder();
  let text = "";
  try {
    while (text.length < MOST) {
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) break;
      text += utf8.decode(value, { stream: true });
    }
  } finally {
    letGo();
    await reader.cancel();
  }
  return text;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
