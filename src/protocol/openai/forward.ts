// An answer for readers who only ever read on: OpenAI's streams have no word for `text.rewound`. What may
// yet be taken back is held, and what was sent and is taken back all the same is an error, never a
// text that nobody stored.

/** A citation that is checked when the answer is whole (src/rag/cite.ts) may begin so. */
const MAY_CITE = /^\s*(?:$|[\^\d]|s|d)/i;
/** One that is left as it is, if its numbers are those of sources. */
const CITES = /^\s*(?:(?:sources?|docs?|documents?)\s*:?\s*)?(\d{1,3}(?:\s*,\s*\d{1,3})*)\s*$/i;
const NAMES = /^\s*(?:sources?|docs?|documents?|\^?\d)/i;

export class ForwardText {
  #text = "";
  /** The end of the text, as far as it is not sent. */
  #held = "";
  /** What was sent, where some of it was taken back: it goes on when the text has come as far again. */
  #sent: string | null = null;
  #sources: ReadonlySet<number> | null = null;
  /** Whether something was sent that the answer does not have: nothing more is. */
  broken = false;

  /** From here on what does not cite one of these is held back. */
  cites(numbers: readonly number[]): void {
    this.#sources = new Set(numbers);
  }

  /** @returns what is to be sent now */
  append(text: string): string {
    if (this.broken) return "";
    this.#text += text;
    let fresh = text;
    if (this.#sent !== null) {
      const sent = this.#sent;
      const again = this.#text.slice(0, sent.length);
      this.broken = !sent.startsWith(again);
      if (this.broken || this.#text.length < sent.length) return "";
      fresh = this.#text.slice(sent.length);
      this.#sent = null;
    }
    if (this.#sources === null) return fresh;
    this.#held += fresh;
    const safe = safeLength(this.#held, this.#sources);
    const told = this.#held.slice(0, safe);
    this.#held = this.#held.slice(safe);
    return told;
  }

  rewind(offset: number): void {
    const sent = this.#sent?.length ?? this.#text.length - this.#held.length;
    if (offset < sent) {
      this.#sent ??= this.#text.slice(0, sent);
      this.#held = "";
    } else this.#held = this.#held.slice(0, offset - sent);
    this.#text = this.#text.slice(0, offset);
  }

  /**
   * @param whole the text as it is stored
   * @returns what of it was not sent
   */
  end(whole: string): string {
    const sent = this.#sent ?? this.#text.slice(0, this.#text.length - this.#held.length);
    this.broken ||= !whole.startsWith(sent);
    return this.broken ? "" : whole.slice(sent.length);
  }
}

/** UTF-16 units that no check of citations will change. */
function safeLength(text: string, sources: ReadonlySet<number>): number {
  for (let from = 0; ;) {
    const open = indexOfBracket(text, from);
    if (open < 0) return text.trimEnd().length; // what stands before a citation that goes, goes too
    const close = text.slice(open + 1).search(/[\]】]/);
    const inside = close < 0 ? text.slice(open + 1) : text.slice(open + 1, open + 1 + close);
    const mayCite = close < 0 ? MAY_CITE.test(inside) : NAMES.test(inside);
    if (mayCite && !(close >= 0 && citesOnly(inside, sources)))
      return text.slice(0, open).trimEnd().length;
    from = open + 1;
  }
}

function indexOfBracket(text: string, from: number): number {
  const at = text.slice(from).search(/[[【]/);
  return at < 0 ? -1 : from + at;
}

function citesOnly(inside: string, sources: ReadonlySet<number>): boolean {
  const numbers = CITES.exec(inside)?.[1]?.split(",") ?? [];
  return numbers.length > 0 && numbers.every((number) => sources.has(Number(number)));
}
