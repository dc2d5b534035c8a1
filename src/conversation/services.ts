// What an object needs from outside; composed once in compose.ts.
import type { Log } from "../telemetry/log.ts";
import type { ConversationProjection } from "../store/conversations.ts";
import type { TurnServices } from "../turn/state.ts";

export type ConversationServices = {
  turn: Omit<TurnServices, "recent" | "span">;
  /** Writes a projection to D1. @throws where D1 cannot be reached */
  project: (row: ConversationProjection) => Promise<void>;
  now: () => number;
  log: Log;
};
