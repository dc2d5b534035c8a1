// A document's blocks as one text that is cut by offsets, so that nothing is lost between two chunks.
// Which block is where, and below which headings, is kept beside it. Where to cut is said elsewhere.
import { shortened } from "../../protocol/shortened.ts";
import type { Block } from "../blocks.ts";

/** A block's place in the text. */
export type Part = {
  kind: Block["kind"];
  start: number;
  end: number;
  /** Of a heading, 1 to 6; of the rest 0. */
  level: number;
  page: number | null;
  /** The headings in force, its own included. Parts of one section share one array. */
  path: readonly string[];
};

/** Parts are in order, none is blank, and between two there is nothing but line breaks. */
export type Layout = { text: string; parts: readonly Part[] };

const DEEPEST = 6;
const LONGEST_HEADING = 200;

/** What stands before an item that brings its own bullet or number. */
const MARKED = /^(?:[-*+•‣◦–]|\(?\d{1,4}[.)]|\(?[a-zA-Z][.)])\s/;

/** Linear in the blocks' text. Blank blocks are left out. */
export function layOut(blocks: readonly Block[]): Layout {
  const texts: string[] = [];
  const parts: Part[] = [];
  let open: { level: number; title: string }[] = [];
  let path: readonly string[] = [];
  let at = 0;
  for (const block of blocks) {
    const text = textOf(block);
    if (text === "") continue;
    let level = 0;
    if (block.kind === "heading") {
      level = Math.min(DEEPEST, Math.max(1, block.level));
      open = open.filter((above) => above.level < level);
      open.push({ level, title: shortened(text, LONGEST_HEADING) });
      path = open.map(({ title }) => title);
    }
    const before = parts.at(-1);
    if (before !== undefined) {
      const gap = before.kind === "list_item" && block.kind === "list_item" ? "\n" : "\n\n";
      texts.push(gap);
      at += gap.length;
    }
    texts.push(text);
    const { kind, page } = block;
    parts.push({ kind, start: at, end: at + text.length, level, page, path });
    at += text.length;
  }
  return { text: texts.join(""), parts };
}

function textOf({ kind, text }: Block): string {
  if (kind === "heading") return text.replaceAll(/\s+/g, " ").trim();
  // The first line keeps its indentation.
  if (kind === "code") return text.slice(firstLineOf(text)).trimEnd();
  const trimmed = text.trim();
  return kind !== "list_item" || trimmed === "" || MARKED.test(trimmed) ? trimmed : `- ${trimmed}`;
}

function firstLineOf(text: string): number {
  const first = text.length - text.trimStart().length;
  return text.lastIndexOf("\n", first - 1) + 1;
}

/** The index of the last part that begins at or before an offset. */
export function partAt({ parts }: Layout, offset: number): number {
  let low = 0;
  let high = parts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((parts[middle]?.start ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Where the headings that stand directly over a part begin, none before `least`; else the part itself does. */
export function runBefore({ parts }: Layout, index: number, least: number): number {
  let start = parts[index]?.start ?? 0;
  for (let above = index - 1; above >= 0; above--) {
    const part = parts[above];
    if (part === undefined || part.kind !== "heading" || part.start < least) break;
    start = part.start;
  }
  return start;
}
