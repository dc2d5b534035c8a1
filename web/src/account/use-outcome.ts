// What a link does as soon as it has been followed, done once: what came of it, as a sentence.
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { sentenceOf } from "../http.ts";

export type Outcome = { ok: boolean; sentence: string };

/** @param act answers what to say. Null until it has. */
export function useOutcome(act: () => Promise<string>): Outcome | null {
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const begun = useRef(false);
  const run = useEffectEvent(async () => {
    try {
      setOutcome({ ok: true, sentence: await act() });
    } catch (thrown) {
      setOutcome({ ok: false, sentence: sentenceOf(thrown) });
    }
  });
  useEffect(() => {
    if (begun.current) return; // a token works once
    begun.current = true;
    void run(); // shows its own failure
  }, []);
  return outcome;
}
