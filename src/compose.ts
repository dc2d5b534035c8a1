// The composition root: configuration and bindings become the services that a request or an object
// needs. The one place that reaches for `fetch`, the clock and the environment.
import {
  CONVERSATION_HEADER,
  type ConversationCalls,
  type ConversationObject,
  PRINCIPAL_HEADER,
} from "../durable-objects/conversation.ts";
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

type Shared = {
  config: Config;
  log: Log;
  database: DatabaseOf;
  turn: Omit<TurnServices, "recent" | "span">;
};

/** @throws {ConfigError} which stops the start */
export function composeShared(env: Bindings): Shared {
  const config = readConfig(env);
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
    keptSecret(
      database(""),
      "visitor-signing-key",
      () => crypto.getRandomValues(new Uint8Array(32)).toHex(),
      now(),
    );
  const stub = (id: string) => env.CONVERSATIONS.get(env.CONVERSATIONS.idFromName(id));
  return {
    config,
    version: packageJson.version,
    database,
    cache: env.CACHE,
    conversation: (id) => reaching(() => stub(id)),
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
    vendors.push({
      provider: workersAiProvider(ai, config, now),
      configuredModel: config.WORKERS_AI_MODEL,
    });
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
 * 503. A call that may be repeated, and that the runtime calls retryable, is tried once more on a
 * fresh stub.
 */
function reaching(stub: () => DurableObjectStub<ConversationObject<Bindings>>): ConversationCalls {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the stub's mapped types lose unions; the object implements this very interface
  const object = () => stub() as unknown as ConversationCalls;
  const once = async <R>(ask: (calls: ConversationCalls) => Promise<R>): Promise<R> => {
    try {
      return await ask(object());
    } catch (cause) {
      throw new AppError(
        "SERVICE_UNAVAILABLE",
        "The conversation could not be reached just now. Try again; what was accepted is kept.",
        { retryable: true },
        { cause },
      );
    }
  };
  const again = <R>(ask: (calls: ConversationCalls) => Promise<R>): Promise<R> =>
    once((calls) =>
      ask(calls).catch((thrown: unknown) => {
        if (isRetryable(thrown)) return ask(object());
        throw thrown;
      }),
    );
  return {
    create: (...args) => once((calls) => calls.create(...args)),
    get: (...args) => again((calls) => calls.get(...args)),
    patch: (...args) => again((calls) => calls.patch(...args)),
    remove: (...args) => once((calls) => calls.remove(...args)),
    messages: (...args) => again((calls) => calls.messages(...args)),
    send: (...args) => once((calls) => calls.send(...args)),
    ask: (...args) => once((calls) => calls.ask(...args)),
    events: (...args) => again((calls) => calls.events(...args)),
    cancel: (...args) => again((calls) => calls.cancel(...args)),
  };
}

function isRetryable(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  return (
    "retryable" in thrown &&
    thrown.retryable === true &&
    !("overloaded" in thrown && thrown.overloaded === true)
  );
}
