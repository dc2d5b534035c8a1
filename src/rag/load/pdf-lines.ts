// The pieces of text of one PDF page, as its instructions draw them, joined into lines. Which lines belong together
// is told in pdf-paragraphs.ts.

/** As pdf.js tells it: `transform` has the size in its first four, and the place in its last two. */
export type PdfItem = {
  str: string;
  transform: readonly unknown[];
  width: number;
  hasEOL: boolean;
};

export type PdfLine = {
  text: string;
  /** Of its letters, in points. */
  size: number;
  /** Its left and right ends, and its base line, from the page's lower left corner. */
  left: number;
  right: number;
  base: number;
  /** Units of it in a typeface that gives each letter as much room. */
  fixed: number;
  /** Where wide gaps part it, as in a table's row: the texts between them, and where they begin. */
  cells: { text: string; left: number }[];
};

/** The dots that lead to a number in a table of contents. */
const LEADER = / ?(?:\. ?){5,}/g;

type Placed = Pick<PdfLine, "left" | "base" | "size" | "fixed">;

/** Of the letters' size: a gap that is a space, one that parts columns, and how far a base line may stray. */
const SPACE = 0.15;
const COLUMN = 1.5;
const STRAY = 0.5;

export class PdfLines {
  readonly lines: PdfLine[] = [];
  #line: PdfLine | null = null;
  #spaced = false;

  /** @param fixed whether its typeface gives each letter as much room */
  add(item: PdfItem, fixed: boolean): void {
    const [a, b, c, d, left, base] = item.transform.map(Number);
    const size = Math.hypot(c ?? 0, d ?? 0);
    const placed = { left: left ?? 0, base: base ?? 0, size, fixed: fixed ? item.str.length : 0 };
    if (item.str.trim() === "") this.#spaced = true;
    // What is turned on its side stands beside the text: a stamp, a label of an axis.
    else if (Math.abs(b ?? 0) > Math.abs(a ?? 0)) {
      this.#end();
      this.#begin(item, placed);
      this.#end();
    } else this.#place(item, placed);
    if (item.hasEOL) this.#spaced = true;
  }

  /** All lines, in the order in which they were drawn. */
  end(): PdfLine[] {
    this.#end();
    return this.lines;
  }

  #place(item: PdfItem, placed: Placed): void {
    const line = this.#line;
    const size = Math.max(line?.size ?? 0, placed.size, 1);
    if (line === null || !continues(line, placed, size)) {
      this.#end();
      this.#begin(item, placed);
      return;
    }
    const gap = placed.left - line.right;
    if (gap > COLUMN * size) line.cells.push({ text: item.str.trimStart(), left: placed.left });
    else {
      const cell = line.cells.at(-1);
      const between = this.#spaced || gap > SPACE * size ? " " : "";
      if (cell !== undefined) cell.text += between + item.str;
    }
    line.right = Math.max(line.right, placed.left + item.width);
    // A line is as large as most of it: a raised figure does not make it smaller.
    line.size = Math.max(line.size, placed.size);
    line.fixed += placed.fixed;
    this.#spaced = false;
  }

  #begin(item: PdfItem, placed: Placed): void {
    const { left } = placed;
    const cells = [{ text: item.str.trimStart(), left }];
    this.#line = { ...placed, text: "", right: left + item.width, cells };
    this.#spaced = false;
  }

  #end(): void {
    if (this.#line === null) return;
    for (const cell of this.#line.cells) {
      const spaced = cell.text.replaceAll(/\s+/g, " ").trim();
      cell.text = spaced.replaceAll(LEADER, " … ");
    }
    this.#line.text = this.#line.cells.map(({ text }) => text).join(" ");
    this.lines.push(this.#line);
    this.#line = null;
  }
}

function continues(line: PdfLine, next: { left: number; base: number }, size: number): boolean {
  return Math.abs(next.base - line.base) <= STRAY * size && next.left >= line.right - size;
}
