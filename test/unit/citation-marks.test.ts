// Citations in an answer as the page finds them, and what each of them opens.
import type { Nodes } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";
import { expect, test } from "vitest";
import type { Citation, Source } from "../../src/protocol/knowledge.ts";
import { citing, meantBy } from "../../web/src/knowledge/marks.ts";
import { around, passagesIn, passagesOf, quoteAt } from "../../web/src/knowledge/passages.ts";

const TEXTS = [
  "Owls hunt at night. Herons stand still.",
  "Ice floats.",
  "Iron rusts.",
  "Salt melts ice.",
];
const SOURCES = TEXTS.map((text, at): Source => {
  const number = at + 1;
  return {
    number,
    chunk_id: `doc_${number}:1:0`,
    document_id: `doc_${number}`,
    document_name: `Paper ${number}.pdf`,
    collection_id: "col_1",
    title: null,
    page: number,
    heading_path: ["Part"],
    score: 0.9,
    text,
    pages: [],
  };
});
const PASSAGES = passagesOf(SOURCES);

test("marks are found in text, lists, tables and emphasis, with where they stand", () => {
  const answer = [
    "Owls hunt [1]. **Herons [2, 3]** do not.",
    "",
    "- ice [Source 2]",
    "",
    "| a | b |",
    "| - | - |",
    "| salt 【4】 | x [1–3] |",
    "",
    "> quoted [Source: Paper 1.pdf]",
  ].join("\n");
  const marks = marksIn(answer);
  expect(marks.map(({ mark }) => mark)).toEqual([
    "[1]",
    "[2, 3]",
    "[Source 2]",
    "【4】",
    "[1–3]",
    "[Source: Paper 1.pdf]",
  ]);
  for (const { mark, at } of marks) expect(answer.slice(at).startsWith(mark)).toBe(true);
});

test("in code, in links, and where a reference is defined, a mark stays what it is", () => {
  const answer =
    "`a[1]` and [see [1]](https://example.com)\n\n```\nb[1] = 2\n```\n\n    c[1]\n\n[2] [text][2]\n\n[2]: https://example.com";
  expect(marksIn(answer)).toEqual([]);
});

test("a mark means the sources that it names; one that names another means nothing", () => {
  const meant = (mark: string) => meantBy(mark, PASSAGES)?.map(({ number }) => number) ?? null;
  expect(meant("[1]")).toEqual([1]);
  expect(meant("[^2]")).toEqual([2]);
  expect(meant("[1, 3]")).toEqual([1, 3]);
  expect(meant("[2–4]")).toEqual([2, 3, 4]);
  expect(meant("[1 and 1]")).toEqual([1]);
  expect(meant("[Source 4]")).toEqual([4]);
  expect(meant("[source: paper 3.PDF ]")).toEqual([3]);
  expect(meant("[7]")).toBeNull();
  expect(meant("[1, 7]")).toBeNull();
  expect(meant("[Source: nothing]")).toBeNull();
});

test("each place opens what it rests on, in the text where that was heard", () => {
  const citations = [
    citation(1, 12, "Owls hunt at night."),
    citation(1, 40, "Herons stand still."),
  ];
  const [first] = passagesIn({ citations, metadata: {} }, SOURCES);
  if (first === undefined) throw new Error("nothing was cited");
  expect(quoteAt(first, 13)?.quote).toBe("Owls hunt at night.");
  expect(quoteAt(first, 39)?.quote).toBe("Herons stand still.");
  const quote = quoteAt(first, 40);
  expect(quote === null || first.text === null ? null : around(first.text, quote)).toEqual([
    "Owls hunt at night. ",
    "Herons stand still.",
    "",
  ]);
});

test("after a reload a message tells what it kept: quotes of what is cited, names of what was found", () => {
  const kept = SOURCES.map(({ text: _text, ...source }) => source);
  const metadata = { retrieval: { sources: [...kept, { number: "5" }, null] } };
  const passages = passagesIn({ citations: [citation(2, 5, "Ice floats.")], metadata }, []);
  expect(passages.map(({ number, text, quotes }) => [number, text, quotes.length])).toEqual([
    [1, null, 0],
    [2, null, 1],
    [3, null, 0],
    [4, null, 0],
  ]);
  expect(passagesIn({ citations: [citation(2, 5, "Ice floats.")], metadata: {} }, [])).toHaveLength(
    1,
  );
});

test("a quote that stands elsewhere in the text is found there; one that does not is not marked", () => {
  const quote = { offset: 0, quote: "stand", start: 3, end: 8 };
  expect(around("Herons stand.", quote)).toEqual(["Herons ", "stand", "."]);
  expect(around("Owls fly.", quote)).toBeNull();
  expect(around("Owls fly.", { ...quote, quote: "" })).toBeNull();
});

function citation(number: number, offset: number, quote: string): Citation {
  const source = SOURCES[number - 1];
  if (source === undefined) throw new Error(`there is no source ${number}`);
  const { text, collection_id: _collection, score: _score, ...place } = source;
  const start = text.indexOf(quote);
  return { ...place, offset, quote, start, end: start + quote.length };
}

function marksIn(answer: string): { mark: string; at: number }[] {
  const tree = fromMarkdown(answer, {
    extensions: [gfm()],
    mdastExtensions: [gfmFromMarkdown()],
  });
  citing()(tree);
  return [...found(tree)];
}

function* found(node: Nodes): Generator<{ mark: string; at: number }> {
  const { hProperties } = (node.data ?? {}) as { hProperties?: Record<string, unknown> };
  const { dataMark, dataAt } = hProperties ?? {};
  if (typeof dataMark === "string" && typeof dataAt === "number")
    yield { mark: dataMark, at: dataAt };
  if ("children" in node) for (const child of node.children) yield* found(child);
}
