// Environment → validated Config. The only reader of raw environment variables; every variable that
// Edgewise knows is one entry of `variables`, and docs/configuration.md is written from it.
import { z } from "zod";

type VariableMeta = { about: string; aliases?: readonly string[]; secret?: boolean; group: string };

declare module "zod" {
  interface GlobalMeta {
    variable?: VariableMeta;
  }
}

const wholeNumber = (unit: string, min: number, max: number) =>
  z.coerce
    .number(`a whole number of ${unit}`)
    .int(`a whole number of ${unit}`)
    .min(min, `a whole number of ${unit}, at least ${min}`)
    .max(max, `a whole number of ${unit}, at most ${max}`);

const flag = () => z.stringbool({ error: "true or false" });
const text = () => z.string().trim().min(1);
const url = () =>
  z
    .url({ protocol: /^https?$/, error: "an http or https URL" })
    .transform((value) => value.replace(/\/+$/, ""));

const describe = <S extends z.ZodType>(
  schema: S,
  group: string,
  about: string,
  rest: Omit<VariableMeta, "about" | "group"> = {},
): S => schema.meta({ variable: { about, group, ...rest } });

const originList = z
  .string()
  .transform((value, context) => {
    const trimmed = value.trim();
    if (!trimmed.startsWith("[")) return trimmed.split(",").map((origin) => origin.trim());
    try {
      const parsed: unknown = JSON.parse(trimmed);
      return parsed;
    } catch {
      context.addIssue("a comma-separated list or a JSON array of origins");
      return z.NEVER;
    }
  })
  .pipe(
    z.array(
      z.string().refine((origin) => origin === "*" || isOrigin(origin), {
        error: 'origins such as "https://chat.example.com" (scheme, host and port only), or "*"',
      }),
      "a comma-separated list or a JSON array of origins",
    ),
  );

const variables = z.object({
  APP_ENV: describe(
    z
      .enum(["development", "staging", "production"], "one of development, staging, production")
      .default("development"),
    "Application",
    "Where this runs. `production` refuses APP_DEBUG and turns anonymous visitors away unless ALLOW_ANONYMOUS says otherwise.",
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
    z.string().min(32, "at least 32 characters; make one with `openssl rand -hex 32`").optional(),
    "Application",
    "Signs visitors' cookies and tokens. Without it one is made at first use and kept in D1.",
    { aliases: ["SECRET_KEY"], secret: true },
  ),
  ALLOW_ANONYMOUS: describe(
    flag().optional(),
    "Application",
    "Whether a caller without credentials becomes an anonymous visitor. On, except in production.",
  ),
  CORS_ORIGINS: describe(
    originList.default(["http://localhost:3000"]),
    "Application",
    "Origins whose pages may call the API with credentials: a comma list or a JSON array. `*` allows every origin, without credentials.",
  ),
  DEFAULT_PROVIDER: describe(
    z
      .enum(
        ["openai", "anthropic", "azure", "ollama", "workers-ai", "embedded"],
        "one of openai, anthropic, azure, ollama, workers-ai, embedded",
      )
      .optional(),
    "Models",
    "Who answers where a request names nobody. Else: the first whose key is there, else `workers-ai` unless WORKERS_AI=off, else `embedded`.",
  ),
  DEFAULT_MODEL: describe(
    text().max(100, "at most 100 characters").optional(),
    "Models",
    "The model where neither the request nor <VENDOR>_MODEL names one.",
    {
      aliases: ["LLM_MODEL"],
    },
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
  HISTORY_TOKENS: describe(
    wholeNumber("tokens", 0, 1_000_000).default(8000),
    "Models",
    "How many tokens of the conversation so far are sent with a message, newest first.",
  ),
  SYSTEM_PROMPT: describe(
    text().max(100_000).optional(),
    "Models",
    "The system prompt of conversations that have none of their own.",
  ),
  OPENAI_API_KEY: describe(
    text().optional(),
    "OpenAI and compatible",
    "Makes `openai` available.",
    { secret: true },
  ),
  OPENAI_BASE_URL: describe(
    url().default("https://api.openai.com/v1"),
    "OpenAI and compatible",
    "Any server that speaks OpenAI's chat completions.",
  ),
  OPENAI_MODEL: describe(
    text().max(100).optional(),
    "OpenAI and compatible",
    "The model of `openai`. Built in: gpt-5.4-mini.",
  ),
  OPENAI_ORGANIZATION: describe(
    text().optional(),
    "OpenAI and compatible",
    "Sent as `OpenAI-Organization`.",
  ),
  ANTHROPIC_API_KEY: describe(text().optional(), "Anthropic", "Makes `anthropic` available.", {
    secret: true,
  }),
  ANTHROPIC_BASE_URL: describe(
    url().default("https://api.anthropic.com"),
    "Anthropic",
    "Where the Messages API is reached.",
  ),
  ANTHROPIC_MODEL: describe(
    text().max(100).optional(),
    "Anthropic",
    "The model of `anthropic`. Built in: claude-sonnet-5.",
  ),
  AZURE_OPENAI_API_KEY: describe(
    text().optional(),
    "Azure OpenAI",
    "With AZURE_OPENAI_ENDPOINT, makes `azure` available.",
    { secret: true },
  ),
  AZURE_OPENAI_ENDPOINT: describe(
    url().optional(),
    "Azure OpenAI",
    "The resource's endpoint, e.g. https://name.openai.azure.com.",
  ),
  AZURE_OPENAI_MODEL: describe(
    text().max(100).optional(),
    "Azure OpenAI",
    "The deployment's name.",
    { aliases: ["AZURE_OPENAI_DEPLOYMENT"] },
  ),
  OLLAMA_BASE_URL: describe(
    url().optional(),
    "Ollama",
    "Makes `ollama` available; usually http://localhost:11434.",
  ),
  OLLAMA_MODEL: describe(
    text().max(100).optional(),
    "Ollama",
    "The model of `ollama`. Built in: llama3.2.",
    { aliases: ["OLLAMA_DEFAULT_MODEL"] },
  ),
  OLLAMA_TIMEOUT: describe(
    wholeNumber("seconds", 1, 3600).default(300),
    "Ollama",
    "LLM_TIMEOUT for Ollama, which may have to load a model first.",
  ),
  WORKERS_AI: describe(
    z.enum(["auto", "off"], "auto or off").default("auto"),
    "Workers AI",
    "`off` leaves Cloudflare's models out. `npm start` sets it: the binding cannot run without an account.",
  ),
  WORKERS_AI_MODEL: describe(
    text().max(100).optional(),
    "Workers AI",
    "The model of `workers-ai`. Built in: @cf/meta/llama-3.3-70b-instruct-fp8-fast.",
  ),
  EMBEDDED_TOKEN_DELAY: describe(
    wholeNumber("milliseconds", 0, 1000).default(12),
    "Embedded model",
    "The pause between two tokens of the embedded model, so that its stream can be seen.",
  ),
});

/** Validated configuration: every variable under its own name, defaults filled in. */
export type Config = Omit<z.output<typeof variables>, "ALLOW_ANONYMOUS"> & {
  ALLOW_ANONYMOUS: boolean;
};

/** A configuration that cannot be used: one line a variable, each saying what it should be. */
export class ConfigError extends Error {
  constructor(problems: string[]) {
    super(
      `Edgewise cannot start with this configuration:\n${problems.map((line) => `  ${line}`).join("\n")}`,
    );
    this.name = "ConfigError";
  }
}

/**
 * Reads the environment. Empty values count as unset; where a variable is unset its aliases are
 * asked in order (they are the names the systems before Edgewise used).
 * @throws {ConfigError} naming each bad variable and what it should be; never shows a secret.
 */
export function readConfig(env: object): Config {
  const raw: Record<string, string> = {};
  const source: Record<string, string> = {};
  for (const { name, aliases } of describeVariables()) {
    for (const candidate of [name, ...aliases]) {
      const value: unknown = Reflect.get(env, candidate);
      if (typeof value !== "string" || value.trim() === "") continue;
      raw[name] = value;
      source[name] = candidate;
      break;
    }
  }
  const parsed = variables.safeParse(raw);
  if (!parsed.success) {
    throw new ConfigError(
      parsed.error.issues.map(
        (issue) =>
          `${source[String(issue.path[0])] ?? String(issue.path[0])}: should be ${issue.message}`,
      ),
    );
  }
  const config = parsed.data;
  if (config.APP_ENV === "production" && config.APP_DEBUG) {
    throw new ConfigError([
      `${source["APP_DEBUG"] ?? "APP_DEBUG"}: should be false where APP_ENV is production`,
    ]);
  }
  const missing = missingFor(config);
  if (missing.length > 0) throw new ConfigError(missing);
  return { ...config, ALLOW_ANONYMOUS: config.ALLOW_ANONYMOUS ?? config.APP_ENV !== "production" };
}

/** What a named provider needs, and Azure's two that need each other. */
function missingFor(config: z.output<typeof variables>): string[] {
  const needs = {
    openai: ["OPENAI_API_KEY"],
    anthropic: ["ANTHROPIC_API_KEY"],
    azure: ["AZURE_OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT"],
    ollama: ["OLLAMA_BASE_URL"],
    "workers-ai": [],
    embedded: [],
  } as const;
  const named = config.DEFAULT_PROVIDER;
  const problems = needs[named ?? "embedded"]
    .filter((name) => config[name] === undefined)
    .map((name) => `${name}: should be set where DEFAULT_PROVIDER is ${named}`);
  if (named === "workers-ai" && config.WORKERS_AI === "off")
    problems.push("DEFAULT_PROVIDER: should be another where WORKERS_AI is off, as it is locally");
  const [key, endpoint] = needs.azure;
  if (named !== "azure" && (config[key] === undefined) !== (config[endpoint] === undefined))
    problems.push(`${key} and ${endpoint}: should be set together`);
  return problems;
}

/** What there is to configure, for documentation: in the order of the schema. */
export function describeVariables(): {
  name: string;
  about: string;
  group: string;
  aliases: readonly string[];
  secret: boolean;
  default: unknown;
}[] {
  return Object.entries(variables.shape).map(([name, schema]) => {
    const meta = schema.meta()?.variable;
    if (meta === undefined) throw new Error(`${name} is not described`);
    const unset = schema.safeParse(undefined);
    return {
      name,
      about: meta.about,
      group: meta.group,
      aliases: meta.aliases ?? [],
      secret: meta.secret ?? false,
      default: unset.success ? unset.data : undefined,
    };
  });
}

function isOrigin(value: string): boolean {
  return URL.canParse(value) && new URL(value).origin === value;
}
