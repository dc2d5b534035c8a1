// The conversation's WebSockets. They hibernate: what must survive that is in the attachment, and
// which turns a socket follows is known only while one runs.
import { z } from "zod";
import { chargeOf, saidIn, turnWant } from "../account/admission.ts";
import type { Want } from "../account/calls.ts";
import { type Credential, credentialSchema, type Principal } from "../auth/principal.ts";
import { AppError, type Failure, fail, failureOf, ok, type Result } from "../errors.ts";
import { parseOwnedId } from "../ids.ts";
import { type ConversationDetail } from "../protocol/conversation.ts";
import { parsePosition } from "../protocol/events.ts";
import type { ResolvedPrompt } from "../protocol/resolved-prompt.ts";
import { sendSchema, unknownFields } from "../protocol/send.ts";
import {
  acceptedFrame,
  encodeFrame,
  errorFrame,
  type Frame,
  parseFrame,
  PING,
  PONG,
} from "../protocol/ws.ts";
import { thrownFields } from "../telemetry/log.ts";
import { sendCommand } from "./command.ts";
import type { Conversation } from "./conversation.ts";
import type { ConversationServices } from "./services.ts";
import { giveBack } from "./settlement.ts";
import { once, SocketViewer, trySend } from "./viewers.ts";

/** `credential` is null until a first frame brings one. */
const attachmentSchema = z.object({
  conversation_id: z.string(),
  credential: credentialSchema.nullable(),
});
type Attachment = z.infer<typeof attachmentSchema>;

/** Milliseconds that a socket may stay open without saying who is there. */
const INTRODUCTION = 10_000;
/** Sockets that may do so at once. */
const MOST_UNINTRODUCED = 10;
/** Milliseconds for which a socket that only listens is not asked again whether it may. */
const CHECKED = 60_000;
/** Closes a socket whose right has ended, or never was (seed 003 §3.5). */
const UNAUTHORISED = 4001;
/** Closes a socket that waits for a conversation that is not there, or not theirs. */
const NOT_FOUND = 4004;

export class Sockets {
  readonly #context: DurableObjectState;
  readonly #conversation: Conversation;
  readonly #services: ConversationServices;
  readonly #viewers = new WeakMap<WebSocket, SocketViewer>();
  readonly #encode = once(encodeFrame);
  /** When a socket was last admitted. */
  readonly #checked = new WeakMap<WebSocket, number>();
  /** What a socket said last, until it is done. */
  readonly #order = new WeakMap<WebSocket, Promise<void>>();

  constructor(
    context: DurableObjectState,
    conversation: Conversation,
    services: ConversationServices,
  ) {
    this.#context = context;
    this.#conversation = conversation;
    this.#services = services;
    context.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG));
  }

  /** Opens a socket; without a credential, one that hears nothing until its first frame brings one. */
  async accept(credential: Credential | null, conversationId: string): Promise<Result<WebSocket>> {
    if (credential !== null) {
      const found = await this.#found(credential, conversationId);
      if (!found.ok) return found;
    }
    if (credential === null && this.#unintroduced() >= MOST_UNINTRODUCED)
      return fail("AUTHENTICATION_ERROR", "Too many wait here without saying who they are.");
    const { 0: client, 1: server } = new WebSocketPair();
    this.#context.acceptWebSocket(server);
    this.#checked.set(server, this.#services.now());
    attach(server, { conversation_id: conversationId, credential });
    if (credential === null)
      setTimeout(() => {
        if (attachmentOf(server)?.credential === null)
          server.close(UNAUTHORISED, "Nobody said who is there.");
      }, INTRODUCTION);
    return ok(client);
  }

  /** Every socket there is, as viewers of a turn that begins. */
  *viewers(): Generator<SocketViewer> {
    for (const socket of this.#open()) {
      void this.#recheck(socket);
      yield this.#viewerOf(socket);
    }
  }

  /** Tells every socket what changed between turns. */
  announce(conversation: ConversationDetail): void {
    const text = JSON.stringify({ type: "conversation.updated", conversation });
    for (const socket of this.#open()) trySend(socket, text);
  }

  /** A bad frame is answered with an error frame; the socket stays. */
  receive(socket: WebSocket, data: string | ArrayBuffer): Promise<void> {
    // In the order in which they came, although each asks whether it may.
    const before = this.#order.get(socket) ?? Promise.resolve();
    const done = before.then(() => this.#answer(socket, data));
    this.#order.set(
      socket,
      done.catch(() => undefined),
    );
    return done;
  }

  async #answer(socket: WebSocket, data: string | ArrayBuffer): Promise<void> {
    const { frame, reference } = parseFrame(data);
    try {
      const failure = frame.ok ? await this.#act(socket, frame.value) : frame.failure;
      if (failure !== null) trySend(socket, errorFrame(failure, reference));
    } catch (thrown) {
      this.#services.log.error("ws.failed", thrownFields(thrown));
      trySend(socket, errorFrame(failureOf(thrown), reference));
    }
  }

  close(socket: WebSocket): void {
    this.#conversation.leave(this.#viewerOf(socket));
  }

  async #act(socket: WebSocket, frame: Frame): Promise<Failure | null> {
    const attachment = attachmentOf(socket);
    if (frame.type === "ping") {
      trySend(socket, PONG);
      return null;
    }
    if (frame.type === "auth") return this.#introduce(socket, attachment, frame.token);
    if (attachment === null || attachment.credential === null) {
      socket.close(UNAUTHORISED, "The first frame has to be auth.");
      return null;
    }
    const want = frame.type === "send" ? this.#wantOf(frame) : ({ kind: "request" } as const);
    const admission = await this.#services.admit(attachment.credential, want);
    if (!admission.ok) return this.#refuse(socket, admission.failure);
    const { principal } = admission;
    const { conversation_id } = attachment;
    switch (frame.type) {
      case "send": {
        const { idempotency_key: key, type: _type, ...body } = frame;
        const ignored = unknownFields(body, sendSchema.shape);
        const charge = chargeOf(principal, admission, want);
        const prompt = await this.#promptOf(principal, body);
        const command = !prompt.ok
          ? prompt
          : await sendCommand(body, {
              conversation: conversation_id,
              ignored,
              key,
              charge,
              prompt: prompt.value,
              facts: admission.facts,
            });
        if (!command.ok) {
          void giveBack(this.#services, charge);
          return command.failure;
        }
        const sent = this.#conversation.send(
          principal,
          conversation_id,
          command.value,
          false,
          null,
        );
        if (!sent.ok) return sent.failure;
        if (key !== undefined) trySend(socket, acceptedFrame(key, sent.value.turn_id));
        if (!sent.value.attached) return null;
        return this.#follow(socket, principal, conversation_id, sent.value.turn, null);
      }
      case "cancel": {
        const turn = turnIn(conversation_id, frame.turn_id);
        if (!turn.ok) return turn.failure;
        // It is told to everybody when the turn has ended; what this socket says next need not wait.
        void this.#cancel(socket, principal, conversation_id, turn.value, frame.turn_id);
        return null;
      }
      case "resume": {
        const turn = turnIn(conversation_id, frame.turn_id);
        if (!turn.ok) return turn.failure;
        const after = afterIn(frame.turn_id, frame.after ?? null);
        if (!after.ok) return after.failure;
        return this.#follow(socket, principal, conversation_id, turn.value, after.value);
      }
    }
  }

  async #promptOf(
    principal: Principal,
    { prompt }: Pick<Extract<Frame, { type: "send" }>, "prompt">,
  ): Promise<Result<ResolvedPrompt | undefined>> {
    if (prompt === undefined) return ok(undefined);
    try {
      return ok(await this.#services.resolvePrompt(principal, prompt));
    } catch (thrown) {
      if (thrown instanceof AppError) return { ok: false, failure: thrown.failure };
      throw thrown;
    }
  }

  async #cancel(
    socket: WebSocket,
    principal: Principal,
    conversation_id: string,
    turn: number,
    turn_id: string,
  ): Promise<void> {
    const cancelled = await this.#conversation.cancel(principal, conversation_id, turn);
    if (!cancelled.ok) trySend(socket, errorFrame(cancelled.failure, { turn_id }));
  }

  /** A token in a frame: the first, or one in the place of one that expires. */
  async #introduce(
    socket: WebSocket,
    attachment: Attachment | null,
    token: string,
  ): Promise<Failure | null> {
    if (attachment === null) {
      socket.close(UNAUTHORISED, "Connect again.");
      return null;
    }
    const credential = await this.#services.authenticator.authenticate(token);
    if (!credential.ok) return this.#refuse(socket, credential.failure);
    const { conversation_id } = attachment;
    const found = await this.#found(credential.value, conversation_id);
    if (!found.ok) return this.#refuse(socket, found.failure);
    attach(socket, { conversation_id, credential: credential.value });
    trySend(socket, JSON.stringify({ type: "authenticated" }));
    return null;
  }

  #unintroduced(): number {
    return this.#context
      .getWebSockets()
      .filter((socket) => attachmentOf(socket)?.credential === null).length;
  }

  /** A socket that only listens is asked now and then whether it still may, when a turn begins. */
  async #recheck(socket: WebSocket): Promise<void> {
    const now = this.#services.now();
    const attachment = attachmentOf(socket);
    if (!attachment?.credential || now - (this.#checked.get(socket) ?? 0) < CHECKED) return;
    this.#checked.set(socket, now);
    try {
      const admission = await this.#services.admit(attachment.credential, { kind: "request" });
      if (!admission.ok) this.#refuse(socket, admission.failure);
    } catch (thrown) {
      this.#services.log.warning("ws.unchecked", thrownFields(thrown));
    }
  }

  /** Whether this is somebody, and the conversation theirs. */
  async #found(credential: Credential, conversationId: string): Promise<Result<unknown>> {
    const admission = await this.#services.admit(credential, { kind: "request" });
    if (!admission.ok) return { ok: false, failure: admission.failure };
    const { principal } = admission;
    if (!principal.scopes.includes("conversations")) return NO_SCOPE;
    return this.#conversation.get(principal, conversationId);
  }

  /** Where there is no right any more the socket closes; any other refusal is the frame's. */
  #refuse(socket: WebSocket, failure: Failure): Failure | null {
    if (failure.code !== "AUTHENTICATION_ERROR" && failure.code !== "CONVERSATION_NOT_FOUND")
      return failure;
    trySend(socket, errorFrame(failure));
    const code = failure.code === "AUTHENTICATION_ERROR" ? UNAUTHORISED : NOT_FOUND;
    socket.close(code, failure.message.slice(0, 120));
    return null;
  }

  #wantOf(frame: Extract<Frame, { type: "send" }>): Want {
    const { provider, model, max_tokens = null } = frame;
    const asked = { ...saidIn(frame), history: true, max_tokens, provider, model };
    return turnWant(asked, this.#services);
  }

  /** The sockets of those who have said who they are. */
  *#open(): Generator<WebSocket> {
    for (const socket of this.#context.getWebSockets())
      if (attachmentOf(socket)?.credential) yield socket;
  }

  #follow(
    socket: WebSocket,
    principal: Principal,
    conversation_id: string,
    turn: number,
    after: { epoch: number; seq: number } | null,
  ): Failure | null {
    const followed = this.#conversation.follow(
      principal,
      conversation_id,
      turn,
      this.#viewerOf(socket),
      after,
    );
    return followed.ok ? null : followed.failure;
  }

  #viewerOf(socket: WebSocket): SocketViewer {
    const known = this.#viewers.get(socket);
    if (known !== undefined) return known;
    const viewer = new SocketViewer(socket, this.#encode);
    this.#viewers.set(socket, viewer);
    return viewer;
  }
}

const NO_SCOPE = fail("FORBIDDEN", "This credential does not have the scope conversations.", {
  required_scope: "conversations",
});

/** Null for a socket from before: it has to connect again. */
function attachmentOf(socket: WebSocket): Attachment | null {
  return attachmentSchema.safeParse(socket.deserializeAttachment()).data ?? null;
}

function attach(socket: WebSocket, attachment: Attachment): void {
  socket.serializeAttachment(attachment);
}

function turnIn(conversation: string, turn_id: string): Result<number> {
  const parsed = parseOwnedId("turn", turn_id);
  if (parsed === null || parsed.conversation !== conversation)
    return fail("NOT_FOUND", "No such turn in this conversation.", { field: "turn_id", turn_id });
  return ok(parsed.n);
}

/** `after` of a resume: a whole position, or its `<epoch>.<seq>`. */
function afterIn(
  turn_id: string,
  after: string | null,
): Result<{ epoch: number; seq: number } | null> {
  if (after === null) return ok(null);
  const position = parsePosition(after.includes(":") ? after : `${turn_id}:${after}`);
  if (position === null || position.turn_id !== turn_id)
    return fail(
      "VALIDATION_ERROR",
      "after: should be a position of this turn, <turn_id>:<epoch>.<seq>",
      {
        field: "after",
      },
    );
  return ok(position);
}
