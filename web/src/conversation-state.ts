// What the page knows of one conversation, and how each thing it hears changes that. Pure: the same
// events in the same order give the same thread, and an event heard twice counts once.
import type { ConversationDetail } from "../../src/protocol/conversation.ts";
import { isClosing, type Position, type TurnEvent } from "../../src/protocol/events.ts";
import type { Message } from "../../src/protocol/message.ts";
import { applyEvent, emptyTranscript, type Transcript } from "../../src/protocol/transcript.ts";
import type { Unsent } from "./outbox.ts";

/** An answer that has not ended. */
export type LiveAnswer = {
  turn_id: string;
  started: boolean;
  /** The last event that was folded in; null where only the messages' list told of it. */
  seen: Position | null;
  transcript: Transcript;
  /** What the list had of it: shown until the events have caught up. */
  preview: string;
  stopping: boolean;
};

export type ConversationState = {
  phase: "loading" | "ready" | "gone";
  conversation: ConversationDetail | null;
  /** Ended messages, oldest first, without a gap; the first one's index in the conversation. */
  messages: readonly Message[];
  first: number;
  live: Readonly<Record<string, LiveAnswer>>;
  unsent: readonly Unsent[];
  link: "connecting" | "open" | "waiting";
  problem: string | null;
};

export type Change =
  | { type: "loaded"; messages: readonly Message[]; first: number }
  | { type: "earlier"; messages: readonly Message[]; first: number }
  | { type: "conversation"; conversation: ConversationDetail }
  | { type: "event"; event: TurnEvent }
  | { type: "stopping" }
  | { type: "said"; unsent: Unsent }
  | { type: "refused"; key: string; failure: string | null }
  | { type: "withdrawn"; key: string }
  | { type: "link"; link: ConversationState["link"] }
  | { type: "problem"; problem: string | null }
  | { type: "gone" };

export const unread = (waiting: readonly Unsent[]): ConversationState => ({
  phase: "loading",
  conversation: null,
  messages: [],
  first: 0,
  live: {},
  unsent: waiting,
  link: "connecting",
  problem: null,
});

/** The metadata of a sent message that names its entry in the outbox. */
export const SENT_AS = "sent_as";

export function reduce(state: ConversationState, change: Change): ConversationState {
  switch (change.type) {
    case "loaded":
      return loaded(state, change.messages, change.first);
    case "earlier":
      return { ...state, messages: merged(change.messages, state.messages), first: change.first };
    case "conversation":
      return { ...state, conversation: change.conversation };
    case "event":
      return heard(state, change.event);
    case "stopping":
      return { ...state, live: mapped(state.live, (answer) => ({ ...answer, stopping: true })) };
    case "said":
      return { ...state, unsent: [...state.unsent, change.unsent], problem: null };
    case "refused":
      return {
        ...state,
        unsent: state.unsent.map((it) =>
          it.key === change.key ? { ...it, failure: change.failure } : it,
        ),
      };
    case "withdrawn":
      return { ...state, unsent: state.unsent.filter(({ key }) => key !== change.key) };
    case "link":
      return { ...state, link: change.link };
    case "problem":
      return { ...state, problem: change.problem };
    case "gone":
      return { ...state, phase: "gone", live: {}, unsent: [] };
  }
}

/** The end of the conversation, as the server has it now. */
function loaded(
  state: ConversationState,
  rows: readonly Message[],
  first: number,
): ConversationState {
  const ended = rows.filter(({ status }) => status !== "running");
  const adjoins = state.phase === "ready" && first <= state.first + state.messages.length;
  const last = ended.at(-1)?.seq ?? 0;
  const kept = adjoins ? state.messages : state.messages.filter(({ seq }) => seq > last);
  const messages = merged(kept, ended);
  const live: Record<string, LiveAnswer> = {};
  for (const { role, turn_id } of messages) {
    if (role === "assistant") delete live[turn_id];
    else live[turn_id] = state.live[turn_id] ?? unseen(turn_id, rows);
  }
  return {
    ...state,
    phase: "ready",
    messages,
    first: adjoins ? Math.min(state.first, first) : first,
    live,
    unsent: withoutSent(state.unsent, messages),
    problem: null,
  };
}

/** A question without an answer: its turn runs, or waits to. */
function unseen(turn_id: string, rows: readonly Message[]): LiveAnswer {
  const row = rows.find((it) => it.turn_id === turn_id && it.status === "running");
  const preview = row?.content ?? "";
  return {
    turn_id,
    started: row !== undefined,
    seen: null,
    transcript: emptyTranscript(),
    preview,
    stopping: false,
  };
}

function heard(state: ConversationState, event: TurnEvent): ConversationState {
  const known = state.live[event.turn_id];
  if (isClosing(event)) {
    const { [event.turn_id]: _ended, ...live } = state.live;
    return { ...state, live, messages: merged(state.messages, [event.message]) };
  }
  if (known === undefined && isAnswered(state, event.turn_id)) return state;
  if (!isNew(known?.seen ?? null, event)) return state;

  const before = known ?? unseen(event.turn_id, []);
  const { transcript: past } = before;
  const transcript = event.seq <= 1 ? emptyTranscript() : { ...past, notices: [...past.notices] };
  applyEvent(transcript, event);
  const { turn_id, epoch, seq } = event;
  const started = before.started || event.type !== "turn.queued";
  const live = {
    ...state.live,
    [turn_id]: { ...before, started, transcript, seen: { turn_id, epoch, seq } },
  };
  if ((event.type !== "turn.started" && event.type !== "turn.queued") || event.message === null)
    return { ...state, live };
  const asked = [event.message];
  return {
    ...state,
    live,
    messages: merged(state.messages, asked),
    unsent: withoutSent(state.unsent, asked),
  };
}

const isAnswered = ({ messages }: ConversationState, turn_id: string) =>
  messages.some((message) => message.turn_id === turn_id && message.role === "assistant");

/** `seq` 0 is the server's word that our place never was: everything is told again. */
function isNew(seen: Position | null, event: TurnEvent): boolean {
  if (seen === null || event.seq === 0) return true;
  return event.epoch > seen.epoch || (event.epoch === seen.epoch && event.seq > seen.seq);
}

/** Both lists in the conversation's order; what `newer` says of a message counts. */
function merged(older: readonly Message[], newer: readonly Message[]): Message[] {
  const byId = new Map([...older, ...newer].map((message) => [message.id, message]));
  return [...byId.values()].toSorted((a, b) => a.seq - b.seq);
}

function withoutSent(waiting: readonly Unsent[], messages: readonly Message[]): readonly Unsent[] {
  if (waiting.length === 0) return waiting;
  const sent = new Set(messages.map(({ metadata }) => metadata[SENT_AS]));
  return waiting.filter(({ key }) => !sent.has(key));
}

export type Entry =
  | { kind: "question"; key: string; message: Message }
  | { kind: "answer"; key: string; answer: Message | LiveAnswer }
  | { kind: "unsent"; key: string; unsent: Unsent };

/** The thread from top to bottom. A key stays with its entry from sending to ending. */
export function entriesOf({ messages, live, unsent }: ConversationState): Entry[] {
  const entries = messages.flatMap((message): Entry[] => {
    const { turn_id, role, metadata, id } = message;
    if (role === "assistant") return [{ kind: "answer", key: turn_id, answer: message }];
    const sentAs = metadata[SENT_AS];
    const question: Entry = {
      kind: "question",
      key: typeof sentAs === "string" ? sentAs : id,
      message,
    };
    const running = live[turn_id];
    return running === undefined
      ? [question]
      : [question, { kind: "answer", key: turn_id, answer: running }];
  });
  return [...entries, ...unsent.map((it): Entry => ({ kind: "unsent", key: it.key, unsent: it }))];
}

function mapped<T>(
  record: Readonly<Record<string, T>>,
  change: (value: T) => T,
): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
