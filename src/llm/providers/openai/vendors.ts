// The vendors that speak OpenAI's chat completions, as this configuration reaches them.
import type { Config } from "../../../config.ts";
import { type OpenaiVendor, VENDORS } from "../../../vendors.ts";
import { contextOf } from "../../contexts.ts";
import type { Provider } from "../../provider.ts";
import { accessOf } from "../shared/access.ts";

/** One of them: what the table says, and how it is reached. */
export type ReachedVendor = {
  id: string;
  traits: OpenaiVendor;
  baseURL: string;
  apiKey: string;
  organization: string | undefined;
  headers: Record<string, string>;
  configuredModel: string | undefined;
  /** Of its own server only: another may not have it, and a deployment has a name of its own. */
  cheapModel: string | undefined;
  tiers: Provider["tiers"];
  /** Milliseconds to the first event. */
  timeout: number;
  maxTokensField: OpenaiVendor["maxTokensField"];
  contextTokens: (model: string) => number;
};

/** Those that are configured, in the order in which one becomes the default. */
export function openaiVendors(config: Config): ReachedVendor[] {
  return VENDORS.flatMap((entry): ReachedVendor[] => {
    if (entry.wire !== "openai") return [];
    const access = accessOf(entry, config);
    if (access === null) return [];
    const traits: OpenaiVendor = entry;
    const { organization, timeout, context } = traits.variables;
    const { baseURL, apiKey, configuredModel, own } = access;
    const keyHeader = traits.keyHeader === undefined ? {} : { [traits.keyHeader]: apiKey };
    return [
      {
        id: traits.id,
        traits,
        baseURL,
        apiKey,
        organization: organization && config[organization],
        headers: { ...access.headers, ...keyHeader },
        configuredModel,
        cheapModel: own ? traits.cheapModel : undefined,
        tiers: own ? traits.tiers : {},
        timeout: (timeout === undefined ? config.LLM_TIMEOUT : config[timeout]) * 1000,
        maxTokensField: (own ? undefined : traits.maxTokensElsewhere) ?? traits.maxTokensField,
        // Whatever a model could read, a server that was told how much reads that much.
        contextTokens: (model) =>
          context === undefined ? contextOf(model, traits.context) : config[context],
      },
    ];
  });
}
