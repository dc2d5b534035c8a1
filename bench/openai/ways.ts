// The ways of asking for the same answer: the stub itself, through a bare pass-through, and through Edgewise,
// in OpenAI's words and in its own.
import { type Markers, type Timing, watchStream } from "../turn/client.ts";
import type { Host } from "../turn/hosts.ts";

export type Way = {
  name: string;
  /** Null where the stub is asked directly. */
  host: Host | null;
  ask: (model: string) => Promise<Timing>;
};

const MESSAGES = [{ role: "user", content: "What does a chunk cost?" }];
const CHUNKS: Markers = { token: '"content":"w', end: "[DONE]" };
const WHOLE: Markers = { token: '"content":"w', end: '"finish_reason":"stop"' };
const EVENTS: Markers = { token: "event: token", end: "event: complete" };
const RESPONSE: Markers = { token: "output_text.delta", end: "event: response.completed" };

/** The stub only streams: asked directly, or through the pass-through, an answer always comes as chunks. */
export function vendor(name: string, host: Host | null, url: string): Way {
  return {
    name,
    host,
    ask: (model) => post(`${url}/v1/chat/completions`, chat(model, true), {}, CHUNKS),
  };
}

/** Edgewise's, for one visitor of `host`. */
export function edgewise(host: Host, who: Record<string, string>, label: string): Way[] {
  const way = (
    name: string,
    path: string,
    body: (model: string) => object,
    markers: Markers,
  ): Way => ({
    name: `${label} ${name}`,
    host,
    ask: (model) => post(host.url + path, body(model), who, markers),
  });
  return [
    way("chunks", "/v1/chat/completions", (model) => chat(model, true), CHUNKS),
    way("whole", "/v1/chat/completions", (model) => chat(model, false), WHOLE),
    way(
      "response, streamed",
      "/v1/responses",
      (model) => ({ model, input: MESSAGES, stream: true }),
      RESPONSE,
    ),
    way("chat/direct, streamed", "/api/v1/chat/direct", (model) => chat(model, true), EVENTS),
  ];
}

const chat = (model: string, stream: boolean) => ({ model, messages: MESSAGES, stream });

const post = (url: string, body: object, headers: Record<string, string>, markers: Markers) =>
  watchStream(url, JSON.stringify(body), headers, markers);
