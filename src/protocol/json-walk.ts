// Reads JSON as it comes, in pieces, without ever holding all of it: walks into the few containers it is
// told to, and hands out everything else as whole values. Works on bytes: the marks of JSON are ASCII, so
// that a cut within a character is none. What is in a value is left to JSON.parse.

type Step = string | number;
export type Found =
  | { type: "opened" | "closed"; path: readonly Step[]; list: boolean }
  | { type: "value"; path: readonly Step[]; value: unknown }
  /** A value of more bytes than may be; what follows it is read all the same. */
  | { type: "oversized"; path: readonly Step[] };

/** What was read is no JSON; or it ended too soon. */
export class BrokenJson extends Error {
  override readonly name = "BrokenJson";
}

type Frame = { list: boolean; step: Step };
type Expected = "value" | "first" | "key" | "first key" | "colon" | "next" | "nothing";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const BRACKET = 0x5b;
const BRACKET_END = 0x5d;
const BRACE = 0x7b;
const BRACE_END = 0x7d;

const isSpace = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
const isEnd = (byte: number) =>
  byte === COMMA || byte === BRACKET_END || byte === BRACE_END || isSpace(byte);

export class JsonWalk {
  readonly #opens: (path: readonly Step[]) => boolean;
  readonly #largest: number;
  readonly #frames: Frame[] = [];
  #expected: Expected = "value";
  #bytes = 0;
  /** The value, or the key, that is being read: its pieces so far. */
  #pieces: Uint8Array[] | null = null;
  #size = 0;
  #kind: "string" | "container" | "word" = "word";
  #levels = 0;
  #inString = false;
  #escaped = false;

  /**
   * @param opens whether a list or object at this path is walked into
   * @param largest bytes that a value may have
   */
  constructor(opens: (path: readonly Step[]) => boolean, largest: number) {
    this.#opens = opens;
    this.#largest = largest;
  }

  /** Bytes that were read. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @throws BrokenJson */
  *push(bytes: Uint8Array): Generator<Found> {
    const before = this.#bytes;
    let at = before === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
    while (at < bytes.length) {
      if (this.#pieces !== null) {
        const from = at;
        at = this.#scan(bytes, at);
        this.#keep(bytes.subarray(from, at));
        this.#bytes = before + at;
        if (this.#levels === 0 && !this.#inString && this.#isWhole(bytes, at))
          yield* this.#finished();
        continue;
      }
      const byte = bytes[at] ?? 0;
      this.#bytes = before + at;
      if (isSpace(byte)) at++;
      else if (this.#begins(byte)) this.#begin(byte);
      else {
        yield* this.#mark(byte);
        at++;
      }
    }
    this.#bytes = before + bytes.length;
  }

  /** There is no more. @throws BrokenJson where there should be */
  *end(): Generator<Found> {
    if (this.#pieces !== null && this.#kind === "word") yield* this.#finished();
    if (this.#expected !== "nothing") throw this.#broken("ends too soon");
  }

  /** Whether a value or a key begins with this byte, which is not walked into. */
  #begins(byte: number): boolean {
    if (this.#expected === "key" || this.#expected === "first key") return byte === QUOTE;
    if (this.#expected !== "value" && this.#expected !== "first") return false;
    if (byte === BRACKET || byte === BRACE) return !this.#opens(this.#path());
    return byte !== BRACKET_END && byte !== BRACE_END && byte !== COMMA && byte !== COLON;
  }

  #begin(byte: number): void {
    this.#pieces = [];
    this.#size = 0;
    this.#levels = 0;
    this.#inString = false;
    this.#escaped = false;
    this.#kind =
      byte === QUOTE ? "string" : byte === BRACE || byte === BRACKET ? "container" : "word";
  }

  /** To the end of the value that is being read, or of `bytes`. */
  #scan(bytes: Uint8Array, from: number): number {
    let at = from;
    if (this.#kind === "word") {
      while (at < bytes.length && !isEnd(bytes[at] ?? 0)) at++;
      return at;
    }
    for (; at < bytes.length; at++) {
      const byte = bytes[at];
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) {
          this.#inString = false;
          if (this.#levels === 0) return at + 1;
        }
      } else if (byte === QUOTE) this.#inString = true;
      else if (byte === BRACE || byte === BRACKET) this.#levels++;
      else if (byte === BRACE_END || byte === BRACKET_END) {
        this.#levels--;
        if (this.#levels === 0) return at + 1;
      }
    }
    return at;
  }

  #isWhole(bytes: Uint8Array, at: number): boolean {
    return this.#kind === "word" ? at < bytes.length : this.#size > 0;
  }

  #keep(piece: Uint8Array): void {
    this.#size += piece.length;
    // Nothing is kept of what is too long, but its length.
    if (this.#size > this.#largest) this.#pieces = [];
    else this.#pieces?.push(piece);
  }

  *#finished(): Generator<Found> {
    const pieces = this.#pieces ?? [];
    this.#pieces = null;
    const oversized = this.#size > this.#largest;
    const frame = this.#frames.at(-1);
    if (this.#expected === "key" || this.#expected === "first key") {
      const key = oversized ? null : this.#parsed(pieces);
      if (typeof key !== "string" || frame === undefined) throw this.#broken("has a name too long");
      frame.step = key;
      this.#expected = "colon";
      return;
    }
    const path = this.#path();
    this.#expected = frame === undefined ? "nothing" : "next";
    if (oversized) yield { type: "oversized", path };
    else yield { type: "value", path, value: this.#parsed(pieces) };
  }

  #parsed(pieces: Uint8Array[]): unknown {
    const [first] = pieces;
    const bytes = pieces.length === 1 && first !== undefined ? first : joined(pieces, this.#size);
    try {
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      return JSON.parse(text);
    } catch {
      throw this.#broken("is not valid JSON");
    }
  }

  /** A mark between values. */
  *#mark(byte: number): Generator<Found> {
    const frame = this.#frames.at(-1);
    const expected = this.#expected;
    if ((byte === BRACKET || byte === BRACE) && (expected === "value" || expected === "first")) {
      const list = byte === BRACKET;
      yield { type: "opened", path: this.#path(), list };
      this.#frames.push({ list, step: list ? 0 : "" });
      this.#expected = list ? "first" : "first key";
    } else if (byte === COLON && expected === "colon") this.#expected = "value";
    else if (byte === COMMA && expected === "next" && frame !== undefined) {
      if (typeof frame.step === "number") frame.step++;
      this.#expected = frame.list ? "value" : "key";
    } else if (
      frame !== undefined &&
      byte === (frame.list ? BRACKET_END : BRACE_END) &&
      (expected === "next" || expected === (frame.list ? "first" : "first key"))
    ) {
      this.#frames.pop();
      this.#expected = this.#frames.length === 0 ? "nothing" : "next";
      yield { type: "closed", path: this.#path(), list: frame.list };
    } else throw this.#broken("is not valid JSON");
  }

  #path(): Step[] {
    return this.#frames.map(({ step }) => step);
  }

  #broken(how: string): BrokenJson {
    return new BrokenJson(`${how} (at byte ${this.#bytes})`);
  }
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
