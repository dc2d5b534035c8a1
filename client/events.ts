// Events of turns: in which order they are, which are new, and what text they make.
import type { ClosingEvent, TurnEvent } from "./types.ts";

type Asked<Type extends TurnEvent["type"]> = Omit<Extract<TurnEvent, { type: Type }>, "message">;

/** As a stream over HTTP tells them: without the question, which whoever asked it knows. */
export type StreamEvent =
  | Exclude<TurnEvent, { type: "turn.queued" | "turn.started" }>
  | Asked<"turn.queued">
  | Asked<"turn.started">;

/** A place in a turn. */
export type Place = { epoch: number; seq: number };

/** As the server writes it: `<turn_id>:<epoch>.<seq>`. */
export const positionOf = (turn_id: string, { epoch, seq }: Place) => `${turn_id}:${epoch}.${seq}`;

/** Null for text that is no position. */
export function placeIn(position: string): (Place & { turn_id: string }) | null {
  const [, turn_id, epoch, seq] = /^(.+):(\d+)\.(\d+)$/.exec(position) ?? [];
  if (turn_id === undefined) return null;
  return { turn_id, epoch: Number(epoch), seq: Number(seq) };
}

/** `seq` 0 is the server's word that our place never was: everything is told again. */
export function isNew(seen: Place | null, event: Place): boolean {
  if (seen === null || event.seq === 0) return true;
  return event.epoch > seen.epoch || (event.epoch === seen.epoch && event.seq > seen.seq);
}

const CLOSING: ReadonlySet<string> = new Set(["turn.completed", "turn.failed", "turn.cancelled"]);

/** Exactly one of them ends a turn, with the message as it is stored. */
export const isClosing = (event: { type: string }): event is ClosingEvent =>
  CLOSING.has(event.type);

/** The text of an answer after an event. Offsets are UTF-16 units. */
export function textAfter(text: string, event: StreamEvent | TurnEvent): string {
  if (event.type === "text.delta") return text + event.text;
  return event.type === "text.rewound" ? text.slice(0, event.offset) : text;
}
