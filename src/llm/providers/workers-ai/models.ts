// What Cloudflare's models can do, as their pages under developers.cloudflare.com/workers-ai/models had
// it in November 2026.
import type { Vendor } from "../../../vendors.ts";

export const WORKERS_AI = {
  id: "workers-ai",
  defaultModel: "@cf/meta/llama-3.3-70b-instruct-fp8-fast",
  cheapModel: "@cf/meta/llama-3.1-8b-instruct-fast",
  tiers: {
    "ultra-cheap": "@cf/meta/llama-3.1-8b-instruct-fast",
    standard: "@cf/meta/llama-3.3-70b-instruct-fp8-fast",
    premium: "@cf/openai/gpt-oss-120b",
  },
  context: 24_000,
  hottest: 5,
} as const;

export const CAN: Vendor["can"] = {
  tools:
    /llama-3\.3|llama-4|mistral-small-3|qwen3|hermes-2-pro|granite-4|gpt-oss|glm-|gemma-4|kimi/,
  images: /llama-4|llama-3\.2-11b-vision|mistral-small-3\.1|gemma-[34]/,
  /** …/workers-ai/features/json-mode */
  json_schema:
    /llama-3(\.1-(8b|70b)-instruct|\.3-70b|-8b-instruct|\.2-11b-vision)|hermes-2-pro|deepseek-coder-6\.7b|deepseek-r1-distill/,
  reasoning: /gpt-oss|qwen3|qwq|deepseek-r1|glm-|kimi/,
};

/** Tokens, by what a model's name contains; the first that fits counts. */
const CONTEXTS: readonly [part: string, tokens: number][] = [
  ["llama-4-scout", 131_000],
  ["gpt-oss", 128_000],
  ["mistral-small-3.1", 128_000],
  ["gemma-3", 80_000],
  ["llama-3.3-70b", 24_000],
  ["llama-3.1-8b-instruct-fast", 128_000],
];

export const contextOf = (model: string): number =>
  CONTEXTS.find(([part]) => model.includes(part))?.[1] ?? WORKERS_AI.context;
