// Which embedder there is, by EMBEDDING_MODEL.
import type { Config } from "../../config.ts";
import { embeddingModel } from "../../variable-types.ts";
import { openaiVendors } from "../providers/openai/vendors.ts";
import { embeddedEmbedder } from "./embedded.ts";
import { type Embedder, USUAL_THRESHOLD } from "./embedder.ts";
import { openaiEmbedder } from "./openai.ts";
import { workersAiEmbedder } from "./workers-ai.ts";

/**
 * @param fetch goes to the address that the operator configured for the provider
 * @throws {Error} where the provider that EMBEDDING_MODEL names is not configured
 */
export function makeEmbedder(
  config: Config,
  fetch: typeof globalThis.fetch,
  ai: Ai | undefined,
): Embedder {
  const { provider, model } = config.EMBEDDING_MODEL;
  const threshold = config.SEMANTIC_CACHE_THRESHOLD;
  if (provider === "embedded") return embeddedEmbedder(threshold);
  if (provider === "workers-ai") {
    if (ai === undefined || config.WORKERS_AI === "off") throw notThere(provider);
    return workersAiEmbedder(ai, model, threshold ?? USUAL_THRESHOLD);
  }
  const vendor = openaiVendors(config).find(({ id }) => id === provider);
  if (vendor === undefined) throw notThere(provider);
  const { baseURL, apiKey, organization, headers } = vendor;
  return openaiEmbedder(
    {
      provider,
      model,
      baseURL,
      apiKey,
      organization,
      headers,
      threshold: threshold ?? USUAL_THRESHOLD,
    },
    fetch,
  );
}

/** An embedder of {@link Embedder.id}; null where its provider is configured no more. */
export function embedderById(
  id: string,
  config: Config,
  fetch: typeof globalThis.fetch,
  ai: Ai | undefined,
): Embedder | null {
  const named = embeddingModel().safeParse(id.startsWith("embedded/") ? "embedded" : id);
  if (!named.success) return null;
  try {
    const embedder = makeEmbedder({ ...config, EMBEDDING_MODEL: named.data }, fetch, ai);
    return embedder.id === id ? embedder : null;
  } catch {
    return null;
  }
}

const notThere = (provider: string) => new Error(`EMBEDDING_MODEL: ${provider} is not configured`);
