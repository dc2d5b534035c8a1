// The lines of a PDF's pages joined into paragraphs, headings, items and tables, by where they stand and how
// large they are. A PDF itself knows of no such things.
import type { Collected } from "./collected.ts";
import type { PdfLine } from "./pdf-lines.ts";

/** Pages that are looked at before the first is told, to learn what is usual in this document. */
const AHEAD = 16;
/** Of a page's height, the top and the bottom, in which its header and footer are. */
const EDGE = 0.1;
/** Pages on which a header is seen before it is one. */
const OFTEN = 3;
const PAGE_NUMBER =
  /^\P{L}{0,3}(?:page )?(?:\d{1,4}|[ivxl]{1,7})(?: ?(?:of|\/) ?\d{1,4})?\P{L}{0,3}$/iu;
/** Beside the usual size: what is a heading. */
const LARGER = 1.15;
/** UTF-16 units of a heading; longer, and it is but large text. */
const LONGEST_HEADING = 250;
const MARKER = /^(?:[•◦▪‣·●○■□–—*-]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+(?=\S)/;
const BULLET = /^[•◦▪‣·●○■□–—*-]\s+/;

export type PdfPage = { number: number; lines: PdfLine[]; bottom: number; top: number };
type Usual = {
  /** The size of most letters. */
  size: number;
  /** From one line of a paragraph to the next, as a multiple of the size. */
  pitch: number;
  /** Sizes of headings, the largest first. */
  headings: number[];
  /** Whether letters of equal room are code: not where all are typewritten. */
  hasCode: boolean;
  outline: ReadonlyMap<string, number>;
};

export class PdfParagraphs {
  readonly #into: Collected;
  readonly #waiting: PdfPage[] = [];
  readonly #outline: ReadonlyMap<string, number>;
  /** How often what stands at the edges of pages was seen. */
  readonly #edges = new Map<string, number>();
  #usual: Usual | null = null;

  /** @param outline levels of the headings that its table of contents names, by `headingKey` */
  constructor(into: Collected, outline: ReadonlyMap<string, number>) {
    this.#into = into;
    this.#outline = outline;
  }

  /** @throws {LoadError} too_large */
  page(page: PdfPage): void {
    for (const edge of new Set(edgesOf(page).map(edgeKey))) count(this.#edges, edge, 1);
    this.#waiting.push(page);
    if (this.#usual !== null || this.#waiting.length === AHEAD) this.end();
  }

  /** There are no more pages. */
  end(): void {
    const pages = this.#waiting.splice(0).map((page) => withoutEdges(page, this.#edges));
    this.#usual ??= { ...usualIn(pages), outline: this.#outline };
    for (const page of pages) tell(page, this.#usual, this.#into);
  }
}

function usualIn(pages: readonly PdfPage[]): Omit<Usual, "outline"> {
  const sizes = new Map<number, number>();
  const pitches = new Map<number, number>();
  let all = 0;
  let fixed = 0;
  for (const { lines } of pages) {
    for (const [index, line] of lines.entries()) {
      all += line.text.length;
      fixed += line.fixed;
      count(sizes, half(line.size), line.text.length);
      const before = lines[index - 1];
      const drop = before === undefined ? 0 : (before.base - line.base) / Math.max(line.size, 1);
      if (drop > 0.8 && drop < 4) count(pitches, Math.round(drop * 10) / 10, 1);
    }
  }
  const size = most(sizes) ?? 10;
  const headings = [...sizes.keys()].filter((each) => each >= size * LARGER).sort((a, b) => b - a);
  return { size, pitch: most(pitches) ?? 1.2, headings, hasCode: fixed < all / 2 };
}

function tell({ number, lines }: PdfPage, usual: Usual, into: Collected): void {
  for (let at = 0; at < lines.length;) {
    const afterCode = codeEnd(lines, at, usual);
    const afterTable = tableEnd(lines, at, usual);
    if (afterCode > at) {
      into.add("code", asCode(lines.slice(at, afterCode)), number);
      at = afterCode;
    } else if (afterTable > at) {
      const rows = lines.slice(at, afterTable).map(({ cells }) => cells.map(({ text }) => text));
      into.add("table", rows.map((row) => row.join(" | ")).join("\n"), number);
      at = afterTable;
    } else at = tellParagraph(lines, at, usual, { into, number });
  }
}

/** The paragraph that begins at a line; returns where the next one does. */
function tellParagraph(
  lines: readonly PdfLine[],
  at: number,
  usual: Usual,
  { into, number }: { into: Collected; number: number },
): number {
  const first = lines[at];
  if (first === undefined) return at + 1;
  const isItem = MARKER.test(first.text);
  const group = [first];
  let end = at + 1;
  for (let line = lines[end]; line !== undefined; line = lines[++end]) {
    if (!goesOn(group, line, usual, isItem)) break;
    if (codeEnd(lines, end, usual) > end || tableEnd(lines, end, usual) > end) break;
    group.push(line);
  }
  const text = joined(group);
  const level =
    usual.outline.get(headingKey(text)) ??
    usual.headings.findIndex((size) => half(first.size) >= size) + 1;
  if (level > 0 && isHeading(text)) into.heading(level, text, number);
  else if (isItem) into.add("list_item", text.replace(BULLET, ""), number);
  else into.add("paragraph", text, number);
  return end;
}

/** Short, of words, and no line of a table of contents. */
function isHeading(text: string): boolean {
  return text.length <= LONGEST_HEADING && /\p{L}|\p{N}/u.test(text) && !text.includes(" … ");
}

/** Whether a line belongs to the paragraph before it. */
function goesOn(group: readonly PdfLine[], line: PdfLine, usual: Usual, isItem: boolean): boolean {
  const last = group.at(-1);
  const first = group[0];
  if (last === undefined || first === undefined) return false;
  const size = Math.max(last.size, 1);
  if (Math.abs(line.size - last.size) > 0.1 * size) return false;
  const ended = /[.:;!?。！？]["'”’)\]]*$/.test(last.text);
  const drop = (last.base - line.base) / size;
  // Above the last line: the next column. Its paragraph goes on where the sentence does.
  if (drop < 0) return !ended && /^\p{Ll}/u.test(line.text);
  if (drop > 1.3 * usual.pitch) return false;
  if (MARKER.test(line.text) && (isItem || ended || BULLET.test(line.text))) return false;
  if (isItem) return line.left >= first.left - 0.5 * size;
  // The first line of a paragraph stands further in than the last one of that before it.
  return !(ended && line.left - last.left > 0.8 * size);
}

/** Without the hyphens that but end lines. */
function joined(lines: readonly PdfLine[]): string {
  let text = "";
  for (const line of lines) {
    if (/\p{L}[-\u00ad\u2010]$/u.test(text) && /^\p{Ll}/u.test(line.text))
      text = text.slice(0, -1) + line.text;
    else text += text === "" ? line.text : ` ${line.text}`;
  }
  return text;
}

/** Where the code ends that begins here: two lines or more of letters that have equal room. */
function codeEnd(lines: readonly PdfLine[], at: number, usual: Usual): number {
  if (!usual.hasCode) return at;
  let end = at;
  for (let line = lines[end]; line !== undefined; line = lines[++end]) {
    const before = lines[end - 1];
    const drop = before === undefined || end === at ? 1 : before.base - line.base;
    if (line.fixed < 0.9 * line.text.replaceAll(" ", "").length || drop <= 0) break;
  }
  return end - at >= 2 ? end : at;
}

/** With the indents that their places tell; most such letters are 0.6 of their size wide. */
function asCode(lines: readonly PdfLine[]): string {
  const edge = Math.min(...lines.map(({ left }) => left));
  return lines
    .map(
      ({ text, left, size }) => " ".repeat(Math.min(80, (left - edge) / (0.6 * size) + 0.5)) + text,
    )
    .join("\n");
}

/** Where the table ends that begins here: two rows or more, of as many cells, that begin below each other. */
function tableEnd(lines: readonly PdfLine[], at: number, usual: Usual): number {
  const first = lines[at];
  if (first === undefined || first.cells.length < 2) return at;
  let end = at + 1;
  for (let line = lines[end]; line !== undefined; line = lines[++end]) {
    const before = lines[end - 1] ?? first;
    const drop = (before.base - line.base) / Math.max(before.size, 1);
    if (drop <= 0 || drop > 2.5 * usual.pitch) break;
    if (line.cells.length < 2 || !aligned(before, line)) break;
  }
  return end - at >= 2 ? end : at;
}

/** Whether two of the cells begin below each other; figures end there instead, so that a little is allowed. */
function aligned(above: PdfLine, below: PdfLine): boolean {
  const near = 2 * Math.max(above.size, below.size, 1);
  const under = below.cells.filter(({ left }) =>
    above.cells.some((cell) => Math.abs(cell.left - left) <= near),
  );
  return under.length >= 2;
}

/** What a heading has in common with its entry in the table of contents: neither numbers nor capitals. */
export function headingKey(text: string): string {
  return text
    .slice(0, LONGEST_HEADING)
    .toLowerCase()
    .replaceAll(/[^\p{L}]+/gu, "");
}

function edgesOf({ lines, bottom, top }: PdfPage): PdfLine[] {
  const edge = EDGE * (top - bottom);
  return lines.filter(({ base }) => base < bottom + edge || base > top - edge);
}

/** Without its header and footer: what was seen there often, and numbers of pages. */
function withoutEdges(page: PdfPage, seen: ReadonlyMap<string, number>): PdfPage {
  const left = new Set(
    edgesOf(page).filter(
      (line) => (seen.get(edgeKey(line)) ?? 0) >= OFTEN || PAGE_NUMBER.test(line.text),
    ),
  );
  return { ...page, lines: page.lines.filter((line) => !left.has(line)) };
}

/** The same on every page, but for its number. */
function edgeKey({ text, base }: PdfLine): string {
  return `${text.replaceAll(/\d+/g, "#").slice(0, 200)} ${Math.round(base / 10)}`;
}

function half(size: number): number {
  return Math.round(size * 2) / 2;
}

function count<Key>(counts: Map<Key, number>, key: Key, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

function most<Key>(counts: ReadonlyMap<Key, number>): Key | undefined {
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}
