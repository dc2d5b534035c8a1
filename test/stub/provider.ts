// A model vendor on loopback: a real HTTP server that speaks OpenAI's chat completions and
// Anthropic's messages, and misbehaves on request. The model's name is the script:
//
//   stub:tokens=64,delay=5,tag=abc          64 tokens, 5 ms apart; the journal keeps "abc" apart
//   stub:fault=500x2,tag=abc                fails twice, then answers
//
//   stub:echo=summary                       says what it was given back as a summary, a title, entities,
//                                           or an intent; a message with [[fault=…]], [[say=…]] or
//                                           [[delay=…]] in it tells how
//
// say=<percent-encoded text> is answered instead of words (a comma is %2C); nousage=1 tells no usage.
// Faults: <status> or <status>x<times> (with retry=<seconds> for 429), context, hang (no first
// byte), nofinish, malformed, drop (the connection breaks after half of the tokens), html.
// A request to go on from a partial answer is answered with the rest; with restart=1, from the start.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Mailbox, receiveMail } from "./mail.ts";

type Script = {
  tokens: number;
  delay: number;
  tag: string;
  fault: string;
  retry: string;
  restart: boolean;
  echo: string;
  say: string;
  nousage: boolean;
};

/** What the stub saw under one tag. */
export type Journal = {
  calls: number;
  /** Requests whose caller hung up before the end. */
  aborted: number;
  completed: number;
  /** The last request's body. */
  last: unknown;
};

export type Stub = { url: string; close: () => Promise<void> };

/** The answer to every question: `tokens` words. */
export const stubText = (tokens: number): string =>
  Array.from({ length: tokens }, (_, i) => word(i)).join("");

const word = (i: number) => (i === 0 ? "word0" : ` word${i}`);

export async function startStub(port = 0): Promise<Stub> {
  const journals = new Map<string, Journal>();
  const mailbox: Mailbox = new Map();
  const server = createServer((request, response) => {
    handle(request, response, journals, mailbox).catch((thrown: unknown) => {
      console.error("stub:", thrown);
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  journals: Map<string, Journal>,
  mailbox: Mailbox,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://stub");
  if (url.pathname === "/mail") return receiveMail(request, response, url, mailbox);
  if (url.pathname === "/journal") {
    const tag = url.searchParams.get("tag") ?? "";
    return json(
      response,
      200,
      journals.get(tag) ?? { calls: 0, aborted: 0, completed: 0, last: null },
    );
  }
  if (url.pathname.endsWith("/models"))
    return json(response, 200, {
      object: "list",
      data: [{ id: "stub", object: "model" }],
      has_more: false,
    });

  const body = JSON.parse(await read(request)) as {
    model: string;
    messages: { content: unknown }[];
  };
  const last = body.messages.at(-1)?.content;
  const told = typeof last === "string" ? last : "";
  const script = parseScript(body.model, told);
  const said = script.say.match(/\s*\S+/g) ?? [];
  if (said.length > 0) script.tokens = said.length;
  const journal = journals.get(script.tag) ?? { calls: 0, aborted: 0, completed: 0, last: null };
  journals.set(script.tag, journal);
  journal.calls += 1;
  journal.last = body;
  let open = true;
  response.on("close", () => {
    if (open) journal.aborted += 1;
    open = false;
  });

  const status = /^(\d{3})(?:x(\d+))?$/.exec(script.fault);
  if (status !== null && journal.calls <= Number(status[2] ?? Number.POSITIVE_INFINITY)) {
    open = false;
    if (script.retry !== "") response.setHeader("retry-after", script.retry);
    return json(response, Number(status[1]), {
      error: { message: "secret-looking detail sk-123", type: "stub_error", code: null },
    });
  }
  if (script.fault === "context") {
    open = false;
    return json(response, 400, {
      error: {
        message: "too long",
        type: "invalid_request_error",
        code: "context_length_exceeded",
      },
    });
  }
  if (script.fault === "html") {
    open = false;
    response.writeHead(200, { "content-type": "text/html" });
    response.end("<html>Bad gateway</html>");
    return;
  }
  if (script.fault === "hang") return;

  const anthropic = url.pathname.endsWith("/messages");
  const wire = anthropic ? anthropicWire(body.model) : openaiWire(body.model);
  const words = script.echo === "" ? undefined : echo(script.echo, told);
  const from = words !== undefined ? script.tokens : script.restart ? 0 : resumeAt(body.messages);
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(wire.open);
  const breaks = ["nofinish", "malformed", "drop"].includes(script.fault);
  const breaksAt = breaks ? Math.floor(script.tokens / 2) : Number.POSITIVE_INFINITY;
  if (words !== undefined) {
    if (script.delay > 0) await new Promise((resolve) => setTimeout(resolve, script.delay));
    response.write(wire.token(words));
  }
  for (let i = from; i < script.tokens; i++) {
    if (!open) return;
    if (i === breaksAt && script.fault !== "nofinish") {
      if (script.fault === "drop") {
        response.destroy();
        return;
      }
      response.write("data: {not json\n\n");
    }
    if (i === breaksAt && script.fault === "nofinish") break;
    response.write(wire.token(said[i] ?? word(i)));
    if (script.delay > 0) await new Promise((resolve) => setTimeout(resolve, script.delay));
  }
  if (!open) return;
  open = false;
  if (!breaks) journal.completed += 1;
  const close = script.nousage
    ? wire.close(script.tokens).replaceAll(/"usage":\{[^}]*\}/g, '"usage":null')
    : wire.close(script.tokens);
  response.end(script.fault === "nofinish" ? undefined : close);
}

/** Where to go on, if the last message says that an answer broke off (src/llm/normalise.ts). */
function resumeAt(messages: { content: unknown }[]): number {
  const content = messages.at(-1)?.content;
  const text = typeof content === "string" ? content : "";
  const partial = /<partial_answer>\n([\s\S]*)\n<\/partial_answer>/.exec(text)?.[1];
  return partial === undefined ? 0 : (partial.match(/word\d+/g)?.length ?? 0);
}

function parseScript(model: string, told: string): Script {
  const fields = new URLSearchParams(model.replace(/^stub:?/, "").replaceAll(",", "&"));
  const echoes = fields.has("echo");
  if (echoes)
    for (const [, name, value] of told.matchAll(/\[\[(\w+)=([^\]]*)\]\]/g))
      fields.set(name ?? "", value ?? "");
  return {
    tokens: Number(fields.get("tokens") ?? 8),
    delay: Number(fields.get("delay") ?? 0),
    tag: fields.get("tag") ?? "",
    fault: fields.get("fault") ?? "",
    retry: fields.get("retry") ?? "",
    restart: fields.get("restart") === "1",
    echo: echoes && fields.has("say") ? `say:${fields.get("say")}` : (fields.get("echo") ?? ""),
    say: echoes ? "" : (fields.get("say") ?? ""),
    nousage: fields.get("nousage") === "1",
  };
}

/** What a model would make of what it is given to condense. */
function echo(kind: string, told: string): string {
  if (kind.startsWith("say:")) return kind.slice(4);
  const said = [
    ...told.matchAll(/<(?:user|assistant|message|previous_summary)>\n([\s\S]*?)\n<\//g),
  ].map(([, text]) => (text ?? "").slice(0, 60));
  if (kind === "title") return `About ${said[0] ?? "nothing"}`;
  if (kind === "intent") return "follow_up";
  if (kind === "references") return (said.at(-1) ?? "").replace(/\bit\b/, "Lake Constance");
  if (kind === "entities")
    return JSON.stringify({
      entities: [...new Set(told.match(/\b[A-Z][a-z]{3,}\b/g))].map((name) => ({
        name,
        type: "person",
        attributes: { seen: "yes" },
      })),
    });
  return `They spoke of ${said.join("; ")}.\nTopics: tides; the moon`;
}

/** https://platform.openai.com/docs/api-reference/chat-streaming */
function openaiWire(model: string) {
  const chunk = (rest: object) =>
    `data: ${JSON.stringify({ id: "chatcmpl-stub", object: "chat.completion.chunk", created: 1_790_000_000, model, ...rest })}\n\n`;
  const choice = (delta: object, finish_reason: string | null = null) =>
    chunk({ choices: [{ index: 0, delta, logprobs: null, finish_reason }], usage: null });
  return {
    open: choice({ role: "assistant", content: "" }),
    token: (content: string) => choice({ content }),
    close: (tokens: number) =>
      `${choice({}, "stop")}${chunk({ choices: [], usage: { prompt_tokens: 10, completion_tokens: tokens, total_tokens: tokens + 10 } })}data: [DONE]\n\n`,
  };
}

/** https://docs.anthropic.com/en/api/messages-streaming */
function anthropicWire(model: string) {
  const event = (type: string, rest: object) =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
  return {
    open:
      event("message_start", {
        message: {
          id: "msg_stub",
          type: "message",
          role: "assistant",
          content: [],
          model,
          stop_reason: null,
          usage: { input_tokens: 10, output_tokens: 1 },
        },
      }) + event("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
    token: (text: string) =>
      event("content_block_delta", { index: 0, delta: { type: "text_delta", text } }),
    close: (tokens: number) =>
      event("content_block_stop", { index: 0 }) +
      event("message_delta", {
        delta: { stop_reason: "end_turn", stop_sequence: null },
        usage: { output_tokens: tokens },
      }) +
      event("message_stop", {}),
  };
}

async function read(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
