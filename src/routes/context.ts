// What a route may ask for. compose.ts builds it; a route knows HTTP, and no model.
import type { Context } from "hono";
import type { ConversationCalls } from "../../durable-objects/conversation.ts";
import type { Principal } from "../auth/principal.ts";
import type { Visitors } from "../auth/visitor.ts";
import type { Config } from "../config.ts";
import type { DatabaseOf } from "../store/database.ts";
import type { Log } from "../telemetry/log.ts";
import type { TurnServices } from "../turn/state.ts";

export type Services = {
  config: Config;
  version: string;
  database: DatabaseOf;
  cache: KVNamespace;
  /** The object that owns a conversation. Calls fail with an AppError where it cannot be reached. */
  conversation: (id: string) => ConversationCalls;
  /** Hands a WebSocket upgrade to the object that owns the conversation. */
  upgrade: (id: string, principal: Principal, request: Request) => Promise<Response>;
  /** Asks whether objects answer. */
  pingObject: () => Promise<void>;
  visitors: Visitors;
  turn: Omit<TurnServices, "recent" | "span">;
  now: () => number;
  log: Log;
};

export type AppEnv = {
  Variables: { services: Services; request_id: string; principal: Principal };
};

export type AppContext = Context<AppEnv>;
