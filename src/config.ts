// Environment → validated Config. The only reader of raw environment variables.
import type { z } from "zod";
import { variables } from "./variables.ts";

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
  if (config.JWT_ALGORITHM === "HS256" && config.JWT_SECRET === undefined)
    throw new ConfigError(["JWT_SECRET: should be set where JWT_ALGORITHM is HS256"]);
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
