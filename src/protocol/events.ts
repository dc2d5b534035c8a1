// TurnEvent: the one vocabulary between a turn and whoever watches it. Numbered from 1 within a
// turn, append-only; exactly one of the three closing types ends a turn. A reader ignores types it
// does not know.
import type { ErrorBody } from "../errors.ts";
import type { Source } from "./knowledge.ts";
import type { Message, Notice } from "./message.ts";
import type { ToolCall } from "./tool.ts";

/** What happened, before it has a number. */
export type TurnEventBody =
  | { type: "turn.queued"; conversation_id: string; message: Message }
  | {
      type: "turn.started";
      conversation_id: string | null;
      /** The id that the answer will have. */
      message_id: string;
      /** The user's message; null where nothing is stored. */
      message: Message | null;
    }
  | { type: "reasoning.delta"; text: string }
  /** `index` counts the text deltas of a turn from 0 and never falls, rewinds or not. */
  | { type: "text.delta"; index: number; text: string }
  /** What follows replaces the text from `offset` (UTF-16 units) on. */
  | { type: "text.rewound"; offset: number }
  /** What documents say of the question, numbered as the answer cites it. */
  | { type: "sources.found"; sources: Source[] }
  /** The model wants a tool to be run, by whoever offered it. */
  | { type: "tool.called"; call: ToolCall }
  | { type: "notice"; notice: Notice }
  | ClosingBody;

export type ClosingBody =
  | { type: "turn.completed"; message: Message }
  | { type: "turn.failed"; error: ErrorBody; message: Message }
  | { type: "turn.cancelled"; message: Message };

/** `epoch` starts at 1 and rises when a turn is recovered; `seq` counts on through epochs. */
export type TurnEvent = TurnEventBody & { turn_id: string; epoch: number; seq: number };
export type ClosingEvent = ClosingBody & { turn_id: string; epoch: number; seq: number };

export function isClosing(event: TurnEvent): event is ClosingEvent {
  return (
    event.type === "turn.completed" ||
    event.type === "turn.failed" ||
    event.type === "turn.cancelled"
  );
}

/** A place in a turn's events. Written `<turn_id>:<epoch>.<seq>`. */
export type Position = { turn_id: string; epoch: number; seq: number };

export function formatPosition(at: Position): string {
  return `${at.turn_id}:${at.epoch}.${at.seq}`;
}

/** Null for text that is no position. */
export function parsePosition(text: string): Position | null {
  const match = /^(turn_[0-9a-z]+):(\d{1,6})\.(\d{1,9})$/.exec(text);
  if (match?.[1] === undefined) return null;
  return { turn_id: match[1], epoch: Number(match[2]), seq: Number(match[3]) };
}
