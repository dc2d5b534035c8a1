import { expect, test } from "vitest";
import { load, shown } from "./made.ts";

const read = async (text: string) => shown(await load(text, "a.md"));

test("Markdown's blocks, in reading order", async () => {
  const blocks = await read(`# Tea

Some **strong** tea with \`code\`,
[a link](https://example.com "x"), ![a pot](pot.png) and <b>HTML</b>.

Under
-----

- One
  - Deeper
- [x] Two

  Still two.

3. Three
4. Four

| City | People |
| --- | ---: |
| *Graz* | 300 |

> Said.
> > Twice.

\`\`\`ts
let a = 1;

  let b = 2;
\`\`\`

<details><summary>More</summary><p>Hidden away.</p></details>

[text][ref] and note[^1]

[ref]: https://example.com
[^1]: The note.
`);
  expect(blocks).toEqual([
    "h1 Tea",
    "paragraph Some strong tea with code, a link, a pot and HTML.",
    "h2 Under",
    "list_item One",
    "list_item Deeper",
    "list_item Two",
    "paragraph Still two.",
    "list_item 3. Three",
    "list_item 4. Four",
    "table City | People\nGraz | 300",
    "quote Said.",
    "quote Twice.",
    "code let a = 1;\n\n  let b = 2;",
    "paragraph More",
    "paragraph Hidden away.",
    "paragraph text and note",
    "paragraph The note.",
  ]);
});

test("front matter is what the file says of itself, and no text", async () => {
  const loaded = await load(
    `---
title: "Tea: how"
authors: [Ada, 'Bob']
date: 2024-05-01
lastmod: May 3, 2024
lang: de
tags:
  - tea
  - pots # and pans
other: x
---
Text.
`,
    "a.md",
  );
  expect(loaded.facts).toEqual({
    title: "Tea: how",
    author: "Ada, Bob",
    language: "de",
    created_at: "2024-05-01T00:00:00.000Z",
    modified_at: "2024-05-03T00:00:00.000Z",
    keywords: ["tea", "pots"],
  });
  expect(shown(loaded)).toEqual(["paragraph Text."]);
});

test("its first heading is its title; a rule at the beginning is no front matter", async () => {
  const loaded = await load("---\n\n# Tea\n\n---\nText.", "a.md");
  expect(loaded.facts.title).toBe("Tea");
  expect(shown(loaded)).toEqual(["h1 Tea", "paragraph Text."]);
});

test("what is parsed in pieces reads as if it were parsed at once", async () => {
  const section = (number: number) => `## Part ${number}

Text with [a link][ref] of part ${number}.

\`\`\`
code ${number}

# no heading
\`\`\`

${Array.from({ length: 30 }, (_, index) => `${index + 1}. Step ${index + 1}`).join("\n\n")}
`;
  const parts = Array.from({ length: 100 }, (_, index) => section(index));
  const blocks = await read(`${parts.join("\n")}\n[ref]: https://example.com\n`);
  expect(blocks).toHaveLength(100 * 33);
  expect(blocks.slice(-33, -28)).toEqual([
    "h2 Part 99",
    "paragraph Text with a link of part 99.",
    "code code 99\n\n# no heading",
    "list_item 1. Step 1",
    "list_item 2. Step 2",
  ]);
});

test("long code stays code", async () => {
  const code = Array.from({ length: 5000 }, (_, index) => `line ${index} *a*`).join("\n");
  const blocks = await read(`Before.\n\n\`\`\`\n${code}\n\`\`\`\n\nAfter.`);
  expect(blocks.at(0)).toBe("paragraph Before.");
  expect(blocks.at(-1)).toBe("paragraph After.");
  const kinds = new Set(blocks.slice(1, -1).map((block) => block.slice(0, 5)));
  expect([...kinds]).toEqual(["code "]);
  const lines = blocks.slice(1, -1).flatMap((block) => block.slice(5).split("\n"));
  expect(lines).toHaveLength(5000);
});

test.each([
  ["quotes", `${">".repeat(100_000)} x`],
  ["lists", `${"- ".repeat(100_000)}x`],
  ["brackets", `${"[".repeat(100_000)}x${"]".repeat(100_000)}`],
  ["links", "[a](".repeat(100_000)],
  ["emphasis", "*a_ ".repeat(100_000)],
  ["emphasis on lines of its own", "*a_ **b\n".repeat(50_000)],
  ["code marks", Array.from({ length: 400 }, (_, index) => "`".repeat(index + 1)).join(" ")],
  ["cells", `${"|a".repeat(50_000)}\n${"|-".repeat(50_000)}\n${"|b".repeat(50_000)}`],
  [
    "indented lists",
    Array.from({ length: 400 }, (_, index) => `${" ".repeat(2 * index)}- a`).join("\n"),
  ],
  ["HTML", "<div>".repeat(50_000)],
])("many nested %s take bounded time", async (_, text) => {
  const loaded = await load(`Before.\n\n${text}\n\nAfter.`, "a.md").catch(
    (error: unknown) => error,
  );
  expect(loaded).toMatchObject({ kind: "markdown" });
});
