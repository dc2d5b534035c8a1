// The thread from top to bottom, as it is shown. A key is a place in the conversation: it stays from
// sending to ending, and while one chooses among the versions of what stands there.
import type { Message } from "../../src/protocol/message.ts";
import { type ConversationState, type LiveAnswer, shownLive } from "./conversation-state.ts";
import type { Unsent } from "./outbox.ts";

export type Entry =
  | { kind: "question"; key: string; message: Message; answered: boolean }
  | { kind: "answer"; key: string; answer: Message | LiveAnswer }
  | { kind: "unsent"; key: string; unsent: Unsent };

const BEGINNING = "beginning";

export function entriesOf(state: ConversationState): Entry[] {
  const running = new Map(shownLive(state).map((answer) => [answer.question_id, answer]));
  const entries: Entry[] = [];
  const { unsent } = state;
  let last = BEGINNING;
  for (const [at, message] of state.messages.entries()) {
    const { id, role, parent_id } = message;
    // What is being said in its stead stands in its place.
    const instead = unsent.find((it) => it.instead?.id === id);
    if (instead !== undefined) {
      entries.push({ kind: "unsent", key: placeAfter(parent_id), unsent: instead });
      return [...entries, ...unplaced(unsent, instead, null)];
    }
    const key = placeAfter(parent_id);
    const live = running.get(id);
    const next = state.messages[at + 1];
    const answered = live !== undefined || next?.parent_id === id;
    last = id;
    if (role === "user") entries.push({ kind: "question", key, message, answered });
    else entries.push({ kind: "answer", key, answer: message });
    if (live === undefined) continue;
    entries.push({ kind: "answer", key: placeAfter(id), answer: live });
    last = live.message_id ?? id;
  }
  return [...entries, ...unplaced(unsent, null, last)];
}

const placeAfter = (parent: string | null) => `after ${parent ?? BEGINNING}`;

/** What is on its way to the end: the first of it comes after `last`. */
function unplaced(unsent: readonly Unsent[], but: Unsent | null, last: string | null): Entry[] {
  let free = last;
  return unsent
    .filter((it) => it !== but)
    .map((it): Entry => {
      const key = free === null || it.failure !== null ? it.key : `after ${free}`;
      if (it.failure === null) free = null;
      return { kind: "unsent", key, unsent: it };
    });
}
