// What of a document's structure survives being cut: blocks, headings, lists, tables, code.
import fc from "fast-check";
import { expect, test } from "vitest";
import { CHUNKING } from "../../../src/protocol/knowledge.ts";
import { bare, block, cut, heading, paragraph, prose } from "./documents.ts";

test("small blocks that are neighbours are packed together", async () => {
  const blocks = Array.from({ length: 30 }, (_, at) => paragraph(`Note ${at}: ${"n".repeat(90)}`));
  const chunks = await cut(blocks);
  expect(chunks.length).toBeLessThanOrEqual(5);
  expect(chunks[0]?.text.startsWith("Note 0: ")).toBe(true);
  expect(chunks[0]?.text).toContain("\n\nNote 1: ");
});

test("a block that fits is not cut, and less is repeated for it", async () => {
  const whole = prose(20);
  expect(whole.length).toBeGreaterThan(800);
  const chunks = await cut([
    paragraph(prose(12, "pilot")),
    paragraph(whole),
    paragraph(prose(12, "diver")),
  ]);
  expect(chunks).toHaveLength(3);
  expect(chunks[1]?.text.endsWith(whole)).toBe(true);
  expect(chunks[1]?.overlap).toBeGreaterThan(0);
});

test("a block that is too long begins where there is room, and is cut between paragraphs, then sentences", async () => {
  const paragraphs = [8, 8, 60].map((count, at) => prose(count, `keeper of part ${at}`));
  const chunks = await cut([paragraph("A short note."), paragraph(paragraphs.join("\n\n"))], {
    overlap: 0,
  });
  expect(chunks[0]?.text).toBe(`A short note.\n\n${paragraphs.slice(0, 2).join("\n\n")}`);
  for (const { text } of chunks) expect(text).toMatch(/today\.$/);
});

test("lines are kept where they end like sentences, and not where a file is wrapped", async () => {
  const lines = Array.from({ length: 60 }, (_, at) => `At ${at}: it came. It went again.`);
  for (const { text } of await cut([paragraph(lines.join("\n"))], { overlap: 0 }))
    for (const line of text.split("\n")) expect(lines).toContain(line);

  const wrapped = prose(60).replaceAll(/(.{1,40}) /g, "$1\n");
  const chunks = await cut([paragraph(wrapped)], { overlap: 0 });
  for (const { text } of chunks) expect(text).toMatch(/^The[^]*today\.$/);
});

test("lines without sentences are cut between lines", async () => {
  const lines = Array.from({ length: 100 }, (_, at) => `entry ${at} of the long log`);
  for (const { text } of await cut([paragraph(lines.join("\n"))], { overlap: 0 }))
    for (const line of text.split("\n")) expect(lines).toContain(line);
});

test("items of a list are whole, one to a line, with one bullet each", async () => {
  const items = Array.from({ length: 40 }, (_, at) => `Item ${at}. ${prose(1 + (at % 4))}`);
  for (const strategy of CHUNKING.filter((name) => name !== "fixed")) {
    const chunks = await cut(
      items.map((text) => block("list_item", text)),
      { strategy },
    );
    expect(chunks.length).toBeGreaterThan(3);
    for (const { text } of chunks)
      for (const line of text.split("\n")) expect(items.map((item) => `- ${item}`)).toContain(line);
  }
  const marked = await cut(["1. one", "2) two", "* three"].map((text) => block("list_item", text)));
  expect(marked[0]?.text).toBe("1. one\n2) two\n* three");
});

test("an item too long for a chunk is cut like prose", async () => {
  const chunks = await cut([block("list_item", prose(100))], { strategy: "sentence" });
  expect(chunks.length).toBeGreaterThan(4);
  for (const { text } of chunks) expect(text).toMatch(/today\.$/);
});

const tables = fc
  .record({
    rows: fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 120 }),
    ruled: fc.boolean(),
    above: fc.constantFrom("", "Readings of the gauge.", prose(15)),
  })
  .map(({ rows, ruled, above }) => {
    const header = ruled ? "Day | Height\n--- | ---" : "Day | Height";
    return { header, above, rows: rows.map((length, at) => `${at} | ${"h".repeat(length)}`) };
  });

test("a long table is cut between rows, and its header stands over each part", async () => {
  await fc.assert(
    fc.asyncProperty(
      tables,
      fc.constantFrom(...CHUNKING),
      async ({ header, rows, above }, strategy) => {
        const table = block("table", [header, ...rows].join("\n"), 1);
        const chunks = await cut([paragraph(above), table, paragraph("Below the table.")], {
          strategy,
          size: 300,
          overlap: 80,
        });
        const seen: string[] = [];
        for (const { text, overlap } of chunks) {
          expect(text.length).toBeLessThanOrEqual(300);
          const lines = text.split("\n");
          const own = text
            .slice(overlap)
            .split("\n")
            .filter((line) => rows.includes(line));
          seen.push(...own);
          for (const line of lines.filter((each) => / \| h/.test(each)))
            expect(rows).toContain(line);
          if (own.length > 0) expect(text).toContain(header);
        }
        expect(seen).toEqual(rows);
        expect(bare(chunks.at(-1)?.text ?? "").endsWith("Belowthetable.")).toBe(true);
      },
    ),
    { numRuns: 150 },
  );
});

test("a row longer than a chunk is cut between words, and a header as long as a chunk is not repeated", async () => {
  const table = `Name | Notes\nA | ${"word ".repeat(100).trim()}\nB | short`;
  const chunks = await cut([block("table", table)], { size: 200, overlap: 50 });
  expect(chunks.length).toBeGreaterThan(2);
  for (const { text, overlap } of chunks) {
    expect(text.length).toBeLessThanOrEqual(200);
    expect(text.startsWith("Name | Notes\n")).toBe(true);
    expect(overlap).toBe(0);
  }
  const wide = `${"Column | ".repeat(20)}\n${Array.from({ length: 30 }, (_, at) => `${at} | 1 | 2`).join("\n")}`;
  for (const { text } of (await cut([block("table", wide)], { size: 200, overlap: 0 })).slice(1))
    expect(text).not.toContain("Column");
});

test("code is cut between lines, keeps its indentation, and its groups where they fit", async () => {
  const group = (name: number) =>
    `function f${name}() {\n${Array.from({ length: 6 }, (_, at) => `    const value${at} = ${name} + ${at};`).join("\n")}\n}`;
  const code = Array.from({ length: 12 }, (_, at) => group(at)).join("\n\n");
  for (const strategy of CHUNKING) {
    const chunks = await cut([paragraph("How it works."), block("code", code)], {
      strategy,
      size: 600,
      overlap: 100,
    });
    const lines = code.split("\n");
    for (const { text } of chunks)
      for (const line of text.split("\n"))
        if (line !== "How it works.") expect(lines).toContain(line);
  }
  for (const { text } of await cut([block("code", code)], { size: 600, overlap: 0 }))
    expect(text).toMatch(/^function[^]*\}$/);
  const [indented] = await cut([block("code", "\n    if (x)\n        y();\n\n")]);
  expect(indented?.text).toBe("    if (x)\n        y();");
});

test("a heading is not left alone at the end of a chunk", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 30 })), {
        minLength: 1,
      }),
      fc.constantFrom(...CHUNKING),
      async (sections, strategy) => {
        const blocks = sections.flatMap(([level, count], at) => [
          heading(level, `Heading ${at}`),
          ...(count === 0 ? [] : [paragraph(prose(count))]),
        ]);
        const chunks = await cut([...blocks, paragraph("The end.")], {
          strategy,
          size: 400,
          overlap: 100,
        });
        for (const { text } of chunks) expect(text).not.toMatch(/(?:^|\n)Heading \d+$/);
      },
    ),
    { numRuns: 150 },
  );
});

test("the heading path is the chain in force where a chunk begins, levels left out or not", async () => {
  const chunks = await cut(
    [
      paragraph(prose(10, "author")),
      heading(1, "Harbour"),
      heading(3, "Tides"),
      paragraph(prose(20)),
      heading(2, "Lights"),
      paragraph(prose(40)),
      heading(1, "Town"),
      paragraph(prose(10)),
    ],
    { size: 1000, overlap: 200 },
  );
  expect(chunks.map(({ heading_path }) => heading_path)).toEqual([
    [],
    ["Harbour", "Tides"],
    ["Harbour", "Lights"],
    ["Harbour", "Lights"],
    ["Town"],
  ]);
  expect(chunks.at(-1)?.text).toMatch(/^Town\n\nThe keeper/);
});

test("a path is at most six deep, of headings of at most 200 characters on one line", async () => {
  const deep = Array.from({ length: 9 }, (_, at) => heading(at + 1, `Level ${at + 1}`));
  const [first] = await cut([...deep, paragraph("Text.")]);
  expect(first?.heading_path).toEqual(deep.slice(0, 6).map(({ text }) => text));
  const [long] = await cut([heading(1, `A\n very ${"long ".repeat(100)}`), paragraph("Text.")]);
  expect(long?.heading_path[0]).toMatch(/^A very long/);
  expect(long?.heading_path[0]?.length).toBeLessThanOrEqual(200);
});

test("a chunk that begins with a heading repeats nothing of the section before", async () => {
  const blocks = [1, 2, 3, 4].flatMap((part) => [
    heading(2, `Part ${part}`),
    paragraph(prose(30, `keeper of part ${part}`)),
  ]);
  for (const strategy of CHUNKING)
    for (const { text, overlap } of await cut(blocks, { strategy })) {
      const first = /of part (\d)/.exec(text.slice(overlap))?.[1];
      for (const [, part] of text.slice(0, overlap).matchAll(/of part (\d)/g))
        expect(part).toBe(first);
    }
});

test("markdown: each section is its own, a long one is cut and keeps its path", async () => {
  const chunks = await cut(
    [
      paragraph("Before all headings."),
      heading(1, "Guide"),
      heading(2, "Start"),
      paragraph("Short."),
      heading(2, "Use"),
      paragraph(prose(60)),
      heading(1, "End"),
      paragraph("Short, too."),
    ],
    { strategy: "markdown" },
  );
  expect(chunks.map(({ text }) => text.split("\n")[0])).toEqual([
    "Before all headings.",
    "Guide",
    "Use",
    ...chunks.slice(3, -1).map(({ text }) => text.split("\n")[0]),
    "End",
  ]);
  const use = chunks.filter(({ heading_path }) => heading_path.join("/") === "Guide/Use");
  expect(use.length).toBeGreaterThan(2);
  expect(use.slice(1).every(({ overlap }) => overlap > 0)).toBe(true);
  expect(use[0]?.overlap).toBe(0);
  expect(chunks.at(-1)).toMatchObject({
    text: "End\n\nShort, too.",
    overlap: 0,
    heading_path: ["End"],
  });
});
