// Environment → validated Config. The only reader of raw environment variables.
import { z } from "zod";
import { AUTO } from "./variable-types.ts";
import { PURPOSE_VARIABLES, variables } from "./variables.ts";
import { VENDORS } from "./vendors.ts";

type Parsed = z.output<typeof variables>;

/** Validated configuration: every variable under its own name, defaults filled in. */
export type Config = Omit<Parsed, "ALLOW_ANONYMOUS" | "CORS_ORIGINS"> & {
  ALLOW_ANONYMOUS: boolean;
  CORS_ORIGINS: string[];
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
 * @throws {ConfigError} naming each bad variable and what it should be; never shows its value.
 */
export function readConfig(env: object): Config {
  const raw: Record<string, string> = {};
  const source: Record<string, string> = {};
  for (const { name, aliases, scaled } of describeVariables()) {
    for (const candidate of [name, ...aliases, ...Object.keys(scaled)]) {
      const value: unknown = Reflect.get(env, candidate);
      if (typeof value !== "string" || value.trim() === "") continue;
      raw[name] =
        scaled[candidate] === undefined ? value : String(Number(value) * scaled[candidate]);
      source[name] = candidate;
      break;
    }
  }
  const parsed = variables.safeParse(raw);
  const named = (name: string) => source[name] ?? name;
  if (!parsed.success) {
    throw new ConfigError(
      parsed.error.issues.map(({ path: [name, ...inside], message }) => {
        const place = z.core.toDotPath([named(String(name)), ...inside]);
        return `${place}: should be ${message}`;
      }),
    );
  }
  const config = parsed.data;
  const problems = [...contradictionsIn(config, named), ...missingFor(config)];
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    ...config,
    ALLOW_ANONYMOUS: config.ALLOW_ANONYMOUS ?? config.APP_ENV !== "production",
    CORS_ORIGINS: config.CORS_ORIGINS ?? (config.APP_ENV === "development" ? LOOPBACK : []),
  };
}

/** Where pages are developed, whatever they are served by. */
const LOOPBACK = ["http://localhost:*", "http://127.0.0.1:*"];

/** Whether pages of `origin` are among `origins`, one of which may leave its port open. */
export function isAmong(origins: readonly string[], origin: string): boolean {
  return origins.includes(origin) || origins.includes(origin.replace(/(?::\d+)?$/, ":*"));
}

/** Values that are fine by themselves, but not beside another. */
function contradictionsIn(config: Parsed, named: (name: string) => string): string[] {
  const problems: string[] = [];
  if (config.APP_ENV === "production" && config.APP_DEBUG)
    problems.push(`${named("APP_DEBUG")}: should be false where APP_ENV is production`);
  if (config.JWT_ALGORITHM === "HS256" && config.JWT_SECRET === undefined)
    problems.push("JWT_SECRET: should be set where JWT_ALGORITHM is HS256");
  if (config.TRUSTED_ISSUERS.some(({ issuer }) => issuer === config.JWT_ISSUER))
    problems.push(
      "TRUSTED_ISSUERS: should be other issuers than JWT_ISSUER, whose tokens are ours",
    );
  const answers = defaultProvider(config);
  for (const { id, variable } of [...VENDOR_MODELS, WORKERS_AI])
    if (config[variable] === AUTO && id !== answers)
      problems.push(
        `${named(variable)}: should be the name of a model: \`auto\` is only for who answers by default, which is ${answers}`,
      );
  return problems;
}

const WORKERS_AI = { id: "workers-ai", variable: "WORKERS_AI_MODEL" } as const;
const VENDOR_MODELS = VENDORS.map(({ id, variables: { model } }) => ({ id, variable: model }));

/** Who answers where a request names nobody; where there is no binding for Workers AI, it is `embedded`. */
function defaultProvider(config: Parsed): string {
  const configured = VENDORS.find(({ needs, variables: names }) =>
    needs.every((need) => config[names[need]] !== undefined),
  );
  return (
    config.DEFAULT_PROVIDER ??
    configured?.id ??
    (config.WORKERS_AI === "off" ? "embedded" : WORKERS_AI.id)
  );
}

/** Variables that name a provider, and whom. */
function namedProviders(config: Parsed) {
  return [
    { variable: "DEFAULT_PROVIDER", provider: config.DEFAULT_PROVIDER },
    { variable: "EMBEDDING_MODEL", provider: config.EMBEDDING_MODEL.provider },
    ...PURPOSE_VARIABLES.map((variable) => ({ variable, provider: config[variable]?.provider })),
    ...config.LLM_FALLBACK_MODEL.map(({ provider }) => ({
      variable: "LLM_FALLBACK_MODEL",
      provider,
    })),
    ...Object.values(config.LLM_FALLBACKS)
      .flat()
      .map(({ provider }) => ({ variable: "LLM_FALLBACKS", provider })),
    ...Object.entries(config.ROUTING_TIERS).map(([tier, model]) => ({
      variable: `ROUTING_TIERS.${tier}`,
      provider: model?.provider,
    })),
  ];
}

/** What named providers need, and those of a vendor's variables that need each other. */
function missingFor(config: Parsed): string[] {
  const named = namedProviders(config);
  const missing = (provider: string) => {
    const vendor = VENDORS.find(({ id }) => id === provider);
    if (vendor === undefined) return [];
    return vendor.needs
      .map((need) => vendor.variables[need])
      .filter((name) => config[name] === undefined);
  };
  const problems = named.flatMap(({ variable, provider = "embedded" }) => [
    ...missing(provider).map((name) => `${name}: should be set where ${variable} is ${provider}`),
    ...(provider === "workers-ai" && config.WORKERS_AI === "off"
      ? [`${variable}: should be another where WORKERS_AI is off, as it is locally`]
      : []),
  ]);
  for (const { id, needs, variables: names } of VENDORS) {
    if (named.some(({ provider }) => provider === id)) continue;
    const lacking = missing(id).length;
    if (lacking > 0 && lacking < needs.length)
      problems.push(`${names.key} and ${names.url}: should be set together`);
  }
  return problems;
}

/** What there is to configure, for documentation: in the order of the schema. */
export function describeVariables(): {
  name: string;
  about: string;
  group: string;
  aliases: readonly string[];
  scaled: Readonly<Record<string, number>>;
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
      scaled: meta.scaled ?? {},
      secret: meta.secret ?? false,
      default: unset.success ? unset.data : undefined,
    };
  });
}
