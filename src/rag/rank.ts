// Candidates → results: one list of the two kinds, put into order, without what does not answer and
// without what says the same twice.
import type { Embedder } from "../llm/embedders/embedder.ts";
import type { AskModel } from "./ask.ts";
import type { Candidate, TermStatistics } from "./index/calls.ts";
import type { CrossEncoder } from "./rerank/cross-encoder.ts";
import type { Plan } from "./settings.ts";

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
  statistics: TermStatistics;
};

export type RankServices = {
  embedder: Embedder;
  crossEncoder: CrossEncoder | null;
  ask: AskModel | null;
  minScore: number | undefined;
  signal: AbortSignal;
  notices: Set<string>;
};

export async function rank(
  { candidates, plan }: Ranking,
  _services: RankServices,
): Promise<Ranked[]> {
  return candidates
    .map((candidate) => ({ candidate, score: 0.5, keyword: null, rerank: null }))
    .slice(0, plan.top_k);
}
