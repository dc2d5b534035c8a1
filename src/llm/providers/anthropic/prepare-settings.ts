// Settings → the parameters Anthropic's Messages API takes; what it does not take becomes a notice.
import type { Notice } from "../../../protocol/message.ts";
import type { ModelRequest } from "../../provider.ts";

export function prepareSettings({ model, settings, defaults }: ModelRequest) {
  const notices: Notice[] = [];
  for (const parameter of ["frequency_penalty", "presence_penalty"] as const) {
    if (settings[parameter] === undefined) continue;
    notices.push({
      code: "ignored_parameter",
      message: `${model} does not know ${parameter}; it was ignored.`,
      details: { parameter },
    });
  }
  let { temperature } = settings;
  if (temperature !== undefined && temperature > 1) {
    notices.push({
      code: "adjusted_parameter",
      message: `${model} takes a temperature from 0 to 1; ${temperature} became 1.`,
      details: { parameter: "temperature", asked: temperature, used: 1 },
    });
    temperature = 1;
  }
  // Newer models refuse a temperature beside a top_p: the caller's own choice goes first.
  const { top_p } = settings;
  if (temperature !== undefined && top_p !== undefined) {
    notices.push({
      code: "ignored_parameter",
      message: `${model} takes either temperature or top_p; top_p was ignored.`,
      details: { parameter: "top_p" },
    });
  }
  const sampling =
    temperature === undefined && top_p !== undefined
      ? { top_p }
      : { temperature: temperature ?? Math.min(1, defaults.temperature) };
  const parameters = {
    max_tokens: settings.max_tokens ?? defaults.max_tokens,
    ...sampling,
    ...(settings.stop === undefined ? {} : { stop_sequences: settings.stop }),
  };
  return { parameters, notices };
}
