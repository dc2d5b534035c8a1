// HTML as it comes, in pieces, cut into its tags and the text between them (WHATWG HTML, 13.2.5, as far as
// text needs it). Keeps no tree and no depth. HTMLRewriter would do it, too, but takes 85 µs for every tag and
// text it reports, allows 16,384 open elements and tags of 3 MB: see docs/documents-formats.md.
import { decodeNamedCharacterReference } from "decode-named-character-reference";

export type HtmlToken =
  | { type: "text"; text: string }
  /** @param attributes as they stand in the tag, for `attribute` to read */
  | { type: "open"; name: string; attributes: string }
  | { type: "close"; name: string };

/** What is in these is text up to their end, whatever it looks like; only titles and text areas have entities. */
const RAW = new Set([
  "script",
  "style",
  "xmp",
  "iframe",
  "noembed",
  "noframes",
  "title",
  "textarea",
]);
/** UTF-16 units of the longest entity, with its ampersand and semicolon. */
const LONGEST_ENTITY = 40;

export class HtmlTokens {
  /** What was not yet whole. */
  #rest = "";
  /** The element whose raw text is read. */
  #raw: string | null = null;
  /** The mark that ends a comment that is read. */
  #until: string | null = null;

  *push(piece: string): Generator<HtmlToken> {
    const text = this.#rest === "" ? piece : this.#rest + piece;
    const at = yield* this.#read(text, false);
    this.#rest = text.slice(at);
  }

  /** There is no more: what was begun and not ended is text, or nothing. */
  *end(): Generator<HtmlToken> {
    const text = this.#rest;
    this.#rest = "";
    yield* this.#read(text, true);
  }

  /** Returns how far it came. */
  *#read(text: string, last: boolean): Generator<HtmlToken, number> {
    let at = 0;
    while (at < text.length) {
      let next: number;
      if (this.#until !== null) next = this.#skip(text, at, this.#until, last);
      else if (this.#raw !== null) next = yield* this.#rawText(text, at, this.#raw, last);
      else if (text[at] === "<") next = yield* this.#markup(text, at, last);
      else next = yield* this.#text(text, at, last);
      if (next === at) break;
      at = next;
    }
    return at;
  }

  *#text(text: string, at: number, last: boolean): Generator<HtmlToken, number> {
    const tag = text.indexOf("<", at);
    let end = tag < 0 ? text.length : tag;
    if (tag < 0 && !last) end = beforeEntity(text, at, end);
    if (end > at) yield { type: "text", text: resolved(text.slice(at, end)) };
    return end;
  }

  *#markup(text: string, at: number, last: boolean): Generator<HtmlToken, number> {
    if (!last && text.length - at < 4) return at;
    const after = text[at + 1] ?? "";
    if (after === "!" || after === "?") {
      const comment = text.startsWith("<!--", at);
      this.#until = comment ? "-->" : ">";
      // `<!-->` is a comment that is over.
      return comment ? at + 2 : at + 1;
    }
    const closes = after === "/";
    const nameAt = closes ? at + 2 : at + 1;
    if (!isLetter(text.charCodeAt(nameAt))) {
      if (closes && nameAt < text.length) {
        this.#until = ">";
        return nameAt;
      }
      yield { type: "text", text: "<" };
      return at + 1;
    }
    const end = tagEnd(text, nameAt);
    if (end < 0) return last ? text.length : at;
    const inside = text.slice(nameAt, end);
    const nameEnd = inside.search(/[\s/]/);
    const name = (nameEnd < 0 ? inside : inside.slice(0, nameEnd)).toLowerCase();
    if (closes) yield { type: "close", name };
    else {
      if (RAW.has(name)) this.#raw = name;
      yield { type: "open", name, attributes: nameEnd < 0 ? "" : inside.slice(nameEnd) };
    }
    return end + 1;
  }

  *#rawText(text: string, at: number, name: string, last: boolean): Generator<HtmlToken, number> {
    const ending = new RegExp(`</${name}(?=[\\s/>])`, "gi");
    ending.lastIndex = at;
    const found = ending.exec(text);
    const entities = name === "title" || name === "textarea";
    let end = found?.index ?? text.length;
    if (found === null && !last) {
      // Its end may be cut in two.
      end = Math.max(at, end - name.length - 3);
      if (entities) end = beforeEntity(text, at, end);
    }
    if (end > at) {
      const raw = text.slice(at, end);
      if (name !== "script" && name !== "style")
        yield { type: "text", text: entities ? resolved(raw) : raw };
    }
    if (found === null) return end;
    this.#raw = null;
    return end === at ? yield* this.#markup(text, at, last) : end;
  }

  #skip(text: string, at: number, until: string, last: boolean): number {
    const end = text.indexOf(until, at);
    if (end < 0) return last ? text.length : Math.max(at, text.length - until.length + 1);
    this.#until = null;
    return end + until.length;
  }
}

/** Before the entity that may be cut in two at `end`. */
function beforeEntity(text: string, at: number, end: number): number {
  const mark = text.lastIndexOf("&", end - 1);
  return mark >= at && end - mark < LONGEST_ENTITY ? mark : end;
}

/** The value of an attribute, or null; "" of one without a value. */
export function attribute(attributes: string, name: string): string | null {
  const found = new RegExp(
    `(?:^|[\\s"'/])${name}(?:\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>"']+))|(?=[\\s/=]|$))`,
    "i",
  ).exec(attributes);
  if (found === null) return null;
  return resolved(found[1] ?? found[2] ?? found[3] ?? "");
}

const isLetter = (code: number) => (code >= 65 && code <= 90) || (code >= 97 && code <= 122);

/** Where the tag ends, or -1, that has its name at `from`: a `>` in a quoted value does not end it. */
export function tagEnd(text: string, from: number): number {
  let valued = false;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x3e) return at;
    if (valued && (code === 0x22 || code === 0x27)) {
      at = text.indexOf(text[at] ?? "", at + 1);
      if (at < 0) return -1;
    }
    if (code !== 0x20 && (code < 0x09 || code > 0x0d)) valued = code === 0x3d;
  }
  return -1;
}

const ENTITY =
  /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z][a-z0-9]{1,31})(?=;)|(amp|lt|gt|quot|nbsp|copy|reg)(?![a-z0-9=]));?/gi;

/** With its entities as the characters that they stand for. */
export function resolved(text: string): string {
  if (!text.includes("&")) return text;
  return text.replaceAll(
    ENTITY,
    (whole, hex?: string, decimal?: string, named?: string, short?: string) => {
      const name = named ?? short?.toLowerCase();
      if (name !== undefined) return decodeNamedCharacterReference(name) || whole;
      return character(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
    },
  );
}

/** References from 128 to 159 mean windows-1252, as everywhere on the web. */
function character(code: number): string {
  if (code >= 0x80 && code <= 0x9f)
    return new TextDecoder("windows-1252").decode(new Uint8Array([code]));
  const valid = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return valid ? String.fromCodePoint(code) : "\ufffd";
}
