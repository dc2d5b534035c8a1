import { expect, test } from "vitest";
import { describeVariables, readConfig } from "../../src/config.ts";

test("with nothing configured everything has a value that works", () => {
  const config = readConfig({});
  expect(config).toMatchObject({
    APP_ENV: "development",
    ALLOW_ANONYMOUS: true,
    LLM_TIMEOUT: 30,
    OLLAMA_TIMEOUT: 300,
  });
  expect(config.CORS_ORIGINS).toEqual(["http://localhost:3000"]);
});

test.each([
  [{ LLM_TIMEOUT: "soon" }, "LLM_TIMEOUT: should be a whole number of seconds"],
  [{ LLM_TIMEOUT: "0" }, "LLM_TIMEOUT: should be a whole number of seconds, at least 1"],
  [{ LLM_TEMPERATURE: "3" }, "LLM_TEMPERATURE: should be a number from 0 to 2"],
  [{ APP_ENV: "prod" }, "APP_ENV: should be one of development, staging, production"],
  [{ APP_DEBUG: "maybe" }, "APP_DEBUG: should be true or false"],
  [{ APP_ENV: "production", DEBUG: "true" }, "DEBUG: should be false where APP_ENV is production"],
  [{ SECRET_KEY: "short" }, "SECRET_KEY: should be at least 32 characters"],
  [{ OPENAI_BASE_URL: "ftp://x" }, "OPENAI_BASE_URL: should be an http or https URL"],
  [{ CORS_ORIGINS: "https://a.test/path" }, "CORS_ORIGINS: should be origins"],
  [
    { CORS_ORIGINS: '["https://a.test"' },
    "CORS_ORIGINS: should be a comma-separated list or a JSON array",
  ],
  [
    { DEFAULT_PROVIDER: "openai" },
    "OPENAI_API_KEY: should be set where DEFAULT_PROVIDER is openai",
  ],
  [{ DEFAULT_PROVIDER: "workers-ai", WORKERS_AI: "off" }, "DEFAULT_PROVIDER: should be another"],
  [
    { AZURE_OPENAI_API_KEY: "k" },
    "AZURE_OPENAI_API_KEY and AZURE_OPENAI_ENDPOINT: should be set together",
  ],
  [{ DEFAULT_PROVIDER: "skynet" }, "DEFAULT_PROVIDER: should be one of openai"],
])("%o stops the start and says what it should be", (env, says) => {
  expect(() => readConfig(env)).toThrow(says);
});

test("a bad secret is not shown, and all problems are told at once", () => {
  expect(() => readConfig({ APP_SECRET_KEY: "hunter2", LLM_TIMEOUT: "x" })).toThrow(
    /APP_SECRET_KEY[\s\S]*LLM_TIMEOUT|LLM_TIMEOUT[\s\S]*APP_SECRET_KEY/,
  );
  expect(() => readConfig({ APP_SECRET_KEY: "hunter2" })).not.toThrow("hunter2");
});

test("an API key's prefix is nobody's business", () => {
  expect(readConfig({ OPENAI_API_KEY: "anything" }).OPENAI_API_KEY).toBe("anything");
});

test.each(["https://a.test,https://b.test", '["https://a.test", "https://b.test"]'])(
  "origins are a list, written as %s",
  (CORS_ORIGINS) => {
    expect(readConfig({ CORS_ORIGINS }).CORS_ORIGINS).toEqual(["https://a.test", "https://b.test"]);
  },
);

test("older names are read where the own name is unset", () => {
  expect(
    readConfig({ LLM_MODEL: "m", MAX_TOKENS: "5", OLLAMA_DEFAULT_MODEL: "o", LOG_LEVEL: "INFO" }),
  ).toMatchObject({
    DEFAULT_MODEL: "m",
    LLM_MAX_TOKENS: 5,
    OLLAMA_MODEL: "o",
    APP_LOG_LEVEL: "info",
  });
  expect(readConfig({ DEFAULT_MODEL: "own", LLM_MODEL: "old" }).DEFAULT_MODEL).toBe("own");
  expect(readConfig({ DEFAULT_MODEL: "", LLM_MODEL: "old" }).DEFAULT_MODEL).toBe("old");
});

test("production turns anonymous visitors away unless it is told to let them in", () => {
  expect(readConfig({ APP_ENV: "production" }).ALLOW_ANONYMOUS).toBe(false);
  expect(readConfig({ APP_ENV: "production", ALLOW_ANONYMOUS: "true" }).ALLOW_ANONYMOUS).toBe(true);
});

test("every variable is described, and no name is claimed twice", () => {
  const names = describeVariables().flatMap(({ name, aliases, about }) => {
    expect(about).not.toBe("");
    return aliases.concat(name);
  });
  expect(new Set(names).size).toBe(names.length);
});
