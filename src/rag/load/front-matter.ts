// What stands before a Markdown file's text, between two lines of dashes: simple YAML, of which names and
// values are read and nothing else.
import type { Facts } from "../blocks.ts";
import { factsOf, type Said } from "./said-of-itself.ts";

/** UTF-16 units of it. */
const LONGEST = 20_000;

const NAMES: Readonly<Record<string, keyof Said>> = {
  title: "title",
  author: "author",
  authors: "author",
  lang: "language",
  language: "language",
  locale: "language",
  date: "created_at",
  created: "created_at",
  published: "created_at",
  updated: "modified_at",
  modified: "modified_at",
  lastmod: "modified_at",
  tags: "keywords",
  keywords: "keywords",
};

/** @returns the text without it */
export function frontMatter(text: string): { facts: Facts; body: string } {
  const found = /^---[ \t]*\n([^]*?)\n(?:---|\.\.\.)[ \t]*(?:\n|$)/.exec(text.slice(0, LONGEST));
  if (found === null || !/^[\w-]+[ \t]*:/m.test(found[1] ?? ""))
    return { facts: factsOf({}), body: text };
  const said: Said = {};
  let list: keyof Said | null = null;
  const lists = new Map<keyof Said, string[]>();
  for (const line of (found[1] ?? "").split("\n")) {
    const item = /^[ \t]*-[ \t]+(.*)$/.exec(line)?.[1];
    if (item !== undefined) {
      if (list !== null) lists.set(list, [...(lists.get(list) ?? []), unquoted(item)]);
      continue;
    }
    const [, name = "", value = ""] = /^([\w-]+)[ \t]*:[ \t]*(.*)$/.exec(line) ?? [];
    const fact = Object.hasOwn(NAMES, name.toLowerCase()) ? NAMES[name.toLowerCase()] : undefined;
    list = fact ?? null;
    const inline = /^\[(.*)\]$/.exec(value.trim())?.[1];
    if (fact === undefined || value.trim() === "") continue;
    if (inline === undefined) lists.set(fact, [unquoted(value)]);
    else lists.set(fact, inline.split(",").map(unquoted));
  }
  for (const [fact, values] of lists) {
    if (fact === "keywords") said.keywords = values.flatMap((value) => value.split(","));
    else said[fact] = values.join(", ");
  }
  return { facts: factsOf(said), body: text.slice(found[0].length) };
}

function unquoted(value: string): string {
  const text = value.trim();
  return /^(["']).*\1$/.test(text) ? text.slice(1, -1) : text.replace(/\s+#.*$/, "");
}
