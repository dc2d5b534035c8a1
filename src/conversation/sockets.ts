// The conversation's WebSockets. They hibernate: what must survive that is in the attachment, and
// which turns a socket follows is known only while one runs.
import { z } from "zod";
import { type Principal, principalSchema } from "../auth/principal.ts";
import { type Failure, fail, ok, type Result } from "../errors.ts";
import { parseOwnedId } from "../ids.ts";
import { type ConversationDetail } from "../protocol/conversation.ts";
import { parsePosition } from "../protocol/events.ts";
import { sendSchema, unknownFields } from "../protocol/send.ts";
import { encodeFrame, errorFrame, type Frame, parseFrame, PING, PONG } from "../protocol/ws.ts";
import { sendCommand } from "./command.ts";
import type { Conversation } from "./conversation.ts";
import { once, SocketViewer, trySend } from "./viewers.ts";

const attachmentSchema = z.object({ conversation_id: z.string(), principal: principalSchema });
type Attachment = z.infer<typeof attachmentSchema>;

export class Sockets {
  readonly #context: DurableObjectState;
  readonly #conversation: Conversation;
  readonly #viewers = new WeakMap<WebSocket, SocketViewer>();
  readonly #encode = once(encodeFrame);

  constructor(context: DurableObjectState, conversation: Conversation) {
    this.#context = context;
    this.#conversation = conversation;
    context.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG));
  }

  /** Opens a socket for `principal`. */
  accept(principal: Principal, conversationId: string): Result<WebSocket> {
    const found = this.#conversation.get(principal, conversationId);
    if (!found.ok) return found;
    const { 0: client, 1: server } = new WebSocketPair();
    const attachment: Attachment = { conversation_id: conversationId, principal };
    this.#context.acceptWebSocket(server);
    server.serializeAttachment(attachment);
    return ok(client);
  }

  /** Every socket there is, as viewers of a turn that begins. */
  *viewers(): Generator<SocketViewer> {
    for (const socket of this.#context.getWebSockets()) yield this.#viewerOf(socket);
  }

  /** Tells every socket what changed between turns. */
  announce(conversation: ConversationDetail): void {
    const text = JSON.stringify({ type: "conversation.updated", conversation });
    for (const socket of this.#context.getWebSockets()) trySend(socket, text);
  }

  /** A bad frame is answered with an error frame; the socket stays. */
  async receive(socket: WebSocket, data: string | ArrayBuffer): Promise<void> {
    const { frame, reference } = parseFrame(data);
    const failure = frame.ok ? await this.#act(socket, frame.value) : frame.failure;
    if (failure !== null) trySend(socket, errorFrame(failure, reference));
  }

  close(socket: WebSocket): void {
    this.#conversation.leave(this.#viewerOf(socket));
  }

  async #act(socket: WebSocket, frame: Frame): Promise<Failure | null> {
    const { principal, conversation_id } = attachmentSchema.parse(socket.deserializeAttachment());
    switch (frame.type) {
      case "ping":
        trySend(socket, PONG);
        return null;
      case "send": {
        const { idempotency_key: key, type: _type, ...body } = frame;
        const ignored = unknownFields(body, sendSchema.shape);
        const command = await sendCommand(body, ignored, key);
        if (!command.ok) return command.failure;
        const sent = this.#conversation.send(
          principal,
          conversation_id,
          command.value,
          false,
          null,
        );
        if (!sent.ok) return sent.failure;
        return sent.value.attached ? this.#follow(socket, sent.value.turn, null) : null;
      }
      case "cancel": {
        const turn = turnIn(conversation_id, frame.turn_id);
        if (!turn.ok) return turn.failure;
        const cancelled = await this.#conversation.cancel(principal, conversation_id, turn.value);
        return cancelled.ok ? null : cancelled.failure;
      }
      case "resume": {
        const turn = turnIn(conversation_id, frame.turn_id);
        if (!turn.ok) return turn.failure;
        const after = afterIn(frame.turn_id, frame.after ?? null);
        return after.ok ? this.#follow(socket, turn.value, after.value) : after.failure;
      }
    }
  }

  #follow(
    socket: WebSocket,
    turn: number,
    after: { epoch: number; seq: number } | null,
  ): Failure | null {
    const { principal, conversation_id } = attachmentSchema.parse(socket.deserializeAttachment());
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
