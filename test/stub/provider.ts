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
//   fixture:groq/tools,cut=1,tag=abc        plays test/fixtures/providers/groq/tools.txt, byte by byte
//
// say=<percent-encoded text> is answered instead of words (a comma is %2C); nousage=1 tells no usage.
// tool=<name> calls that tool, tools=<n> of them at once, each with args=<percent-encoded JSON>; what
// follows a tool's result is answered in words; with again=1, by the next calls.
// Faults: <status> or <status>x<times> (with retry=<seconds> for 429), context; html and html502, empty,
// type (a content type that is none), gzip (which it is not); hang (no first byte), stall (silence
// after half of the tokens), endless, loris (slow); nofinish, malformed, drop (the connection breaks
// after half of the tokens), dropat=<byte>, toolcut (ends within a tool's arguments); dup (everything
// twice).
// A request to go on from a partial answer is answered with the rest; with restart=1, from the start.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { embed } from "./embeddings.ts";
import { play, readFixture } from "./fixtures.ts";
import { type Mailbox, receiveMail } from "./mail.ts";
import { anthropicWire, openaiWire, type Wire } from "./wires.ts";

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
  tool: string;
  tools: number;
  args: string;
  again: boolean;
  dropat: number;
};

/** What the stub saw under one tag. */
export type Journal = {
  calls: number;
  /** Requests whose caller hung up before the end. */
  aborted: number;
  completed: number;
  /** The last request's body, path and headers. */
  last: unknown;
  path: string;
  headers: Record<string, unknown>;
};

const NOTHING_YET: Journal = {
  calls: 0,
  aborted: 0,
  completed: 0,
  last: null,
  path: "",
  headers: {},
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
    return json(response, 200, journals.get(tag) ?? NOTHING_YET);
  }
  if (url.pathname.startsWith("/fixture/")) {
    const fixture = await readFixture(url.pathname.slice("/fixture/".length));
    await play(fixture, response, Number(url.searchParams.get("cut") ?? 0));
    return;
  }
  if (url.pathname.endsWith("/api/tags"))
    return json(response, 200, {
      models: [{ name: "stub:1b", size: 42, modified_at: "2026-11-01T12:00:00.123456789+02:00" }],
    });
  if (url.pathname.endsWith("/models"))
    return json(response, 200, {
      object: "list",
      data: [{ id: "stub", object: "model" }],
      has_more: false,
    });

  if (url.pathname.endsWith("/embeddings"))
    return embed(JSON.parse(await read(request)) as Parameters<typeof embed>[0], response);

  const body = JSON.parse(await read(request)) as {
    model: string;
    messages: { role?: string; content: unknown }[];
  };
  const told = textOf(body.messages.at(-1)?.content);
  const script = parseScript(body.model, told);
  const journal = journals.get(script.tag) ?? { ...NOTHING_YET };
  journals.set(script.tag, journal);
  journal.calls += 1;
  journal.last = body;
  journal.path = url.pathname;
  journal.headers = { ...request.headers };
  let left = true;
  response.on("close", () => {
    if (left && !response.writableFinished) journal.aborted += 1;
  });
  const done = () => {
    left = false;
  };

  const fixture = /^fixture:([^,]+)/.exec(body.model)?.[1];
  if (fixture !== undefined) {
    const cut = Number(/,cut=(\d+)/.exec(body.model)?.[1] ?? 0);
    if (await play(await readFixture(fixture), response, cut)) journal.completed += 1;
    return;
  }
  if (refuses(script, journal, response)) return;
  if (script.fault === "hang") return;
  const wire = url.pathname.endsWith("/messages")
    ? anthropicWire(body.model)
    : openaiWire(body.model);
  response.writeHead(200, {
    "content-type": script.fault === "type" ? "text/plain" : "text/event-stream",
    ...(script.fault === "gzip" ? { "content-encoding": "gzip" } : {}),
    "x-request-id": "req_stub",
  });
  const out = writer(response, script, done);
  for (const text of answer(script, wire, body.messages, told)) {
    if (!(await out(text))) return;
    if (script.delay > 0) await sleep(script.delay);
  }
  if (script.fault === "stall") return;
  done();
  if (!BREAKS.has(script.fault)) journal.completed += 1;
  response.end();
}

/** Faults after which an answer is not whole. */
const BREAKS: ReadonlySet<string> = new Set([
  "nofinish",
  "malformed",
  "drop",
  "toolcut",
  "gzip",
  "empty",
  "type",
]);

/** Whether it answered without a stream. */
function refuses(script: Script, journal: Journal, response: ServerResponse): boolean {
  response.setHeader("x-request-id", "req_stub");
  const status = /^(\d{3})(?:x(\d+))?$/.exec(script.fault);
  if (status !== null && journal.calls <= Number(status[2] ?? Number.POSITIVE_INFINITY)) {
    if (script.retry !== "") response.setHeader("retry-after", script.retry);
    json(response, Number(status[1]), {
      error: { message: "secret-looking detail sk-123", type: "stub_error", code: null },
    });
    return true;
  }
  if (script.fault === "context") {
    json(response, 400, {
      error: {
        message: "prompt is too long: 9 tokens > 8 maximum",
        type: "invalid_request_error",
        code: "context_length_exceeded",
      },
    });
    return true;
  }
  if (script.fault === "html" || script.fault === "html502") {
    response.writeHead(script.fault === "html" ? 200 : 502, { "content-type": "text/html" });
    response.end("<html>Bad gateway sk-123</html>");
    return true;
  }
  return false;
}

/** Sends a piece; false where the connection is gone, or was broken on purpose. */
function writer(response: ServerResponse, script: Script, done: () => void) {
  let bytes = 0;
  return async (text: string): Promise<boolean> => {
    if (response.destroyed) return false;
    const twice = script.fault === "dup" ? text + text : text;
    const left = script.dropat - bytes;
    bytes += Buffer.byteLength(twice);
    if (bytes < script.dropat && twice !== BROKEN) {
      response.write(twice);
      return true;
    }
    done();
    if (left > 0 && Number.isFinite(left)) {
      response.write(Buffer.from(twice).subarray(0, left));
    }
    await sleep(5); // so that what was said leaves before the connection breaks
    response.destroy();
    return false;
  };
}

/** Where the connection breaks. */
const BROKEN = "broken";

/** What it says, piece by piece. */
function* answer(
  script: Script,
  wire: Wire,
  messages: { role?: string; content: unknown }[],
  told: string,
): Generator<string> {
  if (script.fault === "empty") return;
  if (script.fault === "gzip") return yield "this is not gzip";
  yield wire.open;
  const calls = script.tool !== "" && (script.again || !answersTool(messages));
  if (calls) {
    for (let at = 0; at < script.tools; at++) {
      const [begun, rest] = wire.call(at, script.tool, script.args);
      yield begun;
      if (script.fault === "toolcut") return;
      yield rest;
    }
    return yield closing(script, wire, "tools");
  }
  const words = script.echo === "" ? undefined : echo(script.echo, told);
  const said = script.say.match(/\s*\S+/g) ?? [];
  const tokens = said.length > 0 ? said.length : script.tokens;
  script.tokens = tokens;
  const half = Math.floor(tokens / 2);
  if (words !== undefined) yield wire.token(words);
  const from = words !== undefined ? tokens : script.restart ? 0 : resumeAt(messages);
  for (let i = from; i < tokens || script.fault === "endless"; i++) {
    if (i === half && script.fault === "drop") return yield BROKEN;
    if (i === half && script.fault === "malformed") yield "data: {not json\n\n";
    if (i === half && (script.fault === "nofinish" || script.fault === "stall")) return;
    yield wire.token(said[i] ?? word(i));
  }
  if (script.fault === "nofinish") return;
  yield closing(script, wire, "stop");
}

function closing(script: Script, wire: Wire, reason: "stop" | "tools"): string {
  const close = wire.close(script.tokens, reason);
  return script.nousage ? close.replaceAll(/"usage":\{[^}]*\}/g, '"usage":null') : close;
}

/** The text of a message, whether it came as a string or in parts. */
function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  const parts = (Array.isArray(content) ? content : []) as { text?: string }[];
  return parts.map(({ text }) => text ?? "").join("");
}

/** Whether the last message is a tool's result. */
function answersTool(messages: { role?: string; content: unknown }[]): boolean {
  const last = messages.at(-1);
  return last?.role === "tool" || JSON.stringify(last?.content ?? "").includes('"tool_result"');
}

/** Where to go on, if the last message says that an answer broke off (src/llm/normalise.ts). */
function resumeAt(messages: { content: unknown }[]): number {
  const text = textOf(messages.at(-1)?.content);
  const partial = /<partial_answer>\n([\s\S]*)\n<\/partial_answer>/.exec(text)?.[1];
  return partial === undefined ? 0 : (partial.match(/word\d+/g)?.length ?? 0);
}

function parseScript(model: string, told: string): Script {
  const fields = new URLSearchParams(model.replace(/^(stub|fixture):?/, "").replaceAll(",", "&"));
  const echoes = fields.has("echo");
  if (echoes)
    for (const [, name, value] of told.matchAll(/\[\[(\w+)=([^\]]*)\]\]/g))
      fields.set(name ?? "", value ?? "");
  const fault = fields.get("fault") ?? "";
  const slow = fault === "loris" ? 50 : fault === "endless" ? 1 : 0;
  return {
    tokens: Number(fields.get("tokens") ?? 8),
    delay: Number(fields.get("delay") ?? slow),
    tag: fields.get("tag") ?? "",
    fault,
    retry: fields.get("retry") ?? "",
    restart: fields.get("restart") === "1",
    echo: echoes && fields.has("say") ? `say:${fields.get("say")}` : (fields.get("echo") ?? ""),
    say: echoes ? "" : (fields.get("say") ?? ""),
    nousage: fields.get("nousage") === "1",
    tool: fields.get("tool") ?? "",
    tools: Number(fields.get("tools") ?? 1),
    args: fields.get("args") ?? '{"place":"Bonn"}',
    again: fields.get("again") === "1",
    dropat: Number(fields.get("dropat") ?? Number.POSITIVE_INFINITY),
  };
}

/** Of a summary: once, however often more is folded into it. */
const OPENING = "They spoke of ";

/** What a model would make of what it is given to condense. */
function echo(kind: string, told: string): string {
  if (kind.startsWith("say:")) return kind.slice(4);
  const said = [
    ...told.matchAll(/<(user|assistant|message|previous_summary)>\n([\s\S]*?)\n<\//g),
  ].map(([, tag, text = ""]) =>
    tag === "previous_summary" ? text.replace(OPENING, "") : text.slice(0, 60),
  );
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
  return `${OPENING}${said.join("; ")}.\nTopics: tides; the moon`;
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
