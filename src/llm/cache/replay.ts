// A kept text told again as a stream, in pieces that viewers can follow.

/** UTF-16 units of a piece; the last may be shorter. */
const SHORTEST = 40;
const LONGEST = 80;

/** Cuts after a space where there is one, and never within a character. Joined they are the text. */
export function* replay(text: string): Generator<string> {
  for (let from = 0; from < text.length;) {
    const to = cutAfter(text, from);
    yield text.slice(from, to);
    from = to;
  }
}

function cutAfter(text: string, from: number): number {
  if (text.length - from <= LONGEST) return text.length;
  for (let at = from + LONGEST; at > from + SHORTEST; at--)
    if (/\s/.test(text.charAt(at - 1)) && !/\s/.test(text.charAt(at))) return at;
  const at = from + LONGEST;
  const splits = (text.codePointAt(at - 1) ?? 0) > 0xffff;
  return splits ? at - 1 : at;
}
