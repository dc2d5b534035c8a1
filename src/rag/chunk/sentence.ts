// Cuts between sentences only, as many to a chunk as fit, across the blocks they stand in.
import { type Ground, lastPieceEnd, pieceEnd } from "./pieces.ts";
import type { Strategy } from "./strategy.ts";

/** @param breaks where a chunk has to end */
export function sentence(ground: Ground, breaks: readonly number[] = []): Strategy {
  return {
    breaks,
    whole: (start, alone) => {
      const end = pieceEnd(ground, start);
      return end <= alone ? end : start;
    },
    cut: (start, limit) => lastPieceEnd(ground, start, limit),
  };
}
