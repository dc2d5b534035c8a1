// Plain text: paragraphs by blank lines, pages by form feeds, and what people mark headings and lists with.
import { NO_FACTS } from "../blocks.ts";
import { Collected } from "./collected.ts";
import { charsetOf, textOf } from "./encoding.ts";
import type { Readable, Told } from "./readable.ts";

const ITEM = /^[ \t]*(?:[•◦▪‣·*–-]|\(?\d{1,3}[.)])[ \t]+(?=\S)/;
const BULLET = /^[ \t]*[•◦▪‣·*–-][ \t]+/;
/** UTF-16 units of a line that may be a heading. */
const LONGEST_HEADING = 80;

export async function readText({ bytes, hints, limits }: Readable): Promise<Told> {
  const into = new Collected(limits);
  const text = textOf(bytes, charsetOf(hints.type), limits).replaceAll(/\r\n?/g, "\n");
  const sheets = text.split("\f");
  if (sheets.at(-1)?.trim() === "") sheets.pop();
  const paged = sheets.length > 1 || text.includes("\f");
  for (const [index, sheet] of sheets.entries())
    for (const paragraph of sheet.split(/\n(?:[^\S\n]*\n)+/))
      readParagraph(paragraph, into, paged ? index + 1 : null);
  return { facts: NO_FACTS, pages: paged ? sheets.length : null, blocks: into.blocks };
}

/** Text that nothing is known of, as blocks. */
function readParagraph(paragraph: string, into: Collected, page: number | null): void {
  let lines = paragraph.split("\n");
  if (lines[0]?.trim() === "") lines = lines.slice(1);
  const [first = "", second = ""] = lines;
  const underline = /^(={3,}|-{3,}|~{3,})\s*$/.exec(second)?.[1];
  if (underline !== undefined && first.length <= LONGEST_HEADING) {
    into.heading(underline.startsWith("=") ? 1 : 2, first.trim(), page);
    lines = lines.slice(2);
  } else if (lines.length === 1 && isCapitals(first)) {
    into.heading(2, first.trim(), page);
    return;
  }
  if (ITEM.test(lines[0] ?? "")) readItems(lines, into, page);
  else into.add("paragraph", lines.join("\n"), page);
}

/** A line that begins as an item does is one; others go on with the one before them. */
function readItems(lines: readonly string[], into: Collected, page: number | null): void {
  let item: string[] = [];
  for (const line of [...lines, "- x"]) {
    if (ITEM.test(line) && item.length > 0) {
      into.add("list_item", item.join("\n").replace(BULLET, "").trimStart(), page);
      item = [];
    }
    item.push(item.length === 0 ? line : line.trim());
  }
}

/** A short line of capitals, with a word of three letters in it. */
function isCapitals(line: string): boolean {
  const text = line.trim();
  if (text.length > LONGEST_HEADING || !/\p{Lu}{3}/u.test(text)) return false;
  return !/\p{Ll}/u.test(text) && !/[.;,=|{}]$/.test(text);
}
