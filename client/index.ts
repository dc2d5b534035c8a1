// Edgewise for programs and pages: messages in, answers and events out. Uses what browsers, Node and
// Workers have (fetch, WebSocket, streams) and nothing else.
import { Conversations } from "./conversations.ts";
import { Documents } from "./documents.ts";
import { placeIn } from "./events.ts";
import { type Asked, Http, type HttpOptions, newKey } from "./http.ts";
import { type Connecting, LiveConversation } from "./live.ts";
import type { NewSocket } from "./socket.ts";
import { TurnStream } from "./stream.ts";
import type { Message, Send } from "./types.ts";

export { EdgewiseError } from "./error.ts";
export { isClosing, type StreamEvent, textAfter } from "./events.ts";
export type { ConversationEvent, LiveConversation } from "./live.ts";
export type { TurnStream } from "./stream.ts";
export type * from "./types.ts";

export type EdgewiseOptions = HttpOptions & { WebSocket?: NewSocket | undefined };

export type Sending = {
  /** Aborting detaches: the turn goes on. */
  signal?: AbortSignal | undefined;
  /** Of this message; with it, sent again later or elsewhere, it is still said once. Else one is made. */
  idempotencyKey?: string | undefined;
};

/** Without a `conversation_id`, a conversation is made. */
export type Chat = Send & { conversation_id?: string | null | undefined };

export class Edgewise {
  readonly conversations: Conversations;
  readonly documents: Documents;
  readonly #http: Http;
  readonly #WebSocket: NewSocket | undefined;

  constructor(options: EdgewiseOptions) {
    this.#http = new Http(options);
    this.#WebSocket = options.WebSocket;
    this.conversations = new Conversations(this.#http);
    this.documents = new Documents(this.#http);
  }

  /**
   * The answer, when it is whole.
   * @throws {EdgewiseError} of a turn that failed, too: `details.partial` is what there was
   */
  chat(message: Chat, { signal, idempotencyKey = newKey() }: Sending = {}): Promise<Message> {
    return this.#http.request("POST", "/chat", { body: message, signal, idempotencyKey });
  }

  /** The answer as it is written. Nothing is sent before it is read. */
  stream(message: Chat, { signal, idempotencyKey = newKey() }: Sending = {}): TurnStream {
    const origin = { path: "/chat/stream", body: message, idempotencyKey };
    return new TurnStream(this.#http, origin, signal);
  }

  /**
   * A turn that is there, running or ended: from its beginning, or from after a `position` of a stream,
   * with the text until there.
   */
  follow(
    turn: { conversationId: string; turnId: string; after?: string | null; text?: string },
    { signal }: Pick<Sending, "signal"> = {},
  ): TurnStream {
    const { after = null, text = "", ...rest } = turn;
    const place = after === null ? null : placeIn(after);
    return new TurnStream(this.#http, { ...rest, after: place, text }, signal);
  }

  conversation(id: string) {
    return {
      id,
      /** Opens a WebSocket that comes back by itself until it is closed. */
      connect: (options: Connecting = {}): LiveConversation =>
        new LiveConversation(this.#http, id, this.#WebSocket, options),
    };
  }

  /** Any other call of the API. @param path after `/api/v1` */
  request<T>(method: string, path: string, asked?: Asked): Promise<T> {
    return this.#http.request<T>(method, path, asked);
  }

  /** The same, as it is answered. */
  respond(method: string, path: string, asked?: Asked): Promise<Response> {
    return this.#http.respond(method, path, asked);
  }
}
