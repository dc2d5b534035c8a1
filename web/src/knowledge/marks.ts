// Citations in the text of an answer: `[1]`, `[1, 3]`, `[2–4]`, `[Source 2]`, `[Source: a name]`, as
// src/rag/cite.ts takes them. Here they are found in Markdown, outside of code and links. Pure.
import type { Nodes, PhrasingContent, Root, Text } from "mdast";
import type { Passage, Passages } from "./passages.ts";

const MARK =
  /[[【]\s*(?:(?:sources?\s*)?(?<numbers>\^?\d{1,3}(?:\s*(?:[,;&–-]|and)\s*\^?\d{1,3})*)|sources?\s*:\s*(?<name>[^\]】\n]{1,300}))\s*[\]】]/giu;

/** What a range names at most. */
const LONGEST_RANGE = 20;

/** Makes of each mark an element <sup data-mark data-at>: what it says, and where in the answer it stands. */
export function citing() {
  return (tree: Root) => walk(tree);
}

function walk(node: Nodes): void {
  if (!("children" in node) || node.type === "link" || node.type === "linkReference") return;
  const children: Nodes[] = node.children;
  const parted = children.flatMap((child): Nodes[] =>
    child.type === "text" ? partsOf(child) : [child],
  );
  if (parted.length !== children.length) children.splice(0, Infinity, ...parted);
  for (const child of children) walk(child);
}

function partsOf({ value, position }: Text): PhrasingContent[] {
  const parts: PhrasingContent[] = [];
  let from = 0;
  for (const match of value.matchAll(MARK)) {
    const { index, 0: mark } = match;
    if (index > from) parts.push({ type: "text", value: value.slice(from, index) });
    from = index + mark.length;
    const properties = { dataMark: mark, dataAt: (position?.start.offset ?? 0) + index };
    parts.push({
      type: "emphasis",
      children: [],
      data: { hName: "sup", hProperties: properties, hChildren: [{ type: "text", value: mark }] },
    });
  }
  if (from === 0) return [{ type: "text", value }];
  if (from < value.length) parts.push({ type: "text", value: value.slice(from) });
  return parts;
}

/** What a mark points at; null where some of that is not there: then it is no citation. */
export function meantBy(mark: string, passages: Passages): Passage[] | null {
  const { numbers, name } = new RegExp(MARK.source, "iu").exec(mark)?.groups ?? {};
  const found =
    numbers === undefined
      ? [
          passages.find(
            (it) => plain(it.document_name) === plain(name) || plain(it.title) === plain(name),
          ),
        ]
      : expanded(numbers).map((n) => passages.find(({ number }) => number === n));
  const meant = [...new Set(found)].filter((it) => it !== undefined);
  return meant.length === 0 || found.includes(undefined) ? null : meant;
}

const plain = (name: string | null = "") =>
  (name ?? "").normalize("NFKC").trim().toLowerCase().replaceAll(/\s+/g, " ");

/** `1, 3–5` is 1, 3, 4, 5. */
function expanded(numbers: string): number[] {
  return [...numbers.matchAll(/(\d+)(?:\s*[–-]\s*\^?(\d+))?/g)].flatMap(([, first, last]) => {
    const from = Number(first);
    const length = Math.min(Number(last ?? first) - from, LONGEST_RANGE);
    return Array.from({ length: Math.max(0, length) + 1 }, (_, at) => from + at);
  });
}
