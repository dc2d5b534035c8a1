// What an object needs from outside; composed once in compose.ts.
import type { Admit } from "../account/admission.ts";
import type { AccountCalls } from "../account/calls.ts";
import type { Authenticator } from "../auth/authenticator.ts";
import type { Prices } from "../llm/prices.ts";
import type { ConversationProjection } from "../store/conversations.ts";
import type { UsageRow } from "../store/usage.ts";
import type { Log } from "../telemetry/log.ts";
import type { TurnServices } from "../turn/state.ts";

export type ConversationServices = {
  turn: Omit<TurnServices, "recent" | "span">;
  /** Writes what changed to D1, all of it or nothing. @throws where D1 cannot be reached */
  project: (rows: {
    conversation: ConversationProjection | null;
    usage: UsageRow[];
  }) => Promise<void>;
  /** Who pays. @throws where the object cannot be reached */
  account: (user_id: string) => Pick<AccountCalls, "settle" | "release" | "renew">;
  admit: Admit;
  authenticator: Authenticator;
  prices: Prices;
  now: () => number;
  log: Log;
};
