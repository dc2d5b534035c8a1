// A page's tags and texts made into blocks, as they come: which elements part text, which are lists, tables,
// code and headings, and which nobody reads.
import type { Collected } from "./collected.ts";
import { HtmlTable } from "./html-table.ts";
import { attribute, type HtmlToken } from "./html-tokens.ts";

const words = (names: string) => new Set(names.split(" "));

/** Elements that part what is before them from what is in them and after them. */
const PARTS = words(
  "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption " +
    "figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu ol optgroup option " +
    "p pre search section summary table tbody td tfoot th thead tr ul xmp",
);
const VOID = words("area base br col embed hr img input link meta source track wbr");
/** What is in these is no part of what the page says. */
const UNREAD = words(
  "audio button canvas datalist head iframe nav noembed noframes noscript object script select style svg template video",
);
/** Elements that are open at once; of what is deeper only the text is read. */
const DEEPEST = 100_000;

export class HtmlBlocks {
  readonly #into: Collected;
  /** Names of the elements that are open, and how often each is. */
  readonly #open: string[] = [];
  readonly #counts = new Map<string, number>();
  /** At how many open elements that began which is not read. */
  #unreadFrom: number | null = null;
  /** The numbers that ordered lists have come to; null of others. */
  readonly #lists: (number | null)[] = [];
  readonly #tables: HtmlTable[] = [];
  #quotes = 0;
  #heading: number | null = null;
  #preformatted = false;
  /** What an item begins with that has no text yet. */
  #item: string | null = null;
  #text: string[] = [];
  readonly #numbered: boolean;

  /** @param numbered whether items of ordered lists begin with their numbers */
  constructor(into: Collected, { numbered = true }: { numbered?: boolean } = {}) {
    this.#into = into;
    this.#numbered = numbered;
  }

  /** @throws {LoadError} too_large */
  take(token: HtmlToken): void {
    if (token.type === "text") {
      if (this.#unreadFrom === null) this.#write(token.text);
    } else if (token.type === "open") this.#opens(token.name, token.attributes);
    else this.#closes(token.name);
  }

  /** There is no more. */
  end(): void {
    this.#flush();
    while (this.#tables.length > 0) this.#endTable();
  }

  get #table(): HtmlTable | null {
    const table = this.#tables.at(-1);
    return table === undefined || table.isLayout ? null : table;
  }

  #write(text: string): void {
    const table = this.#table;
    // Between cells there is nothing but space, and what a caption says.
    if (table !== null && (table.write(text) || text.trim() === "")) return;
    this.#text.push(this.#preformatted ? text : text.replaceAll(/\s+/g, " "));
  }

  #breakLine(): void {
    if (this.#table !== null) this.#table.write(" ");
    else this.#text.push(this.#preformatted ? "\n" : "\u2028");
  }

  #opens(name: string, attributes: string): void {
    if (this.#unreadFrom === null) this.#begin(name, attributes);
    if (VOID.has(name) || this.#open.length >= DEEPEST) return;
    const unread = UNREAD.has(name) || isHidden(attributes);
    if (unread && this.#unreadFrom === null) this.#unreadFrom = this.#open.length;
    this.#open.push(name);
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  #closes(name: string): void {
    if (!this.#counts.get(name)) return;
    let closed: string | undefined;
    do {
      closed = this.#open.pop() ?? name;
      this.#counts.set(closed, (this.#counts.get(closed) ?? 1) - 1);
      if (this.#unreadFrom === null) this.#finish(closed);
      else if (this.#unreadFrom >= this.#open.length) this.#unreadFrom = null;
    } while (closed !== name);
  }

  #begin(name: string, attributes: string): void {
    if (name === "br") this.#breakLine();
    else if (name === "img") this.#write(` ${attribute(attributes, "alt") ?? ""} `);
    if (!PARTS.has(name) || this.#inCell(name)) return;
    if (this.#preformatted && name !== "pre" && name !== "xmp") {
      this.#text.push("\n");
      return;
    }
    this.#flush();
    if (name === "table") this.#beginTable(attributes);
    else if (name === "tr") this.#table?.row();
    else if (name === "td" || name === "th") this.#table?.cell();
    else if (name === "ol") this.#lists.push(Number(attribute(attributes, "start") ?? 1) || 1);
    else if (name === "ul" || name === "menu") this.#lists.push(null);
    else if (name === "li") this.#item = this.#marker();
    else if (name === "blockquote") this.#quotes++;
    else if (name === "pre" || name === "xmp") this.#preformatted = true;
    else if (headingLevel(name) !== null) this.#heading = headingLevel(name);
  }

  #finish(name: string): void {
    if (!PARTS.has(name) || this.#inCell(name)) return;
    if (this.#preformatted && name !== "pre" && name !== "xmp") return;
    this.#flush();
    if (name === "table") this.#endTable();
    else if (name === "ol" || name === "ul" || name === "menu") {
      this.#lists.pop();
      this.#item = null;
    } else if (name === "li") this.#item = null;
    else if (name === "blockquote") this.#quotes--;
    else if (name === "pre" || name === "xmp") this.#preformatted = false;
    else if (headingLevel(name) !== null) this.#heading = null;
  }

  /** Whether an element stands in a table's cell and is but a part of its text; headings make it a layout. */
  #inCell(name: string): boolean {
    const table = this.#table;
    if (table === null || /^(?:table|caption|tr|t[dh]|thead|tbody|tfoot)$/.test(name)) return false;
    if (headingLevel(name) === null && name !== "pre") {
      table.write(" ");
      return true;
    }
    this.#layOut(table);
    return false;
  }

  #beginTable(attributes: string): void {
    const outer = this.#table;
    if (outer !== null) this.#layOut(outer);
    const role = attribute(attributes, "role") ?? "";
    this.#tables.push(new HtmlTable(role === "presentation" || role === "none"));
  }

  #endTable(): void {
    const table = this.#tables.pop();
    if (table === undefined || table.isLayout) return;
    const { kind, texts } = table.read();
    for (const text of texts) this.#into.add(kind, text);
  }

  /** It only arranges what is in it: what its cells had so far are paragraphs, and so is what follows. */
  #layOut(table: HtmlTable): void {
    for (const text of table.layOut()) this.#into.add("paragraph", text);
  }

  #marker(): string {
    const number = this.#lists.at(-1) ?? null;
    if (number === null || !this.#numbered) return "";
    this.#lists[this.#lists.length - 1] = number + 1;
    return `${number}. `;
  }

  /** What was gathered becomes a block. */
  #flush(): void {
    const table = this.#table;
    if (table?.isTooLong === true) this.#layOut(table);
    if (this.#text.length === 0) return;
    const text = this.#text.join("");
    this.#text = [];
    if (this.#preformatted) {
      this.#into.add("code", text);
      return;
    }
    // Two line ends one after the other part paragraphs.
    const spaced = text.replaceAll(/ {2,}/g, " ");
    for (const paragraph of spaced.split(/\u2028[ \u2028]*\u2028/)) {
      const lines = paragraph.replaceAll(/ ?\u2028 ?/g, "\n").trim();
      if (lines === "") continue;
      if (this.#heading !== null) this.#into.heading(this.#heading, lines);
      else if (this.#item !== null) this.#into.add("list_item", this.#item + lines);
      else this.#into.add(this.#quotes > 0 ? "quote" : "paragraph", lines);
      this.#heading = null;
      this.#item = null;
    }
  }
}

function headingLevel(name: string): number | null {
  return /^h[1-6]$/.test(name) ? Number(name[1]) : null;
}

function isHidden(attributes: string): boolean {
  if (!/hidden|none/i.test(attributes)) return false;
  if (attribute(attributes, "hidden") !== null) return true;
  if (attribute(attributes, "aria-hidden")?.toLowerCase() === "true") return true;
  const style = attribute(attributes, "style") ?? "";
  return /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)/i.test(style);
}
