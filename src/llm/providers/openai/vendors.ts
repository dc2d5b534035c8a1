// The vendors that speak OpenAI's chat completions, as data over one engine.
import type { Config } from "../../../config.ts";
import { contextOf } from "../../contexts.ts";

/** Tokens, for a model that nobody knows: what most compatible servers have. */
const UNKNOWN_CONTEXT = 128_000;

export type Vendor = {
  id: string;
  baseURL: string;
  apiKey: string;
  organization?: string | undefined;
  headers?: Record<string, string>;
  defaultModel: string;
  /** Of OpenAI's own server only: another may not have it, and a deployment has a name of its own. */
  cheapModel?: string;
  configuredModel: string | undefined;
  /** Milliseconds to the first event. */
  timeout: number;
  /** OpenAI's own newer models take only `max_completion_tokens`; compatible servers know the older name. */
  maxTokensField: "max_tokens" | "max_completion_tokens";
  contextTokens: (model: string) => number;
};

/** Those whose key (or, for Ollama, address) is there, in the order in which one becomes the default. */
export function openaiVendors(config: Config): Vendor[] {
  const timeout = config.LLM_TIMEOUT * 1000;
  const vendors: Vendor[] = [];
  if (config.OPENAI_API_KEY !== undefined) {
    const own = new URL(config.OPENAI_BASE_URL).host === "api.openai.com";
    vendors.push({
      id: "openai",
      baseURL: config.OPENAI_BASE_URL,
      apiKey: config.OPENAI_API_KEY,
      organization: config.OPENAI_ORGANIZATION,
      defaultModel: "gpt-5.4-mini",
      ...(own ? { cheapModel: "gpt-5.4-nano" } : {}),
      configuredModel: config.OPENAI_MODEL,
      timeout,
      maxTokensField: own ? "max_completion_tokens" : "max_tokens",
      contextTokens: (model) => contextOf(model, UNKNOWN_CONTEXT),
    });
  }
  if (config.AZURE_OPENAI_API_KEY !== undefined && config.AZURE_OPENAI_ENDPOINT !== undefined) {
    vendors.push({
      id: "azure",
      // Azure's v1 API takes OpenAI's paths and the deployment's name as the model.
      baseURL: `${config.AZURE_OPENAI_ENDPOINT}/openai/v1`,
      apiKey: config.AZURE_OPENAI_API_KEY,
      headers: { "api-key": config.AZURE_OPENAI_API_KEY },
      defaultModel: "gpt-5.4-mini",
      configuredModel: config.AZURE_OPENAI_MODEL,
      timeout,
      maxTokensField: "max_completion_tokens",
      contextTokens: (model) => contextOf(model, UNKNOWN_CONTEXT),
    });
  }
  if (config.OLLAMA_BASE_URL !== undefined) {
    vendors.push({
      id: "ollama",
      baseURL: `${config.OLLAMA_BASE_URL}/v1`,
      apiKey: "ollama", // asked for by the SDK, ignored by the server
      defaultModel: "llama3.2",
      configuredModel: config.OLLAMA_MODEL,
      timeout: config.OLLAMA_TIMEOUT * 1000,
      maxTokensField: "max_tokens",
      // Whatever a model could read, its server reads this much.
      contextTokens: () => config.OLLAMA_CONTEXT_LENGTH,
    });
  }
  return vendors;
}
