// The main part of a DOCX (WordprocessingML, ECMA-376 part 1, 17.2) cut, as it comes, into documents that are small
// enough for a parser that builds trees: a megabyte of it becomes some fifty in memory.
import { LoadError } from "../blocks.ts";
import { shown } from "./collected.ts";
import { tagEnd } from "./html-tokens.ts";

/** UTF-16 units after which a piece ends, between paragraphs or between a table's rows. */
const PIECE = 400_000;
/** UTF-16 units of a paragraph or a row, which are never cut. */
const LARGEST = 2_000_000;

/** Elements that but hold paragraphs and tables: these stand at their places. */
const HOLDERS = new Set(
  "document body footnotes endnotes footnote endnote sdt sdtContent customXml ins moveTo".split(
    " ",
  ),
);
const LEFT_OUT = new Set("sdtPr sdtEndPr customXmlPr sectPr background docPartObj".split(" "));
/**
 * How things look; marks of spelling; references to notes and comments, which are read on their own or not at all;
 * and where links and pictures are, which mammoth would look for in a list of relations.
 */
const CLUTTER =
  /<\w+:(?:proofErr|lang|rFonts|sz|szCs|spacing|color|noProof|kern|b|i|u|bCs|iCs|jc|ind|shd|bookmarkStart|bookmarkEnd|lastRenderedPageBreak|tcW|trHeight|gridCol|footnoteReference|endnoteReference|commentReference|commentRangeStart|commentRangeEnd)\b[^<>]*\/>|\s\w+:(?:rsid\w*|paraId|textId|id|embed|link)="[^"]*"/g;

export class DocxPieces {
  /** What is not yet in a piece, and how far it was looked at. */
  #text = "";
  #at = 0;
  /** The root's prefix and attributes: they declare the namespaces. */
  #root: { prefix: string; attributes: string } | null = null;
  /** Levels within the paragraph or table that is read; 0 between them. */
  #depth = 0;
  /** Where in `#text` it begins; null where it is left out. */
  #from: number | null = null;
  #isTable = false;
  #ready: string[] = [];
  #size = 0;

  /** Whole documents, as soon as there is enough for one. @throws {LoadError} too_large */
  *push(text: string): Generator<string> {
    this.#text = this.#text.slice(this.#from ?? this.#at) + text;
    this.#at = this.#from === null ? 0 : this.#at - this.#from;
    if (this.#from !== null) this.#from = 0;
    for (;;) {
      const tag = this.#text.indexOf("<", this.#at);
      if (tag < 0) {
        if (this.#from === null) this.#at = this.#text.length;
        break;
      }
      const end = markupEnd(this.#text, tag);
      if (end < 0) break;
      this.#at = end;
      this.#markup(tag, end);
      if (this.#size > PIECE) yield this.#document();
    }
    if (this.#at - (this.#from ?? this.#at) > LARGEST || this.#text.length - this.#at > LARGEST)
      throw new LoadError("too_large", `a paragraph of more than ${shown(LARGEST)} characters`);
  }

  /** There is no more. @throws {LoadError} corrupt where it broke off */
  *end(): Generator<string> {
    if (this.#root === null || this.#depth > 0)
      throw new LoadError("corrupt", "its text breaks off");
    if (this.#size > 0) yield this.#document();
  }

  #markup(at: number, end: number): void {
    const next = this.#text[at + 1] ?? "";
    if (next === "!" || next === "?") return;
    const closes = next === "/";
    const inside = this.#text.slice(at + (closes ? 2 : 1), end - 1);
    const [, prefix = "", name = ""] = /^([^\s:/]+:)?([^\s/]+)/.exec(inside) ?? [];
    const whole = inside.endsWith("/");
    if (this.#depth > 0) {
      if (!whole) this.#depth += closes ? -1 : 1;
      if (this.#depth === 0) this.#take(end);
      else if (closes && name === "tr" && this.#depth === 1 && this.#isTable)
        this.#cutTable(prefix, end);
      return;
    }
    if (closes) return;
    if (this.#root === null) {
      const attributes = inside.slice(prefix.length + name.length);
      this.#root = { prefix, attributes: whole ? attributes.slice(0, -1) : attributes };
      return;
    }
    if (HOLDERS.has(name)) return;
    this.#from = LEFT_OUT.has(name) ? null : at;
    this.#isTable = name === "tbl";
    if (whole) this.#take(end);
    else this.#depth = 1;
  }

  #take(end: number): void {
    if (this.#from !== null) this.#keep(this.#text.slice(this.#from, end));
    this.#from = null;
  }

  /** A table that is long goes on as another. */
  #cutTable(prefix: string, end: number): void {
    if (this.#from === null || end - this.#from < PIECE) return;
    const table = `<${prefix}tbl>`;
    this.#keep(`${this.#text.slice(this.#from, end)}</${prefix}tbl>`);
    this.#text = table + this.#text.slice(end);
    this.#from = 0;
    this.#at = table.length;
  }

  #keep(element: string): void {
    const cleaned = element.replaceAll(CLUTTER, "");
    this.#ready.push(cleaned);
    this.#size += cleaned.length;
  }

  #document(): string {
    const { prefix, attributes } = this.#root ?? { prefix: "", attributes: "" };
    const body = this.#ready.join("");
    this.#ready = [];
    this.#size = 0;
    const inner = `<${prefix}body>${body}</${prefix}body>`;
    return `<${prefix}document${attributes}>${inner}</${prefix}document>`;
  }
}

/** Behind the tag, comment or section that begins at `at`; -1 where its end is not there. */
function markupEnd(text: string, at: number): number {
  for (const [start, mark] of [
    ["<!--", "-->"],
    ["<![CDATA[", "]]>"],
    ["<?", "?>"],
  ] as const) {
    if (!text.startsWith(start, at)) continue;
    const end = text.indexOf(mark, at + start.length);
    return end < 0 ? -1 : end + mark.length;
  }
  const end = tagEnd(text, at + 1);
  return end < 0 ? -1 : end + 1;
}
