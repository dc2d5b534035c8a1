// Joins a continuation to the partial answer it goes on from. Models asked to continue often repeat
// the end of what they are given, or begin anew: an overlap is trimmed; who begins anew and says it
// otherwise starts afresh.

/** Text held back until the join can be judged, in UTF-16 units. */
const LOOKAHEAD = 160;
/** UTF-16 units: a beginning that is repeated this far is no accident. */
const CLEAR = 12;
/** An overlap shorter than this is an accident: "s" after "the oceans". From here on it is the last word again. */
const ACCIDENT = 4;
/** How much of the partial's beginning or end is looked for in the continuation. */
const EDGE = 24;

export type Join =
  /** `text` follows the partial. */
  | { type: "append"; text: string }
  /** What the continuation says replaces the partial. */
  | { type: "afresh"; text: string };

/** How `head`, the first of the continuation, joins `partial`. */
export function joinAt(partial: string, head: string): Join {
  // The same answer from its beginning, and past what there is: only the rest is new.
  const anew = head.trimStart();
  if (anew.startsWith(partial.trimStart()))
    return { type: "append", text: anew.slice(partial.trimStart().length) };
  const restart = partial.slice(0, EDGE);
  if (restart.length >= CLEAR && anew.startsWith(restart.trimStart()))
    return { type: "afresh", text: head };
  const tail = partial.slice(-EDGE);
  const repeated = tail.length >= CLEAR ? head.indexOf(tail) : -1;
  if (repeated >= 0) return { type: "append", text: head.slice(repeated + tail.length) };
  const overlap = overlapOf(partial, head);
  return { type: "append", text: overlap >= ACCIDENT ? head.slice(overlap) : head };
}

/** Holds text back until {@link joinAt} can judge it; then lets everything through. */
export class Joiner {
  #held = "";
  #partial: string | undefined;

  constructor(partial: string) {
    this.#partial = partial;
  }

  /** The join, `first`; afterwards plain appends. Null while it waits for more. */
  push(text: string): (Join & { first: boolean }) | null {
    if (this.#partial === undefined) return { type: "append", text, first: false };
    this.#held += text;
    return this.#held.length < LOOKAHEAD ? null : this.end();
  }

  /** Judges what is held, however short it is. */
  end(): (Join & { first: boolean }) | null {
    if (this.#partial === undefined) return null;
    const join = joinAt(this.#partial, this.#held);
    this.#partial = undefined;
    this.#held = "";
    return { ...join, first: true };
  }
}

/** The longest end of `left` that `right` begins with. */
function overlapOf(left: string, right: string): number {
  for (let length = Math.min(left.length, right.length); length > 0; length--)
    if (left.endsWith(right.slice(0, length))) return length;
  return 0;
}
