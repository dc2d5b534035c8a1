// The vendors that speak OpenAI's chat completions, as data over one engine.
import type { Config } from "../../../config.ts";

export type Vendor = {
  id: string;
  baseURL: string;
  apiKey: string;
  organization?: string | undefined;
  headers?: Record<string, string>;
  defaultModel: string;
  configuredModel: string | undefined;
  /** Milliseconds to the first event. */
  timeout: number;
  /** OpenAI's own newer models take only `max_completion_tokens`; compatible servers know the older name. */
  maxTokensField: "max_tokens" | "max_completion_tokens";
  contextTokens: number;
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
      configuredModel: config.OPENAI_MODEL,
      timeout,
      maxTokensField: own ? "max_completion_tokens" : "max_tokens",
      contextTokens: 128_000,
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
      contextTokens: 128_000,
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
      contextTokens: 8192,
    });
  }
  return vendors;
}
