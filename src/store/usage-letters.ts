// Usage events that could be written nowhere else, kept in KV until they can: a letter each time.
/** What the keys of all letters begin with. */
export const LETTERS = "dead-letter:usage:";

/**
 * @param id no other letter's
 * @param body an event or several, or whatever came in their place
 */
export async function writeLetter(
  letters: Pick<KVNamespace, "put">,
  id: string,
  why: string,
  body: unknown,
): Promise<void> {
  await letters.put(`${LETTERS}${id}`, JSON.stringify({ why, body }));
}
