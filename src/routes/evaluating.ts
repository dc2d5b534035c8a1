// One run over labelled questions: each searched as each configuration says, measured, and where a judge is
// wanted answered and judged.
import type { Meter } from "../llm/calls.ts";
import { makeAsk } from "../memory/ask.ts";
import type { CollectionSettings, SearchResult, SearchSettings } from "../protocol/knowledge.ts";
import { cite } from "../rag/cite.ts";
import { nothingFound, renderSources, sourcesOf } from "../rag/context.ts";
import { judge, type Judgement } from "../rag/evaluate/judge.ts";
import { measure, type RetrievalMeasures, summarise } from "../rag/evaluate/metrics.ts";
import { againstTargets, meanOfKnown, percentile } from "../rag/evaluate/targets.ts";
import { rounds } from "../rag/retrieve.ts";
import type { search } from "../rag/search.ts";
import { nameOf, type Plan, planFor } from "../rag/settings.ts";
import { type CollectionRow, withSettings } from "../store/collections.ts";
import type { AppContext } from "./context.ts";

export type Case = {
  query: string;
  /** Grades above 0 by id or name of a document, or by id of a chunk; empty: only to be judged. */
  relevant: ReadonlyMap<string, number>;
  /** To be judged; null: one is made. */
  answer: string | null;
};

export type Configuration = {
  name: string;
  settings: SearchSettings & { pattern?: CollectionSettings["pattern"] | undefined };
};

/** Milliseconds that a judge, or an answer to be judged, may take. */
const PATIENCE = 30_000;
/** Results that are looked at: enough for ten documents of several chunks each. */
const LOOKED_AT = 50;
/** Questions that are asked at a time. */
const AT_ONCE = 4;

type Answered = {
  query: string;
  ranked: string[];
  measures: RetrievalMeasures | null;
  latency_ms: number;
  answer: string | null;
  judged: Judgement | null;
};

export async function evaluate(
  c: AppContext,
  meter: Meter,
  asked: {
    cases: readonly Case[];
    configuration: Configuration;
    among: readonly CollectionRow[];
    named: boolean;
    judges: boolean;
  },
) {
  const { cases, configuration, among, named, judges } = asked;
  const collections = among.map(withSettings);
  const plan = planFor({ collections, named }, configuration.settings, {
    context_tokens: c.var.services.config.RAG_CONTEXT_TOKENS,
  });
  const answered: Answered[] = [];
  for (let from = 0; from < cases.length; from += AT_ONCE)
    answered.push(
      ...(await Promise.all(
        cases
          .slice(from, from + AT_ONCE)
          .map((one) => ask(c, meter, { one, plan, collections, judges })),
      )),
    );
  const retrieval = summarise(
    answered.flatMap(({ measures }) => (measures === null ? [] : [measures])),
  );
  const latencies = answered.map(({ latency_ms }) => latency_ms);
  const judged = {
    context_relevance: meanOfKnown(answered.map((it) => it.judged?.context_relevance ?? null)),
    faithfulness: meanOfKnown(answered.map((it) => it.judged?.faithfulness ?? null)),
    answer_relevance: meanOfKnown(answered.map((it) => it.judged?.answer_relevance ?? null)),
    groundedness: meanOfKnown(answered.map((it) => it.judged?.groundedness ?? null)),
    overall: meanOfKnown(answered.map((it) => it.judged?.overall ?? null)),
  };
  const latency = { p50: percentile(latencies, 0.5), p95: percentile(latencies, 0.95) };
  return {
    name: configuration.name,
    configuration: nameOf(plan),
    retrieval,
    judged,
    latency_ms: latency,
    targets: againstTargets({
      precision_at_5: retrieval?.precision_at_5 ?? null,
      recall_at_10: retrieval?.recall_at_10 ?? null,
      ...judged,
      latency_p95_ms: latency.p95,
    }),
    cases: answered,
  };
}

async function ask(
  c: AppContext,
  meter: Meter,
  {
    one,
    plan,
    collections,
    judges,
  }: {
    one: Case;
    plan: Plan;
    collections: Parameters<typeof search>[0]["collections"];
    judges: boolean;
  },
): Promise<Answered> {
  const { services } = c.var;
  const { signal } = c.req.raw;
  const { models } = services.turn;
  const own = { models, beside: models.standard, limit: PATIENCE, signal, meter };
  const askModel = makeAsk(own);
  const began = services.now();
  const labelled = one.relevant.size > 0;
  // What is measured is the order: a threshold would only hide the end of it.
  const wanted = labelled ? { ...plan, top_k: LOOKED_AT, min_score: 0 } : plan;
  const { results } = await rounds(
    { query: one.query, filters: {}, collections, plan: wanted },
    { ...services.searching(meter, signal), ask: askModel },
  );
  const ranked = namesOf(results, one.relevant);
  const measures = labelled ? measure(ranked, one.relevant) : null;
  const searched = { query: one.query, ranked, measures, latency_ms: services.now() - began };
  if (!judges) return { ...searched, answer: null, judged: null };
  const sources = sourcesOf(results.slice(0, plan.top_k), plan);
  const answer =
    one.answer ??
    (sources.length === 0
      ? nothingFound()
      : cite(await answerTo(c, meter, one.query, renderSources(sources)), sources).text);
  // End to end, where there is an end.
  const latency_ms = services.now() - began;
  const judged = await judge(askModel, { query: one.query, answer, sources });
  return { ...searched, latency_ms, answer, judged };
}

async function answerTo(
  c: AppContext,
  meter: Meter,
  query: string,
  system: string,
): Promise<string> {
  const { models, defaults } = c.var.services.turn;
  const choice = models.standard;
  const { text } = await models.complete({
    choice,
    request: {
      purpose: "chat",
      model: choice.model,
      system,
      messages: [{ role: "user", content: query }],
      settings: { temperature: 0.1 },
      defaults,
      continues: undefined,
    },
    signal: AbortSignal.any([c.req.raw.signal, AbortSignal.timeout(PATIENCE)]),
    meter,
  });
  return text;
}

/** Each result by the name that the labels know it by: its chunk's, else its document's. */
function namesOf(results: readonly SearchResult[], relevant: Case["relevant"]): string[] {
  return results.map(({ chunk_id, document_id, document_name }) => {
    if (relevant.has(chunk_id)) return chunk_id;
    return relevant.has(document_name) ? document_name : document_id;
  });
}
