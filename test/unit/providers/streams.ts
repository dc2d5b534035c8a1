// Adapters whose vendor is a stream that a test writes: every wire, without a server.
import type { Provider } from "../../../src/llm/provider.ts";
import { workersAiProvider } from "../../../src/llm/providers/workers-ai/provider.ts";
import { httpAdapters } from "./adapters.ts";

export type Written = {
  /** Milliseconds between two pieces. */
  every: number;
  /** The text of the stream's next piece; null ends it, undefined is silence for ever. */
  piece: (at: number) => string | null | undefined;
};

export const data = (json: object): string => `data: ${JSON.stringify(json)}\n\n`;

/** What was sent so far, and whether whoever read it let it go. */
export type Sent = { characters: number; cancelled: boolean };

function body({ every, piece }: Written, sent: Sent): ReadableStream {
  const utf8 = new TextEncoder();
  let at = 0;
  return new ReadableStream({
    type: "bytes",
    async pull(controller) {
      const text = piece(at++);
      if (text === undefined) return new Promise(() => undefined);
      if (text === null) {
        controller.close();
        controller.byobRequest?.respond(0);
        return;
      }
      sent.characters += text.length;
      controller.enqueue(utf8.encode(text));
      if (every > 0) await scheduler.wait(every);
    },
    cancel: () => void (sent.cancelled = true),
  });
}

/** An adapter of each wire, and how its vendor writes. */
export const WIRES: {
  id: string;
  of: (written: Written, sent: Sent) => Provider;
  /** A piece that says nothing. */
  nothing: string;
  text: string;
  call: (json: string) => string;
  /** More of the arguments of the call that began. */
  more: (json: string) => string;
  end: string;
}[] = [
  ...["openai", "groq"].map((id) => ({
    id,
    of: byFetch(id),
    nothing: data({ choices: [{ delta: { role: "assistant", content: "" } }] }),
    text: data({ choices: [{ delta: { content: "Hi" } }] }),
    call: (json: string) => data(callChunk({ id: "c1", function: { name: "f", arguments: json } })),
    more: (json: string) => data(callChunk({ function: { arguments: json } })),
    end: data({ choices: [{ delta: {}, finish_reason: "stop" }] }),
  })),
  {
    id: "anthropic",
    of: byFetch("anthropic"),
    nothing: data({ type: "ping" }),
    text: data({
      type: "content_block_delta",
      index: 0,
      delta: { type: "text_delta", text: "Hi" },
    }),
    call: (json) =>
      data({
        type: "content_block_start",
        index: 1,
        content_block: { type: "tool_use", id: "c1", name: "f", input: {} },
      }) + jsonDelta(json),
    more: jsonDelta,
    end: data({ type: "message_delta", delta: { stop_reason: "end_turn" } }),
  },
  {
    id: "workers-ai",
    of: (written, sent) =>
      workersAiProvider(
        { run: () => Promise.resolve(body(written, sent)) } as unknown as Ai,
        { LLM_TIMEOUT: 30 },
        Date.now,
      ),
    nothing: data({ response: "" }),
    text: data({ response: "Hi" }),
    call: (json) => data({ tool_calls: [{ index: 0, id: "c1", name: "f", arguments: json }] }),
    more: (json) => data({ tool_calls: [{ index: 0, arguments: json }] }),
    end: data({ response: "", usage: { prompt_tokens: 1, completion_tokens: 1 } }),
  },
];

const callChunk = (call: object) => ({
  choices: [{ delta: { tool_calls: [{ index: 0, ...call }] } }],
});

function jsonDelta(json: string): string {
  const delta = { type: "input_json_delta", partial_json: json };
  return data({ type: "content_block_delta", index: 1, delta });
}

function byFetch(id: string) {
  return (written: Written, sent: Sent): Provider => {
    const headers = { "content-type": "text/event-stream" };
    const fetch = () => Promise.resolve(new Response(body(written, sent), { headers }));
    const found = httpAdapters(undefined, fetch).find((it) => it.id === id);
    if (found === undefined) throw new Error(`no adapter is called ${id}`);
    return found;
  };
}
