// Cuts where a chunk is full, between words, whatever the document is made of; but rows of a table and
// lines of code stay whole.
import { partAt } from "./layout.ts";
import { type Ground, lastPieceEnd } from "./pieces.ts";
import type { Strategy } from "./strategy.ts";
import { lastWordEnd } from "./words.ts";

export function fixed(ground: Ground): Strategy {
  const { layout } = ground;
  return {
    breaks: [],
    whole: (start) => start,
    cut: (start, limit) => {
      const kind = layout.parts[partAt(layout, limit)]?.kind;
      return kind === "table" || kind === "code"
        ? lastPieceEnd(ground, start, limit)
        : lastWordEnd(layout.text, start, limit);
    },
  };
}
