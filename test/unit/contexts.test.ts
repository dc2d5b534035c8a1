import { expect, test } from "vitest";
import { readConfig } from "../../src/config.ts";
import { contextOf } from "../../src/llm/contexts.ts";
import { openaiVendors } from "../../src/llm/providers/openai/vendors.ts";

test.each([
  ["gpt-4", 8192],
  ["gpt-4-0613", 8192],
  ["gpt-4-32k-0613", 32_768],
  ["gpt-3.5-turbo-0125", 16_385],
  ["gpt-4-turbo-2024-04-09", 128_000],
  ["gpt-4-1106-preview", 128_000],
  ["gpt-4o", 128_000],
  ["gpt-4o-mini", 128_000],
  ["gpt-4.1-nano", 1_047_576],
  ["gpt-5.4-mini", 400_000],
  ["claude-haiku-4-5", 200_000],
  ["claude-sonnet-5", 1_000_000],
  ["ft:gpt-4o-mini:acme", 128_000],
  ["ft:gpt-3.5-turbo:acme", 16_385],
  ["openai/gpt-4", 8192],
  ["somebody's", 7],
  ["", 7],
])("%s reads %d tokens", (model, tokens) => {
  expect(contextOf(model, 7)).toBe(tokens);
});

test("an unknown model reads what its vendor's do; Ollama's what its server was given", () => {
  const contexts = (variables: Record<string, string>) =>
    openaiVendors(
      readConfig({
        OPENAI_API_KEY: "sk-test",
        OLLAMA_BASE_URL: "http://localhost:11434",
        ...variables,
      }),
    ).map(({ contextTokens }) => [contextTokens("gpt-4"), contextTokens("llama3.2")]);
  expect(contexts({})).toEqual([
    [8192, 128_000],
    [8192, 8192],
  ]);
  expect(contexts({ OLLAMA_CONTEXT_LENGTH: "32768" })[1]).toEqual([32_768, 32_768]);
});
