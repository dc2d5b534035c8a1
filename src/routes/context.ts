// What a route may ask for. compose.ts builds it; a route knows HTTP, and no model.
import type { Context } from "hono";
import type { Admit } from "../account/admission.ts";
import type { AccountCalls, Facts } from "../account/calls.ts";
import type { FactsOf } from "../account/facts.ts";
import type { ConversationCalls } from "../../durable-objects/conversation.ts";
import type { ThrottleCalls } from "../../durable-objects/throttle.ts";
import type { Authenticator } from "../auth/authenticator.ts";
import type { Mailer } from "../auth/mailer.ts";
import type { Passwords } from "../auth/passwords.ts";
import type { Credential, Principal } from "../auth/principal.ts";
import type { SignOn } from "../auth/sign-on.ts";
import type { Sealer } from "../auth/sealed.ts";
import type { Tokens } from "../auth/tokens.ts";
import type { Vault } from "../auth/vault.ts";
import type { Visitors } from "../auth/visitor.ts";
import type { Config } from "../config.ts";
import type { Egress } from "../egress/egress.ts";
import type { SemanticStoreCalls } from "../llm/cache/semantic-calls.ts";
import type { Prices } from "../llm/prices.ts";
import type { Meter } from "../llm/calls.ts";
import type { Charge } from "../protocol/charge.ts";
import type { IngestionMessage, judgeMessage } from "../rag/ingestion-message.ts";
import type { KnowledgeOf } from "../rag/knowledge.ts";
import type { SearchServices } from "../rag/search.ts";
import type { Originals } from "../store/originals.ts";
import type { DatabaseOf } from "../store/database.ts";
import type { UsageEvent } from "../store/usage.ts";
import type { EndUnbegun } from "../store/projection.ts";
import type { Log } from "../telemetry/log.ts";
import type { SharedTurnServices } from "../turn/state.ts";

export type Services = {
  config: Config;
  version: string;
  database: DatabaseOf;
  cache: KVNamespace;
  /** The object that owns a conversation. Calls fail with an AppError where it cannot be reached. */
  conversation: (id: string) => ConversationCalls;
  /** Hands a WebSocket upgrade to the object that owns the conversation. */
  upgrade: (
    id: string,
    shown: { credential: Credential | null; ticket: string | null },
    request: Request,
  ) => Promise<Response>;
  /** The object that says what somebody may do and has left. Calls fail with an AppError likewise. */
  account: (user_id: string) => AccountCalls;
  /** What a tenant's answers are kept in. Calls fail with an AppError likewise. */
  answers: (tenant_id: string) => Pick<SemanticStoreCalls, "stats" | "clear">;
  admit: Admit;
  facts: FactsOf;
  /** Counts failures to sign in, of one account or one address. */
  throttle: (name: string) => ThrottleCalls;
  /** Whether this address may go on: the shield in front of everything. True where it is not in force. */
  shield: (kind: "request" | "sign_in", address: string | null) => Promise<boolean>;
  /** Asks whether objects answer. */
  pingObject: () => Promise<void>;
  /** The page, as its browser asks for it. */
  page: (request: Request) => Promise<Response>;
  authenticator: Authenticator;
  visitors: Visitors;
  tokens: Tokens;
  passwords: Passwords;
  sealer: Sealer;
  signOn: SignOn;
  mailer: Mailer;
  vault: Vault;
  egress: Pick<Egress, "check">;
  endUnbegun: EndUnbegun;
  /** Has these deliveries to webhooks sent. */
  deliver: (tenant_id: string, ids: readonly string[]) => Promise<void>;
  /** Has the requests of a batch begun. */
  startBatch: (tenant_id: string, batch_id: string) => Promise<void>;
  prices: Prices;
  originals: Originals;
  ingestion: Pick<Queue<IngestionMessage>, "send">;
  /** A tenant's index. */
  knowledge: KnowledgeOf;
  /** What a search needs, but for the model that may be asked beside it. */
  searching: (meter: Meter, signal: AbortSignal) => Omit<SearchServices, "ask">;
  /** Told of each turn that had sources: some are judged afterwards. Never throws. */
  sampled: (turn: Parameters<typeof judgeMessage>[0]) => void;
  /** SHA-256, as hex. */
  hashOf: (bytes: Uint8Array) => Promise<string>;
  /** Takes deleted documents out wherever they left something. Never rejects: the clock takes up what is left. */
  forgetDocuments: (documents: readonly { id: string; tenant_id: string }[]) => Promise<void>;
  /** For events that nobody holds: where the queue does not take them D1 has them at once. @throws where neither does */
  recordUsage: (tenant_id: string, events: readonly UsageEvent[]) => Promise<void>;
  turn: SharedTurnServices;
  now: () => number;
  log: Log;
};

export type AppEnv = {
  Variables: {
    services: Services;
    request_id: string;
    /** Whose words its errors are in, where that does not follow from the path. */
    surface: string | undefined;
    credential: Credential;
    principal: Principal;
    /** Whether they have memories that a message could recall. */
    facts: Facts;
    /** Only behind `costs`: what was reserved, until a turn takes it over. Nothing is sent without. */
    charge: { take: () => Charge };
  };
};

export type AppContext = Context<AppEnv>;
