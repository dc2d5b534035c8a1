// Messages that the server has not confirmed yet, kept for this tab across reloads. Each has an
// idempotency key, so sending one again never says it twice.
import { newKey } from "../../client/http.ts";
import { readKept, writeKept } from "./kept.ts";

export type Unsent = {
  key: string;
  text: string;
  /** Why the server did not take it; null while it may still be on its way. */
  failure: string | null;
  /** The last message that its author saw; the same key must say the same every time. */
  expects?: string;
  /** The message of which it is another version. */
  instead?: { id: string };
};

const place = (conversation: string) => `outbox.${conversation}`;

export function unsent(text: string, where: Pick<Unsent, "expects" | "instead"> = {}): Unsent {
  return { key: newKey(), text, failure: null, ...where };
}

export const readOutbox = (conversation: string): Unsent[] =>
  readKept<Unsent[]>(place(conversation), []);

export const writeOutbox = (conversation: string, messages: readonly Unsent[]): void =>
  writeKept(place(conversation), messages.length === 0 ? null : messages);
