// Candidates → results: one list of the two kinds, put into order, without what does not answer and
// without what says the same twice.
import { AppError } from "../errors.ts";
import type { Embedder } from "../llm/embedders/embedder.ts";
import type { AskModel } from "./ask.ts";
import { diverse, type Scored } from "./diversity.ts";
import { fuseByRank, fuseByScore } from "./fuse.ts";
import type { Candidate } from "./index/calls.ts";
import type { CrossEncoder } from "./rerank/cross-encoder.ts";
import { scoreByModel } from "./rerank/model.ts";
import { FUNNEL, type Plan } from "./settings.ts";
import { termsOf } from "./words/terms.ts";

/** `keyword`: 0 to 1, of the best. `rerank`: what the last stage said; null where there was none. */
export type Ranked = {
  candidate: Candidate;
  score: number;
  keyword: number | null;
  rerank: number | null;
};

export type Ranking = {
  query: string;
  plan: Plan;
  candidates: readonly Candidate[];
};

export type RankServices = {
  embedder: Embedder;
  crossEncoder: CrossEncoder | null;
  ask: AskModel | null;
  /** The cosine that counts, where it is configured. */
  minScore: number | undefined;
  signal: AbortSignal;
  notices: Set<string>;
};

/** Below it a chunk's words do not answer the question (measured: docs/retrieval.md). */
const LEAST_LEXICAL = 0.35;
/** What a cross-encoder or a model must say of it. */
const LEAST_JUDGED = 0.15;
/** A cosine above which a chunk is about the question (seed 003 §6.4). */
const LEAST_COSINE = 0.7;
/** The same of vectors that are made of words (measured), and what they count beside a list of words. */
const LEAST_OF_WORDS = 0.3;
const TRUST_IN_WORDS = 0.1;

export async function rank(ranking: Ranking, services: RankServices): Promise<Ranked[]> {
  const { plan } = ranking;
  const fused = fuse(ranking, services.embedder);
  const { reranked, judged } = await rerank(ranking, fused, services);
  const answering = reranked.filter((one) => answers(one, plan, services, judged));
  const chosen = diverse(
    answering.map((one) =>
      comparable(one, services.embedder.reads === "meaning" ? one.candidate.vector : null),
    ),
    plan.diversity,
    plan.top_k,
  );
  return chosen.map(({ item }) => item).sort((a, b) => b.score - a.score);
}

/** Its terms are read where they are asked for, once. */
function comparable(item: Ranked, vector: Float32Array | null): Scored<Ranked> {
  let terms: Set<string> | null = null;
  return {
    item,
    score: item.score,
    vector,
    get terms() {
      return (terms ??= new Set(termsOf(item.candidate.text)));
    },
  };
}

/** Best first. */
function fuse({ candidates, plan }: Ranking, embedder: Embedder): Ranked[] {
  const bySemantic = sortedBy(candidates, ({ semantic }) => semantic);
  const byKeyword = sortedBy(candidates, ({ keyword }) => keyword);
  const most = byKeyword[0]?.keyword ?? 0;
  const shareOf = ({ keyword }: Candidate) =>
    keyword === null ? null : most <= 0 ? 0 : Math.max(0, keyword) / most;
  const scores = scoresOf(plan, bySemantic, byKeyword, embedder);
  return [...scores].map(([candidate, score]) => ({
    candidate,
    score,
    keyword: shareOf(candidate),
    rerank: null,
  }));
}

function scoresOf(
  { mode, fusion, alpha }: Plan,
  bySemantic: Candidate[],
  byKeyword: Candidate[],
  embedder: Embedder,
): Map<Candidate, number> {
  const semantic = new Map(bySemantic.map((it) => [it, it.semantic ?? 0]));
  const keyword = new Map(byKeyword.map((it) => [it, it.keyword ?? 0]));
  if (mode === "semantic") return fuseByScore(semantic, new Map(), 1);
  if (mode === "keyword") return fuseByScore(new Map(), keyword, 0);
  if (fusion === "weighted") return fuseByScore(semantic, keyword, alpha);
  return fuseByRank([
    { ids: bySemantic, weight: embedder.reads === "words" ? TRUST_IN_WORDS : 1 },
    { ids: byKeyword },
  ]);
}

/** Those that have a score, best first. */
function sortedBy(
  candidates: readonly Candidate[],
  score: (candidate: Candidate) => number | null,
): Candidate[] {
  return candidates
    .filter((it) => score(it) !== null)
    .sort((a, b) => (score(b) ?? 0) - (score(a) ?? 0));
}

/** `judged`: by whoever read question and text together. */
async function rerank(
  { query, plan }: Ranking,
  fused: readonly Ranked[],
  services: RankServices,
): Promise<{ reranked: Ranked[]; judged: boolean }> {
  const kind = kindOf(plan, services);
  if (kind === "none" || fused.length === 0)
    return { reranked: fused.slice(0, FUNNEL.fused), judged: false };
  const head = fused.slice(0, FUNNEL.reranked);
  const scores = kind === "lexical" ? null : await asked(kind, query, head, services);
  if (scores === null) return { reranked: lexically(fused, services.embedder), judged: false };
  const reranked = head
    .map((one, at) => scoredAs(one, scores[at] ?? 0))
    .sort((a, b) => b.score - a.score);
  return { reranked, judged: true };
}

function kindOf(
  { rerank: wanted, mode }: Plan,
  { crossEncoder, ask, notices }: RankServices,
): Exclude<Plan["rerank"], "auto"> {
  if (wanted === "auto" && crossEncoder !== null) return "cross_encoder";
  // Who asks for meaning alone does not want words to decide.
  if (wanted === "auto") return mode === "semantic" ? "none" : "lexical";
  const missing =
    (wanted === "cross_encoder" && crossEncoder === null) || (wanted === "model" && ask === null);
  if (!missing) return wanted;
  notices.add(`There is no reranker ${wanted} here: results are ordered by their words (${mode}).`);
  return "lexical";
}

/** By whoever reads question and text together; null where that failed. */
async function asked(
  kind: "cross_encoder" | "model",
  query: string,
  head: readonly Ranked[],
  { crossEncoder, ask, signal, notices }: RankServices,
): Promise<number[] | null> {
  const texts = head.map(({ candidate }) => [...candidate.heading_path, candidate.text].join("\n"));
  try {
    const scores =
      kind === "model"
        ? ask === null
          ? null
          : await scoreByModel(ask, query, texts)
        : ((await crossEncoder?.(query, texts, signal)) ?? null);
    if (scores !== null) return scores;
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof TypeError || thrown instanceof RangeError) throw thrown; // ours
    if (thrown instanceof AppError && thrown.failure.code === "BUDGET_EXCEEDED") throw thrown;
  }
  notices.add("The reranker did not answer: results are ordered by their words.");
  return null;
}

/**
 * By how much of the question their words answer, all that were found: they were read for it already. Where
 * vectors know meaning, what they say counts as much.
 */
function lexically(fused: readonly Ranked[], embedder: Embedder): Ranked[] {
  const scored = fused.map((one) => scoredAs(one, one.candidate.lexical));
  if (embedder.reads === "words") return scored.sort((a, b) => b.score - a.score);
  const byWords = scored.toSorted((a, b) => b.score - a.score);
  return [...fuseByRank([{ ids: scored }, { ids: byWords }])].map(([one, score]) =>
    Object.assign(one, { score }),
  );
}

/** By what a reranker said of it. */
function scoredAs(one: Ranked, score: number): Ranked {
  return { ...one, score, rerank: score };
}

/**
 * Whether there is reason to believe that it says something of the question.
 * @param judged whether its score is of whoever read question and text together
 */
function answers(
  { candidate, score }: Ranked,
  { min_score, mode }: Plan,
  { embedder, minScore }: RankServices,
  judged: boolean,
): boolean {
  if (min_score !== null) return score >= min_score;
  if (judged) return score >= LEAST_JUDGED;
  const least = minScore ?? (embedder.reads === "words" ? LEAST_OF_WORDS : LEAST_COSINE);
  const near = candidate.semantic !== null && candidate.semantic >= least;
  if (mode === "semantic") return near;
  // Vectors of words say nothing that the words themselves do not say better.
  if (near && embedder.reads === "meaning") return true;
  return candidate.lexical >= LEAST_LEXICAL;
}
