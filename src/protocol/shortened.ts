// Text that is cut where a reader would cut it.

/** `text` with at most `most` UTF-16 units, cut between characters as people see them. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  let end = 0;
  for (const { index } of new Intl.Segmenter().segment(text.slice(0, most + 1))) end = index;
  // One character may be longer than all that may stay.
  return text
    .slice(0, end === 0 ? most : end)
    .toWellFormed()
    .replace(/\uFFFD$/, "");
}

/** As storage and every wire format take it: no NUL, no half of a surrogate pair. */
export function sound(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\uFFFD");
}
