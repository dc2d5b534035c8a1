// The composition root: configuration and bindings become the services that a request or an object
// needs. The one place that reaches for `fetch`, the clock and the environment.
import { CONVERSATION_HEADER, type ConversationCalls, type ConversationObject, PRINCIPAL_HEADER } from "../durable-objects/conversation.ts";
import { makeVisitors } from "./auth/visitor.ts";
import { type Config, readConfig } from "./config.ts";
import type { ConversationServices } from "./conversation/services.ts";
import { AppError } from "./errors.ts";
import { makeModels, type Models, type Vendors } from "./llm/models.ts";
import { anthropicProvider } from "./llm/providers/anthropic/provider.ts";
import { embeddedProvider } from "./llm/providers/embedded/provider.ts";
import { openaiProvider } from "./llm/providers/openai/provider.ts";
import { openaiVendors } from "./llm/providers/openai/vendors.ts";
import { workersAiProvider } from "./llm/providers/workers-ai/provider.ts";
import type { Services } from "./routes/context.ts";
import { upsertConversation } from "./store/conversations.ts";
import { type DatabaseOf, databases } from "./store/database.ts";
import { keptSecret } from "./store/secrets.ts";
import { type Log, makeLog } from "./telemetry/log.ts";
import type { TurnServices } from "./turn/state.ts";
import packageJson from "../package.json" with { type: "json" };

/** What wrangler.toml binds, beside the variables of config.ts. */
export type Bindings = {
  DB: D1Database;
  CACHE: KVNamespace;
  CONVERSATIONS: DurableObjectNamespace<ConversationObject<Bindings>>;
  AI?: Ai;
};

const now = () => Date.now();

type Shared = { config: Config; log: Log; database: DatabaseOf; turn: Omit<TurnServices, "recent" | "span"> };

/** @throws {ConfigError} which stops the start */
export function composeShared(env: Bindings): Shared {
  const config = readConfig(env as unknown as Record<string, unknown>);
  const log = makeLog(config.APP_DEBUG ? "debug" : config.APP_LOG_LEVEL, now);
  return {
    config,
    log,
    database: databases(env.DB),
    turn: {
      models: composeModels(config, env.AI),
      historyTokens: config.HISTORY_TOKENS,
      defaults: { temperature: config.LLM_TEMPERATURE, max_tokens: config.LLM_MAX_TOKENS },
      systemPrompt: config.SYSTEM_PROMPT,
      now,
    },
  };
}

/** What a request needs. */
export function composeRequest(env: Bindings, shared: Shared): Services {
  const { config, log, database, turn } = shared;
  const secret = async () =>
    config.APP_SECRET_KEY ??
    keptSecret(database(""), "visitor-signing-key", () => crypto.getRandomValues(new Uint8Array(32)).toHex(), now());
  const stub = (id: string) => env.CONVERSATIONS.get(env.CONVERSATIONS.idFromName(id));
  return {
    config,
    version: packageJson.version,
    database,
    cache: env.CACHE,
    // The stub's mapped types cannot express our unions; the object implements this very interface.
    conversation: (id) => reaching(() => stub(id) as unknown as ConversationCalls),
    upgrade: (id, principal, request) => {
      const headers = new Headers(request.headers);
      headers.set(PRINCIPAL_HEADER, JSON.stringify(principal));
      headers.set(CONVERSATION_HEADER, id);
      return stub(id).fetch(new Request(request, { headers }));
    },
    pingObject: async () => {
      await stub("readiness").ping();
    },
    visitors: makeVisitors(secret),
    turn,
    now,
    log,
  };
}

/** What a Conversation object needs. */
export function composeConversation(shared: Shared): ConversationServices {
  return {
    turn: shared.turn,
    project: (row) => upsertConversation(shared.database(row.tenant_id), row),
    now,
    log: shared.log,
  };
}

function composeModels(config: Config, ai: Ai | undefined): Models {
  const vendors: Vendors = openaiVendors(config).map((vendor) => ({
    provider: openaiProvider(vendor, fetchUpstream, now),
    configuredModel: vendor.configuredModel,
  }));
  const { ANTHROPIC_API_KEY } = config;
  if (ANTHROPIC_API_KEY !== undefined)
    vendors.splice(vendors[0]?.provider.id === "openai" ? 1 : 0, 0, {
      provider: anthropicProvider({ ...config, ANTHROPIC_API_KEY }, fetchUpstream, now),
      configuredModel: config.ANTHROPIC_MODEL,
    });
  if (ai !== undefined && config.WORKERS_AI !== "off")
    vendors.push({ provider: workersAiProvider(ai, config), configuredModel: config.WORKERS_AI_MODEL });
  const embedded = embeddedProvider({ delay: config.EMBEDDED_TOKEN_DELAY, sleep });
  vendors.push({ provider: embedded, configuredModel: undefined });
  return makeModels(config, vendors, {
    attempts: config.LLM_RETRIES,
    delay: config.LLM_RETRY_DELAY * 1000,
    sleep,
  });
}

/** The vendors' SDKs go only to addresses that the operator configured. */
const fetchUpstream: typeof fetch = (input, init) => fetch(input, init);

async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  await scheduler.wait(milliseconds, { signal });
}

/**
 * The calls of an object, told from the object's own failures: a call that did not get through is a
 * 503. A read that the runtime calls retryable is tried once more, on a fresh stub.
 */
function reaching(stub: () => ConversationCalls): ConversationCalls {
  const call =
    <A extends unknown[], R>(name: keyof ConversationCalls, again: boolean) =>
    async (...args: A): Promise<R> => {
      const attempt = () => (stub()[name] as unknown as (...args: A) => Promise<R>)(...args);
      try {
        return await attempt();
      } catch (thrown) {
        if (again && isRetryable(thrown)) return attempt();
        throw new AppError(
          "SERVICE_UNAVAILABLE",
          "The conversation could not be reached just now. Try again; what was accepted is kept.",
          { retryable: true },
          { cause: thrown },
        );
      }
    };
  return {
    create: call("create", false),
    get: call("get", true),
    patch: call("patch", true),
    remove: call("remove", false),
    messages: call("messages", true),
    send: call("send", false),
    ask: call("ask", false),
    events: call("events", true),
    cancel: call("cancel", true),
  };
}

function isRetryable(thrown: unknown): boolean {
  const { retryable, overloaded } = thrown as { retryable?: boolean; overloaded?: boolean };
  return retryable === true && overloaded !== true;
}
