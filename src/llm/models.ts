// Which provider and model answer a request, and who stands behind them.
import type { Config } from "../config.ts";
import { fail, ok, type Result } from "../errors.ts";
import type { Notice } from "../protocol/message.ts";
import { type Completion, completionOf } from "./complete.ts";
import type { Phase } from "./breaker.ts";
import type { Meter } from "./calls.ts";
import { answer, type Caching } from "./answer.ts";
import type { AnswerCache } from "./cache/answers.ts";
import type { ChainServices, Link } from "./chain.ts";
import { type LinksConfig, makeLinks } from "./links.ts";
import type { ModelRequest, Provider } from "./provider.ts";
import { MODEL_VARIABLES, type Purpose } from "./purposes.ts";
import { choiceFor, type Needs } from "./routing/choice.ts";
import { explain } from "./routing/explain.ts";
import { featuresOf } from "./routing/features.ts";
import { route, type UserTier } from "./routing/route.ts";
import { routingTable } from "./routing/rules.ts";
import type { AnswerEvent } from "./seam.ts";
import { type ServiceLevel, serviceLevel } from "./service-level.ts";

export type Choice = { provider: Provider; model: string };

/** As a model's name: whichever the message needs. */
const AUTO = "auto";

type Wanted = {
  provider?: string | null | undefined;
  model?: string | null | undefined;
  /** What is asked, for `auto` alone; without it a model of the standard tier is chosen. */
  about?: (() => Routed) | undefined;
};

/** What a choice among tiers goes by. */
export type Routed = {
  text: string;
  tools: number;
  images: number;
  json_schema: boolean;
  /** Tokens of all that is sent beside the text, and of the answer. */
  context_tokens: number;
  answer_tokens: number;
  user_tier: UserTier;
  /** The share that is left of the tightest budget; null where there is none. */
  budget_left: number | null;
};

export interface Models {
  /** Who answers when nobody is named. */
  readonly standard: Choice;
  /**
   * Precedence of the model: the request's, then <VENDOR>_MODEL, then DEFAULT_MODEL, then the
   * vendor's own. Where that is `auto`, the one that the message needs, and `routed` says why.
   */
  choose(wanted: Wanted): Result<Choice & { routed: Notice | null }>;
  /**
   * Who does what is asked beside an answer: the model configured for it, else the cheap one of the
   * provider that answers, else the one that answers.
   */
  forPurpose(purpose: Purpose, beside: Choice): Choice;
  /**
   * One answer, whoever of the chain behind `choice` gives which part of it.
   * @throws {ProviderError} where none could; the signal's reason where that ended it
   */
  stream(asked: Asked & { caching?: Caching | null }): AsyncIterable<AnswerEvent>;
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

type Asked = {
  choice: Choice;
  /** Its model is the choice's. */
  request: ModelRequest;
  signal: AbortSignal;
  /** Told of each call that this takes. */
  meter: Meter;
};

/** `cache`: null where no answers are kept. */
export type ModelsServices = ChainServices & { cache: AnswerCache | null };

/** In the order in which one becomes the default: the first whose key is there. */
export type Vendors = { provider: Provider; configuredModel: string | undefined }[];

type ModelsConfig = Pick<
  Config,
  "DEFAULT_PROVIDER" | "DEFAULT_MODEL" | (typeof MODEL_VARIABLES)[keyof typeof MODEL_VARIABLES]
> &
  LinksConfig &
  Pick<Config, "ROUTING_RULES" | "ROUTING_TIERS" | "ROUTING_MOST">;

const NOTHING: Needs = { context_tokens: 0, images: false, tools: false, json_schema: false };

/**
 * @param vendors those that are configured; at least one
 * @throws {Error} where a variable names a provider that is not among them
 */
export function makeModels(
  config: ModelsConfig,
  vendors: Vendors,
  services: ModelsServices,
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
  const stream: Models["stream"] = ({ choice, caching = null, ...asked }) =>
    answer({ ...asked, links: links(choice), caching }, services, services.cache);

  const { ROUTING_TIERS: tiers } = config;
  const table = routingTable(config);
  const routedTo = (provider: string | null | undefined, about: Routed | undefined) => {
    const among = [standard, ...vendors.filter((it) => it !== standard)];
    if (about === undefined)
      return { ...choiceFor("standard", { provider, needs: NOTHING }, among, tiers), routed: null };
    const { text, tools, images, context_tokens } = about;
    const features = featuresOf({ text, tools, images, context_tokens });
    const decision = route(features, about, table);
    const needs = {
      context_tokens: context_tokens + features.tokens + about.answer_tokens,
      images: images > 0,
      tools: tools > 0,
      json_schema: about.json_schema,
    };
    const choice = choiceFor(decision.tier, { provider, needs }, among, tiers);
    return { ...choice, routed: explain(decision, choice) };
  };

  const named = withModel(standard, null);
  const chosen = named.model === AUTO ? routedTo(null, undefined) : named;

  return {
    standard: { provider: chosen.provider, model: chosen.model },
    choose({ provider, model, about }) {
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
      const choice = withModel(vendor, model);
      if (choice.model !== AUTO) return ok({ ...choice, routed: null });
      const { routed, ...found } = routedTo(provider, about?.());
      return ok({ provider: found.provider, model: found.model, routed });
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
      serviceLevel(links(chosen), services.breakers, services.cache !== null, reachable),
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
    retrieval: named("retrieval"),
  };
}

/** The embedded model is the only one of its kind: a default meant for others does not rename it. */
function modelFor(provider: Provider, defaultModel: string | undefined): string {
  return provider.id === "embedded"
    ? provider.defaultModel
    : (defaultModel ?? provider.defaultModel);
}
