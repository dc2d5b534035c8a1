// Settings → the parameters Anthropic's Messages API takes; what it does not take becomes a notice.
import type { Notice } from "../../../protocol/message.ts";
import type { ModelRequest } from "../../provider.ts";
import { adjusted, ignored } from "../shared/notices.ts";
import { ANTHROPIC } from "./vendor.ts";

/** Added where a short answer is asked for beside another: thinking counts against it. */
const THINKING_TOKENS = 2000;

export function prepareSettings({ purpose, model, settings, defaults }: ModelRequest) {
  const notices: Notice[] = [];
  for (const parameter of ["frequency_penalty", "presence_penalty", "seed"] as const)
    if (settings[parameter] !== undefined)
      notices.push(ignored(parameter, `${model} does not know ${parameter}; it was ignored.`));
  // One of nothing but white space is refused.
  const stop = settings.stop?.filter((sequence) => sequence.trim() !== "");
  if (stop !== undefined && stop.length < (settings.stop?.length ?? 0))
    notices.push(
      adjusted("stop", `${model} does not stop at white space; such sequences were ignored.`, {
        asked: settings.stop,
        used: stop,
      }),
    );
  const most = settings.max_tokens ?? defaults.max_tokens;
  const thinks = ANTHROPIC.thinks.test(model) && purpose !== "chat";
  const parameters = {
    max_tokens: thinks ? most + THINKING_TOKENS : most,
    ...sampling(model, settings, defaults, notices),
    ...(stop === undefined || stop.length === 0 ? {} : { stop_sequences: stop }),
  };
  return { parameters, notices };
}

/** @param notices is added to */
function sampling(
  model: string,
  { temperature, top_p }: ModelRequest["settings"],
  defaults: ModelRequest["defaults"],
  notices: Notice[],
): { temperature?: number; top_p?: number } {
  if (ANTHROPIC.fixedSampling?.test(model) === true) {
    for (const [parameter, value] of Object.entries({ temperature, top_p }))
      if (value !== undefined)
        notices.push(
          ignored(parameter, `${model} chooses its own sampling; ${parameter} was ignored.`),
        );
    return {};
  }
  // Newer models refuse a temperature beside a top_p: the caller's own choice goes first.
  if (temperature !== undefined && top_p !== undefined)
    notices.push(
      ignored("top_p", `${model} takes either temperature or top_p; top_p was ignored.`),
    );
  if (temperature === undefined && top_p !== undefined) return { top_p };
  const used = Math.min(ANTHROPIC.hottest, temperature ?? defaults.temperature);
  if (temperature !== undefined && temperature !== used)
    notices.push(
      adjusted(
        "temperature",
        `${model} takes a temperature from 0 to 1; ${temperature} became 1.`,
        {
          asked: temperature,
          used,
        },
      ),
    );
  return { temperature: used };
}
