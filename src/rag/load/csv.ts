// CSV and its kin: every row is a paragraph of its own that names its columns, `City: Graz; People: 300000`, so
// that a row is found, and understood, without the others.
import { CsvError, parse } from "csv-parse/sync";
import { LoadError, NO_FACTS } from "../blocks.ts";
import { Collected } from "./collected.ts";
import { delimiterOf } from "./delimiter.ts";
import { charsetOf, textOf } from "./encoding.ts";
import type { Readable, Told } from "./readable.ts";

/** UTF-16 units that are looked at to find the delimiter. */
const SAMPLE = 64 * 1024;
/** Bytes of one row: a quotation mark that nothing closes would make one of all that follows. */
const LARGEST_ROW = 1_000_000;

export async function readCsv({ bytes, hints, limits }: Readable): Promise<Told> {
  const into = new Collected(limits);
  const whole = textOf(bytes, charsetOf(hints.type), limits);
  const said = /^sep=(.)\r?\n/.exec(whole); // as Excel writes it
  const text = said === null ? whole : whole.slice(said[0].length);
  const sample = text.slice(0, SAMPLE);
  const delimiter =
    said?.[1] ?? delimiterOf(sample, { whole: sample.length === text.length, sure: false }) ?? ",";
  const rows = new Rows(into);
  try {
    parse(text, {
      delimiter,
      trim: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      max_record_size: LARGEST_ROW,
      on_record: (record: string[]) => {
        rows.add(record);
        return null; // nothing is kept but the blocks
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = "lines" in error && typeof error.lines === "number" ? `line ${error.lines}` : "";
    throw new LoadError("corrupt", line, { cause: error });
  }
  rows.end();
  return { facts: NO_FACTS, pages: null, blocks: into.blocks };
}

class Rows {
  readonly #into: Collected;
  /** The first row, until the second shows whether it names the columns. */
  #first: string[] | null = null;
  #columns: string[] | null = null;

  constructor(into: Collected) {
    this.#into = into;
  }

  /** @throws {LoadError} too_large */
  add(record: readonly string[]): void {
    const cells = record.map((cell) => cell.replaceAll(/\s+/g, " "));
    if (this.#columns !== null) {
      this.#write(cells, this.#columns);
      return;
    }
    // What stands alone on a line above a table is its title.
    if (cells.filter((cell) => cell !== "").length < 2 && this.#first === null) {
      this.#into.add("paragraph", cells.join(""));
      return;
    }
    if (this.#first === null) {
      this.#first = cells;
      return;
    }
    this.#columns = namesColumns(this.#first) ? this.#first : [];
    if (this.#columns.length === 0) this.#write(this.#first, []);
    this.#write(cells, this.#columns);
  }

  end(): void {
    if (this.#columns === null && this.#first !== null) this.#write(this.#first, []);
  }

  #write(cells: readonly string[], columns: readonly string[]): void {
    const named = cells.flatMap((cell, index) => {
      if (cell === "") return [];
      const column = columns[index] ?? "";
      return [column === "" ? cell : `${column}: ${cell}`];
    });
    this.#into.add("paragraph", named.join("; "));
  }
}

/** Names of columns are words, and no two the same. */
function namesColumns(cells: readonly string[]): boolean {
  const named = cells.filter((cell) => cell !== "");
  if (new Set(named).size < named.length) return false;
  return named.every((cell) => cell.length <= 100 && /\p{L}/u.test(cell) && !/^\d/.test(cell));
}
