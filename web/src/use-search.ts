// What somebody looks for among their messages and titles, and what was found.
import { useEffect, useState } from "react";
import * as api from "./api.ts";
import { sentenceOf } from "./http.ts";

export type Search = {
  query: string;
  setQuery: (query: string) => void;
  /** Null while that is not known. */
  hits: readonly api.Hit[] | null;
  more: boolean;
  problem: string | null;
  loadMore: () => Promise<void>;
};

/** Milliseconds without a key before it is asked for. */
const PAUSE = 250;

type Found = { query: string; hits: readonly api.Hit[]; more: boolean; problem: string | null };

export function useSearch(): Search {
  const [query, setQuery] = useState("");
  const [found, setFound] = useState<Found | null>(null);
  const wanted = query.trim();

  useEffect(() => {
    if (wanted === "") return;
    let here = true;
    const look = async () => {
      const answer = await find(wanted, 0);
      if (here) setFound(answer);
    };
    const timer = setTimeout(() => void look() /* catches */, PAUSE);
    return () => {
      here = false;
      clearTimeout(timer);
    };
  }, [wanted]);

  // What was found before stays while one goes on typing.
  const shown = wanted === "" ? null : found;
  return {
    query,
    setQuery,
    hits: shown?.hits ?? null,
    more: shown?.more ?? false,
    problem: shown?.problem ?? null,
    async loadMore() {
      if (shown === null) return;
      const { query: asked, hits } = shown;
      const next = await find(asked, hits.length);
      setFound((it) => (it?.query === asked ? { ...next, hits: [...it.hits, ...next.hits] } : it));
    },
  };
}

async function find(query: string, offset: number): Promise<Found> {
  try {
    const { results, pagination } = await api.search(query, offset);
    return { query, hits: results, more: pagination.has_more, problem: null };
  } catch (thrown) {
    return { query, hits: [], more: false, problem: sentenceOf(thrown) };
  }
}
