import { expect, test } from "vitest";
import { embeddedEmbedder } from "../../../src/llm/embedders/embedded.ts";
import type { Embedder } from "../../../src/llm/embedders/embedder.ts";
import type { AskModel } from "../../../src/rag/ask.ts";
import type { Candidate } from "../../../src/rag/index/calls.ts";
import { rank, type RankServices } from "../../../src/rag/rank.ts";
import { planFor } from "../../../src/rag/settings.ts";
import type { SearchSettings } from "../../../src/protocol/knowledge.ts";

const MEANING: Embedder = { ...embeddedEmbedder(), id: "openai/x", reads: "meaning" };

const candidate = (name: string, scores: Partial<Candidate> = {}): Candidate => ({
  document: `doc_${name}`,
  version: 1,
  chunk_id: `doc_${name}:1:0`,
  collection: "col_a",
  position: 0,
  text: `What ${name} says, and nobody else: ${name.repeat(5)}.`,
  overlap: 0,
  page: null,
  pages: [],
  heading_path: [],
  head: {
    name,
    title: null,
    kind: "text",
    author: null,
    language: null,
    date: "2026-01-01",
    metadata: {},
  },
  semantic: null,
  keyword: null,
  lexical: 0,
  vector: null,
  ...scores,
});

function ranked(
  candidates: Candidate[],
  settings: SearchSettings = {},
  services: Partial<RankServices> = {},
) {
  const notices = new Set<string>();
  const plan = planFor({ collections: [], named: false }, settings, { context_tokens: 4000 });
  const whole: RankServices = {
    embedder: MEANING,
    crossEncoder: null,
    ask: null,
    minScore: undefined,
    signal: new AbortController().signal,
    notices,
    ...services,
  };
  return rank({ query: "a question", plan, candidates }, whole).then((found) => ({
    names: found.map((one) => one.candidate.head.name),
    scores: found.map(({ score }) => score),
    notices: [...notices],
  }));
}

const NEAR = { semantic: 0.9 };

test("what neither meaning nor words speak for is left out, whatever its rank", async () => {
  const found = await ranked([
    candidate("near", { semantic: 0.71 }),
    candidate("far", { semantic: 0.6, keyword: 9 }),
    candidate("worded", { semantic: 0.1, keyword: 3, lexical: 0.5 }),
  ]);
  expect(found.names.sort()).toEqual(["near", "worded"]);
});

test("vectors of words do not speak for what the words themselves do not", async () => {
  const candidates = [candidate("hashed", { semantic: 0.9, keyword: 1, lexical: 0.1 })];
  expect((await ranked(candidates, {}, { embedder: embeddedEmbedder() })).names).toEqual([]);
  const semantic = await ranked(candidates, { mode: "semantic" }, { embedder: embeddedEmbedder() });
  expect(semantic.names).toEqual(["hashed"]);
});

test("a score that was asked for takes the place of every threshold", async () => {
  const candidates = [candidate("a", { semantic: 0.2 }), candidate("b", { semantic: 0.1 })];
  const all = await ranked(candidates, { mode: "semantic", rerank: "none", min_score: 0 });
  expect(all.names).toEqual(["a", "b"]);
  const some = await ranked(candidates, { mode: "semantic", rerank: "none", min_score: 0.15 });
  expect(some.names).toEqual(["a"]);
});

test("alpha shares between meaning and words", async () => {
  const candidates = [
    candidate("meant", { semantic: 0.9, keyword: 1 }),
    candidate("worded", { semantic: 0.75, keyword: 10 }),
  ];
  expect((await ranked(candidates, { alpha: 1 })).names[0]).toBe("meant");
  expect((await ranked(candidates, { alpha: 0 })).names[0]).toBe("worded");
});

test("a cross-encoder puts the best of what was fused into order, and has its say in what counts", async () => {
  const asked: number[] = [];
  const crossEncoder: RankServices["crossEncoder"] = async (_, texts) => {
    asked.push(texts.length);
    return texts.map((text) => (text.includes("right") ? 0.9 : 0.01));
  };
  const many = Array.from({ length: 30 }, (_, n) => candidate(`wrong${n}`, NEAR));
  const found = await ranked(
    [...many.slice(0, 10), candidate("right", NEAR), ...many.slice(10)],
    {},
    {
      crossEncoder,
    },
  );
  expect(found.names).toEqual(["right"]);
  expect(asked).toEqual([20]);
});

test("a reranker that fails is done without, and that is said", async () => {
  const crossEncoder = () => Promise.reject(new Error("no model"));
  const found = await ranked([candidate("a", NEAR)], {}, { crossEncoder });
  expect(found.names).toEqual(["a"]);
  expect(found.notices.join()).toContain("did not answer");
});

test("any model ranks: it is shown the texts as data, and answers with numbers", async () => {
  let prompt = "";
  const ask: AskModel = async (question) => {
    prompt = question.prompt;
    return "Here you are: [0.2, 0.9]";
  };
  const found = await ranked(
    [candidate("a", NEAR), candidate("b", NEAR)],
    { rerank: "model" },
    { ask },
  );
  expect(found.names).toEqual(["b", "a"]);
  expect(prompt).toContain("<source>\n[1]");
  const mute = await ranked(
    [candidate("a", NEAR)],
    { rerank: "model" },
    { ask: async () => "Hm." },
  );
  expect(mute.notices).toHaveLength(1);
  const nobody = await ranked([candidate("a", NEAR)], { rerank: "cross_encoder" });
  expect(nobody.notices.join()).toContain("no reranker cross_encoder");
});

test("what says the same twice is told once, and the best comes first", async () => {
  const text = "The very same sentence stands in both of these two documents.";
  const found = await ranked([
    candidate("a", { ...NEAR, lexical: 0.5, text }),
    candidate("copy", { semantic: 0.8, lexical: 0.4, text }),
    candidate("c", { semantic: 0.85, lexical: 0.6 }),
  ]);
  expect(found.names).not.toContain("copy");
  expect(found.scores).toEqual(found.scores.toSorted((x, y) => y - x));
});
