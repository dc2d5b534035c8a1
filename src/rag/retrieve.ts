// What a turn is given: the plan of its collections carried out, in as many rounds as the plan has, and
// the best of it numbered as sources.
import type { CollectionSettings, SearchResult, Source } from "../protocol/knowledge.ts";
import { searchAgainFor } from "./again.ts";
import type { AskModel } from "./ask.ts";
import { sourcesOf } from "./context.ts";
import { search, type SearchServices } from "./search.ts";
import { nameOf, type Plan, planFor } from "./settings.ts";

export type Retrieving = {
  query: string;
  collections: readonly {
    id: string;
    tenant_id: string;
    version: number;
    settings: CollectionSettings;
  }[];
  /** Whether they were named, and not all that may be read. */
  named: boolean;
  /** Tokens that sources may take. */
  most: number;
  /** Of a plan that does not say: tokens that sources may take. */
  standard: { context_tokens: number };
  ask: AskModel;
  rewrite: (query: string) => Promise<string>;
};

export type Retrieved = {
  sources: Source[];
  scope: string[];
  configuration: string;
  queries: string[];
  notices: string[];
};

export async function retrieve(
  asked: Retrieving,
  services: Omit<SearchServices, "ask">,
): Promise<Retrieved> {
  const { collections, ask, standard } = asked;
  const plan = planFor(asked, {}, standard);
  const query = plan.rewrite ? await asked.rewrite(asked.query) : asked.query;
  const searched = { query, filters: {}, collections, plan };
  const { results, queries, notices } = await rounds(searched, { ...services, ask });
  const context_tokens = Math.min(plan.context_tokens, asked.most);
  return {
    sources: sourcesOf(results, { order: plan.order, context_tokens }),
    scope: collections.map(({ id, version }) => `${id}@${version}`),
    configuration: nameOf(plan),
    queries,
    notices,
  };
}

/** What a score of a later round counts beside one of the round before. */
const LATER = 0.8;

/** Searches, and where the plan has more rounds, again for what a model says is still missing. */
export async function rounds(
  searched: Parameters<typeof search>[0] & { plan: Plan },
  services: SearchServices,
): Promise<{ results: SearchResult[]; queries: string[]; notices: string[] }> {
  const { query, plan } = searched;
  const queries = [query];
  const first = await search(searched, services);
  const results = new Map(first.results.map((result) => [result.chunk_id, result]));
  const notices = new Set(first.notices);
  while (queries.length < plan.rounds && services.ask !== null) {
    const next = await searchAgainFor(services.ask, query, queries, [...results.values()]).catch(
      () => {
        services.signal.throwIfAborted();
        notices.add("Whether more should be searched for was not decided: no model answered.");
        return null;
      },
    );
    if (next === null) break;
    queries.push(next);
    const found = await search({ ...searched, query: next }, services);
    // Scores of two questions do not compare: what answers the first one comes first.
    const worth = LATER ** (queries.length - 1);
    for (const result of found.results)
      if (!results.has(result.chunk_id))
        results.set(result.chunk_id, Object.assign(result, { score: worth * result.score }));
    for (const notice of found.notices) notices.add(notice);
  }
  return { results: [...results.values()], queries, notices: [...notices] };
}
