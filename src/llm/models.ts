// Which provider and model answer a request, and who stands behind them.
import type { Config } from "../config.ts";
import { fail, ok, type Result } from "../errors.ts";
import { type Completion, completionOf } from "./complete.ts";
import type { Phase } from "./breaker.ts";
import type { Meter } from "./calls.ts";
import { answerFrom, type ChainServices, type Link } from "./chain.ts";
import { type LinksConfig, makeLinks } from "./links.ts";
import type { ModelRequest, Provider } from "./provider.ts";
import { MODEL_VARIABLES, type Purpose } from "./purposes.ts";
import type { AnswerEvent } from "./seam.ts";
import { type ServiceLevel, serviceLevel } from "./service-level.ts";

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
  /**
   * Who does what is asked beside an answer: the model configured for it, else the cheap one of the
   * provider that answers, else the one that answers.
   */
  forPurpose(purpose: Purpose, beside: Choice): Choice;
  /**
   * One answer, whoever of the chain behind `choice` gives which part of it.
   * @throws {ProviderError} where none could; the signal's reason where that ended it
   */
  stream(asked: Asked): AsyncIterable<AnswerEvent>;
  /** A whole answer. @throws as `stream` does */
  complete(asked: Asked): Promise<Completion>;
  readonly vendors: Vendors;
  /** How the circuit of a model stands, as far as it is known here. */
  phase(choice: Choice): Phase;
  /** The chain behind a choice, itself first. */
  links(choice: Choice): Link[];
  /**
   * How much of the service there is for whoever names no model.
   * @param reachable where somebody has looked; else as the circuits tell
   */
  level(reachable?: (link: Link) => boolean): ServiceLevel;
}

export type Asked = {
  choice: Choice;
  /** Its model is the choice's. */
  request: ModelRequest;
  signal: AbortSignal;
  /** Told of each call that this takes. */
  meter: Meter;
};

/** In the order in which one becomes the default: the first whose key is there. */
export type Vendors = { provider: Provider; configuredModel: string | undefined }[];

type ModelsConfig = Pick<
  Config,
  "DEFAULT_PROVIDER" | "DEFAULT_MODEL" | (typeof MODEL_VARIABLES)[keyof typeof MODEL_VARIABLES]
> &
  LinksConfig;

/**
 * @param vendors those that are configured; at least one
 * @throws {Error} where a variable names a provider that is not among them
 */
export function makeModels(
  config: ModelsConfig,
  vendors: Vendors,
  services: ChainServices,
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

  const configured = configuredFor(config, vendors);
  const links = makeLinks(config, vendors);
  const stream: Models["stream"] = ({ choice, request, signal, meter }) =>
    answerFrom(links(choice), request, signal, meter, services);

  const chosen = withModel(standard, null);
  return {
    standard: chosen,
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
    forPurpose(purpose, beside) {
      if (purpose === "chat") return beside;
      const own = configured[purpose];
      const provider = own?.provider ?? beside.provider;
      const model = own?.model ?? provider.cheapModel ?? beside.model;
      return { provider, model: provider.id === "embedded" ? provider.defaultModel : model };
    },
    stream,
    complete: (asked) => completionOf(stream(asked), asked.request, asked.choice.provider.id),
    vendors,
    phase: ({ provider, model }) => services.breakers.phase(provider.id, model),
    links,
    level: (reachable = () => true) =>
      serviceLevel(links(chosen), services.breakers, false, reachable),
  };
}

/** By purpose, what the configuration names; a provider where it names one. */
function configuredFor(config: ModelsConfig, vendors: Vendors) {
  const named = (purpose: keyof typeof MODEL_VARIABLES) => {
    const variable = MODEL_VARIABLES[purpose];
    const model = config[variable];
    if (model?.provider === undefined) return model;
    const vendor = vendors.find(({ provider }) => provider.id === model.provider);
    if (vendor === undefined) throw new Error(`${variable}: ${model.provider} is not configured`);
    return { provider: vendor.provider, model: model.model };
  };
  return {
    title: named("title"),
    summary: named("summary"),
    entities: named("entities"),
    intent: named("intent"),
    references: named("references"),
    judge: named("judge"),
    rerank: named("rerank"),
  };
}

/** The embedded model is the only one of its kind: a default meant for others does not rename it. */
function modelFor(provider: Provider, defaultModel: string | undefined): string {
  return provider.id === "embedded"
    ? provider.defaultModel
    : (defaultModel ?? provider.defaultModel);
}
