// Markdown with GitHub's additions: its headings, paragraphs, lists, tables, code and quotes.
import type { List, Nodes, Parents, RootContent, Table } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";
import { Collected } from "./collected.ts";
import { charsetOf, textOf } from "./encoding.ts";
import { frontMatter } from "./front-matter.ts";
import { readFragment } from "./html.ts";
import { piecesOf } from "./markdown-pieces.ts";
import type { Readable, Told } from "./readable.ts";

export async function readMarkdown({ bytes, hints, limits, turn }: Readable): Promise<Told> {
  const into = new Collected(limits);
  const text = textOf(bytes, charsetOf(hints.type), limits).replaceAll(/\r\n?/g, "\n");
  const { facts, body } = frontMatter(text);
  const options = { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] };
  for (const piece of piecesOf(body)) {
    await turn();
    if (piece.plain) {
      into.add("paragraph", piece.text);
      continue;
    }
    const root = fromMarkdown(`${piece.text}\n\n${piece.definitions}`, options);
    for (const node of root.children)
      if ((node.position?.start.offset ?? 0) < piece.text.length) readBlock(node, into, false);
  }
  const title = into.blocks.find((block) => block.kind === "heading" && block.level === 1);
  return {
    facts: { ...facts, title: facts.title ?? title?.text ?? null },
    pages: null,
    blocks: into.blocks,
  };
}

/** Pieces are small and not deep, so that this may call itself. */
function readBlock(node: RootContent, into: Collected, quoted: boolean): void {
  switch (node.type) {
    case "heading":
      into.heading(node.depth, textIn(node));
      break;
    case "paragraph":
      into.add(quoted ? "quote" : "paragraph", textIn(node));
      break;
    case "list":
      readList(node, into, quoted);
      break;
    case "table":
      readTable(node, into);
      break;
    case "code":
      into.add("code", node.value);
      break;
    case "html":
      readFragment(node.value, into);
      break;
    case "blockquote":
      for (const child of node.children) readBlock(child, into, true);
      break;
    case "footnoteDefinition":
      for (const child of node.children) readBlock(child, into, quoted);
      break;
    default: // breaks, and definitions of links
  }
}

function readList(list: List, into: Collected, quoted: boolean): void {
  let number = list.start ?? 1;
  for (const item of list.children) {
    const marker = list.ordered === true ? `${number}. ` : "";
    number++;
    const [first, ...others] = item.children;
    if (first?.type === "paragraph") into.add("list_item", marker + textIn(first));
    else if (first !== undefined) readBlock(first, into, quoted);
    for (const child of others) readBlock(child, into, quoted);
  }
}

function readTable(table: Table, into: Collected): void {
  const rows = table.children.map((row) =>
    row.children.map((cell) => textIn(cell).replaceAll(/\s+/g, " ").trim()).join(" | "),
  );
  into.add("table", rows.join("\n"));
}

/** What is read of a block's words. Line ends that are but for the eye become spaces. */
function textIn(parent: Parents): string {
  return parent.children.map(inline).join("").trim();
}

function inline(node: Nodes): string {
  if (node.type === "text") return node.value.replaceAll(/[ \t]*\n[ \t]*/g, " ");
  if (node.type === "inlineCode") return node.value;
  if (node.type === "break") return "\n";
  if (node.type === "image" || node.type === "imageReference") return node.alt ?? "";
  if (node.type === "html") return /^<br\b/i.test(node.value) ? "\n" : "";
  return "children" in node ? node.children.map(inline).join("") : "";
}
