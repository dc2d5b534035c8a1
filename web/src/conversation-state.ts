// What the page knows of one conversation, and how each thing it hears changes that. Pure: the same
// events in the same order give the same thread, and an event heard twice counts once.
import { isNew } from "../../client/events.ts";
import type { ConversationDetail } from "../../src/protocol/conversation.ts";
import { isClosing, type Position, type TurnEvent } from "../../src/protocol/events.ts";
import type { Source } from "../../src/protocol/knowledge.ts";
import type { Message } from "../../src/protocol/message.ts";
import { applyEvent, emptyTranscript, type Transcript } from "../../src/protocol/transcript.ts";
import type { Unsent } from "./outbox.ts";
import { answeredOn, answerTo, askedOn, before, byAge, isShownBelow, type Path } from "./path.ts";

/** An answer that has not ended. */
export type LiveAnswer = {
  turn_id: string;
  question_id: string;
  /** The id that it will have; null while it waits for its turn. */
  message_id: string | null;
  /** What else was answered to the same question, as far as that is known. */
  sibling_ids: readonly string[];
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
  /** Ended messages of the branch that is shown, oldest first; the first one's place in it. */
  messages: Path;
  first: number;
  /** By turn, on whatever branch. */
  live: Readonly<Record<string, LiveAnswer>>;
  /** What documents were heard to say, by turn: messages keep only what was quoted of it. */
  sources: Readonly<Record<string, readonly Source[]>>;
  unsent: readonly Unsent[];
  link: "connecting" | "open" | "waiting";
  problem: string | null;
  /** How many changes to the branch that were asked for here are under way. */
  moving: number;
  /** Whether the branch that is shown was changed by somebody else since the reader last looked. */
  elsewhere: boolean;
};

/** The end of the branch that is shown, as the server has it. */
export type End = { conversation: ConversationDetail; messages: Path; first: number };

export type Change =
  | ({ type: "loaded" } & End)
  | { type: "earlier"; messages: Path; first: number }
  | { type: "conversation"; conversation: ConversationDetail }
  | { type: "event"; event: TurnEvent }
  | { type: "message"; message: Message }
  | { type: "stopping" }
  | { type: "said"; unsent: Unsent }
  | { type: "refused"; key: string; failure: string | null }
  | { type: "withdrawn"; key: string }
  | { type: "moving"; by: 1 | -1 }
  | { type: "looked" }
  | { type: "link"; link: ConversationState["link"] }
  | { type: "problem"; problem: string | null }
  | { type: "gone" };

export const unread = (waiting: readonly Unsent[]): ConversationState => ({
  phase: "loading",
  conversation: null,
  messages: [],
  first: 0,
  live: {},
  sources: {},
  unsent: waiting,
  link: "connecting",
  problem: null,
  moving: 0,
  elsewhere: false,
});

/** The metadata of a sent message that names its entry in the outbox. */
export const SENT_AS = "sent_as";

export function reduce(state: ConversationState, change: Change): ConversationState {
  switch (change.type) {
    case "loaded":
      return watched(state, loaded(state, change));
    case "earlier":
      return { ...state, messages: [...change.messages, ...state.messages], first: change.first };
    case "conversation":
      return { ...state, conversation: newer(state.conversation, change.conversation) };
    case "event":
      return watched(state, heard(state, change.event));
    case "message": {
      const at = state.messages.findIndex(({ id }) => id === change.message.id);
      const { sibling_ids } = state.messages[at] ?? change.message;
      const message = { ...change.message, sibling_ids };
      return at < 0 ? state : { ...state, messages: state.messages.with(at, message) };
    }
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
    case "moving":
      return { ...state, moving: state.moving + change.by };
    case "looked":
      return state.elsewhere ? { ...state, elsewhere: false } : state;
    case "link":
      return { ...state, link: change.link };
    case "problem":
      return { ...state, problem: change.problem };
    case "gone":
      return { ...state, phase: "gone", live: {} }; // what was not sent stays in sight
  }
}

function loaded(state: ConversationState, { conversation, messages, first }: End) {
  const running = conversation.running_turn_id;
  const ended = messages.filter(({ status }) => status !== "running");
  const kept = before(state.messages, messages);
  const path = [...kept, ...ended];
  const closed = new Set(path.map(({ role, turn_id }) => (role === "assistant" ? turn_id : "")));
  /** Turns are numbered: what comes after the one that runs waits for it. */
  const isOpen = (turn_id: string) =>
    running !== null && turn_id >= running && !closed.has(turn_id);
  const live = Object.fromEntries(
    Object.entries(state.live).filter(([turn_id]) => isOpen(turn_id)),
  );
  for (const message of messages) {
    const { turn_id, id, role, status, parent_id, content, sibling_ids } = message;
    if (status === "running" && parent_id !== null)
      live[turn_id] ??= {
        ...unseen(turn_id, parent_id),
        message_id: id,
        sibling_ids,
        started: true,
        preview: content,
      };
    else if (role === "user" && turn_id !== running && isOpen(turn_id))
      live[turn_id] ??= unseen(turn_id, id);
  }
  return {
    ...state,
    phase: "ready" as const,
    conversation: newer(state.conversation, conversation),
    messages: path,
    first: kept.length > 0 ? state.first : first,
    live,
    unsent: withoutSent(state.unsent, path),
    problem: null,
  };
}

function unseen(turn_id: string, question_id: string): LiveAnswer {
  return {
    turn_id,
    question_id,
    message_id: null,
    sibling_ids: [],
    started: false,
    seen: null,
    transcript: emptyTranscript(),
    preview: "",
    stopping: false,
  };
}

function heard(state: ConversationState, event: TurnEvent): ConversationState {
  const known = state.live[event.turn_id];
  if (isClosing(event)) {
    const { [event.turn_id]: _ended, ...live } = state.live;
    const messages = answeredOn(state.messages, event.message, known?.sibling_ids ?? []);
    const { conversation } = state;
    const ran = conversation?.running_turn_id === event.turn_id;
    return {
      ...state,
      live,
      messages,
      conversation: ran ? { ...conversation, running_turn_id: null } : conversation,
    };
  }
  const begins = event.type === "turn.started" || event.type === "turn.queued";
  const question = begins ? event.message : null;
  if (known === undefined && (question === null || isAnswered(state, event.turn_id))) return state;
  if (!isNew(known?.seen ?? null, event)) return state;

  const replaced =
    question === null ? undefined : answerTo(state.messages, known?.question_id ?? question.id);
  const old = known ?? {
    ...unseen(event.turn_id, question?.id ?? ""),
    sibling_ids: replaced === undefined ? [] : [replaced.id, ...replaced.sibling_ids],
  };
  const transcript =
    event.seq <= 1
      ? emptyTranscript()
      : {
          ...old.transcript,
          notices: [...old.transcript.notices],
          tool_calls: [...old.transcript.tool_calls],
        };
  applyEvent(transcript, event);
  const { turn_id, epoch, seq } = event;
  const answer: LiveAnswer = {
    ...old,
    message_id: event.type === "turn.started" ? event.message_id : old.message_id,
    started: old.started || event.type !== "turn.queued",
    transcript,
    seen: { turn_id, epoch, seq },
  };
  const sources =
    event.type === "sources.found" ? { ...state.sources, [turn_id]: event.sources } : state.sources;
  const next = { ...state, sources, live: { ...state.live, [turn_id]: answer } };
  // Only what is heard of for the first time leads the branch: what is told again may be on another.
  return known === undefined && question !== null ? asked(next, question) : next;
}

function asked(state: ConversationState, question: Message): ConversationState {
  const { live, messages, first, unsent } = state;
  const writing = new Set(Object.values(live).map(({ message_id }) => message_id ?? ""));
  return {
    ...state,
    messages: askedOn(messages, question, first === 0, writing) ?? messages,
    unsent: withoutSent(unsent, [question]),
  };
}

const isAnswered = ({ messages }: ConversationState, turn_id: string) =>
  messages.some((message) => message.turn_id === turn_id && message.role === "assistant");

/** Notes where somebody else changed the branch that is shown. */
function watched(was: ConversationState, is: ConversationState): ConversationState {
  if (was.phase !== "ready" || was.moving > 0 || leafOf(was) === leafOf(is)) return is;
  const own = was.unsent.some(({ key }) => is.unsent.every((it) => it.key !== key));
  return own ? is : { ...is, elsewhere: true };
}

/** The last message on the branch that is shown, one that is being written included. */
export function leafOf({ messages, live }: ConversationState): string | null {
  const last = messages.at(-1)?.id ?? null;
  if (last === null) return null;
  const writing = Object.values(live).flatMap(({ question_id, message_id }) =>
    question_id === last && message_id !== null ? [message_id] : [],
  );
  return writing.toSorted(byAge).at(-1) ?? last;
}

/** The answers that are being written on the branch that is shown. */
export function shownLive({ messages, live }: ConversationState): LiveAnswer[] {
  const shown = new Map<string, LiveAnswer>();
  for (const answer of Object.values(live)) {
    const { question_id, message_id, turn_id } = answer;
    const other = shown.get(question_id);
    if (!isShownBelow(messages, question_id, message_id)) continue;
    if (other === undefined || other.turn_id < turn_id) shown.set(question_id, answer);
  }
  return [...shown.values()];
}

/** What is known by now: changes are told in order, answers to what was asked are not. */
function newer(known: ConversationDetail | null, told: ConversationDetail): ConversationDetail {
  return known !== null && known.version > told.version ? known : told;
}

function withoutSent(waiting: readonly Unsent[], messages: Path): readonly Unsent[] {
  if (waiting.length === 0) return waiting;
  const sent = new Set(messages.map(({ metadata }) => metadata[SENT_AS]));
  return waiting.filter(({ key }) => !sent.has(key));
}

function mapped<T>(
  record: Readonly<Record<string, T>>,
  change: (value: T) => T,
): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
