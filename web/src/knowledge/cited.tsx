// A citation in an answer: a small button for each source that it names.
import { createContext, useContext } from "react";
import { meantBy } from "./marks.ts";
import type { Passage, Passages, Quote } from "./passages.ts";
import { quoteAt } from "./passages.ts";
import { labelOf } from "./label.ts";

/** What an answer's marks point at, and how that is opened. */
export type Cites = {
  passages: Passages;
  open: (passage: Passage, quote: Quote | null) => void;
};

/** Null where nothing is cited: what looks like a mark is text. */
export const CitesContext = createContext<Cites | null>(null);

/** @param at where in the answer the mark stands */
export function Cited({ mark, at }: { mark: string; at: number }) {
  const cites = useContext(CitesContext);
  const meant = cites === null ? null : meantBy(mark, cites.passages);
  if (cites === null || meant === null) return mark;
  return (
    <sup className="cites">
      {meant.map((passage) => (
        <button
          key={passage.number}
          type="button"
          aria-label={labelOf(passage)}
          title={labelOf(passage)}
          onClick={() => cites.open(passage, quoteAt(passage, at))}
        >
          {passage.number}
        </button>
      ))}
    </sup>
  );
}
