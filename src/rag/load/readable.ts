// What a reader of one format is given, and what it gives back.
import type { Block, Facts } from "../blocks.ts";
import type { Hints } from "./detect.ts";
import type { Limits } from "./limits.ts";

export type Readable = {
  /** The reader's own: it may use up what is behind them. */
  bytes: Uint8Array;
  hints: Hints;
  limits: Limits;
  /** Called between pieces of work: lets others have a turn, and ends the reading where nobody waits for it. */
  turn: () => Promise<void>;
  /** Called after each page. */
  progress: (pagesDone: number, pagesTotal: number) => Promise<void>;
};

/** Without its kind, which whoever chose the reader knows. */
export type Told = { facts: Facts; pages: number | null; blocks: Block[] };
