// Settings → the parameters this model takes; what it does not take becomes a notice.
import type { Notice } from "../../../protocol/message.ts";
import type { ModelRequest } from "../../provider.ts";
import { adjusted, ignored } from "../shared/notices.ts";
import type { ReachedVendor } from "./vendors.ts";

/**
 * What models think counts against the longest answer. Titles and the like are asked for in few tokens,
 * which would be spent before the first word: this much is added.
 */
const THINKING_TOKENS = 2000;
const SAMPLING = ["temperature", "top_p", "frequency_penalty", "presence_penalty"] as const;

export function prepareSettings(vendor: ReachedVendor, request: ModelRequest) {
  const { traits, maxTokensField } = vendor;
  const { model, settings, defaults } = request;
  const fixed = traits.fixedSampling?.test(model) ?? false;
  const unknown = new Set<string>([
    ...traits.unknown,
    ...(fixed ? [...SAMPLING, ...(traits.fixedUnknown ?? [])] : []),
  ]);
  const notices: Notice[] = [...SAMPLING, "stop" as const, "seed" as const]
    .filter((name) => settings[name] !== undefined && unknown.has(name))
    .map((name) =>
      ignored(
        name,
        fixed && name !== "stop" && name !== "seed"
          ? `${model} chooses its own sampling; ${name} was ignored.`
          : `${model} does not know ${name}; it was ignored.`,
      ),
    );
  const temperature = within(settings.temperature ?? defaults.temperature, traits.hottest);
  if (settings.temperature !== undefined && !fixed && temperature !== settings.temperature)
    notices.push(
      adjusted(
        "temperature",
        `${model} takes a temperature from 0 to ${traits.hottest}; ${settings.temperature} became ${temperature}.`,
        { asked: settings.temperature, used: temperature },
      ),
    );
  const stop = settings.stop?.slice(0, traits.stops);
  if (stop !== undefined && stop.length < (settings.stop?.length ?? 0) && !unknown.has("stop"))
    notices.push(
      adjusted("stop", `${model} takes ${traits.stops} stop sequences; the others were ignored.`, {
        asked: settings.stop,
        used: stop,
      }),
    );
  const most = settings.max_tokens ?? defaults.max_tokens;
  const { top_p, frequency_penalty, presence_penalty, seed } = settings;
  const wanted = {
    temperature,
    ...(top_p === undefined ? {} : { top_p }),
    ...(frequency_penalty === undefined ? {} : { frequency_penalty }),
    ...(presence_penalty === undefined ? {} : { presence_penalty }),
    ...(stop === undefined ? {} : { stop }),
  };
  const parameters = {
    [maxTokensField]: fixed && request.purpose !== "chat" ? most + THINKING_TOKENS : most,
    ...Object.fromEntries(Object.entries(wanted).filter(([name]) => !unknown.has(name))),
    ...(seed === undefined || unknown.has("seed") ? {} : { [traits.seedField ?? "seed"]: seed }),
  };
  return { parameters, notices };
}

const within = (temperature: number, hottest: number) =>
  Math.min(hottest, Math.max(0, temperature));
