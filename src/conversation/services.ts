// What an object needs from outside; composed once in compose.ts.
import type { Admit } from "../account/admission.ts";
import type { AccountCalls } from "../account/calls.ts";
import type { FactsOf } from "../account/facts.ts";
import type { Authenticator } from "../auth/authenticator.ts";
import type { Principal } from "../auth/principal.ts";
import type { Prices } from "../llm/prices.ts";
import type { MemorySettings } from "../protocol/memory.ts";
import type { PromptReference } from "../protocol/prompt.ts";
import type { ResolvedPrompt } from "../protocol/resolved-prompt.ts";
import type { judgeMessage } from "../rag/ingestion-message.ts";
import type { Changes } from "../store/projection.ts";
import type { UsageEvent } from "../store/usage.ts";
import type { Log } from "../telemetry/log.ts";
import type { SharedTurnServices } from "../turn/state.ts";
import type { Lifecycle } from "./lifecycle.ts";

export type ConversationServices = {
  turn: SharedTurnServices;
  /** Writes what changed to D1, all of it or nothing. @throws where D1 cannot be reached */
  project: (tenant_id: string, changes: Changes) => Promise<void>;
  /** Hands events to the queue that leads to D1. @throws where it does not take them */
  queueUsage: (events: readonly UsageEvent[]) => Promise<void>;
  /** For events that nobody holds: where the queue does not take them D1 has them at once. @throws where neither does */
  recordUsage: (tenant_id: string, events: readonly UsageEvent[]) => Promise<void>;
  /** Who pays. @throws where the object cannot be reached */
  account: (user_id: string) => Pick<AccountCalls, "settle" | "release" | "renew" | "remember">;
  admit: Admit;
  facts: FactsOf;
  authenticator: Authenticator;
  prices: Prices;
  /** What a conversation remembers where nobody chose. */
  memory: Pick<MemorySettings, "strategy" | "title">;
  lifecycle: Lifecycle;
  /** Told of each turn that had sources: some are judged afterwards. Never throws. */
  sampled: (turn: Parameters<typeof judgeMessage>[0]) => void;
  /** Days after which its tenant wants a completed conversation archived; null where it says nothing. */
  archiveAfter: (tenant_id: string) => Promise<number | null>;
  /** A prompt that a frame names, looked up and filled in. */
  resolvePrompt: (principal: Principal, reference: PromptReference) => Promise<ResolvedPrompt>;
  now: () => number;
  log: Log;
};
