// The documents of a collection, or of all: read again every moment while one of them is on its way, and
// when the reader comes back.
import { useCallback, useEffect, useEffectEvent, useRef, useState } from "react";
import type { Document } from "../../../client/types.ts";
import { sentenceOf } from "../http.ts";
import { edgewise } from "../request.ts";
import { into, LARGEST_PAGE } from "./calls.ts";

export type Documents = {
  /** Null until they are there. */
  documents: readonly Document[] | null;
  /** Of those that are not loaded, too. */
  total: number;
  more: boolean;
  loadMore: () => Promise<void>;
  /** Takes in what is newly known of one, or one that is new. */
  put: (document: Document) => void;
  /** It is gone. */
  drop: (id: string) => void;
  /** Why they cannot be read just now. */
  problem: string | null;
};

type Known = { of: string | null; documents: readonly Document[]; total: number };

const FIRST_PAGE = 50;
/** Milliseconds between two looks; and between those after the first few: a minute's requests are counted. */
const OFTEN = 1000;
const OFTEN_FOR = 15;
const SELDOM = 3000;

const isOnItsWay = ({ status }: Document) => status === "queued" || status === "processing";

/** @param collection null for all */
export function useDocuments(collection: string | null): Documents {
  const [known, setKnown] = useState<Known | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  /** Rises with what is done here: what was asked before that is out of date. */
  const done = useRef(0);
  /** Rises with every reading: the last one counts. */
  const asked = useRef(0);
  const here = known?.of === collection ? known : null;
  const onItsWay = here?.documents.some(isOnItsWay) ?? false;

  /** Whether the server answered. Shows its own failure. */
  const read = useEffectEvent(async (of: string | null): Promise<boolean> => {
    const reading = (asked.current += 1);
    for (;;) {
      const before = done.current;
      try {
        const first = await firstOf(of, here?.documents.length ?? 0);
        if (reading !== asked.current) return true;
        if (before !== done.current) continue;
        setKnown({ of, ...first });
        setProblem(null);
        return true;
      } catch (thrown) {
        setProblem(sentenceOf(thrown));
        return false;
      }
    }
  });

  useEffect(() => {
    const seen = () => {
      if (document.visibilityState === "visible") void read(collection); // shows its own failure
    };
    seen();
    document.addEventListener("visibilitychange", seen);
    addEventListener("online", seen);
    return () => {
      document.removeEventListener("visibilitychange", seen);
      removeEventListener("online", seen);
    };
  }, [collection]);

  useEffect(() => {
    if (!onItsWay) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let looks = 0;
    let over = false;
    const look = async () => {
      const answered = document.visibilityState === "hidden" || (await read(collection));
      looks += 1;
      if (!over) timer = setTimeout(again, answered && looks < OFTEN_FOR ? OFTEN : SELDOM);
    };
    const again = () => void look(); // shows its own failure
    timer = setTimeout(again, OFTEN);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [onItsWay, collection]);

  const change = useCallback((how: (documents: readonly Document[]) => readonly Document[]) => {
    done.current += 1;
    setKnown((it) => {
      if (it === null) return null;
      const documents = how(it.documents);
      return { ...it, documents, total: it.total + documents.length - it.documents.length };
    });
  }, []);

  return {
    documents: here?.documents ?? null,
    total: here?.total ?? 0,
    more: here !== null && here.documents.length < here.total,
    async loadMore() {
      if (here === null) return;
      try {
        const page = await edgewise.documents.list({
          ...into(collection),
          offset: here.documents.length,
          limit: FIRST_PAGE,
        });
        done.current += 1;
        const { total } = page.pagination;
        setKnown((it) =>
          it?.of === collection
            ? { ...it, documents: once([...it.documents, ...page.documents]), total }
            : it,
        );
      } catch (thrown) {
        setProblem(sentenceOf(thrown));
      }
    },
    put: (fresh) =>
      change((documents) =>
        collection === null || fresh.collection_id === collection
          ? once([fresh, ...documents])
          : documents,
      ),
    drop: (id) => change((documents) => documents.filter((it) => it.id !== id)),
    problem,
  };
}

/** As many as are shown already, or a page. */
async function firstOf(collection: string | null, shown: number) {
  const documents: Document[] = [];
  const wanted = Math.max(FIRST_PAGE, shown);
  for (;;) {
    const limit = Math.min(LARGEST_PAGE, wanted - documents.length);
    const page = await edgewise.documents.list({
      ...into(collection),
      offset: documents.length,
      limit,
    });
    documents.push(...page.documents);
    const { has_more, total } = page.pagination;
    if (!has_more || page.documents.length === 0 || documents.length >= wanted)
      return { documents: once(documents), total };
  }
}

/** What moves up between two pages is on both. */
function once(documents: readonly Document[]): Document[] {
  const seen = new Set<string>();
  return documents.filter(({ id }) => !seen.has(id) && seen.add(id));
}
