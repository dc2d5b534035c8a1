// One open conversation: reads its messages, keeps its socket, and after every drop says again what
// the server needs to hear: where to resume, what was not confirmed, what should stop. No React.
import type { ConversationDetail } from "../../src/protocol/conversation.ts";
import { formatPosition, isClosing } from "../../src/protocol/events.ts";
import { readConversation, readMessages, socketUrl } from "./api.ts";
import { connect, type ServerFrame } from "./connection.ts";
import {
  type Change,
  type ConversationState,
  type LiveAnswer,
  reduce,
  SENT_AS,
  unread,
} from "./conversation-state.ts";
import { ApiError, sentenceFor, sentenceOf } from "./http.ts";
import { readOutbox, type Unsent, unsent, writeOutbox } from "./outbox.ts";

const PAGE = 50;

export type Session = {
  say: (text: string) => void;
  /** Sends a refused message again. */
  retry: (key: string) => void;
  /** Takes a refused message back. */
  withdraw: (key: string) => void;
  stop: () => void;
  earlier: () => Promise<void>;
  dismissProblem: () => void;
  close: () => void;
};

/**
 * @param show called with the state, at most once a frame
 * @param changed called when the conversation's own facts (title, preview) may have changed
 */
export function openSession(
  id: string,
  show: (state: ConversationState) => void,
  changed: (conversation: ConversationDetail) => void,
): Session {
  let state = unread(readOutbox(id));
  let frame: number | null = null;
  let closed = false;
  /** Turns that this socket was asked to follow. */
  let followed = new Set<string>();
  let opened = false;
  let reading = false;
  let readAgain = false;

  function apply(change: Change): void {
    const before = state;
    state = reduce(state, change);
    if (state.unsent !== before.unsent) writeOutbox(id, state.unsent);
    frame ??= requestAnimationFrame(() => {
      frame = null;
      show(state);
    });
  }

  const connection = connect(socketUrl(id), {
    opened() {
      opened = true;
      followed = new Set();
      apply({ type: "link", link: "open" });
      for (const answer of Object.values(state.live)) if (answer.seen !== null) follow(answer);
      for (const message of state.unsent) if (message.failure === null) send(message);
      sync();
    },
    received,
    down() {
      const wasOpen = opened;
      opened = false;
      apply({ type: "link", link: "waiting" });
      // A socket that does not open says nothing of why; a read does. One that was open may have
      // been closed because the conversation is gone: the next attempt will show.
      if (!wasOpen) sync();
    },
  });

  function received(told: ServerFrame): void {
    switch (told.type) {
      case "pong":
        return;
      case "conversation.updated":
        apply({ type: "conversation", conversation: told.conversation });
        return changed(told.conversation);
      case "error":
        return refused(told);
      default: {
        apply({ type: "event", event: told });
        const named = told.type === "turn.started" && (state.conversation?.title ?? null) === null;
        if (named || isClosing(told)) void refresh();
      }
    }
  }

  function refused({
    error,
    turn_id,
    idempotency_key,
  }: Extract<ServerFrame, { type: "error" }>): void {
    if (error.code === "CONVERSATION_NOT_FOUND") return gone();
    // The socket closes next, and what waits is sent on another one.
    if (error.code === "AUTHENTICATION_ERROR") return;
    // A frame that could not be read is refused without its key; only one of ours is ever waiting.
    const waiting = state.unsent.find(({ failure }) => failure === null)?.key;
    const key = idempotency_key ?? (turn_id === undefined ? waiting : undefined);
    if (key === undefined) apply({ type: "problem", problem: sentenceFor(error) });
    else apply({ type: "refused", key, failure: sentenceFor(error) });
  }

  /** Reads the end of the conversation and follows what runs there. One reading at a time. */
  function sync(): void {
    readAgain = reading;
    if (reading || closed) return;
    reading = true;
    void read().finally(() => {
      reading = false;
      if (readAgain) sync();
    });
  }

  async function read(): Promise<void> {
    try {
      const conversation = await readConversation(id);
      const { message_count, running_turn_id } = conversation;
      const total = message_count + (running_turn_id === null ? 0 : 1);
      const first = Math.max(0, total - PAGE);
      const messages = await readMessages(id, first);
      if (closed) return;
      apply({ type: "conversation", conversation });
      apply({ type: "loaded", messages, first });
      changed(conversation);
      for (const answer of Object.values(state.live)) if (answer.seen === null) follow(answer);
    } catch (thrown) {
      failed(thrown);
    }
  }

  async function refresh(): Promise<void> {
    try {
      const conversation = await readConversation(id);
      if (closed) return;
      apply({ type: "conversation", conversation });
      changed(conversation);
    } catch (thrown) {
      failed(thrown);
    }
  }

  function failed(thrown: unknown): void {
    if (closed) return;
    if (!(thrown instanceof ApiError)) throw thrown;
    if (thrown.code === "CONVERSATION_NOT_FOUND") gone();
    // Without a network, or a session, the link or the sign-in says it, and the next attempt repairs it.
    else if (thrown.code !== "NETWORK" && thrown.code !== "AUTHENTICATION_ERROR")
      apply({ type: "problem", problem: sentenceOf(thrown) });
  }

  function gone(): void {
    connection.close();
    apply({ type: "gone" });
  }

  function follow({ turn_id, seen, stopping }: LiveAnswer): void {
    if (followed.has(turn_id)) return;
    const after = seen === null ? null : formatPosition(seen);
    if (!connection.send({ type: "resume", turn_id, after })) return;
    followed.add(turn_id);
    if (stopping) connection.send({ type: "cancel", turn_id });
  }

  function send({ key, text }: Unsent): void {
    connection.send({
      type: "send",
      message: text,
      metadata: { [SENT_AS]: key },
      idempotency_key: key,
    });
  }

  return {
    say(text) {
      const message = unsent(text);
      apply({ type: "said", unsent: message });
      send(message); // where no socket is open, the next one sends it
    },
    retry(key) {
      const message = state.unsent.find((it) => it.key === key);
      if (message === undefined) return;
      apply({ type: "refused", key, failure: null });
      send(message);
    },
    withdraw(key) {
      apply({ type: "withdrawn", key });
    },
    stop() {
      apply({ type: "stopping" });
      for (const { turn_id } of Object.values(state.live))
        connection.send({ type: "cancel", turn_id });
    },
    async earlier() {
      const until = state.first;
      const from = Math.max(0, until - PAGE);
      try {
        const messages = await readMessages(id, from, until);
        if (!closed && state.first === until) apply({ type: "earlier", messages, first: from });
      } catch (thrown) {
        if (!closed) apply({ type: "problem", problem: sentenceOf(thrown) });
      }
    },
    dismissProblem() {
      apply({ type: "problem", problem: null });
    },
    close() {
      closed = true;
      connection.close();
      if (frame !== null) cancelAnimationFrame(frame);
    },
  };
}
