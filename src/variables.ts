// What there is to configure: every variable that Edgewise knows is one entry here, and
// docs/configuration.md is written from it. config.ts reads the environment through it; what values
// may look like is in variable-types.ts.
import { z } from "zod";
import {
  dollars,
  fallbacksSchema,
  embeddingModel,
  flag,
  ISSUERS,
  featureValuesSchema,
  jsonOf,
  MODEL_PROVIDERS,
  modelName,
  modelNames,
  oidcProvidersSchema,
  originList,
  ownModelName,
  pricesSchema,
  PROVIDERS,
  ROUTING_TABLE,
  routingTableSchema,
  secretText,
  strategiesOf,
  SIGNING_KEYS,
  signingKeysSchema,
  text,
  TIER_LIMITS,
  TIER_MODELS,
  tierLimitsSchema,
  tierModelsSchema,
  trustedIssuersSchema,
  url,
  wholeNumber,
} from "./variable-types.ts";
import { knowledgeVariables } from "./knowledge-variables.ts";
import { vendorVariables } from "./vendor-variables.ts";
import { webhookVariables } from "./webhook-variables.ts";

type VariableMeta = {
  about: string;
  aliases?: readonly string[];
  /** Names from before whose unit was another: the factor to this variable's. */
  scaled?: Readonly<Record<string, number>>;
  secret?: boolean;
  group: string;
};

declare module "zod" {
  interface GlobalMeta {
    variable?: VariableMeta;
  }
}

const describe = <S extends z.ZodType>(
  schema: S,
  group: string,
  about: string,
  rest: Omit<VariableMeta, "about" | "group"> = {},
): S => schema.meta({ variable: { about, group, ...rest } });

/** Tiers, lowest first (seed 003 §10.1). */
export const TIERS = ["free", "starter", "professional", "enterprise"] as const;

/** Each names the model of one purpose. */
export const PURPOSE_VARIABLES = [
  "TITLE_MODEL",
  "SUMMARY_MODEL",
  "ENTITIES_MODEL",
  "INTENT_MODEL",
  "REFERENCES_MODEL",
  "JUDGE_MODEL",
  "RERANK_MODEL",
  "RETRIEVAL_MODEL",
] as const;

export const variables = z.object({
  APP_ENV: describe(
    z
      .enum(["development", "staging", "production"], "one of development, staging, production")
      .default("development"),
    "Application",
    "Where this runs. `production` refuses APP_DEBUG and turns anonymous visitors away unless ALLOW_ANONYMOUS says otherwise. `wrangler.toml` says `production`, and `npm start` says `development`; the default is for tools that read neither.",
    { aliases: ["ENVIRONMENT"] },
  ),
  APP_DEBUG: describe(
    flag().default(false),
    "Application",
    "Logs at debug level. Refused in production.",
    {
      aliases: ["DEBUG", "API_DEBUG"],
    },
  ),
  APP_LOG_LEVEL: describe(
    z
      .string()
      .toLowerCase()
      .pipe(z.enum(["debug", "info", "warning", "error"], "one of debug, info, warning, error"))
      .default("info"),
    "Application",
    "The least severe line that is logged.",
    { aliases: ["LOG_LEVEL"] },
  ),
  APP_SECRET_KEY: describe(
    secretText().optional(),
    "Application",
    "Signs visitors' cookies and tokens. Without it one is made at first use and kept in D1.",
    { aliases: ["SECRET_KEY"], secret: true },
  ),
  ALLOW_ANONYMOUS: describe(
    flag().optional(),
    "Application",
    "Whether a caller without credentials becomes an anonymous visitor. On, except in production.",
  ),
  APP_URL: describe(
    url().optional(),
    "Application",
    "Where people reach this installation: links in mails and sign-in redirects begin with it. Else the request's own origin.",
    { aliases: ["PUBLIC_URL"] },
  ),
  CORS_ORIGINS: describe(
    originList().optional(),
    "Application",
    "Origins whose pages may call the API with credentials, beside its own: a comma list or a JSON array. `*`, alone, allows every origin, without credentials. Unset: `http://localhost` and `http://127.0.0.1` at any port where APP_ENV is development, else none.",
  ),
  ALLOW_REGISTRATION: describe(
    flag().default(true),
    "Accounts",
    "Whether anybody may register. An administrator can always invite.",
  ),
  DEFAULT_TIER: describe(
    z.enum(TIERS, `one of ${TIERS.join(", ")}`).default("free"),
    "Accounts",
    "The tier of a new account.",
  ),
  JWT_SECRET: describe(
    secretText().optional(),
    "Accounts",
    "Accepts HS256 access tokens signed with this secret, for those who bring it; and signs with it where JWT_ALGORITHM is HS256.",
    { aliases: ["JWT_SECRET_KEY"], secret: true },
  ),
  JWT_PRIVATE_KEY: describe(
    jsonOf(signingKeysSchema, SIGNING_KEYS).optional(),
    "Accounts",
    "The ES256 key that signs access tokens: a private JWK, or a JWKS whose first key signs while all of them verify. Without it one is made at first use and kept in D1.",
    { secret: true },
  ),
  JWT_ALGORITHM: describe(
    z.enum(["ES256", "HS256"], "ES256 or HS256").default("ES256"),
    "Accounts",
    "How access tokens are signed. HS256 needs JWT_SECRET.",
    { aliases: ["ALGORITHM"] },
  ),
  JWT_EXPIRY: describe(
    wholeNumber("seconds", 60, 3600).default(3600),
    "Accounts",
    "How long an access token lives, in seconds: at most an hour.",
    { scaled: { JWT_EXPIRATION_MINUTES: 60, ACCESS_TOKEN_EXPIRE_MINUTES: 60 } },
  ),
  JWT_REFRESH_EXPIRY: describe(
    wholeNumber("seconds", 3600, 31_536_000).default(604_800),
    "Accounts",
    "How long a refresh token lives, in seconds.",
    { scaled: { REFRESH_TOKEN_EXPIRE_DAYS: 86_400 } },
  ),
  JWT_ISSUER: describe(text().default("chatbot-api"), "Accounts", "The `iss` of access tokens."),
  JWT_AUDIENCE: describe(
    text().default("chatbot-client"),
    "Accounts",
    "The `aud` of access tokens.",
  ),
  OIDC_PROVIDERS: describe(
    jsonOf(oidcProvidersSchema, PROVIDERS).default([]),
    "Single sign-on",
    'Whom people may sign in with: a JSON array of `{"id", "name"?, "issuer", "client_id", "client_secret"?, "scope"?}`; the callback is `<APP_URL>/api/v1/auth/oidc/<id>/callback`.',
    { secret: true },
  ),
  TRUSTED_ISSUERS: describe(
    jsonOf(trustedIssuersSchema, ISSUERS).default([]),
    "Single sign-on",
    'Outside issuers whose access tokens are accepted as they are: a JSON array of `{"issuer", "audience", "jwks_url"?, "claims"?}`, where `claims` maps `email`, `tenant`, `tier`, `roles`, `token_budget` to their names.',
  ),
  RATE_LIMIT_ENABLED: describe(
    flag().default(true),
    "Limits",
    "`false` switches every limit and budget off, for load tests. Revocation still holds.",
  ),
  RATE_LIMIT_REQUESTS: describe(
    wholeNumber("requests", 1, 1_000_000).optional(),
    "Limits",
    "Requests per window for everything that is no turn: 100 unless set. Where APP_ENV is development an anonymous visitor is held to it only if it is set.",
  ),
  RATE_LIMIT_WINDOW: describe(
    wholeNumber("seconds", 1, 60).default(60),
    "Limits",
    "The length of that window, in seconds.",
  ),
  RATE_LIMIT_STREAMS: describe(
    wholeNumber("streams", 1, 1000).optional(),
    "Limits",
    "Answers that may be written for one anonymous visitor at once: 2 unless set, without a limit in development unless set. An account has 50.",
  ),
  DAILY_TOKEN_BUDGET: describe(
    wholeNumber("tokens", 0, 1e12).optional(),
    "Limits",
    "Tokens that one person may use a day (UTC), anonymous visitors included; an administrator can set another for a user.",
  ),
  MONTHLY_TOKEN_BUDGET: describe(
    wholeNumber("tokens", 0, 1e12).optional(),
    "Limits",
    "The same for a calendar month.",
  ),
  DAILY_COST_BUDGET: describe(
    dollars().optional(),
    "Limits",
    "US dollars that one person may cost a day (UTC), by the prices below.",
  ),
  MONTHLY_COST_BUDGET: describe(dollars().optional(), "Limits", "The same for a calendar month."),
  MODEL_PRICES: describe(
    jsonOf(pricesSchema, "a JSON object of prices").default({}),
    "Limits",
    'US dollars per million tokens, by `provider/model` or model: `{"openai/gpt-5.4-mini": {"input": 0.75, "cached": 0.075, "output": 4.5}}`; `cached` is what a vendor reads from its own cache, `image` US dollars per picture where it charges those apart. Adds to and overrides the built-in prices.',
  ),
  FEATURE_VALUES: describe(
    jsonOf(featureValuesSchema, "a JSON object of features and US dollars").default({}),
    "Limits",
    'US dollars that a completed request is worth, by feature (`metadata.feature` of the request): `{"support": 0.9}`. The month\'s report sets it against what the feature cost.',
  ),
  MAIL_FROM: describe(
    text().optional(),
    "Mail",
    "The sender of mails. With an `EMAIL` binding (Cloudflare Email) mails leave through that.",
  ),
  MAIL_WEBHOOK_URL: describe(
    url().optional(),
    "Mail",
    "Mails are posted there as JSON `{to, subject, text}`. Without it and without a binding they are logged.",
  ),
  MAIL_WEBHOOK_SECRET: describe(
    text().optional(),
    "Mail",
    "Signs those posts: `X-Webhook-Signature: sha256=<hex>` over the body.",
    { secret: true },
  ),
  DEFAULT_PROVIDER: describe(
    z.enum(MODEL_PROVIDERS, `one of ${MODEL_PROVIDERS.join(", ")}`).optional(),
    "Models",
    "Who answers where a request names nobody. Else: the first whose key is there, else `workers-ai` unless WORKERS_AI=off, else `embedded`.",
  ),
  DEFAULT_MODEL: describe(
    ownModelName().optional(),
    "Models",
    "The model where neither the request nor <VENDOR>_MODEL names one. `auto`, here and in the <VENDOR>_MODEL of who answers by default: whichever the message needs, as [routing](routing.md) has it.",
    {
      aliases: ["LLM_MODEL"],
    },
  ),
  ROUTING_RULES: describe(
    jsonOf(routingTableSchema, ROUTING_TABLE).optional(),
    "Models",
    'What `model: "auto"` goes by, instead of the built-in table: `{"rules": […], "budget": […]}`, of which what is left out stays built in. See [routing](routing.md).',
  ),
  ROUTING_TIERS: describe(
    jsonOf(tierModelsSchema, TIER_MODELS).default({}),
    "Models",
    'Which model serves which tier of `model: "auto"`: `{"premium": "anthropic/claude-sonnet-5"}`, a `provider/model` or a model of whoever answers. What is not named is as the provider has it.',
  ),
  ROUTING_MOST: describe(
    jsonOf(tierLimitsSchema, TIER_LIMITS).prefault("{}"),
    "Models",
    'The dearest tier of models that `model: "auto"` gives each tier of users: `{"free": "premium"}`. Who is not named keeps the default.',
  ),
  LLM_TIMEOUT: describe(
    wholeNumber("seconds", 1, 3600).default(30),
    "Models",
    "How long to wait for a model's first event, in seconds; then the turn fails with LLM_TIMEOUT.",
    { aliases: ["LLM_AGENT_TIMEOUT"] },
  ),
  LLM_MAX_TOKENS: describe(
    wholeNumber("tokens", 1, 128_000).default(4096),
    "Models",
    "The longest answer where a request names none.",
    {
      aliases: ["MAX_TOKENS", "MODEL_DEFAULT_MAX_TOKENS"],
    },
  ),
  LLM_TEMPERATURE: describe(
    z.coerce
      .number("a number from 0 to 2")
      .min(0, "a number from 0 to 2")
      .max(2, "a number from 0 to 2")
      .default(0.7),
    "Models",
    "The temperature where a request names none.",
    { aliases: ["TEMPERATURE", "MODEL_DEFAULT_TEMPERATURE"] },
  ),
  LLM_RETRIES: describe(
    wholeNumber("attempts", 1, 10).default(3),
    "Models",
    "How often a model is asked before its first token, the first time included.",
    {
      aliases: ["OLLAMA_RETRIES"],
    },
  ),
  LLM_RETRY_DELAY: describe(
    z.coerce
      .number("a number of seconds")
      .min(0, "a number of seconds, at least 0")
      .max(10, "a number of seconds, at most 10")
      .default(2),
    "Models",
    "Seconds before the first retry; it doubles, up to 10 s, with as much as a second of jitter. A provider's `retry-after` is obeyed.",
  ),
  LLM_RETRY_LIMIT: describe(
    wholeNumber("seconds", 0, 600).default(60),
    "Models",
    "Seconds after which no new attempt at one model begins, waits included: then the next in the chain is asked, or the turn fails.",
  ),
  LLM_STALL_TIMEOUT: describe(
    wholeNumber("seconds", 1, 300).default(60),
    "Models",
    "How long a model may be silent in the middle of an answer, in seconds; then it counts as broken off.",
  ),
  LLM_FALLBACK_MODEL: describe(
    modelNames().default([]),
    "Models",
    "Who answers, and goes on in mid-answer, where the model that was asked for cannot: one or a comma list of `provider/model`, asked in this order. What follows the first slash is the model's name; without a slash the provider is the same.",
  ),
  LLM_FALLBACKS: describe(
    jsonOf(fallbacksSchema, "a JSON object of lists of models").default({}),
    "Models",
    'The same for single models, with time limits: `{"openai/gpt-5.5": ["anthropic/claude-sonnet-5", {"model": "gpt-5.4-mini", "timeout": 10}], "*": […]}`. A model that is not in it has `*`, else LLM_FALLBACK_MODEL.',
  ),
  BREAKER_FAILURES: describe(
    wholeNumber("failures", 1, 100).default(5),
    "Models",
    "Failures in a row after which a model is not asked for a while.",
  ),
  BREAKER_COOLDOWN: describe(
    wholeNumber("seconds", 1, 3600).default(60),
    "Models",
    "How long that is, in seconds; then one call finds out whether it is back. For as long, a model that failed last is asked after those that work.",
  ),
  LLM_CACHE: describe(
    z.enum(["off", "stateless", "all"], "one of off, stateless, all").default("stateless"),
    "Models",
    "Whose answers are kept and given again to the very same request of the same tenant: those of stateless calls, or of `all` turns that have no history. A request's `cache` says otherwise for itself, except where this is off. SEMANTIC_CACHE is apart from it.",
  ),
  TITLE_MODEL: describe(
    modelName().optional(),
    "Models",
    "Who writes titles: `provider/model` (what follows the first slash is the model's name), or a model of the provider that answers. Else that provider's cheap model, else the one that answers.",
  ),
  SUMMARY_MODEL: describe(
    modelName().optional(),
    "Models",
    "Who keeps the summary, in the same way.",
  ),
  ENTITIES_MODEL: describe(
    modelName().optional(),
    "Models",
    "Who finds entities, in the same way.",
  ),
  INTENT_MODEL: describe(
    modelName().optional(),
    "Models",
    "Who tells what a message wants, in the same way.",
  ),
  REFERENCES_MODEL: describe(
    modelName().optional(),
    "Models",
    "Who resolves references, in the same way.",
  ),
  JUDGE_MODEL: describe(
    modelName().optional(),
    "Models",
    "Who judges answers where they are evaluated, in the same way.",
  ),
  RERANK_MODEL: describe(
    modelName().optional(),
    "Models",
    "Who puts what was found into order, in the same way.",
  ),
  RETRIEVAL_MODEL: describe(
    modelName().optional(),
    "Models",
    "Who says a question in other words, and whether what was found answers it, in the same way.",
  ),
  HISTORY_TOKENS: describe(
    wholeNumber("tokens", 0, 1_000_000).default(8000),
    "Models",
    "How many tokens of the conversation so far are sent with a message, newest first.",
  ),
  MEMORY_STRATEGY: describe(
    z
      .enum(["buffer", "summary", "entity", "hybrid"], "one of buffer, summary, entity, hybrid")
      .default("hybrid")
      .transform((chosen) => strategiesOf(chosen)),
    "Memory",
    "How conversations remember where they do not say: the newest messages alone (`buffer`), with a summary of the older ones, with who and what was named, or all of it.",
  ),
  AUTO_TITLE: describe(
    flag().default(true),
    "Memory",
    "Whether a model gives a new conversation its title, after the first answer. Without, it is the first line.",
  ),
  PAUSE_AFTER_MINUTES: describe(
    wholeNumber("minutes", 0, 525_600).default(30),
    "Memory",
    "A conversation in which nobody speaks for this long is paused, and what is old in it condensed. 0: never.",
  ),
  ARCHIVE_AFTER_DAYS: describe(
    wholeNumber("days", 0, 36_500).default(90),
    "Memory",
    "A completed conversation is archived after this long: its messages are deleted, what is known of it stays. 0: never.",
  ),
  SYSTEM_PROMPT: describe(
    text(100_000).optional(),
    "Models",
    "The system prompt of conversations that have none of their own.",
  ),
  LLM_CACHE_TTL: describe(
    wholeNumber("seconds", 0, 2_592_000).default(3600),
    "Answers kept",
    "How long an answer is given again to the very same request, in seconds. 0: never while a model answers.",
    { aliases: ["CACHE_TTL"] },
  ),
  LLM_CACHE_STALE_TTL: describe(
    wholeNumber("seconds", 0, 2_592_000).default(86_400),
    "Answers kept",
    "How long it is kept for when no model answers, in seconds.",
  ),
  SEMANTIC_CACHE: describe(
    z.enum(["on", "off"], "on or off").default("off"),
    "Answers kept",
    "`on` gives an answer also to a question that asks the same in other words: in stateless calls of one message, and in the turn that opens a conversation. Whatever LLM_CACHE is.",
  ),
  SEMANTIC_CACHE_THRESHOLD: describe(
    z.coerce
      .number("a number from 0 to 1")
      .min(0, "a number from 0 to 1")
      .max(1, "a number from 0 to 1")
      .optional(),
    "Answers kept",
    "How similar two questions must be (cosine). Built in: 0.92.",
  ),
  SEMANTIC_CACHE_TTL: describe(
    wholeNumber("seconds", 60, 2_592_000).default(86_400),
    "Answers kept",
    "How long an answer is given to similar questions, in seconds.",
  ),
  SEMANTIC_CACHE_SIZE: describe(
    wholeNumber("answers", 1, 10_000).default(10_000),
    "Answers kept",
    "How many of a tenant's answers are kept for similar questions; the oldest goes first.",
  ),
  EMBEDDING_MODEL: describe(
    embeddingModel().default({ provider: "embedded", model: "" }),
    "Answers kept",
    "Who turns texts into vectors: `embedded`, or `provider/model` with a provider of openai, azure, ollama, workers-ai.",
  ),
  ...knowledgeVariables(),
  ...webhookVariables(),
  ...vendorVariables(),
  OPENAI_ORGANIZATION: describe(text().optional(), "OpenAI", "Sent as `OpenAI-Organization`."),
  OLLAMA_CONTEXT_LENGTH: describe(
    wholeNumber("tokens", 512, 10_000_000).default(8192),
    "Ollama",
    "How much its models read at once, answer included: what the server was started with.",
  ),
  OLLAMA_TIMEOUT: describe(
    wholeNumber("seconds", 1, 3600).default(300),
    "Ollama",
    "LLM_TIMEOUT for Ollama, which may have to load a model first.",
  ),
  AI_GATEWAY_URL: describe(
    url().optional(),
    "Cloudflare AI Gateway",
    "`https://gateway.ai.cloudflare.com/v1/<account>/<gateway>`: vendors are reached through it, except those with an address of their own.",
  ),
  AI_GATEWAY_TOKEN: describe(
    text().optional(),
    "Cloudflare AI Gateway",
    "Sent there as `cf-aig-authorization`, where the gateway asks for it.",
    { secret: true },
  ),
  WORKERS_AI: describe(
    z.enum(["auto", "off"], "auto or off").default("auto"),
    "Workers AI",
    "`off` leaves Cloudflare's models out. `npm start` sets it: the binding cannot run without an account.",
  ),
  WORKERS_AI_MODEL: describe(
    ownModelName().optional(),
    "Workers AI",
    "The model of `workers-ai`. Built in: @cf/meta/llama-3.3-70b-instruct-fp8-fast.",
  ),
  EMBEDDED_TOKEN_DELAY: describe(
    wholeNumber("milliseconds", 0, 1000).default(12),
    "Embedded model",
    "The pause between two tokens of the embedded model, so that its stream can be seen.",
  ),
});

export type OidcProvider = z.output<typeof variables>["OIDC_PROVIDERS"][number];
export type TrustedIssuer = z.output<typeof variables>["TRUSTED_ISSUERS"][number];
