// The Conversation object: a thin shell that gives src/conversation its storage, its alarm, its
// sockets and its callers.
import { DurableObject } from "cloudflare:workers";
import { credentialSchema, type Owner, type Principal } from "../src/auth/principal.ts";
import type { SendCommand } from "../src/conversation/command.ts";
import type { Retained } from "../src/conversation/clock.ts";
import { Conversation } from "../src/conversation/conversation.ts";
import type { Dumped, DumpPage, IntakeEnd, Likeness } from "../src/conversation/intake.ts";
import type { RetentionPolicy } from "../src/conversation/lifecycle.ts";
import type { Made } from "../src/conversation/record.ts";
import type { Patch } from "../src/conversation/shape.ts";
import type { ConversationServices } from "../src/conversation/services.ts";
import { Sockets } from "../src/conversation/sockets.ts";
import { once, StreamViewer } from "../src/conversation/viewers.ts";
import { errorBody, type Failure, type Result, STATUS_OF } from "../src/errors.ts";
import type { ConversationDetail, Remembered } from "../src/protocol/conversation.ts";
import type { ClosingBody, ClosingEvent } from "../src/protocol/events.ts";
import type { Feedback, Message, Part } from "../src/protocol/message.ts";
import type { BroughtMessage } from "../src/protocol/transfer.ts";
import {
  encoderFor,
  type EncoderName,
  encoders,
  type StreamFormat,
} from "../src/protocol/encoders.ts";
import type { Encoder } from "../src/protocol/sse.ts";
import { refusedSocket } from "../src/protocol/refused-socket.ts";

export type Sent = {
  turn_id: string;
  message_id: string;
  /** The turn was there already: the same Idempotency-Key made it. */
  attached: boolean;
  /** Under which its answer is asked for later; null where nobody said so. */
  track_id: string | null;
  /** The turn's events, encoded, where they were asked for. */
  stream: ReadableStream<Uint8Array> | null;
};

/** What routes may ask of a conversation. Failures come back as values: RPC loses a class of error. */
export interface ConversationCalls {
  create(principal: Principal, id: string, body: Made): Promise<Result<ConversationDetail>>;
  get(principal: Principal, id: string): Promise<Result<ConversationDetail>>;
  patch(principal: Principal, id: string, body: Patch): Promise<Result<ConversationDetail>>;
  remove(principal: Principal, id: string): Promise<Result<null>>;
  messages(
    principal: Principal,
    id: string,
    page: { limit: number; offset: number },
  ): Promise<Result<{ messages: Message[]; total: number; next: number | null }>>;
  /** @param format the encoding of the stream that is wanted; null for none */
  send(
    principal: Principal,
    id: string,
    command: SendCommand,
    create: boolean,
    format: StreamFormat | null,
  ): Promise<Result<Sent>>;
  /** Sends, and answers when the turn has ended. A caller who leaves does not end it. */
  ask(
    principal: Principal,
    id: string,
    command: SendCommand,
    create: boolean,
  ): Promise<Result<ClosingEvent>>;
  /** Null where `after` is the turn's end: there is nothing more to hear. */
  events(
    principal: Principal,
    id: string,
    turn: number,
    after: { epoch: number; seq: number } | null,
    format: StreamFormat,
  ): Promise<Result<ReadableStream<Uint8Array> | null>>;
  /** What led to a turn that goes on with what tools returned; nothing, where it does not. */
  steps(principal: Principal, id: string, turn: number): Promise<Result<Message[]>>;
  cancel(principal: Principal, id: string, turn: number): Promise<Result<ClosingEvent>>;
  /** How a turn ended; null where it has not yet. */
  ended(principal: Principal, id: string, turn: number): Promise<Result<ClosingBody | null>>;
  roleOf(principal: Principal, id: string, seq: number): Promise<Result<"user" | "assistant">>;
  /** Shows the branch that a message lies on. Messages are named by their number. */
  activate(principal: Principal, id: string, seq: number): Promise<Result<ConversationDetail>>;
  /** Takes everything out of a message. */
  erase(principal: Principal, id: string, seq: number): Promise<Result<ConversationDetail>>;
  rate(
    principal: Principal,
    id: string,
    seq: number,
    feedback: Feedback | null,
  ): Promise<Result<Message>>;
  /** Puts an answer by hand beside one of a model's. */
  rewrite(principal: Principal, id: string, seq: number, parts: Part[]): Promise<Result<Message>>;
  remembered(principal: Principal, id: string): Promise<Result<Remembered>>;
  /** A stretch of what was said, on its way out. */
  dump(principal: Principal, id: string, page: DumpPage): Promise<Result<Dumped>>;
  /** What another would be made with that is to be like it. */
  likeness(principal: Principal, id: string): Promise<Result<Likeness>>;
  /** Messages on their way in; `end` with the last of them. */
  bring(
    principal: Principal,
    id: string,
    messages: BroughtMessage[],
    end: IntakeEnd | null,
  ): Promise<Result<ConversationDetail>>;
  /** Does what its tenant's policy asks for. */
  retain(owner: Owner, policy: RetentionPolicy): Promise<Retained>;
}

/** Headers of an upgrade that the Worker forwards; it alone sets them. */
export const CREDENTIAL_HEADER = "x-edgewise-credential";
export const TICKET_HEADER = "x-edgewise-ticket";
export const CONVERSATION_HEADER = "x-edgewise-conversation";

/** index.ts binds this to its services: an object cannot import what stands above it. */
export abstract class ConversationObject<Env>
  extends DurableObject<Env>
  implements ConversationCalls
{
  readonly #conversation: Conversation;
  readonly #sockets: Sockets;
  readonly #now: () => number;
  /** Many viewers of a format share one encoding of each event. */
  readonly #encoders = new Map<EncoderName, Encoder>();

  constructor(context: DurableObjectState, env: Env, services: ConversationServices) {
    super(context, env);
    this.#now = services.now;
    this.#conversation = new Conversation(context.storage, services, {
      restart: (reason) => context.abort(reason),
      sockets: () => this.#sockets.viewers(),
      announce: (conversation) => this.#sockets.announce(conversation),
    });
    this.#sockets = new Sockets(context, this.#conversation, services);
  }

  /** Answers: for the readiness check. */
  async ping(): Promise<void> {
    // Being reached is all there is to it.
  }

  create(principal: Principal, id: string, body: Made) {
    return this.#conversation.create(principal, id, body);
  }

  async get(principal: Principal, id: string) {
    return this.#conversation.get(principal, id);
  }

  patch(principal: Principal, id: string, body: Patch) {
    return this.#conversation.patch(principal, id, body);
  }

  async remove(principal: Principal, id: string) {
    const removed = await this.#conversation.remove(principal, id);
    if (removed.ok) this.#hangUp();
    return removed;
  }

  async roleOf(principal: Principal, id: string, seq: number) {
    return this.#conversation.roleOf(principal, id, seq);
  }

  activate(principal: Principal, id: string, seq: number) {
    return this.#conversation.activate(principal, id, seq);
  }

  erase(principal: Principal, id: string, seq: number) {
    return this.#conversation.erase(principal, id, seq);
  }

  rate(principal: Principal, id: string, seq: number, feedback: Feedback | null) {
    return this.#conversation.rate(principal, id, seq, feedback);
  }

  rewrite(principal: Principal, id: string, seq: number, parts: Part[]) {
    return this.#conversation.rewrite(principal, id, seq, parts);
  }

  async remembered(principal: Principal, id: string) {
    return this.#conversation.remembered(principal, id);
  }

  async dump(principal: Principal, id: string, page: DumpPage) {
    return this.#conversation.dump(principal, id, page);
  }

  async likeness(principal: Principal, id: string) {
    return this.#conversation.likeness(principal, id);
  }

  bring(principal: Principal, id: string, messages: BroughtMessage[], end: IntakeEnd | null) {
    return this.#conversation.bring(principal, id, messages, end);
  }

  async retain(owner: Owner, policy: RetentionPolicy) {
    const retained = await this.#conversation.retain(owner, policy);
    if (retained === "deleted") this.#hangUp();
    return retained;
  }

  async messages(principal: Principal, id: string, page: { limit: number; offset: number }) {
    return this.#conversation.messages(principal, id, page);
  }

  async send(
    principal: Principal,
    id: string,
    command: SendCommand,
    create: boolean,
    format: StreamFormat | null,
  ): Promise<Result<Sent>> {
    const stream = format === null ? null : this.#stream(format);
    const sent = this.#conversation.send(principal, id, command, create, stream);
    if (!sent.ok) return sent;
    const { turn, ...accepted } = sent.value;
    const { attached } = accepted;
    if (attached && stream !== null) {
      const followed = this.#conversation.follow(principal, id, turn, stream, null);
      if (!followed.ok) return followed;
    }
    return { ok: true, value: { ...accepted, stream: stream?.readable ?? null } };
  }

  async ask(principal: Principal, id: string, command: SendCommand, create: boolean) {
    const sent = this.#conversation.send(principal, id, command, create, null);
    return sent.ok ? this.#conversation.closing(principal, id, sent.value.turn) : sent;
  }

  async events(
    principal: Principal,
    id: string,
    turn: number,
    after: { epoch: number; seq: number } | null,
    format: StreamFormat,
  ): Promise<Result<ReadableStream<Uint8Array> | null>> {
    const stream = this.#stream(format);
    const followed = this.#conversation.follow(principal, id, turn, stream, after);
    if (!followed.ok) return followed;
    return { ok: true, value: followed.value.heard ? null : stream.readable };
  }

  async steps(principal: Principal, id: string, turn: number) {
    return this.#conversation.steps(principal, id, turn);
  }

  async ended(principal: Principal, id: string, turn: number) {
    return this.#conversation.ended(principal, id, turn);
  }

  cancel(principal: Principal, id: string, turn: number) {
    return this.#conversation.cancel(principal, id, turn);
  }

  /** WebSocket upgrades only: they do not pass through RPC. */
  override async fetch(request: Request): Promise<Response> {
    const { headers } = request;
    const credential = credentialSchema
      .nullable()
      .parse(JSON.parse(headers.get(CREDENTIAL_HEADER) ?? "null"));
    const id = headers.get(CONVERSATION_HEADER) ?? "";
    const ticket = headers.get(TICKET_HEADER);
    if (ticket !== null && !this.#conversation.spendTicket(ticket)) return refusedSocket(SPENT);
    const accepted = await this.#sockets.accept(credential, id);
    if (accepted.ok) return new Response(null, { status: 101, webSocket: accepted.value });
    return accepted.failure.code === "AUTHENTICATION_ERROR"
      ? refusedSocket(accepted.failure)
      : refuse(accepted.failure);
  }

  override async alarm(): Promise<void> {
    await this.#conversation.alarm();
  }

  override async webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): Promise<void> {
    await this.#sockets.receive(socket, data);
  }

  override async webSocketClose(socket: WebSocket): Promise<void> {
    this.#sockets.close(socket);
    socket.close(1000); // else whoever closed it waits in vain for an answer (RFC 6455 §7.1.1)
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    this.#sockets.close(socket);
  }

  #hangUp(): void {
    for (const socket of this.ctx.getWebSockets())
      socket.close(1000, "The conversation was deleted.");
  }

  #stream(format: StreamFormat): StreamViewer {
    const encode = typeof format === "string" ? this.#shared(format) : encoderFor(format);
    return new StreamViewer(encode, this.#now(), (viewer) => this.#conversation.leave(viewer));
  }

  #shared(format: EncoderName): Encoder {
    const encoder = this.#encoders.get(format) ?? once(encoders[format]);
    this.#encoders.set(format, encoder);
    return encoder;
  }
}

const SPENT: Failure = {
  code: "AUTHENTICATION_ERROR",
  message: "This ticket was used before. Ask for another.",
  details: {},
};

function refuse(failure: Failure): Response {
  return Response.json(
    { error: errorBody(failure) },
    { status: STATUS_OF[failure.code], headers: { "X-Error-Code": failure.code } },
  );
}
