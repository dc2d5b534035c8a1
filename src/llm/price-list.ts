// What vendors' models cost, as their price lists had it on a date: US dollars per million tokens. Batch,
// priority and regional prices, and what writing to a vendor's cache costs beside, are left out. Nobody
// here charges pictures apart from tokens. Each list says where its figures are from, and where they
// were not read on the vendor's own page.
import type { Price } from "../usage/expectation.ts";

export type PriceList = {
  /** The day (UTC) on which the figures were read. */
  as_of: string;
  source: string;
  models: Readonly<Record<string, Price>>;
};

const OPENAI: PriceList["models"] = {
  "gpt-5.5": { input: 5, cached: 0.5, output: 30 },
  "gpt-5.5-pro": { input: 30, output: 180 },
  "gpt-5.4": { input: 2.5, cached: 0.25, output: 15 },
  "gpt-5.4-pro": { input: 30, output: 180 },
  "gpt-5.4-mini": { input: 0.75, cached: 0.075, output: 4.5 },
  "gpt-5.4-nano": { input: 0.2, cached: 0.02, output: 1.25 },
  "gpt-5.2": { input: 1.75, cached: 0.175, output: 14 },
  "gpt-5.1": { input: 1.25, cached: 0.125, output: 10 },
  "gpt-5": { input: 1.25, cached: 0.125, output: 10 },
  "gpt-5-mini": { input: 0.25, cached: 0.025, output: 2 },
  "gpt-4.1": { input: 2, cached: 0.5, output: 8 },
  "gpt-4o": { input: 2.5, cached: 1.25, output: 10 },
  "gpt-4o-2024-05-13": { input: 5, output: 15 }, // the one snapshot that has a price of its own
  "gpt-4o-mini": { input: 0.15, cached: 0.075, output: 0.6 },
  // What turns texts into vectors says nothing.
  "text-embedding-3-small": { input: 0.02, output: 0 },
  "text-embedding-3-large": { input: 0.13, output: 0 },
  "text-embedding-ada-002": { input: 0.1, output: 0 },
};

const ANTHROPIC: PriceList["models"] = {
  "claude-fable-5-1": { input: 10, cached: 0.25, output: 50 },
  "claude-fable-5": { input: 10, cached: 1, output: 50 },
  "claude-opus-5-5": { input: 4, cached: 0.2, output: 20 },
  "claude-opus-5": { input: 5, cached: 0.5, output: 25 },
  "claude-opus-4-8": { input: 5, cached: 0.5, output: 25 },
  "claude-opus-4-7": { input: 5, cached: 0.5, output: 25 },
  "claude-opus-4-6": { input: 5, cached: 0.5, output: 25 },
  "claude-opus-4-5": { input: 5, cached: 0.5, output: 25 },
  "claude-sonnet-5-5": { input: 2, cached: 0.1, output: 10 },
  "claude-sonnet-5": { input: 2, cached: 0.2, output: 10 },
  "claude-sonnet-4-6": { input: 3, cached: 0.3, output: 15 },
  "claude-sonnet-4-5": { input: 3, cached: 0.3, output: 15 },
  "claude-haiku-4-5": { input: 1, cached: 0.1, output: 5 },
};

const DEEPSEEK_FLASH: Price = { input: 0.3, cached: 0.006, output: 1.2 };
const DEEPSEEK: PriceList["models"] = {
  "deepseek-flash": DEEPSEEK_FLASH,
  "deepseek-v4-flash": DEEPSEEK_FLASH, // an older name, answered and charged as the above
  "deepseek-v4-pro": { input: 1.32, cached: 0.044, output: 3.96 },
};

/** By provider, then by model as a request names it. */
export const PRICE_LISTS: Readonly<Record<string, PriceList>> = {
  openai: {
    as_of: "2026-06-22",
    source:
      "https://developers.openai.com/api/docs/pricing, as morphllm.com/openai-api-pricing and benchlm.ai repeat it, embeddings as embeddingcost.com/openai does; standard tier, short contexts",
    models: OPENAI,
  },
  azure: {
    as_of: "2026-06-22",
    source:
      "OpenAI's list: Azure's Global deployments have the same prices, Data Zone and regional ones cost 10 to 20 % more (pypi.org/project/azure-genai-prices). Only for deployments that are named like their model",
    models: OPENAI,
  },
  anthropic: {
    as_of: "2026-10-24",
    source:
      "https://platform.claude.com/docs/en/about-claude/pricing; Opus 5.5 as docs.rs/synaps, Sonnet 5.5's cached price as github.com/kurofune/claudit repeats it",
    models: ANTHROPIC,
  },
  groq: {
    as_of: "2026-06-04",
    source:
      "https://groq.com/pricing, as tokenmix.ai (gpt-oss-120b) and docs.rs/aicost (all others) repeat it",
    models: {
      "openai/gpt-oss-120b": { input: 0.15, cached: 0.075, output: 0.6 },
      "openai/gpt-oss-20b": { input: 0.075, cached: 0.037, output: 0.3 },
      "meta-llama/llama-4-scout-17b-16e-instruct": { input: 0.11, output: 0.34 },
      "qwen/qwen3-32b": { input: 0.29, output: 0.59 },
      "llama-3.3-70b-versatile": { input: 0.59, output: 0.79 },
      "llama-3.1-8b-instant": { input: 0.05, output: 0.08 },
    },
  },
  mistral: {
    as_of: "2026-06-30",
    source:
      "https://mistral.ai/pricing, as developer.puter.com/tutorials/mistral-api-pricing repeats it; Large 4 as getmaxim.ai lists it. `-latest` moves: it is priced as the newest of these",
    models: {
      "mistral-large-latest": { input: 0.68, output: 2.09 },
      "mistral-large-2512": { input: 0.5, output: 1.5 },
      "mistral-medium-latest": { input: 1.5, output: 7.5 },
      "mistral-small-latest": { input: 0.1, output: 0.3 },
      "magistral-medium-latest": { input: 2, output: 5 },
      "codestral-latest": { input: 0.3, output: 0.9 },
    },
  },
  deepseek: {
    as_of: "2026-10-27",
    source:
      "https://api-docs.deepseek.com/quick_start/pricing, as github.com/benderandrew069/deepseek-api-pricing-2026 repeats it in dollars; the peak hours' price: half of it at all others",
    models: DEEPSEEK,
  },
  openrouter: {
    as_of: "2026-06-22",
    source:
      "OpenRouter passes its vendors' prices on (openrouter.ai/openai/gpt-5.4-mini agrees): theirs as listed here, without the fee on bought credits",
    models: {
      ...under("openai/", OPENAI),
      ...under("anthropic/", ANTHROPIC, (model) => model.replace(/-(\d)-(\d)$/, "-$1.$2")),
      ...under("deepseek/", DEEPSEEK),
    },
  },
  "workers-ai": {
    as_of: "2026-09-20",
    source:
      "https://developers.cloudflare.com/workers-ai/platform/pricing, before the free allocation of a day, embeddings as github.com/cloudflare/cloudflare-docs had it before; gpt-oss-120b's output is not known here, so it is not listed",
    models: {
      "@cf/meta/llama-3.3-70b-instruct-fp8-fast": { input: 0.293, output: 2.253 },
      "@cf/meta/llama-3.1-70b-instruct-fp8-fast": { input: 0.293, output: 2.253 },
      "@cf/meta/llama-3.1-8b-instruct": { input: 0.282, output: 0.827 },
      "@cf/meta/llama-3.1-8b-instruct-fp8": { input: 0.152, output: 0.287 },
      "@cf/meta/llama-3.1-8b-instruct-fp8-fast": { input: 0.045, output: 0.384 },
      "@cf/meta/llama-3.2-11b-vision-instruct": { input: 0.049, output: 0.676 },
      "@cf/meta/llama-3.2-3b-instruct": { input: 0.051, output: 0.335 },
      "@cf/meta/llama-3.2-1b-instruct": { input: 0.027, output: 0.201 },
      "@cf/deepseek-ai/deepseek-r1-distill-qwen-32b": { input: 0.497, output: 4.881 },
      "@cf/mistral/mistral-7b-instruct-v0.1": { input: 0.11, output: 0.19 },
      "@cf/baai/bge-small-en-v1.5": { input: 0.02, output: 0 },
      "@cf/baai/bge-base-en-v1.5": { input: 0.067, output: 0 },
      "@cf/baai/bge-large-en-v1.5": { input: 0.204, output: 0 },
      "@cf/baai/bge-m3": { input: 0.012, output: 0 },
      "@cf/qwen/qwen3-embedding-0.6b": { input: 0.012, output: 0 },
    },
  },
};

/** Providers that run where Edgewise runs, or on one's own machine. */
export const FREE: ReadonlySet<string> = new Set(["embedded", "ollama", "vllm"]);

function under(
  prefix: string,
  models: PriceList["models"],
  named: (model: string) => string = (model) => model,
): PriceList["models"] {
  return Object.fromEntries(
    Object.entries(models).map(([model, price]) => [prefix + named(model), price]),
  );
}
