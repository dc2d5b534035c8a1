// A conversation over a WebSocket that comes back. Each event of each turn is told once and in order,
// whatever connection it came by; each message is said once, however often it had to be sent.
import { waitAfter } from "./backoff.ts";
import { EdgewiseError, errorFrom, unreachable } from "./error.ts";
import { isClosing, isNew, type Place, positionOf } from "./events.ts";
import { type Http, newKey, pathOf, valueIn } from "./http.ts";
import { ANSWER_WITHIN, leavable, limited } from "./signals.ts";
import { connect, type Connection, type NewSocket } from "./socket.ts";
import { failureOf } from "./stream.ts";
import type {
  ClosingEvent,
  ConversationDetail,
  ErrorBody,
  Message,
  Send,
  TurnEvent,
} from "./types.ts";

export type ConversationEvent =
  | TurnEvent
  /** After each connecting, too: what changed meanwhile is to be read. */
  | { type: "conversation.updated"; conversation: ConversationDetail };

/** What the server says on a conversation's socket. */
export type ServerFrame =
  | ConversationEvent
  | { type: "send.accepted"; idempotency_key: string; turn_id: string }
  | { type: "pong" }
  | { type: "authenticated" }
  | { type: "error"; error: ErrorBody; idempotency_key?: string; turn_id?: string };

/** Aborted, it is closed. */
export type Connecting = { signal?: AbortSignal | undefined };

/** A message whose answer has not ended. */
type Said = {
  frame: object;
  answer: Promise<Message>;
  /** Null until the server has taken it: until then it is sent again after each connecting. */
  turn: string | null;
  /** How often it was refused as what may pass, and what sends it again after that. */
  failures: number;
  again: ReturnType<typeof setTimeout> | null;
  resolve: (answer: Message) => void;
  reject: (reason: unknown) => void;
};

const UNAUTHORISED = 4001;
export class LiveConversation implements AsyncIterable<ConversationEvent> {
  readonly id: string;
  readonly #http: Http;
  readonly #connection: Connection;
  /** By their keys, in the order in which they were said. */
  readonly #said = new Map<string, Said>();
  /** Turns that have not ended, as far as they were heard. */
  readonly #open = new Map<string, Place | null>();
  readonly #ended = new Set<string>();
  readonly #stopping = new Set<string>();
  readonly #readers = new Set<(event: ConversationEvent | null) => void>();
  #isOpen = false;
  /** Why it is over, for good: null where it was closed. */
  #over: { error: unknown } | null = null;
  /** Ends the requests that are under way when it is over. */
  readonly #closing = new AbortController();

  constructor(http: Http, id: string, NewSocket: NewSocket | undefined, { signal }: Connecting) {
    this.id = id;
    this.#http = http;
    if (signal?.aborted === true) this.#closing.abort(); // then nobody is asked for an address
    this.#connection = connect<ServerFrame>(
      {
        address: () => this.#address(),
        refused: (thrown) => this.#doubt(thrown),
        opened: () => this.#opened(),
        received: (frame) => this.#received(frame),
        down: (code) => this.#down(code),
      },
      NewSocket,
      http.backoff,
    );
    if (signal?.aborted === true) this.close();
    signal?.addEventListener("abort", () => this.close(), { once: true });
  }

  /** From now on, until it is closed. @throws {EdgewiseError} where it is not, or no longer, to be opened */
  [Symbol.asyncIterator](): AsyncIterableIterator<ConversationEvent, void, undefined> {
    const leaving = new AbortController();
    return leavable(this.#events(leaving.signal), () => leaving.abort());
  }

  async *#events(leaving: AbortSignal): AsyncGenerator<ConversationEvent, void, undefined> {
    const heard: ConversationEvent[] = [];
    let wake = () => {};
    const reader = (event: ConversationEvent | null) => {
      if (event !== null) heard.push(event);
      wake();
    };
    leaving.addEventListener("abort", () => wake());
    this.#readers.add(reader);
    try {
      while (!leaving.aborted) {
        const event = heard.shift();
        if (event !== undefined) yield event;
        else if (this.#over === null) await new Promise<void>((resolve) => (wake = resolve));
        else if (this.#over.error === null) return;
        else throw this.#over.error;
      }
    } finally {
      this.#readers.delete(reader);
    }
  }

  /**
   * Says something; where no connection is open, as soon as there is one. The answer, when it is whole.
   * Aborting detaches: what was sent goes on.
   * @throws {EdgewiseError} where it was not taken, or the turn failed
   */
  send(
    message: Send,
    {
      signal,
      idempotencyKey = newKey(),
    }: { signal?: AbortSignal | undefined; idempotencyKey?: string | undefined } = {},
  ): Promise<Message> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (this.#over !== null) return Promise.reject(this.#over.error ?? CLOSED());
    const known = this.#said.get(idempotencyKey);
    if (known !== undefined) return known.answer;
    const frame = { ...message, type: "send", idempotency_key: idempotencyKey };
    const { promise: answer, resolve, reject } = Promise.withResolvers<Message>();
    const abort = () => this.#fail(idempotencyKey, signal?.reason);
    const settled = () => signal?.removeEventListener("abort", abort);
    answer.then(settled, settled); // who only listens to events hears there of what fails
    signal?.addEventListener("abort", abort);
    const said = { frame, answer, turn: null, failures: 0, again: null, resolve, reject };
    this.#said.set(idempotencyKey, said);
    this.#connection.send(frame);
    return answer;
  }

  /** Ends a turn, for everybody: `turn.cancelled` tells. */
  cancel(turnId: string): void {
    if (this.#ended.has(turnId) || this.#over !== null) return;
    this.#stopping.add(turnId);
    this.#connection.send({ type: "cancel", turn_id: turnId });
  }

  /** Whether a socket is open at the moment. */
  get connected(): boolean {
    return this.#isOpen;
  }

  /** What was said goes on; nothing more is heard of it here. */
  close(): void {
    this.#end(null);
  }

  async #address(): Promise<string> {
    this.#closing.signal.throwIfAborted();
    const url = new URL(this.#http.address(pathOf`/conversations/${this.id}/ws`));
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    if (!this.#http.hasToken) return url.href; // cookies say it
    const body = { conversation_id: this.id };
    const { ticket } = await this.#ask<{ ticket: string }>("POST", "/auth/ws-ticket", body);
    url.searchParams.set("ticket", ticket);
    return url.href;
  }

  /** Once: where nothing comes of it, the next connecting asks again. */
  async #ask<T>(method: string, path: string, body?: object): Promise<T> {
    const { signal, release } = limited(ANSWER_WITHIN, this.#closing.signal);
    try {
      return await valueIn<T>(await this.#http.once(method, path, { body, signal }), signal);
    } finally {
      release();
    }
  }

  #opened(): void {
    this.#isOpen = true;
    for (const [turn, place] of this.#open) this.#resume(turn, place);
    for (const { turn, frame, again } of this.#said.values())
      if (again !== null) continue;
      else if (turn === null) this.#connection.send(frame);
      else if (!this.#open.has(turn)) this.#resume(turn, null);
    for (const turn_id of this.#stopping) this.#connection.send({ type: "cancel", turn_id });
    void this.#look(); // cannot reject
  }

  #down(code: number | null): void {
    const wasOpen = this.#isOpen;
    this.#isOpen = false;
    // Without a ticket, a socket says nothing of why it does not open; a read does.
    if (!this.#http.hasToken && (!wasOpen || code === UNAUTHORISED)) void this.#look();
  }

  /** Tells how the conversation is, and follows a turn that began while nobody listened. */
  async #look(): Promise<void> {
    try {
      const path = pathOf`/conversations/${this.id}`;
      const conversation = await this.#ask<ConversationDetail>("GET", path);
      if (!this.#isOpen) return;
      this.#tell({ type: "conversation.updated", conversation });
      const running = conversation.running_turn_id;
      if (running === null || this.#open.has(running) || this.#ended.has(running)) return;
      this.#open.set(running, null);
      this.#resume(running, null);
    } catch (thrown) {
      const seconds = this.#doubt(thrown);
      if (this.#isOpen) this.#connection.again(seconds);
    }
  }

  #resume(turn_id: string, place: Place | null): void {
    const after = place === null ? null : positionOf(turn_id, place);
    this.#connection.send({ type: "resume", turn_id, after });
  }

  #received(frame: ServerFrame): void {
    switch (frame.type) {
      case "pong":
      case "authenticated":
        return;
      case "conversation.updated":
        return this.#tell(frame);
      case "send.accepted": {
        const said = this.#said.get(frame.idempotency_key);
        if (said !== undefined) said.turn = frame.turn_id;
        return;
      }
      case "error":
        return this.#refused(frame);
      default:
        if ("seq" in frame) this.#happened(frame);
    }
  }

  #happened(event: TurnEvent): void {
    const { turn_id, epoch, seq } = event;
    const closing = isClosing(event);
    // Of a message that was sent twice, the end may have been heard before it was known to be its own.
    if (closing) this.#settle(event);
    if (this.#ended.has(turn_id) || !isNew(this.#open.get(turn_id) ?? null, event)) return;
    if (closing) {
      this.#open.delete(turn_id);
      this.#stopping.delete(turn_id);
      this.#ended.add(turn_id);
    } else this.#open.set(turn_id, { epoch, seq });
    this.#tell(event);
  }

  #settle(closing: ClosingEvent): void {
    for (const [key, { turn, resolve, reject }] of this.#said) {
      if (turn !== closing.turn_id) continue;
      this.#said.delete(key);
      if (closing.type === "turn.failed") reject(failureOf(closing));
      else resolve(closing.message);
    }
  }

  #refused({ error, idempotency_key, turn_id }: Extract<ServerFrame, { type: "error" }>): void {
    const failure = errorFrom(error, null);
    if (turn_id !== undefined) {
      this.#stopping.delete(turn_id);
      if (failure.passing) return this.#connection.again(failure.retryAfter);
      this.#open.delete(turn_id);
      for (const [key, { turn }] of this.#said) if (turn === turn_id) this.#fail(key, failure);
      return;
    }
    if (error.code === "CONVERSATION_NOT_FOUND") return this.#end({ error: failure });
    // The socket closes next, and what waits is sent on another one.
    if (error.code === "AUTHENTICATION_ERROR") return;
    // A frame that could not be read is refused without its key: it is the first that was not taken.
    const [first] = [...this.#said].find(([, { turn, again }]) => (turn ?? again) === null) ?? [];
    const key = idempotency_key ?? first;
    if (key !== undefined && !this.#saysAgain(key, failure)) this.#fail(key, failure);
  }

  /** Of a message that was turned away for now. False where another attempt would not help. */
  #saysAgain(key: string, failure: EdgewiseError): boolean {
    const said = this.#said.get(key);
    if (said === undefined || said.again !== null) return true; // it is known already
    said.failures += 1;
    if (!this.#http.worthwhile(failure, said.failures)) return false;
    const wait = waitAfter(said.failures, this.#http.backoff, failure.retryAfter);
    said.again = setTimeout(() => {
      said.again = null;
      this.#connection.send(said.frame); // where no socket is open, the next one sends it
    }, wait);
    return true;
  }

  #fail(key: string, reason: unknown): void {
    const said = this.#said.get(key);
    if (said === undefined) return;
    clearTimeout(said.again ?? undefined);
    this.#said.delete(key);
    said.reject(reason);
  }

  #tell(event: ConversationEvent): void {
    for (const reader of this.#readers) reader(event);
  }

  /** Ends it where another attempt would not help. @returns seconds to wait before that */
  #doubt(thrown: unknown): number | null {
    if (thrown instanceof EdgewiseError && (thrown.passing || isPortal(thrown)))
      return thrown.retryAfter;
    this.#end({ error: thrown });
    return null;
  }

  #end(over: { error: unknown } | null): void {
    if (this.#over !== null) return;
    this.#over = over ?? { error: null };
    this.#isOpen = false;
    this.#connection.close();
    this.#closing.abort();
    for (const key of this.#said.keys()) this.#fail(key, this.#over.error ?? CLOSED());
    for (const reader of this.#readers) reader(null);
  }
}

const CLOSED = () => unreachable(new Error("It was closed."));

/** A network that wants to be signed in to answers everything, as if it had worked. */
const isPortal = ({ code, status }: EdgewiseError) =>
  code === "UNEXPECTED" && status !== null && status < 300;
