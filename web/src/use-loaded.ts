// What is read from the server once, when its owner is first shown.
import { useEffect, useState } from "react";
import { sentenceOf } from "./http.ts";

type Loaded<T> = {
  /** Null until it is there. */
  loaded: T | null;
  change: (how: (loaded: T) => T) => void;
  problem: string | null;
  setProblem: (problem: string | null) => void;
};

/** @param load the same function every time */
export function useLoaded<T>(load: () => Promise<T>): Loaded<T> {
  const [loaded, setLoaded] = useState<T | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    let here = true;
    const read = async () => {
      try {
        const answer = await load();
        if (here) setLoaded(() => answer);
      } catch (thrown) {
        if (here) setProblem(sentenceOf(thrown));
      }
    };
    void read(); // shows its own failure
    return () => {
      here = false;
    };
  }, [load]);
  const change: Loaded<T>["change"] = (how) => setLoaded((it) => (it === null ? null : how(it)));
  return { loaded, change, problem, setProblem };
}
