// Which provider and model answer a request, and how they are asked: retry around a deadline around
// the vendor.
import type { Config } from "../config.ts";
import { fail, ok, type Result } from "../errors.ts";
import { withDeadline } from "./deadline.ts";
import type { ModelEvent, ModelRequest, Provider } from "./provider.ts";
import { type RetryPolicy, withRetry } from "./retry.ts";

export type Choice = { provider: Provider; model: string };

export interface Models {
  /** Who answers when nobody is named. */
  readonly standard: Choice;
  /**
   * Precedence of the model: the request's, then <VENDOR>_MODEL, then DEFAULT_MODEL, then the
   * vendor's own.
   */
  choose(wanted: {
    provider?: string | null | undefined;
    model?: string | null | undefined;
  }): Result<Choice>;
  stream(choice: Choice, request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
}

/** In the order in which one becomes the default: the first whose key is there. */
export type Vendors = { provider: Provider; configuredModel: string | undefined }[];

/**
 * @param vendors those that are configured; at least one
 * @throws {Error} where DEFAULT_PROVIDER names one that is not among them
 */
export function makeModels(
  config: Pick<Config, "DEFAULT_PROVIDER" | "DEFAULT_MODEL">,
  vendors: Vendors,
  retry: RetryPolicy,
): Models {
  const names = vendors.map(({ provider }) => provider.id);
  const standard = vendors.find(
    ({ provider }) => provider.id === (config.DEFAULT_PROVIDER ?? names[0]),
  );
  if (standard === undefined)
    throw new Error(`DEFAULT_PROVIDER: ${config.DEFAULT_PROVIDER} is not configured`);

  const withModel = (
    { provider, configuredModel }: Vendors[number],
    model: string | null | undefined,
  ): Choice => ({
    provider,
    model: model ?? configuredModel ?? modelFor(provider, config.DEFAULT_MODEL),
  });

  return {
    standard: withModel(standard, null),
    choose({ provider, model }) {
      const vendor =
        provider === null || provider === undefined
          ? standard
          : vendors.find((it) => it.provider.id === provider);
      if (vendor === undefined)
        return fail(
          "VALIDATION_ERROR",
          `provider: is not configured here; use one of ${names.join(", ")}`,
          {
            field: "provider",
            available: names,
          },
        );
      return ok(withModel(vendor, model));
    },
    stream: ({ provider }, request, signal) =>
      withRetry(() => withDeadline(provider, request, signal), retry, signal),
  };
}

/** The embedded model is the only one of its kind: a default meant for others does not rename it. */
function modelFor(provider: Provider, defaultModel: string | undefined): string {
  return provider.id === "embedded"
    ? provider.defaultModel
    : (defaultModel ?? provider.defaultModel);
}
