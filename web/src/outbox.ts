// Messages that the server has not confirmed yet, kept for this tab across reloads. Each has an
// idempotency key, so sending one again never says it twice.

export type Unsent = {
  key: string;
  text: string;
  /** Why the server did not take it; null while it may still be on its way. */
  failure: string | null;
};

const PREFIX = "edgewise.outbox.";
const place = (conversation: string) => PREFIX + conversation;

export function unsent(text: string): Unsent {
  // Not randomUUID: that is missing where the page is served over plain http to another machine.
  const key = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) =>
    byte.toString(16).padStart(2, "0"),
  );
  return { key: key.join(""), text, failure: null };
}

export function readOutbox(conversation: string): Unsent[] {
  try {
    const kept: Unsent[] = JSON.parse(sessionStorage.getItem(place(conversation)) ?? "[]");
    return kept;
  } catch {
    return [];
  }
}

export function writeOutbox(conversation: string, messages: readonly Unsent[]): void {
  try {
    if (messages.length === 0) sessionStorage.removeItem(place(conversation));
    else sessionStorage.setItem(place(conversation), JSON.stringify(messages));
  } catch {
    // Storage is full or forbidden: the messages live as long as the page.
  }
}

/** Whoever wrote them has left. */
export function emptyOutboxes(): void {
  try {
    for (const key of Object.keys(sessionStorage))
      if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
  } catch {
    // Storage is forbidden: there is nothing.
  }
}
