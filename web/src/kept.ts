// What this tab keeps, across reloads, of what somebody wrote and the server does not have yet: drafts,
// and messages that are not confirmed. It is nobody else's.

const PREFIX = "edgewise.";
/** The user who wrote it; absent where that was a visitor. */
const WRITER = `${PREFIX}writer`;

/** The caller knows what it wrote there. */
export function readKept<T>(place: string, otherwise: T): T {
  try {
    const kept: T | null = JSON.parse(sessionStorage.getItem(PREFIX + place) ?? "null");
    return kept ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** @param value null: there is nothing to keep any more */
export function writeKept(place: string, value: unknown): void {
  try {
    if (value === null) sessionStorage.removeItem(PREFIX + place);
    else sessionStorage.setItem(PREFIX + place, JSON.stringify(value));
  } catch {
    // Storage is full or forbidden: it lives as long as the page.
  }
}

/** Whoever wrote it has left. */
export function emptyKept(): void {
  try {
    for (const key of Object.keys(sessionStorage))
      if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
  } catch {
    // Storage is forbidden: there is nothing.
  }
}

/**
 * From now on this user (null: a visitor) writes here. What another user left is emptied, also where
 * they left in another tab; a visitor who signs in goes on with theirs.
 */
export function keepFor(user: string | null): void {
  try {
    const before = sessionStorage.getItem(WRITER);
    if (before !== null && before !== user) emptyKept();
    if (user !== null) sessionStorage.setItem(WRITER, user);
  } catch {
    // Storage is forbidden: there is nothing.
  }
}
