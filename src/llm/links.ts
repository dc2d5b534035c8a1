// Which models stand behind which: the chain of an answer, as it is configured. A chain is walked once
// from its beginning to its end, so that no two models can wait for each other.
import type { Config } from "../config.ts";
import type { Link } from "./chain.ts";
import type { Choice, Vendors } from "./models.ts";
import type { Provider } from "./provider.ts";

export type LinksConfig = Pick<Config, "LLM_FALLBACK_MODEL" | "LLM_FALLBACKS">;

type Named = LinksConfig["LLM_FALLBACK_MODEL"][number] & { timeout?: number | undefined };

/**
 * The model that was chosen, then those that stand in for it, each once.
 * @throws {Error} at once, where a variable names a provider that is not configured
 */
export function makeLinks(config: LinksConfig, vendors: Vendors): (choice: Choice) => Link[] {
  const byId = new Map(vendors.map(({ provider }) => [provider.id, provider]));
  const known = (variable: string, { provider }: Named) => {
    if (provider !== undefined && !byId.has(provider))
      throw new Error(`${variable}: ${provider} is not configured`);
  };
  for (const named of config.LLM_FALLBACK_MODEL) known("LLM_FALLBACK_MODEL", named);
  const { LLM_FALLBACKS: own } = config;
  for (const named of Object.values(own).flat()) known("LLM_FALLBACKS", named);

  return ({ provider, model }) => {
    const behind: Named[] =
      own[`${provider.id}/${model}`] ?? own[model] ?? own["*"] ?? config.LLM_FALLBACK_MODEL;
    const links = [linkTo(provider, model, undefined)];
    for (const { provider: id, model: name, timeout } of behind) {
      const link = linkTo((id === undefined ? undefined : byId.get(id)) ?? provider, name, timeout);
      if (!links.some((it) => it.provider === link.provider && it.model === link.model))
        links.push(link);
    }
    return links;
  };
}

/** @param timeout seconds */
function linkTo(provider: Provider, model: string, timeout: number | undefined): Link {
  return { provider, model, timeout: timeout === undefined ? provider.timeout : timeout * 1000 };
}
