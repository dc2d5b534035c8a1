// How a search is done: what the request says, then what its collection is set to, then what the
// collection's pattern stands for.
import type { CollectionSettings, Retrieval, SearchSettings } from "../protocol/knowledge.ts";

/** Every part of the pipeline, settled. */
export type Plan = {
  [Name in Exclude<keyof Retrieval, "min_score">]-?: Exclude<Retrieval[Name], undefined>;
} & {
  /** Null: what the embedder and the reranker were measured to need. */
  min_score: number | null;
  /** Searches that a model may ask for, the first included. */
  rounds: number;
};

/** Candidates: of each kind; that are fused; that are reranked (seed 003 §6.4). */
export const FUNNEL = { found: 100, fused: 50, reranked: 20 } as const;

const MOST_ROUNDS = 3;

type Pattern = CollectionSettings["pattern"];

const BASE = {
  mode: "hybrid",
  top_k: 5,
  fusion: "rrf",
  alpha: 0.5,
  rerank: "auto",
  rewrite: true,
  expand: "feedback",
  diversity: 0.1,
  neighbours: 0,
  context_tokens: 4_000,
  order: "relevance",
} as const satisfies Retrieval;

/**
 * Seed 003 §6.1. `naive` finds by meaning and takes what comes first; `advanced` has every stage;
 * `modular` is hybrid search and nothing beside it, until its settings add or swap a part; `agentic` is
 * `advanced`, and searches again where what was found does not answer.
 */
const PATTERNS: Record<Pattern, Said & { rounds?: number }> = {
  naive: { mode: "semantic", rerank: "none", rewrite: false, expand: "none", diversity: 0 },
  advanced: {},
  modular: { rerank: "none", rewrite: false, expand: "none", diversity: 0 },
  agentic: { rounds: MOST_ROUNDS },
};

/**
 * @param collections in the order in which they were named: the first one's settings count for all. Where none
 *   was named and there are several, nobody's do.
 */
export function planFor(
  {
    collections,
    named,
  }: { collections: readonly { settings: CollectionSettings }[]; named: boolean },
  request: SearchSettings & { pattern?: Pattern | undefined },
  standard: { context_tokens: number },
): Plan {
  const first = named || collections.length === 1 ? collections[0]?.settings : undefined;
  const { pattern = first?.pattern ?? "advanced", ...asked } = request;
  const { rounds = 1, ...preset } = PATTERNS[pattern];
  const said = { ...known(first?.retrieval ?? {}), ...known(asked) };
  // Who says how the two are to be weighed does not want them weighed anew.
  const weighs = said.fusion !== undefined || said.alpha !== undefined;
  return {
    ...BASE,
    min_score: null,
    ...standard,
    ...preset,
    ...(weighs ? { rerank: "none" as const } : {}),
    ...said,
    ...(said.alpha !== undefined && said.fusion === undefined
      ? { fusion: "weighted" as const }
      : {}),
    rounds,
  };
}

/** Without what is not said: it would hide what is. */
function known(settings: Retrieval): Said {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same names, fewer of them
  return Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== undefined),
  ) as Said;
}
type Said = { -readonly [Name in keyof Retrieval]?: Exclude<Retrieval[Name], undefined> };

/** For whoever compares: the same for plans that search alike. */
export function nameOf(plan: Plan): string {
  const { mode, fusion, alpha, rerank, expand, diversity, top_k } = plan;
  const { rounds, neighbours, min_score, order } = plan;
  return [
    mode,
    ...(mode === "hybrid" ? [fusion === "rrf" ? "rrf" : `alpha ${alpha}`] : []),
    ...(rerank === "none" ? [] : [`rerank ${rerank}`]),
    ...(expand === "none" ? [] : [`expand ${expand}`]),
    ...(diversity === 0 ? [] : [`diversity ${diversity}`]),
    ...(neighbours === 0 ? [] : [`neighbours ${neighbours}`]),
    ...(min_score === null ? [] : [`at least ${min_score}`]),
    ...(order === "relevance" ? [] : [`by ${order}`]),
    ...(rounds === 1 ? [] : [`up to ${rounds} searches`]),
    `top ${top_k}`,
  ].join(", ");
}
