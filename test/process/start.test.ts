// What only a real process can show: a start on a bare machine, a kill in mid-turn, and a browser's
// way of asking.
import { spawnSync } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { TurnEvent } from "../../src/protocol/events.ts";
import type { Message } from "../../src/protocol/message.ts";
import { startStub, type Stub, stubText } from "../stub/provider.ts";
import { type Server, startServer } from "./server.ts";

let stub: Stub;
let server: Server;

beforeAll(async () => {
  stub = await startStub();
  // With nothing there: the one start of these tests that makes its tables itself.
  const persist = await mkdtemp(join(tmpdir(), "edgewise-"));
  server = await startServer({ vars: vars(), persist });
});
afterAll(async () => {
  await server.stop();
  await stub.close();
});

const vars = () => ({
  OPENAI_API_KEY: "sk-test",
  OPENAI_BASE_URL: `${stub.url}/v1`,
});

let token = "";
async function call(
  path: string,
  init: { method?: string; json?: unknown; headers?: Record<string, string> } = {},
): Promise<Response> {
  const response = await fetch(server.url + path, {
    method: init.method ?? (init.json === undefined ? "GET" : "POST"),
    headers: {
      ...(token === "" ? {} : { Authorization: `Bearer ${token}` }),
      ...(init.json === undefined ? {} : { "Content-Type": "application/json" }),
      ...init.headers,
    },
    ...(init.json === undefined ? {} : { body: JSON.stringify(init.json) }),
  });
  token ||= response.headers.get("X-Visitor-Token") ?? "";
  return response;
}

/** A socket whose frames are folded as they come. */
async function open(conversation: string) {
  const socket = new WebSocket(
    `${server.url.replace("http", "ws")}/api/v1/conversations/${conversation}/ws?token=${token}`,
  );
  const events: TurnEvent[] = [];
  socket.on("message", (data: Buffer) => events.push(JSON.parse(data.toString()) as TurnEvent));
  socket.on("error", () => undefined); // a killed server is part of the test
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  const until = async (wanted: (event: TurnEvent) => boolean) => {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const found = events.find(wanted);
      if (found !== undefined) return found;
      if (Date.now() > deadline) throw new Error(`not among ${JSON.stringify(events.slice(-5))}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return { socket, events, until, say: (frame: object) => socket.send(JSON.stringify(frame)) };
}

function assembled(events: readonly TurnEvent[]): string {
  let text = "";
  for (const event of events) {
    if (event.type === "text.delta") text += event.text;
    if (event.type === "text.rewound") text = text.slice(0, event.offset);
  }
  return text;
}

const isClosing = ({ type }: TurnEvent) =>
  ["turn.completed", "turn.failed", "turn.cancelled"].includes(type);

test("a start needs nothing configured, and says nothing alarming", async () => {
  expect(await (await call("/api/v1/ready")).json()).toEqual({
    ready: true,
    service_level: "full",
    services: {
      database: "connected",
      cache: "connected",
      objects: "connected",
      openai: "reachable",
    },
  });
  const said = server.output().replaceAll(/^(npm|>) .*$/gm, ""); // npm's own words
  expect(said).not.toMatch(/error|warning|deprecat|log ?in|sk-test/i);
});

test("killed in mid-turn and started again: what was said is there, and the turn ends once and whole", async () => {
  const { id } = (await (await call("/api/v1/conversations", { json: {} })).json()) as {
    id: string;
  };
  const before = await open(id);
  before.say({ type: "send", message: "Go", model: "stub:tokens=250,delay=10" });
  const started = await before.until(({ type }) => type === "turn.started");
  await before.until((event) => event.type === "text.delta" && event.index === 100);
  const { persist } = server;
  await server.kill("SIGKILL");
  const seen = before.events.filter((event) => "seq" in event);
  const last = seen.at(-1);

  server = await startServer({ vars: vars(), persist });
  const after = await open(id);
  after.say({
    type: "resume",
    turn_id: started.turn_id,
    after: `${started.turn_id}:${last?.epoch}.${last?.seq}`,
  });
  await after.until(isClosing);
  const { messages } = (await (await call(`/api/v1/conversations/${id}/messages`)).json()) as {
    messages: Message[];
  };
  expect(messages.map(({ role, status, content }) => ({ role, status, content }))).toEqual([
    { role: "user", status: "completed", content: "Go" },
    { role: "assistant", status: "completed", content: stubText(250) },
  ]);
  expect(assembled([...seen, ...after.events])).toBe(stubText(250));
  expect([...seen, ...after.events].filter(isClosing)).toHaveLength(1);
  expect(messages[1]?.notices.map(({ code }) => code)).toContain("recovered");
  after.socket.close();
});

test("who closes a conversation's socket is answered", async () => {
  const { id } = (await (await call("/api/v1/conversations", { json: {} })).json()) as {
    id: string;
  };
  const { socket } = await open(id);
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.close(1000);
  expect(await closed).toBe(1000); // 1006, where nobody answers
});

test("a turn outlives its viewers by more than the runtime keeps an idle object", async () => {
  const { id } = (await (await call("/api/v1/conversations", { json: {} })).json()) as {
    id: string;
  };
  const viewer = await open(id);
  viewer.say({ type: "send", message: "Slowly", model: "stub:tokens=130,delay=100" });
  await viewer.until(({ type }) => type === "text.delta");
  viewer.socket.terminate();
  // Meanwhile a stream whose model says nothing is kept open by comments.
  const [comment] = await Promise.all([
    firstComment("/api/v1/chat/stream", { message: "Hi", model: "stub:fault=hang" }),
    new Promise((resolve) => setTimeout(resolve, 14_000)),
  ]);
  expect(comment).toBe(":keep-alive");
  const { messages } = (await (await call(`/api/v1/conversations/${id}/messages`)).json()) as {
    messages: Message[];
  };
  expect(messages[1]).toMatchObject({ status: "completed", content: stubText(130), notices: [] });
});

test("a browser's navigation to any path of the API reaches the Worker, and others the page", async () => {
  const spec = (await (await call("/api/v1/openapi.json")).json()) as {
    paths: Record<string, Record<string, object>>;
  };
  const paths = Object.keys(spec.paths).filter((path) => path !== "/");
  expect(paths.length).toBeGreaterThan(8);
  for (const path of [
    ...paths,
    ...paths.map((each) => `${each}/`), // which makes no difference
    "/api/v1/openapi.json",
    "/api/v1/nothing",
    "/v1/nothing",
    "/chat/nothing",
  ]) {
    const type = await navigate(path.replaceAll(/\{\w+\}/g, "x"));
    expect
      .soft({ path, type })
      .not.toEqual({ path, type: expect.stringContaining("text/html") as unknown });
  }
  expect(await navigate("/")).toContain("text/html");
  const page = await call("/", { headers: { Accept: "text/html" } });
  expect(page.headers.get("Content-Security-Policy")).toContain("script-src 'self'");
  expect(page.headers.get("Vary")).toContain("Accept");
  expect(await page.text()).toContain("<!doctype html>");
  const program = await call("/", { headers: { Accept: "application/json" } });
  expect(await program.json()).toMatchObject({ service: "edgewise", status: "running" });
  expect(await navigate("/c/conv_anything")).toContain("text/html");
});

test("what is sent without the slash that its seed has at the end is answered all the same", async () => {
  const json = { messages: [{ role: "user", content: "Hi" }], model: "stub:say=Ho" };
  for (const path of ["/chat", "/chat/", "/generate", "/generate/"]) {
    const response = await call(path, { json });
    expect.soft([path, response.status]).toEqual([path, 200]);
    expect.soft(await response.text()).toContain('"content":"Ho"');
  }
});

test("the description of the API has nothing that a linter would say of it", async () => {
  const config = await createConfig({
    extends: ["recommended"],
    rules: { "operation-2xx-response": "off" }, // a redirect answers 302, a socket 101
  });
  const source = await (await call("/api/v1/openapi.json")).text();
  const problems = await lintFromString({ source, absoluteRef: "openapi.json", config });
  expect(
    problems.map(({ ruleId, message, location: [at] }) => `${ruleId} ${at?.pointer}: ${message}`),
  ).toEqual([]);
});

test("the API can be browsed at /docs, with nothing from elsewhere", async () => {
  expect(await navigate("/docs")).toContain("text/html");
  const page = await call("/docs");
  expect(page.headers.get("Content-Security-Policy")).toContain("script-src 'self'");
  const html = await page.text();
  const parts = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, path = ""]) => path);
  const read = async (path: string) => (await call(path)).text();
  const texts = await Promise.all(parts.filter((path) => /\.(js|css)$/.test(path)).map(read));
  expect(texts.length).toBeGreaterThan(1);
  expect(texts.join("\n")).toContain("/api/v1/openapi.json");
  for (const text of [html, ...texts]) expect(text).not.toMatch(/https?:|url\(|["'`]\/\//);
});

test("a request without a body needs no type", async () => {
  const { id } = (await (await call("/api/v1/conversations", { json: {} })).json()) as {
    id: string;
  };
  const nobody = `/api/v1/conversations/${id}/turns/turn_${id.slice(5)}000001/cancel`;
  expect((await call(nobody, { method: "POST" })).status).toBe(404);
  expect((await call(`/api/v1/conversations/${id}`, { method: "DELETE" })).status).toBe(204);
});

test("a bad value stops the start with the variable's name and what it should be", () => {
  const started = spawnSync(
    "npm",
    ["start", "--", "--var", "LLM_TIMEOUT:soon", "--var", "APP_SECRET_KEY:short"],
    { encoding: "utf8" },
  );
  expect(started.status).not.toBe(0);
  expect(started.stderr).toContain("LLM_TIMEOUT: should be a whole number of seconds");
  expect(started.stderr).toContain("APP_SECRET_KEY: should be at least 32 characters");
  expect(started.stderr).not.toContain("short");
});

/** The first line of an event stream that is a comment. */
async function firstComment(path: string, json: object): Promise<string | undefined> {
  const response = await call(path, { json });
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const comment = text.split("\n").find((line) => line.startsWith(":"));
    if (comment !== undefined) return comment; // and leaves the stream
  }
  return undefined;
}

/** As a browser's address bar asks: fetch() cannot set this header. Gives the content type. */
function navigate(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(
      server.url + path,
      { headers: { "Sec-Fetch-Mode": "navigate", Accept: "text/html" } },
      (response) => {
        response.resume();
        resolve(response.headers["content-type"] ?? "");
      },
    ).on("error", reject);
  });
}
