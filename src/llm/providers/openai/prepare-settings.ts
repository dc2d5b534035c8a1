// Settings → the parameters this model takes; what it does not take becomes a notice.
import type { Notice } from "../../../protocol/message.ts";
import type { ModelRequest } from "../../provider.ts";
import type { Vendor } from "./vendors.ts";

/** OpenAI's reasoning models choose their own sampling (platform.openai.com/docs/guides/reasoning). */
const WITHOUT_SAMPLING = /^(o\d|gpt-5(?!-chat|\.\d-chat)|gpt-[6-9])/;
/**
 * What they think counts against the longest answer. Titles and the like are asked for in few tokens,
 * which would be spent before the first word: this much is added.
 */
const THINKING_TOKENS = 2000;
const SAMPLING = ["temperature", "top_p", "frequency_penalty", "presence_penalty"] as const;

export function prepareSettings(vendor: Vendor, request: ModelRequest) {
  const { settings, defaults } = request;
  const samples = !WITHOUT_SAMPLING.test(request.model);
  const notices: Notice[] = samples
    ? []
    : SAMPLING.filter((name) => settings[name] !== undefined).map((name) => ({
        code: "ignored_parameter",
        message: `${request.model} chooses its own sampling; ${name} was ignored.`,
        details: { parameter: name },
      }));
  const most = settings.max_tokens ?? defaults.max_tokens;
  const thinks = !samples && request.purpose !== "chat";
  const parameters = {
    [vendor.maxTokensField]: thinks ? most + THINKING_TOKENS : most,
    ...(samples
      ? {
          temperature: settings.temperature ?? defaults.temperature,
          ...defined({
            top_p: settings.top_p,
            frequency_penalty: settings.frequency_penalty,
            presence_penalty: settings.presence_penalty,
          }),
        }
      : {}),
    ...defined({ stop: settings.stop }),
  };
  return { parameters, notices };
}

function defined<T extends Record<string, unknown>>(
  values: T,
): { [K in keyof T]?: NonNullable<T[K]> } {
  const kept: { [K in keyof T]?: NonNullable<T[K]> } = {};
  for (const key in values) {
    const value = values[key];
    if (value !== undefined && value !== null) kept[key] = value;
  }
  return kept;
}
