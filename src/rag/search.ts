// A search, stage by stage: question → candidates of two kinds → one list → put into order → what answers,
// and is not the same twice. Which stages there are is the plan's to say.
import { type Embedder, EmbeddingError } from "../llm/embedders/embedder.ts";
import { estimateTokens } from "../llm/tokens.ts";
import type { Filters, SearchResult } from "../protocol/knowledge.ts";
import type { AskModel } from "./ask.ts";
import type {
  Candidate,
  IndexAnswer,
  IndexQuery,
  OtherEmbedder,
  QueryVector,
} from "./index/calls.ts";
import type { Embedders, KnowledgeOf } from "./knowledge.ts";
import { joinNeighbours } from "./neighbours.ts";
import { rank, type Ranked } from "./rank.ts";
import { rephrase } from "./rephrase.ts";
import type { CrossEncoder } from "./rerank/cross-encoder.ts";
import { FUNNEL, type Plan } from "./settings.ts";

export type Searched = {
  query: string;
  filters: Filters;
  collections: readonly { id: string; tenant_id: string }[];
  plan: Plan;
};

export type SearchServices = {
  knowledge: KnowledgeOf;
  embedders: Embedders;
  /** Null where there is none. */
  crossEncoder: CrossEncoder | null;
  /** Null where no model is to be asked. */
  ask: AskModel | null;
  /** Told what an embedder read, in tokens. */
  spent: (embedder: Embedder, tokens: number, milliseconds: number) => void;
  /** The cosine that counts, where it is configured. */
  minScore: number | undefined;
  /** Told where another embedder serves than the one that is configured. */
  outdated: (tenant_id: string) => void;
  now: () => number;
  signal: AbortSignal;
};

/** `notices`: what of the plan could not be done, as sentences. */
export type Found = { results: SearchResult[]; notices: string[] };

/** @throws {AppError} where the index cannot be reached */
export async function search(asked: Searched, services: SearchServices): Promise<Found> {
  const { plan, query, collections } = asked;
  if (collections.length === 0) return { results: [], notices: [] };
  const notices = new Set<string>();
  const queries = [query, ...(await others(asked, services, notices))];
  const answers = await Promise.all(
    [...Map.groupBy(collections, ({ tenant_id }) => tenant_id)].flatMap(([tenant_id, own]) =>
      queries.map((text) => ask(asked, { tenant_id, text, own }, services, notices)),
    ),
  );
  const candidates = merged(answers.map((answer) => answer.candidates));
  const ranked = await rank(
    { query, plan, candidates },
    {
      embedder: services.embedders.own,
      crossEncoder: services.crossEncoder,
      ask: services.ask,
      minScore: services.minScore,
      signal: services.signal,
      notices,
    },
  );
  const whole =
    plan.neighbours === 0 ? ranked : await widened(ranked, collections, plan.neighbours, services);
  return { results: whole.map(resultOf), notices: [...notices] };
}

async function others(
  { query, plan }: Searched,
  { ask: askModel }: SearchServices,
  notices: Set<string>,
): Promise<string[]> {
  if (plan.expand !== "model" || askModel === null) return [];
  try {
    return await rephrase(askModel, query);
  } catch {
    notices.add("The question was not said in other words: the model for that did not answer.");
    return [];
  }
}

type Part = { tenant_id: string; text: string; own: Searched["collections"] };

/** One tenant's index, by the embedder that serves there. */
async function ask(
  { plan, filters }: Searched,
  { tenant_id, text, own }: Part,
  services: SearchServices,
  notices: Set<string>,
): Promise<IndexAnswer> {
  const { knowledge, embedders } = services;
  const { index } = knowledge(tenant_id);
  const query: Omit<IndexQuery, "vector"> = {
    text,
    words: plan.mode !== "semantic",
    collections: own.map(({ id }) => id),
    filters,
    limit: FUNNEL.found,
    expand: plan.expand === "feedback" && plan.mode !== "semantic",
  };
  const byWords = (): Promise<IndexAnswer> =>
    index.search({ ...query, words: true, vector: null }).then(answerOf);
  if (plan.mode === "keyword") return byWords();
  let embedder: Embedder | null = embedders.own;
  // The second one is what serves; it may be replaced in between, and then there is a third.
  for (let tries = 0; tries < 3 && embedder !== null; tries++) {
    const values = await vectorOf(embedder, text, services);
    if (values === null) break;
    const answer = await index.search({
      ...query,
      vector: { embedder: embedder.id, values, ...usesOf(plan, embedder, services) },
    });
    if (!("embedder" in answer)) return answer;
    services.outdated(tenant_id);
    embedder = embedders.byId(answer.embedder);
  }
  notices.add("Meaning was not searched: the embedder could not be asked. Words were.");
  return byWords();
}

/** Of vectors that are words themselves little is wanted where words put all into order. */
function usesOf(
  { mode, rerank: wanted }: Plan,
  { reads }: Embedder,
  { crossEncoder }: SearchServices,
): Pick<QueryVector, "scan" | "told"> {
  const byWords = wanted === "lexical" || (wanted === "auto" && crossEncoder === null);
  const aside = reads === "words" && mode === "hybrid" && byWords;
  return { scan: !aside, told: reads === "meaning" };
}

const answerOf = (answer: IndexAnswer | OtherEmbedder): IndexAnswer =>
  "embedder" in answer ? NOTHING : answer;

const NOTHING: IndexAnswer = { candidates: [] };

/** Null where the embedder failed. */
async function vectorOf(
  embedder: Embedder,
  text: string,
  { spent, now, signal }: SearchServices,
): Promise<Float32Array | null> {
  const began = now();
  try {
    const [vector] = await embedder.embed([text], signal);
    spent(embedder, estimateTokens(text), now() - began);
    return vector ?? null;
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof EmbeddingError) return null;
    throw thrown;
  }
}

/** What several questions found, each once and as it was found best. */
function merged(lists: readonly (readonly Candidate[])[]): Candidate[] {
  const all = new Map<string, Candidate>();
  for (const candidate of lists.flat()) {
    const known = all.get(candidate.chunk_id);
    all.set(
      candidate.chunk_id,
      known === undefined
        ? candidate
        : {
            ...known,
            semantic: highest(known.semantic, candidate.semantic),
            keyword: highest(known.keyword, candidate.keyword),
            lexical: Math.max(known.lexical, candidate.lexical),
            vector: known.vector ?? candidate.vector,
          },
    );
  }
  return [...all.values()];
}

const highest = (a: number | null, b: number | null) =>
  a === null || b === null ? (a ?? b) : Math.max(a, b);

/** Each result with what stands before and after it. */
async function widened(
  ranked: readonly Ranked[],
  collections: Searched["collections"],
  reach: number,
  { knowledge }: SearchServices,
): Promise<Ranked[]> {
  const tenantOf = new Map(collections.map(({ id, tenant_id }) => [id, tenant_id]));
  const byTenant = Map.groupBy(ranked, ({ candidate }) => tenantOf.get(candidate.collection) ?? "");
  const found = await Promise.all(
    [...byTenant].map(([tenant_id, own]) =>
      knowledge(tenant_id).index.neighbours(
        own.map(({ candidate: { document, version, position } }) => ({
          document,
          version,
          position,
        })),
        reach,
      ),
    ),
  );
  return joinNeighbours(ranked, found.flat(), reach);
}

function resultOf({ candidate, score, rerank, keyword }: Ranked): SearchResult {
  const { head, chunk_id, document, collection, position, text, page, heading_path } = candidate;
  return {
    chunk_id,
    document_id: document,
    document_name: head.name,
    collection_id: collection,
    title: head.title,
    score: rounded(score),
    scores: {
      semantic: candidate.semantic === null ? null : rounded(candidate.semantic),
      keyword: keyword === null ? null : rounded(keyword),
      rerank: rerank === null ? null : rounded(rerank),
    },
    text,
    page,
    pages: candidate.pages,
    heading_path,
    position,
    metadata: {
      ...head.metadata,
      kind: head.kind,
      author: head.author,
      language: head.language,
      date: head.date,
    },
  };
}

const rounded = (score: number) => Math.round(Math.min(1, Math.max(0, score)) * 10_000) / 10_000;
