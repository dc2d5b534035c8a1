// One table of a page while it is read: rows of cells, or found to be no table but a way to arrange things.

/** UTF-16 units of a cell: what is longer is a column of a page. */
const LONGEST_CELL = 3_000;

export class HtmlTable {
  isLayout: boolean;
  readonly #rows: string[][] = [];
  /** The cell that is open. */
  #cell: string[] | null = null;
  #length = 0;

  constructor(isLayout: boolean) {
    this.isLayout = isLayout;
  }

  get isTooLong(): boolean {
    return this.#length > LONGEST_CELL;
  }

  row(): void {
    this.#endCell();
    this.#rows.push([]);
  }

  cell(): void {
    this.#endCell();
    this.#cell = [];
  }

  /** False where no cell is open, to which the text could belong. */
  write(text: string): boolean {
    this.#cell?.push(text);
    this.#length += text.length;
    return this.#cell !== null;
  }

  /** What it had so far, each cell on its own; there is no table any more. */
  layOut(): string[] {
    this.#endCell();
    this.isLayout = true;
    return this.#rows.splice(0).flat();
  }

  /** Its rows as one text; a single row or column is no table. */
  read(): { kind: "table" | "paragraph"; texts: string[] } {
    this.#endCell();
    const rows = this.#rows.filter((row) => row.some((cell) => cell !== ""));
    const columns = Math.max(0, ...rows.slice(0, 1000).map((row) => row.length));
    const lines = rows.map((row) => row.join(" | "));
    if (columns < 2 || rows.length < 2) return { kind: "paragraph", texts: lines };
    return { kind: "table", texts: [lines.join("\n")] };
  }

  #endCell(): void {
    if (this.#cell === null) return;
    const text = this.#cell.join("").replaceAll(/\s+/g, " ").trim();
    if (this.#rows.length === 0) this.#rows.push([]);
    this.#rows.at(-1)?.push(text);
    this.#cell = null;
    this.#length = 0;
  }
}
