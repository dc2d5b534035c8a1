// One turn, watched over HTTP from wherever one is to its end: through connections that break, each event
// once and in order. Leaving is not stopping: the turn goes on, and can be come back to.
import { sleep, waitAfter } from "./backoff.ts";
import { EdgewiseError, errorFrom, unreachable } from "./error.ts";
import { isClosing, isNew, type Place, positionOf, type StreamEvent, textAfter } from "./events.ts";
import { type Http, pathOf } from "./http.ts";
import { ANSWER_WITHIN, leavable } from "./signals.ts";
import { eventsIn, LONGEST_SILENCE } from "./sse.ts";
import type { ClosingEvent, Message } from "./types.ts";

/** What begins a turn; or one that is there, from after a place on, with the text until there. */
export type Origin =
  | { path: string; body: object; idempotencyKey: string }
  | { conversationId: string; turnId: string; after: Place | null; text: string };

export class TurnStream implements AsyncIterable<StreamEvent> {
  readonly #http: Http;
  readonly #origin: Origin;
  readonly #signal: AbortSignal | undefined;
  #conversation: string | null = null;
  #turn: string | null = null;
  #seen: Place | null = null;
  #text = "";
  #closing: ClosingEvent | null = null;
  /** The position that was told to be the end: what ended there is asked for once more. */
  #over = false;
  #reading = false;
  /** Who waits to know which turn it is, or that it is none. */
  #waiting: (() => void)[] = [];

  constructor(http: Http, origin: Origin, signal: AbortSignal | undefined) {
    this.#http = http;
    this.#origin = origin;
    this.#signal = signal;
    if (!("turnId" in origin)) return;
    this.#learn(origin.conversationId, origin.turnId);
    this.#seen = origin.after;
    this.#text = origin.text;
  }

  /** Null until the server has taken the message. */
  get turnId(): string | null {
    return this.#turn;
  }

  get conversationId(): string | null {
    return this.#conversation;
  }

  /** Of the last event that was heard: with it, `Edgewise.follow` goes on from there. */
  get position(): string | null {
    return this.#turn === null || this.#seen === null ? null : positionOf(this.#turn, this.#seen);
  }

  /** What is written of the answer by now. */
  get text(): string {
    return this.#text;
  }

  /**
   * Sends the message and yields what comes of it, each event once and in order, until the turn has
   * ended: also where that failed, or was cancelled. After a break (or a `break`) it goes on where it was.
   * @throws {EdgewiseError} where the message was not taken, or nobody answers any more
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<StreamEvent, void, undefined> {
    const leaving = new AbortController();
    return leavable(this.#read(leaving.signal), () => leaving.abort());
  }

  async *#read(leaving: AbortSignal): AsyncGenerator<StreamEvent, void, undefined> {
    if (this.#reading) throw new Error("This stream is being read already.");
    this.#reading = true;
    const signal = this.#signal === undefined ? leaving : AbortSignal.any([this.#signal, leaving]);
    try {
      for (let failures = 1; this.#closing === null; failures++)
        try {
          for await (const event of this.#events(await this.#connect(signal), signal)) {
            failures = 1;
            yield event;
          }
          if (this.#closing === null) throw unreachable(undefined); // it ended before the turn did
        } catch (thrown) {
          await this.#recover(thrown, failures, signal);
        }
    } catch (thrown) {
      if (!leaving.aborted) throw thrown;
    } finally {
      this.#reading = false;
      this.#tell();
    }
  }

  /** What is new of what a connection tells. */
  async *#events(response: Response, signal: AbortSignal): AsyncGenerator<StreamEvent> {
    if (response.status === 204) {
      this.#over = true;
      response = await this.#connect(signal);
    }
    for await (const event of eventsIn(response, signal)) {
      const fresh = isNew(this.#seen, event);
      if (!fresh && !isClosing(event)) continue;
      this.#hear(event);
      if (fresh) yield event;
      if (this.#closing !== null) return;
    }
  }

  /** The text as it stands, each time that it changes: to be shown as it is. At last, the message. */
  texts(): AsyncIterableIterator<string, Message | undefined, undefined> {
    const leaving = new AbortController();
    return leavable(this.#texts(leaving.signal), () => leaving.abort());
  }

  async *#texts(leaving: AbortSignal): AsyncGenerator<string, Message | undefined, undefined> {
    let shown = "";
    for await (const _ of this.#read(leaving)) {
      if (this.#text === shown) continue;
      shown = this.#text;
      yield shown;
    }
    return leaving.aborted ? undefined : this.message();
  }

  /**
   * Reads to the end: the answer as it is stored. Cancelled, it is what there was.
   * @throws {EdgewiseError} where the turn failed: `details.partial` is what there was
   */
  async message(): Promise<Message> {
    for await (const _ of this);
    const closing = this.#closing;
    if (closing === null) throw unreachable(undefined);
    if (closing.type !== "turn.failed") return closing.message;
    throw failureOf(closing);
  }

  /** Ends the turn, for everybody: what was written is kept. Where it has ended, it stays as it is. */
  async cancel(): Promise<Message> {
    while (this.#turn === null && this.#reading)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#turn === null)
      throw new Error("There is no turn: the stream was not read, or failed.");
    const { message } = await this.#http.request<{ message: Message }>(
      "POST",
      pathOf`/conversations/${this.#conversation ?? ""}/turns/${this.#turn}/cancel`,
      { repeatable: true }, // a turn ends once
    );
    return message;
  }

  async #connect(signal: AbortSignal): Promise<Response> {
    signal.throwIfAborted();
    const headers = { Accept: "text/event-stream" };
    if (this.#turn !== null && this.#conversation !== null) {
      const path = pathOf`/conversations/${this.#conversation}/turns/${this.#turn}/events`;
      const position = this.#over ? null : this.position;
      const from = position === null ? {} : { "Last-Event-ID": position };
      const asked = { headers: { ...headers, ...from }, signal, within: ANSWER_WITHIN };
      return this.#http.once("GET", path, asked);
    }
    // Where an answer was lost, the same key finds the turn that was begun.
    if (!("path" in this.#origin)) throw unreachable(undefined);
    const { path, body, idempotencyKey } = this.#origin;
    // Longer than for what has no body: one with a picture takes its time on a slow line.
    const asked = { body, headers, idempotencyKey, signal, within: LONGEST_SILENCE };
    const response = await this.#http.once("POST", path, asked);
    const told = response.headers;
    this.#learn(told.get("X-Conversation-Id"), told.get("X-Turn-Id"));
    return response;
  }

  #learn(conversation: string | null, turn: string | null): void {
    if (this.#turn !== null || conversation === null || turn === null) return;
    this.#conversation = conversation;
    this.#turn = turn;
    this.#tell();
  }

  #tell(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #hear(event: StreamEvent): void {
    const { epoch, seq } = event;
    this.#seen = { epoch, seq };
    this.#text = textAfter(this.#text, event);
    if (event.type === "turn.queued" || event.type === "turn.started")
      this.#learn(event.conversation_id, event.turn_id);
    if (!isClosing(event)) return;
    this.#closing = event;
    // Of a turn that ended long ago, its end alone is told.
    this.#text = event.message.content;
  }

  /** Waits for the next attempt. @throws where there is none */
  async #recover(thrown: unknown, failures: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!(thrown instanceof EdgewiseError) || !this.#http.worthwhile(thrown, failures))
      throw thrown;
    await sleep(waitAfter(failures, this.#http.backoff, thrown.retryAfter), signal);
  }
}

/** As `POST /chat` tells of a turn that failed. */
export function failureOf({
  error,
  message,
  turn_id,
}: Extract<ClosingEvent, { type: "turn.failed" }>): EdgewiseError {
  const details = { ...error.details, turn_id, partial: message };
  return errorFrom({ ...error, details }, null);
}
