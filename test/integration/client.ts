// What tests say to the Worker, and how they read its answers.
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { records } from "../../client/sse.ts";
import type { TurnEvent } from "../../src/protocol/events.ts";
import type { Message } from "../../src/protocol/message.ts";
import type { Journal } from "../stub/provider.ts";

const ORIGIN = "http://edgewise.test";

/** One visitor: keeps the token of its first answer. */
export class Client {
  token: string | undefined;

  async fetch(path: string, init: RequestInit & { json?: unknown } = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.token !== undefined) headers.set("Authorization", `Bearer ${this.token}`);
    const { json, ...rest } = init;
    if (json !== undefined) {
      headers.set("Content-Type", "application/json");
      rest.body = JSON.stringify(json);
      rest.method ??= "POST";
    }
    const response = await exports.default.fetch(new Request(ORIGIN + path, { ...rest, headers }));
    this.token ??= response.headers.get("X-Visitor-Token") ?? undefined;
    return response;
  }

  async json<T>(path: string, init: RequestInit & { json?: unknown } = {}): Promise<T> {
    const response = await this.fetch(path, init);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json<T>();
  }

  chat(body: Record<string, unknown>, headers: Record<string, string> = {}): Promise<Response> {
    return this.fetch("/api/v1/chat", { json: body, headers });
  }

  /** A conversation with nothing in it. */
  async conversation(): Promise<string> {
    return (await this.json<{ id: string }>("/api/v1/conversations", { json: {} })).id;
  }

  async messages(id: string, query = ""): Promise<Message[]> {
    return (
      await this.json<{ messages: Message[] }>(`/api/v1/conversations/${id}/messages${query}`)
    ).messages;
  }

  async socket(id: string): Promise<Socket> {
    const response = await this.fetch(`/api/v1/conversations/${id}/ws`, {
      headers: { Upgrade: "websocket" },
    });
    if (response.webSocket === null)
      throw new Error(`no socket: ${response.status} ${await response.text()}`);
    return new Socket(response.webSocket);
  }
}

type Frame = {
  type: string;
  turn_id?: string;
  seq?: number;
  epoch?: number;
  error?: { code: string };
} & Record<string, unknown>;

/** A socket that remembers what it was told. */
export class Socket {
  readonly frames: Frame[] = [];
  closed: number | undefined;
  readonly #raw: WebSocket;
  #wake: () => void = () => undefined;

  constructor(raw: WebSocket) {
    this.#raw = raw;
    raw.accept();
    raw.addEventListener("message", ({ data }) => {
      this.frames.push(JSON.parse(String(data)) as Frame);
      this.#wake();
    });
    raw.addEventListener("close", ({ code }) => {
      this.closed = code;
      this.#wake();
    });
  }

  say(frame: unknown): void {
    this.#raw.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  sayBytes(bytes: Uint8Array): void {
    this.#raw.send(bytes);
  }

  close(): void {
    this.#raw.close();
  }

  /** The first frame, from now or before, that `wanted` holds for. */
  async until(wanted: (frame: Frame) => boolean, patience = 15_000): Promise<Frame> {
    const deadline = Date.now() + patience;
    for (;;) {
      const found = this.frames.find(wanted);
      if (found !== undefined) return found;
      if (Date.now() > deadline)
        throw new Error(`no such frame among ${JSON.stringify(this.frames).slice(0, 2000)}`);
      await Promise.race([
        new Promise<void>((resolve) => {
          this.#wake = resolve;
        }),
        scheduler.wait(100),
      ]);
    }
  }

  closing(turn_id?: string): Promise<Frame> {
    return this.until(
      (frame) =>
        /^turn\.(completed|failed|cancelled)$/.test(frame.type) &&
        (turn_id === undefined || frame.turn_id === turn_id),
    );
  }
}

export type SseEvent = { id: string; event: string; data: Record<string, unknown> };

/** Reads SSE as it comes; ends with the stream. Breaking out of it leaves the stream. */
export async function* sse(response: Response): AsyncGenerator<SseEvent> {
  if (response.status === 204) return; // the end was heard before
  if (response.body === null) throw new Error("no body");
  for await (const { id, event, data } of records(response.body))
    yield { id, event, data: JSON.parse(data) as Record<string, unknown> };
}

export async function allEvents(response: Response): Promise<SseEvent[]> {
  return Array.fromAsync(sse(response));
}

/** What a reader of these events has on the screen. */
export function assembled(events: readonly SseEvent[], before = ""): string {
  let text = before;
  for (const { event, data } of events) {
    if (event === "token") text += String(data["token"]);
    if (event === "rewind") text = text.slice(0, Number(data["offset"]));
  }
  return text;
}

/** The same, of frames. */
export function assembledFrames(frames: readonly Frame[], turn_id: string): string {
  let text = "";
  for (const frame of frames as unknown as TurnEvent[]) {
    if (frame.turn_id !== turn_id) continue;
    if (frame.type === "text.delta") text += frame.text;
    if (frame.type === "text.rewound") text = text.slice(0, frame.offset);
  }
  return text;
}

/** What the stub saw of the calls with this tag. */
export async function journal(tag: string): Promise<Journal> {
  const response = await fetch(`${env.STUB_URL}/journal?tag=${tag}`);
  return response.json<Journal>();
}

/** Waits until `check` holds. */
export async function eventually<T>(
  check: () => Promise<T | false | undefined | null>,
  patience = 15_000,
): Promise<T> {
  const deadline = Date.now() + patience;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (Date.now() > deadline) throw new Error("it did not come to pass");
    await scheduler.wait(25);
  }
}

let tags = 0;
/** A tag nobody else uses, so that one test's calls are told from another's. */
export const newTag = () => `t${Date.now().toString(36)}${tags++}`;

/** The object that owns a conversation. */
export function stubOf(id: string) {
  return env.CONVERSATIONS.get(env.CONVERSATIONS.idFromName(id));
}

/** Rings the object's alarm as if everything it waits for were due now. False where nothing is. */
export async function ring(id: string): Promise<boolean> {
  await runInDurableObject(stubOf(id), async (_, state) => {
    if ((await state.storage.getAlarm()) === null) return;
    state.storage.sql.exec("UPDATE due SET at = 1");
    await state.storage.setAlarm(Date.now() + 1000);
  });
  await evictDurableObject(stubOf(id)); // it reads the table when it wakes
  return runDurableObjectAlarm(stubOf(id));
}

/** The names of events, each run of one told once: how many tokens come together is the network's. */
export function course(names: readonly string[]): string[] {
  return names.filter((name, at) => name !== names[at - 1]);
}
