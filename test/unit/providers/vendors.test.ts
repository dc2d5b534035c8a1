// The variables that come out of the table of vendors.
import { expect, test } from "vitest";
import { describeVariables, readConfig } from "../../../src/config.ts";
import { VENDORS } from "../../../src/vendors.ts";
import { takesPictures } from "../../../src/llm/pictures.ts";
import { httpAdapters } from "./adapters.ts";
import { openaiVendors } from "../../../src/llm/providers/openai/vendors.ts";

test.each<[Record<string, string>, string]>([
  [{ DEFAULT_PROVIDER: "groq" }, "GROQ_API_KEY: should be set where DEFAULT_PROVIDER is groq"],
  [{ DEFAULT_PROVIDER: "vllm" }, "VLLM_BASE_URL: should be set where DEFAULT_PROVIDER is vllm"],
  [{ TITLE_MODEL: "mistral/x" }, "MISTRAL_API_KEY: should be set where TITLE_MODEL is mistral"],
  [{ DEEPSEEK_BASE_URL: "deepseek" }, "DEEPSEEK_BASE_URL: should be an http or https URL"],
  [{ AZURE_OPENAI_ENDPOINT: "https://a" }, "AZURE_OPENAI_ENDPOINT: should be set together"],
])("%o stops the start and says what it should be", (env, says) => {
  expect(() => readConfig(env)).toThrow(says);
});

test("every vendor has its variables, its key is a secret, and what is needed makes it available", () => {
  const described = new Map(describeVariables().map((variable) => [variable.name, variable]));
  for (const { id, name, needs, variables, wire } of VENDORS) {
    expect(described.get(variables.key)).toMatchObject({ group: name, secret: true });
    expect(described.get(variables.model)?.about).toContain(id);
    const env = needs.map((need) => [variables[need], need === "url" ? "http://h" : "k"]);
    const config = readConfig(Object.fromEntries(env));
    if (wire === "openai") expect(openaiVendors(config).map((vendor) => vendor.id)).toEqual([id]);
  }
  expect(openaiVendors(readConfig({}))).toEqual([]);
});

test("a server that stands in for a vendor's own is not taken to have its models", () => {
  const [own, other] = ["https://api.mistral.ai/v1", "http://localhost:8080/v1"].map(
    (MISTRAL_BASE_URL) => openaiVendors(readConfig({ MISTRAL_API_KEY: "k", MISTRAL_BASE_URL }))[0],
  );
  expect(own).toMatchObject({
    cheapModel: "mistral-small-latest",
    tiers: { premium: "mistral-large-latest" },
  });
  expect(other).toMatchObject({ cheapModel: undefined, tiers: {} });
});

test("which pictures a model takes goes by the model, and by whether its vendor fetches", () => {
  const takes = (id: string, model: string) => {
    const provider = httpAdapters().find((it) => it.id === id);
    return provider === undefined ? null : takesPictures({ provider, model });
  };
  expect(takes("openai", "gpt-5.4")).toBe("any");
  expect(takes("anthropic", "claude-sonnet-5")).toBe("any");
  expect(takes("deepseek", "deepseek-v4-pro")).toBe("none");
  expect(takes("groq", "openai/gpt-oss-120b")).toBe("none");
  expect(takes("ollama", "llava")).toBe("data");
  expect(takes("vllm", "default")).toBe("data");
});
