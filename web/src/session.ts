// One open conversation: reads its messages, keeps its socket, and after every drop says again what
// the server needs to hear: where to resume, what was not confirmed, what should stop. No React.
import { EdgewiseError, errorFrom } from "../../client/error.ts";
import { newKey } from "../../client/http.ts";
import type { ServerFrame } from "../../client/live.ts";
import type { ConversationDetail } from "../../src/protocol/conversation.ts";
import { formatPosition, isClosing, type TurnEvent } from "../../src/protocol/events.ts";
import type { Feedback } from "../../src/protocol/message.ts";
import * as api from "./api.ts";
import { connectTo } from "./connection.ts";
import {
  type Change,
  type ConversationState,
  leafOf,
  type LiveAnswer,
  reduce,
  SENT_AS,
  unread,
} from "./conversation-state.ts";
import { sentenceOf } from "./http.ts";
import { readOutbox, type Unsent, unsent, writeOutbox } from "./outbox.ts";
import { readEarlier, readEnd } from "./reading.ts";
import { edgewise } from "./request.ts";

/** Milliseconds until what did not reach the server is sent again. */
const AGAIN = 3000;

export type Session = {
  /** @param instead the message of which this is another version */
  say: (text: string, instead?: { id: string }) => void;
  /** Sends a refused message again. */
  retry: (key: string) => void;
  /** Takes a refused message back. */
  withdraw: (key: string) => void;
  stop: () => void;
  /** Has a question, or that of an answer, answered again. */
  regenerate: (message: string) => Promise<void>;
  /** Shows the branch that a message lies on. */
  activate: (message: string) => Promise<void>;
  erase: (message: string) => Promise<void>;
  rate: (message: string, feedback: Feedback | null) => Promise<void>;
  /** Takes in what is newly known of the conversation. */
  take: (conversation: ConversationDetail) => void;
  earlier: () => Promise<void>;
  /** Sees to it that a message is among those that are shown; false where it is not there. */
  reveal: (message: string) => Promise<boolean>;
  /** The reader has seen how things stand. */
  looked: () => void;
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
  /** What goes out over HTTP, by its key. */
  const sending = new Set<string>();
  /** The reading that is under way; whether it is out of date by now. */
  let reading: Promise<void> | null = null;
  let stale = false;

  const named = (message: string) => ({ conversation_id: id, id: message });

  function apply(change: Change): void {
    const before = state;
    state = reduce(state, change);
    if (state.unsent !== before.unsent) writeOutbox(id, state.unsent);
    frame ??= requestAnimationFrame(() => {
      frame = null;
      show(state);
    });
  }

  const connection = connectTo(id, {
    opened() {
      opened = true;
      followed = new Set();
      apply({ type: "link", link: "open" });
      for (const answer of Object.values(state.live)) if (answer.seen !== null) follow(answer);
      for (const message of state.unsent) if (message.failure === null) send(message);
      void sync(); // shows its own failure
    },
    received,
    down() {
      const wasOpen = opened;
      opened = false;
      apply({ type: "link", link: "waiting" });
      // A socket that does not open says nothing of why; a read does. One that was open may have
      // been closed because the conversation is gone: the next attempt will show.
      if (!wasOpen) void sync(); // shows its own failure
    },
  });

  function received(told: ServerFrame): void {
    switch (told.type) {
      case "pong":
      case "authenticated":
      case "send.accepted": // its own event tells
        return;
      case "conversation.updated":
        take(told.conversation);
        void sync(); // what of its messages changed, it does not say
        return;
      case "error":
        return refused(told);
      default:
        happened(told);
    }
  }

  function happened(event: TurnEvent): void {
    const known = event.turn_id in state.live;
    const before = state.messages;
    apply({ type: "event", event });
    if (isClosing(event)) {
      stale = true;
      // An event knows nothing of other branches.
      void (branches() ? sync() : refresh());
      return;
    }
    if (event.type !== "turn.started" && event.type !== "turn.queued") return;
    stale = true;
    const lost = !known && state.messages === before; // it is on a branch that is not shown here
    if (lost) void sync();
    else if ((state.conversation?.title ?? null) === null) void refresh();
  }

  const branches = () => state.messages.some(({ sibling_ids }) => sibling_ids.length > 0);

  function take(conversation: ConversationDetail): void {
    apply({ type: "conversation", conversation });
    if (state.conversation !== null) changed(state.conversation);
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
    if (key === undefined) apply({ type: "problem", problem: sentenceOf(errorFrom(error, null)) });
    else apply({ type: "refused", key, failure: sentenceOf(errorFrom(error, null)) });
  }

  /**
   * Reads the end of the conversation and follows what runs there. One reading at a time; settles when
   * what was asked for is there. Shows its own failure.
   */
  function sync(): Promise<void> {
    stale = true;
    if (closed) return Promise.resolve();
    reading ??= readAll().finally(() => (reading = null));
    return reading;
  }

  async function readAll(): Promise<void> {
    while (stale) {
      stale = false;
      try {
        const end = await readEnd(id);
        if (closed) return;
        if (stale && state.phase !== "loading") continue;
        apply({ type: "loaded", ...end });
        changed(state.conversation ?? end.conversation);
        for (const answer of Object.values(state.live)) if (answer.seen === null) follow(answer);
      } catch (thrown) {
        failed(thrown);
      }
    }
  }

  async function refresh(): Promise<void> {
    try {
      const conversation = await edgewise.conversations.get(id);
      if (!closed) take(conversation);
    } catch (thrown) {
      failed(thrown);
    }
  }

  function failed(thrown: unknown): void {
    if (closed) return;
    if (!(thrown instanceof EdgewiseError)) throw thrown;
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

  function send(message: Unsent): void {
    const { key, text, expects, instead } = message;
    const said = { message: text, metadata: { [SENT_AS]: key } };
    if (instead !== undefined) void sendInstead(message, instead.id, said);
    else
      connection.send({
        type: "send",
        ...said,
        ...(expects === undefined ? {} : { expected_leaf_id: expects }),
        idempotency_key: key,
      });
  }

  /** Tries until there is an answer: no socket needs to have dropped. Shows its own failure. */
  async function sendInstead(
    { key }: Unsent,
    message: string,
    said: Parameters<typeof api.sayInstead>[1],
  ): Promise<void> {
    if (sending.has(key)) return;
    sending.add(key);
    for (;;) {
      if (closed || state.unsent.every((it) => it.key !== key)) break;
      try {
        await api.sayInstead(named(message), said, key);
        await sync();
        // It is there, be it on a branch that somebody has left meanwhile.
        if (!closed) apply({ type: "withdrawn", key });
        break;
      } catch (thrown) {
        if (!(thrown instanceof EdgewiseError && thrown.code === "NETWORK")) {
          if (!closed) apply({ type: "refused", key, failure: sentenceOf(thrown) });
          break;
        }
        await new Promise((resolve) => setTimeout(resolve, AGAIN));
      }
    }
    sending.delete(key);
  }

  /** A change that somebody asked for here: what moves meanwhile, they moved. Shows its own failure. */
  async function act(work: () => Promise<unknown>): Promise<void> {
    apply({ type: "moving", by: 1 });
    try {
      await work();
      await sync();
    } catch (thrown) {
      if (!closed) apply({ type: "problem", problem: sentenceOf(thrown) });
    }
    apply({ type: "moving", by: -1 });
  }

  async function load(through: string | null): Promise<void> {
    const { messages, first } = state;
    const read = await readEarlier(id, messages, first, through);
    const same = state.messages[0]?.id === messages[0]?.id && state.first === first;
    if (!closed && same && read !== null) apply({ type: "earlier", ...read });
  }

  /** Whether a message is on the branch that is shown; then it is loaded. */
  async function find(message: string): Promise<boolean> {
    const there = () => state.messages.some((it) => it.id === message);
    if (!there() && state.first > 0 && (state.messages[0]?.id ?? "") > message) await load(message);
    return there();
  }

  return {
    say(text, instead) {
      const leaf = leafOf(state);
      const where = instead === undefined ? (leaf === null ? {} : { expects: leaf }) : { instead };
      const message = unsent(text, where);
      apply({ type: "looked" });
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
      const open = new Set(Object.keys(state.live));
      const running = state.conversation?.running_turn_id ?? null;
      if (running !== null) open.add(running); // it may be on a branch that is not shown
      for (const turn_id of open) connection.send({ type: "cancel", turn_id });
    },
    regenerate: (message) => act(() => api.regenerate(named(message), newKey())),
    activate: (message) => act(async () => take(await api.activate(named(message)))),
    erase: (message) => act(() => api.eraseMessage(named(message))),
    async rate(message, feedback) {
      try {
        apply({ type: "message", message: await api.rateMessage(named(message), feedback) });
      } catch (thrown) {
        if (!closed) apply({ type: "problem", problem: sentenceOf(thrown) });
      }
    },
    take,
    async earlier() {
      try {
        await load(null);
      } catch (thrown) {
        if (!closed) apply({ type: "problem", problem: sentenceOf(thrown) });
      }
    },
    async reveal(message) {
      if (state.phase === "loading") await sync();
      let found = false;
      try {
        found = await find(message);
      } catch (thrown) {
        failed(thrown);
      }
      if (found || closed) return found;
      await this.activate(message);
      return find(message);
    },
    looked: () => apply({ type: "looked" }),
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
