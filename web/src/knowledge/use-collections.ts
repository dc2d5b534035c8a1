// The collections that one may read, by name, and the one that is shown: a public one need not be among
// them.
import { useCallback, useEffect, useRef, useState } from "react";
import { sentenceOf } from "../http.ts";
import { type Collection, listCollections, readCollection } from "./calls.ts";

type Collections = {
  /** Null until they are there. */
  collections: readonly Collection[] | null;
  /** The one that is shown; null: all, or it is not known. */
  current: Collection | null;
  put: (collection: Collection) => void;
  drop: (id: string) => void;
  /** Their documents have become more, or fewer. */
  recount: () => void;
  /** Why they cannot be read just now. */
  problem: string | null;
};

/** @param shown the id of the one that is shown; null for all */
export function useCollections(shown: string | null): Collections {
  const [collections, setCollections] = useState<readonly Collection[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  /** Rises with every reading: the last one counts. */
  const asked = useRef(0);

  const read = useCallback(async (id: string | null) => {
    const reading = (asked.current += 1);
    const take = (them: readonly Collection[]) => {
      if (reading !== asked.current) return;
      setCollections(them);
      setProblem(null);
    };
    try {
      const listed = await listCollections();
      take(listed);
      if (id !== null && listed.every((it) => it.id !== id))
        take(byName([...listed, await readCollection(id)]));
    } catch (thrown) {
      if (reading === asked.current) setProblem(sentenceOf(thrown));
    }
  }, []);
  useEffect(() => {
    void read(shown); // shows its own failure
  }, [read, shown]);

  return {
    collections,
    current: collections?.find(({ id }) => id === shown) ?? null,
    put(fresh) {
      setCollections((them) => {
        const known = them?.find(({ id }) => id === fresh.id);
        const others = them?.filter((it) => it !== known) ?? [];
        return byName([...others, { ...known, ...fresh }]);
      });
    },
    drop: (id) => setCollections((them) => them?.filter((it) => it.id !== id) ?? null),
    recount: () => void read(shown), // shows its own failure
    problem,
  };
}

const byName = (collections: readonly Collection[]) =>
  collections.toSorted((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
