// The composition root: configuration and bindings become the services that a request or an object
// needs. The one place that reaches for `fetch`, the clock and the environment.
import { waitUntil } from "cloudflare:workers";
import type { AccountObject, AccountServices } from "../durable-objects/account.ts";
import type { BreakerObject, BreakerServices } from "../durable-objects/breaker.ts";
import type { AnswerCacheObject, AnswerCacheServices } from "../durable-objects/answer-cache.ts";
import {
  CONVERSATION_HEADER,
  type ConversationCalls,
  type ConversationObject,
  CREDENTIAL_HEADER,
  TICKET_HEADER,
} from "../durable-objects/conversation.ts";
import type { KnowledgeIndexObject } from "../durable-objects/knowledge-index.ts";
import type { ThrottleCalls, ThrottleObject } from "../durable-objects/throttle.ts";
import { type Admit, makeAdmit } from "./account/admission.ts";
import type { AccountCalls } from "./account/calls.ts";
import { type FactsOf, makeFacts } from "./account/facts.ts";
import { type Authenticator, makeAuthenticator } from "./auth/authenticator.ts";
import { bindingMailer, logMailer, type Mailer, noMailer, webhookMailer } from "./auth/mailer.ts";
import { makeOutsideIssuers } from "./auth/outside-issuers.ts";
import { hashPassword, verifyPassword } from "./auth/passwords.ts";
import { makeSealer } from "./auth/sealed.ts";
import { makeSignOn } from "./auth/sign-on.ts";
import { makeTokens, type Tokens } from "./auth/tokens.ts";
import { makeVault, type Vault } from "./auth/vault.ts";
import type { Principal } from "./auth/principal.ts";
import { makeVisitors, type Visitors } from "./auth/visitor.ts";
import { type Config, readConfig } from "./config.ts";
import type { ConversationServices } from "./conversation/services.ts";
import type { BreakerPolicy } from "./llm/breaker.ts";
import { Breakers } from "./llm/breakers.ts";
import { type AnswerCache, makeAnswerCache } from "./llm/cache/answers.ts";
import type { SemanticStoreCalls } from "./llm/cache/semantic-calls.ts";
import { makeEmbedder } from "./llm/embedders/make-embedder.ts";
import { makeModels, type Models, type Vendors } from "./llm/models.ts";
import { makePrices, type Prices } from "./llm/prices.ts";
import { anthropicProvider } from "./llm/providers/anthropic/provider.ts";
import { embeddedProvider } from "./llm/providers/embedded/provider.ts";
import { openaiProvider } from "./llm/providers/openai/provider.ts";
import { openaiVendors } from "./llm/providers/openai/vendors.ts";
import { workersAiProvider } from "./llm/providers/workers-ai/provider.ts";
import type { Services } from "./routes/context.ts";
import { hashOf } from "./jobs/indexing.ts";
import type { BatchMessage } from "./jobs/batches.ts";
import { composeTelling, type Telling } from "./compose-webhooks.ts";
import type { PromptReference } from "./protocol/prompt.ts";
import { composeKnowing, type Knowing } from "./compose-knowledge.ts";
import type { IngestionMessage } from "./rag/ingestion-message.ts";
import type { DeliveryMessage } from "./store/webhook-queue.ts";
import { retentionOf } from "./store/retention.ts";
import { type Database, type DatabaseOf, databases } from "./store/database.ts";
import { keptSecret } from "./store/secrets.ts";
import { insertUsage, type UsageEvent } from "./store/usage.ts";
import { writeLetter } from "./store/usage-letters.ts";
import { sendUsage } from "./store/usage-queue.ts";
import { type Log, makeLog, thrownFields } from "./telemetry/log.ts";
import { reaching } from "./stubs.ts";
import { resolvePrompt } from "./turn/prompt/resolve.ts";
import { MODEL_PROVIDERS } from "./variable-types.ts";
import type { SharedTurnServices } from "./turn/state.ts";
import packageJson from "../package.json" with { type: "json" };

/** What wrangler.toml binds, beside the variables of config.ts. */
export type Bindings = {
  DB: D1Database;
  CACHE: KVNamespace;
  CONVERSATIONS: DurableObjectNamespace<ConversationObject<Bindings>>;
  ACCOUNTS: DurableObjectNamespace<AccountObject<Bindings>>;
  BREAKERS: DurableObjectNamespace<BreakerObject<Bindings>>;
  ANSWER_CACHES: DurableObjectNamespace<AnswerCacheObject<Bindings>>;
  THROTTLES: DurableObjectNamespace<ThrottleObject<Bindings>>;
  KNOWLEDGE: DurableObjectNamespace<KnowledgeIndexObject<Bindings>>;
  SHIELD: RateLimit;
  SIGN_IN_SHIELD: RateLimit;
  USAGE: Queue<UsageEvent[]>;
  INGESTION: Queue<IngestionMessage>;
  WEBHOOKS: Queue<DeliveryMessage>;
  WEBHOOKS_SLOW: Queue<DeliveryMessage>;
  WEBHOOKS_DEAD: Queue<DeliveryMessage>;
  WEBHOOK_SHIELD: RateLimit;
  BATCHES: Queue<BatchMessage>;
  ORIGINALS: R2Bucket;
  ASSETS: Fetcher;
  EMAIL?: SendEmail;
  AI?: Ai;
};

const now = () => Date.now();

type Shared = {
  config: Config;
  log: Log;
  database: DatabaseOf;
  turn: SharedTurnServices;
  cache: AnswerCache | null;
  prices: Prices;
  knowing: Knowing;
  vault: Vault;
  mailer: Mailer;
  telling: Telling;
  queueUsage: ConversationServices["queueUsage"];
  recordUsage: Services["recordUsage"];
  visitors: Visitors;
  tokens: Tokens;
  authenticator: Authenticator;
  account: (user_id: string) => AccountCalls;
  admit: Admit;
  facts: FactsOf;
  secret: () => Promise<string>;
};

/** @throws {ConfigError} which stops the start */
export function composeShared(env: Bindings): Shared {
  const config = readConfig(env);
  const log = makeLog(config.APP_DEBUG ? "debug" : config.APP_LOG_LEVEL, now);
  const database = databases(env.DB);
  const secret = async () =>
    config.APP_SECRET_KEY ?? keptSecret(database(""), "visitor-signing-key", newKey, now());
  const visitors = makeVisitors(secret);
  const tokens = makeTokens(config, () => database(""), now, log);
  const outside = makeOutsideIssuers(config.TRUSTED_ISSUERS, fetchConfigured, now);
  const account = (user_id: string) => reachingAccount(env, user_id);
  const breakers = composeBreakers(env, config, log);
  const cache = composeCache(env, config);
  const prices = makePrices(config);
  const knowing = composeKnowing(env, {
    config,
    database,
    cache,
    fetch: fetchConfigured,
    userAgent: `Edgewise/${packageJson.version}`,
    background,
    now,
    log,
  });
  const vault = makeVault(secret);
  const mailer = composeMailer(config, env.EMAIL, log);
  const { egress } = knowing;
  const around = { config, database, egress, vault, mailer, background, now, log };
  return {
    config,
    log,
    database,
    vault,
    mailer,
    telling: composeTelling(env, around),
    turn: {
      models: composeModels(config, env.AI, breakers, cache),
      historyTokens: config.HISTORY_TOKENS,
      defaults: { temperature: config.LLM_TEMPERATURE, max_tokens: config.LLM_MAX_TOKENS },
      systemPrompt: config.SYSTEM_PROMPT,
      retrieve: knowing.retrieve,
      keeps: { exact: config.LLM_CACHE, semantic: config.SEMANTIC_CACHE === "on" },
      now,
    },
    cache,
    prices,
    knowing,
    queueUsage: (events) => sendUsage(env.USAGE, events),
    recordUsage: (tenant_id, events) => recordUsage(env, database(tenant_id), log, events),
    visitors,
    tokens,
    authenticator: makeAuthenticator(visitors, tokens, outside),
    account,
    admit: makeAdmit(config, account),
    facts: makeFacts(account, log, now),
    secret,
  };
}

/** To the queue, else to D1, else to KV: from there it is taken up later. @throws where none takes them */
async function recordUsage(
  env: Bindings,
  db: Database,
  log: Log,
  events: readonly UsageEvent[],
): Promise<void> {
  try {
    return await sendUsage(env.USAGE, events);
  } catch (thrown) {
    log.warning("usage.unqueued", thrownFields(thrown));
  }
  try {
    await insertUsage(db, events);
  } catch (thrown) {
    const [first] = events;
    if (first === undefined) return;
    await writeLetter(env.CACHE, first.id, "neither the queue nor D1 took it", events);
    log.error("usage.dead", { letter: first.id, ...thrownFields(thrown) });
  }
}

/** What a request needs. */
export function composeRequest(env: Bindings, shared: Shared): Services {
  const { config, log, secret } = shared;
  const { account, admit, authenticator, database, facts, knowing, prices, tokens } = shared;
  const { turn, visitors } = shared;
  const stub = (id: string) => env.CONVERSATIONS.get(env.CONVERSATIONS.idFromName(id));
  const sealer = makeSealer(secret, now);
  return {
    config,
    version: packageJson.version,
    database,
    cache: env.CACHE,
    conversation: (id) =>
      reaching<ConversationCalls>(
        () => stub(id),
        CONVERSATION_REPEATS,
        "The conversation could not be reached just now. Try again; what was accepted is kept.",
      ),
    upgrade: (id, { credential, ticket }, request) => {
      const headers = new Headers(request.headers);
      headers.set(CREDENTIAL_HEADER, JSON.stringify(credential));
      headers.set(CONVERSATION_HEADER, id);
      headers.delete(TICKET_HEADER);
      if (ticket !== null) headers.set(TICKET_HEADER, ticket);
      return stub(id).fetch(new Request(request, { headers }));
    },
    account,
    answers: (tenant_id) => {
      const { stats, clear } = reaching<Pick<SemanticStoreCalls, "stats" | "clear">>(
        () => env.ANSWER_CACHES.get(env.ANSWER_CACHES.idFromName(tenant_id)),
        { stats: "again", clear: "again" },
        "The answers that are kept could not be reached just now. Try again.",
      );
      const clearAll = async () => {
        const many = await clear();
        shared.cache?.cleared(tenant_id);
        return many;
      };
      return { stats, clear: clearAll };
    },
    admit,
    facts,
    throttle: (name) =>
      reaching<ThrottleCalls>(
        () => env.THROTTLES.get(env.THROTTLES.idFromName(name)),
        { attempt: "once", succeeded: "again" },
        "Signing in is not possible just now. Try again.",
      ),
    shield: async (kind, address) => {
      // Locally nobody says where a request comes from, and a load test is one address.
      if (!config.RATE_LIMIT_ENABLED || config.APP_ENV === "development" || address === null)
        return true;
      const binding = kind === "request" ? env.SHIELD : env.SIGN_IN_SHIELD;
      return (await binding.limit({ key: address })).success;
    },
    page: (request) => env.ASSETS.fetch(request),
    pingObject: async () => {
      await stub("readiness").ping();
    },
    authenticator,
    visitors,
    tokens,
    passwords: { hash: hashPassword, verify: verifyPassword },
    sealer,
    signOn: makeSignOn(config.OIDC_PROVIDERS, { fetch: fetchConfigured, sealer, now }),
    mailer: shared.mailer,
    vault: shared.vault,
    egress: knowing.egress,
    endUnbegun: shared.telling.endUnbegun,
    deliver: shared.telling.deliver,
    startBatch: shared.telling.startBatch,
    prices,
    originals: env.ORIGINALS,
    ingestion: env.INGESTION,
    knowledge: knowing.knowledge,
    searching: knowing.searching,
    sampled: knowing.sampled,
    hashOf,
    forgetDocuments: knowing.forgetDocuments,
    recordUsage: shared.recordUsage,
    turn,
    now,
    log,
  };
}

/** What a Conversation object needs. */
export function composeConversation(shared: Shared): ConversationServices {
  const { account, admit, authenticator, config, database, facts, knowing, log, prices, turn } =
    shared;
  return {
    turn,
    project: shared.telling.project,
    queueUsage: shared.queueUsage,
    recordUsage: shared.recordUsage,
    account,
    admit,
    facts,
    authenticator,
    prices,
    memory: { strategy: config.MEMORY_STRATEGY, title: config.AUTO_TITLE },
    lifecycle: {
      idle: config.PAUSE_AFTER_MINUTES * 60_000,
      archiveAfter: config.ARCHIVE_AFTER_DAYS,
      unlistedFor: config.TRACKING_TTL * 1000,
    },
    sampled: knowing.sampled,
    archiveAfter: async (tenant_id) =>
      (await retentionOf(database(tenant_id), tenant_id))?.archive_after_days ?? null,
    resolvePrompt: (principal, reference) =>
      resolvePrompt(database(principal.tenant_id), principal, reference),
    now,
    log,
  };
}

/** What runs by the clock, and what comes off a queue, needs. */
export function composeJobs(env: Bindings, shared: Shared) {
  const { admit, config, database, knowing, log, prices } = shared;
  const { account, conversation } = composeRequest(env, shared);
  return {
    ...shared.telling.jobs,
    announce: shared.telling.announce,
    endUnbegun: shared.telling.endUnbegun,
    admit,
    account,
    resolvePrompt: (principal: Principal, reference: PromptReference) =>
      resolvePrompt(database(principal.tenant_id), principal, reference),
    letters: env.CACHE,
    originals: env.ORIGINALS,
    ingestion: env.INGESTION,
    knowledge: knowing.knowledge,
    embedders: knowing.embedders,
    egress: knowing.egress,
    largestFile: config.DOCUMENT_MAX_MB * 1024 * 1024,
    models: shared.turn.models,
    prices,
    recordUsage: shared.recordUsage,
    conversation,
    now,
    log,
  };
}

/** What a Breaker object needs. */
export function composeBreaker({ config }: Shared): BreakerServices {
  return { policy: breakerPolicy(config), now };
}

/** What an Account object needs. */
export function composeAccount({ config }: Shared): AccountServices {
  return { config, now };
}

/** What an AnswerCache object needs. */
export function composeAnswerCache({ config }: Shared): AnswerCacheServices {
  return { config, now };
}

const CONVERSATION_REPEATS = {
  create: "once",
  get: "again",
  patch: "again",
  remove: "once",
  messages: "again",
  send: "once",
  ask: "once",
  events: "again",
  ended: "again",
  steps: "again",
  cancel: "again",
  roleOf: "again",
  activate: "again",
  erase: "once",
  rate: "again",
  rewrite: "once",
  remembered: "again",
  dump: "again",
  likeness: "again",
  bring: "once",
  retain: "again",
} as const;

function reachingAccount(env: Bindings, user_id: string): AccountCalls {
  return reaching<AccountCalls>(
    () => env.ACCOUNTS.get(env.ACCOUNTS.idFromName(user_id)),
    {
      admit: "again",
      settle: "again",
      release: "again",
      renew: "again",
      openSession: "once",
      rotateSession: "once",
      refreshable: "again",
      endSessions: "again",
      sessions: "again",
      setProfile: "again",
      addKey: "once",
      keys: "again",
      revokeKey: "once",
      revokeKeys: "again",
      standing: "again",
      memories: "again",
      remember: "again",
      editMemory: "again",
      forget: "once",
      forgetAll: "once",
      setMemoryEnabled: "again",
      recallMemories: "again",
    },
    "Your account could not be reached just now. Try again.",
  );
}

function composeBreakers(env: Bindings, config: Config, log: Log): Breakers {
  return new Breakers(breakerPolicy(config), {
    object: (provider) => env.BREAKERS.get(env.BREAKERS.idFromName(provider)),
    background,
    now,
    log,
  });
}

/** Null where nothing is kept. */
function composeCache(env: Bindings, config: Config): AnswerCache | null {
  if (config.LLM_CACHE === "off" && config.SEMANTIC_CACHE === "off") return null;
  return makeAnswerCache({
    kv: env.CACHE,
    store: (tenant_id) => env.ANSWER_CACHES.get(env.ANSWER_CACHES.idFromName(tenant_id)),
    embedder: config.SEMANTIC_CACHE === "on" ? makeEmbedder(config, fetchConfigured, env.AI) : null,
    config,
    now,
    background,
  });
}

function breakerPolicy({ BREAKER_FAILURES, BREAKER_COOLDOWN }: Config): BreakerPolicy {
  return { failures: BREAKER_FAILURES, cooldown: BREAKER_COOLDOWN * 1000 };
}

/** Lets work outlive the request that began it. It never rejects. */
function background(work: Promise<unknown>): void {
  waitUntil(work);
}

function composeMailer(config: Config, binding: SendEmail | undefined, log: Log): Mailer {
  if (binding !== undefined && config.MAIL_FROM !== undefined)
    return bindingMailer(binding, config.MAIL_FROM);
  const { MAIL_WEBHOOK_URL, MAIL_WEBHOOK_SECRET } = config;
  if (MAIL_WEBHOOK_URL !== undefined)
    return webhookMailer(MAIL_WEBHOOK_URL, MAIL_WEBHOOK_SECRET, fetchConfigured);
  return config.APP_ENV === "production" ? noMailer : logMailer(log);
}

const newKey = () => crypto.getRandomValues(new Uint8Array(32)).toHex();

function composeModels(
  config: Config,
  ai: Ai | undefined,
  breakers: Breakers,
  cache: AnswerCache | null,
): Models {
  const { ANTHROPIC_API_KEY } = config;
  const vendors: Vendors = openaiVendors(config).map((vendor) => ({
    provider: openaiProvider(vendor, fetchConfigured, now),
    configuredModel: vendor.configuredModel,
  }));
  if (ANTHROPIC_API_KEY !== undefined)
    vendors.push({
      provider: anthropicProvider({ ...config, ANTHROPIC_API_KEY }, fetchConfigured, now),
      configuredModel: config.ANTHROPIC_MODEL,
    });
  const order: readonly string[] = MODEL_PROVIDERS;
  vendors.sort((a, b) => order.indexOf(a.provider.id) - order.indexOf(b.provider.id));
  if (ai !== undefined && config.WORKERS_AI !== "off")
    vendors.push({
      provider: workersAiProvider(ai, config, now),
      configuredModel: config.WORKERS_AI_MODEL,
    });
  const embedded = embeddedProvider({ delay: config.EMBEDDED_TOKEN_DELAY, sleep });
  vendors.push({ provider: embedded, configuredModel: undefined });
  return makeModels(config, vendors, {
    cache,
    breakers,
    retry: {
      attempts: config.LLM_RETRIES,
      delay: config.LLM_RETRY_DELAY * 1000,
      limit: config.LLM_RETRY_LIMIT * 1000,
      sleep,
      now,
    },
    stall: config.LLM_STALL_TIMEOUT * 1000,
  });
}

/** Goes only to addresses that the operator configured: models, issuers, the mail webhook. */
const fetchConfigured: typeof fetch = (input, init) => fetch(input, init);

async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  await scheduler.wait(milliseconds, { signal });
}
