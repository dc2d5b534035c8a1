// `npm run eval -- [--collection folder] [--queries n] [--url address] [--judge]`: how good search is on a labelled
// collection: corpus.jsonl, queries.jsonl, qrels.tsv (or qrels/test.tsv). Every way to search goes through the product's own
// door: documents are brought, indexed and asked for as anybody's are.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  type CorpusDocument,
  parseCorpus,
  parseQrels,
  parseQueries,
} from "../src/rag/evaluate/collections.ts";
import { each, type Local, local, settled } from "./local.ts";

const { values } = parseArgs({
  options: {
    collection: { type: "string", default: "test/fixtures/retrieval" },
    queries: { type: "string" },
    url: { type: "string" },
    judge: { type: "boolean", default: false },
  },
});

/** What is compared: words alone, meaning alone, both, and all that Edgewise does by default. */
const CONFIGURATIONS = [
  { name: "words (FTS5 BM25)", mode: "keyword", ...plain() },
  { name: "vectors alone", mode: "semantic", ...plain() },
  { name: "hybrid, fused", mode: "hybrid", ...plain() },
  { name: "hybrid, as standard", mode: "hybrid" },
] as const;

/** Questions of one request; where each is answered and judged, fewer. */
const SLICE = values.judge ? 25 : 100;
/** What an installation should reach (seed 003 §6.1), of what is measured here. */
const TARGETS = "Targets: precision_at_5 > 0.7, recall_at_10 > 0.8, p95 < 2000 ms";
const METRICS = ["ndcg_at_10", "map", "precision_at_5", "recall_at_10", "mrr_at_10"] as const;

type Figures = Record<string, number>;
type Sum = { figures: Figures; judged: Figures; questions: number; latencies: number[] };
type Report = {
  configurations: {
    name: string;
    retrieval: Figures | null;
    judged: Record<string, number | null>;
    cases: { latency_ms: number }[];
  }[];
};

/** The first of these files that there is. */
function read(...names: readonly string[]): string {
  const found = names.find((name) => existsSync(join(values.collection, name)));
  if (found !== undefined) return readFileSync(join(values.collection, found), "utf8");
  console.error(
    `There is no ${names.join(" or ")} in ${values.collection}: name a folder that has corpus.jsonl, queries.jsonl and qrels.tsv.`,
  );
  process.exit(1);
}

function plain() {
  return { rerank: "none", expand: "none", diversity: 0 } as const;
}

const corpus = parseCorpus(read("corpus.jsonl"));
const qrels = parseQrels(read("qrels.tsv", "qrels/test.tsv", "qrels.txt"));
const labelled = parseQueries(read("queries.jsonl")).filter(({ id }) => qrels.has(id));
const queries = labelled.slice(0, Number(values.queries ?? labelled.length));

const server = await local(values.url ?? null);
try {
  const collection = await bring(server, corpus);
  await report(server, collection);
} finally {
  await server.stop();
}

async function bring(to: Local, documents: readonly CorpusDocument[]): Promise<string> {
  const { id } = await to.call<{ id: string }>("POST", "/collections", {
    name: `Evaluation ${new Date().toISOString()}`,
  });
  const began = Date.now();
  await each(documents, 8, async ({ id: name, title, text }) => {
    if (title.trim() === "" && text.trim() === "") return;
    await to.call("POST", "/documents", {
      name,
      ...(title.trim() === "" ? {} : { title: title.slice(0, 255) }),
      text: text.trim() === "" ? title : text,
      collection: id,
    });
  });
  await settled(to, id, (left) => process.stdout.write(`\r${left} documents left to index     `));
  const seconds = (Date.now() - began) / 1000;
  console.log(
    `\r${documents.length} documents in ${seconds.toFixed(1)} s (${Math.round((60 * documents.length) / seconds)} a minute)`,
  );
  return id;
}

async function report(to: Local, collection: string): Promise<void> {
  const sums = new Map<string, Sum>();
  for (let from = 0; from < queries.length; from += SLICE) {
    const slice = queries.slice(from, from + SLICE);
    const { configurations } = await to.call<Report>("POST", "/rag/evaluate", {
      name: `eval ${values.collection.split("/").at(-1)} ${from}`,
      collections: [collection],
      configurations: CONFIGURATIONS,
      judge: values.judge,
      cases: slice.map(({ id, text }) => ({
        query: text.slice(0, 2_000),
        relevant: [...(qrels.get(id) ?? [])].map(([document_name, grade]) => ({
          document_name,
          grade: Math.min(10, grade),
        })),
      })),
    });
    for (const { name, retrieval, judged, cases } of configurations) {
      const sum = sums.get(name) ?? { figures: {}, judged: {}, questions: 0, latencies: [] };
      sum.questions += cases.length;
      sum.latencies.push(...cases.map(({ latency_ms }) => latency_ms));
      for (const [metric, value] of Object.entries(retrieval ?? {}))
        sum.figures[metric] = (sum.figures[metric] ?? 0) + value * cases.length;
      for (const [metric, value] of Object.entries(judged))
        if (value !== null) sum.judged[metric] = (sum.judged[metric] ?? 0) + value * cases.length;
      sums.set(name, sum);
    }
  }
  console.log(`\n${values.collection}: ${corpus.length} documents, ${queries.length} questions\n`);
  console.log(
    ["".padEnd(22), ...METRICS.map((it) => it.padStart(14)), "p50 ms", "p95 ms"].join(" "),
  );
  for (const [name, { figures, questions, latencies }] of sums) {
    const cells = METRICS.map((metric) => ((figures[metric] ?? 0) / questions).toFixed(3));
    const at = (share: number) =>
      String(latencies.toSorted((a, b) => a - b)[Math.floor(share * (latencies.length - 1))] ?? 0);
    console.log(
      [
        name.padEnd(22),
        ...cells.map((it) => it.padStart(14)),
        at(0.5).padStart(6),
        at(0.95).padStart(6),
      ].join(" "),
    );
  }
  for (const [name, { judged, questions }] of sums)
    if (Object.keys(judged).length > 0)
      console.log(
        `${name}: ${Object.entries(judged)
          .map(([metric, sum]) => `${metric} ${(sum / questions).toFixed(3)}`)
          .join(", ")}`,
      );
  // A question with two relevant documents cannot have more than 0.4 of its first five.
  console.log(`\n${TARGETS}`);
}
