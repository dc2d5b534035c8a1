// Collections in the layouts that are common, and what is said of lines that are broken.
import { expect, test } from "vitest";
import {
  CollectionError,
  parseCorpus,
  parseQrels,
  parseQueries,
} from "../../../src/rag/evaluate/collections.ts";

const fixtures = import.meta.glob<string>("../../fixtures/retrieval/*", {
  query: "?raw",
  import: "default",
  eager: true,
});
const fixture = (name: string) => fixtures[`../../fixtures/retrieval/${name}`] ?? "";

test("documents are read under each name that is common", () => {
  const jsonl = [
    '{"_id": "a", "title": "Tides", "text": "They rise.", "metadata": {"url": "x"}}',
    '{"id": 7, "contents": "They fall."}',
    "",
    '{"doc_id": "c", "title": null, "text": ""}',
    "",
  ];
  const expected = [
    { id: "a", title: "Tides", text: "They rise." },
    { id: "7", title: "", text: "They fall." },
    { id: "c", title: "", text: "" },
  ];
  expect(parseCorpus(jsonl.join("\n"))).toEqual(expected);
  expect(parseCorpus(`\uFEFF${jsonl.join("\r\n")}`)).toEqual(expected);
  expect(parseCorpus("")).toEqual([]);
});

test("questions are read under each name that is common", () => {
  expect(
    parseQueries(
      '{"_id": "1", "text": "When?"}\n{"query_id": 2, "query": "How?"}\n{"id": "x", "text": "Why?", "metadata": {}}',
    ),
  ).toEqual([
    { id: "1", text: "When?" },
    { id: "2", text: "How?" },
    { id: "x", text: "Why?" },
  ]);
});

const judged = new Map([
  [
    "q1",
    new Map([
      ["a", 2],
      ["b", 1],
    ]),
  ],
  ["q2", new Map([["c d", 1]])],
]);

test.each([
  ["three columns", "q1\ta\t2\nq1\tb\t1\nq2\tc d\t1\n"],
  ["below BEIR's header", "query-id\tcorpus-id\tscore\nq1\ta\t2\nq1\tb\t1\nq2\tc d\t1"],
  ["TREC's four, between tabs", "q1\t0\ta\t2\r\nq1\t0\tb\t1\r\nq2\tQ0\tc d\t1\r\n"],
  ["with what is not relevant", "q1\ta\t2\nq1\tx\t0\nq1\tb\t1\nq2\tc d\t1\nq3\ta\t0\nq3\tb\t-1"],
  ["judged again", "q1\ta\t1\nq1\tb\t1\nq2\tc d\t1\nq1\ta\t2"],
])("judgements: %s", (_, table) => {
  expect(parseQrels(table)).toEqual(judged);
});

test("judgements between spaces", () => {
  expect(parseQrels("q1 0 a 2\nq1  0  b  1")).toEqual(new Map([["q1", judged.get("q1")]]));
  expect(parseQrels("q1 a 2\n q1 b 1.0 ")).toEqual(new Map([["q1", judged.get("q1")]]));
});

test.each([
  [
    "no JSON",
    () => parseCorpus('{"id": "a", "text": "b"}\n\n{"id": '),
    "corpus, line 3: is not JSON",
  ],
  ["no object", () => parseCorpus('["a"]'), "corpus, line 1: it: "],
  ["no id", () => parseCorpus('{"text": "a"}'), "corpus, line 1: has no id"],
  ["an empty id", () => parseCorpus('{"id": "", "text": "a"}'), "corpus, line 1: id"],
  ["no text", () => parseCorpus('{"id": "a"}'), 'corpus, line 1: has no "text" or "contents"'],
  ["a text that is none", () => parseCorpus('{"id": "a", "text": 5}'), "corpus, line 1: text"],
  [
    "an id twice",
    () => parseCorpus('{"id": "a", "text": ""}\n{"id": "a", "text": ""}'),
    "corpus, line 2: has an id that was there before",
  ],
  ["no question", () => parseQueries('{"id": "a"}'), 'queries, line 1: has no "text" or "query"'],
  ["two columns", () => parseQrels("q1\ta\t1\nq1\ta"), "qrels, line 2: should have three columns"],
  ["five columns", () => parseQrels("q1\t0\ta\t1\tx"), "qrels, line 1: should have three columns"],
  [
    "a header further down",
    () => parseQrels("q1\ta\t1\nquery-id\tcorpus-id\tscore"),
    "qrels, line 2: should end in a grade",
  ],
])("a line is named with what is wrong: %s", (_, read, message) => {
  expect(read).toThrow(CollectionError);
  expect(read).toThrow(message);
});

test("the collection that comes with the tests is whole", () => {
  const documents = parseCorpus(fixture("corpus.jsonl"));
  const questions = parseQueries(fixture("queries.jsonl"));
  const judgements = parseQrels(fixture("qrels.tsv"));
  expect(documents.length).toBeGreaterThanOrEqual(60);
  expect(questions.length).toBeGreaterThanOrEqual(30);
  const ids = new Set(documents.map(({ id }) => id));
  for (const { id } of questions) expect([...(judgements.get(id)?.values() ?? [])]).toContain(2);
  for (const [query, relevant] of judgements) {
    expect(questions.map(({ id }) => id)).toContain(query);
    for (const id of relevant.keys()) expect(ids).toContain(id);
  }
});
