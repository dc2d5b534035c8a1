// Anthropic's official SDK as a Provider.
import Anthropic from "@anthropic-ai/sdk";
import type { Config } from "../../../config.ts";
import { contextOf } from "../../contexts.ts";
import { readEventData } from "../../event-data.ts";
import { messagesOf } from "../../normalise.ts";
import type { ModelEvent, Provider } from "../../provider.ts";
import { mapError } from "./errors.ts";
import { parseStream } from "./parse-stream.ts";
import { prepareSettings } from "./prepare-settings.ts";

export function anthropicProvider(
  config: Pick<Config, "ANTHROPIC_BASE_URL" | "LLM_TIMEOUT"> & { ANTHROPIC_API_KEY: string },
  fetch: typeof globalThis.fetch,
  now: () => number,
): Provider {
  const client = new Anthropic({
    baseURL: config.ANTHROPIC_BASE_URL,
    apiKey: config.ANTHROPIC_API_KEY,
    maxRetries: 0, // retrying is decided around providers, in retry.ts
    logLevel: "off", // what it would print is in the cause of what it throws
    fetch,
  });
  return {
    id: "anthropic",
    defaultModel: "claude-sonnet-5",
    // What stands in between may serve other models.
    cheapModel:
      new URL(config.ANTHROPIC_BASE_URL).host === "api.anthropic.com"
        ? "claude-haiku-4-5"
        : undefined,
    timeout: config.LLM_TIMEOUT * 1000,
    tiers: {},
    capabilities: () => ({ tools: true, images: true, json_schema: true, reasoning: true }),
    contextTokens: (model) => contextOf(model, 200_000),

    async *stream(request, signal): AsyncGenerator<ModelEvent> {
      const { parameters, notices } = prepareSettings(request);
      for (const notice of notices) yield { type: "notice", notice };
      try {
        const response = await client.messages
          .create(
            {
              model: request.model,
              messages: messagesOf(request).map(({ role, content }) => ({
                role: role === "tool" ? ("user" as const) : role,
                content,
              })),
              ...(request.system === undefined ? {} : { system: request.system }),
              ...parameters,
              stream: true,
            },
            { signal },
          )
          .asResponse();
        if (response.body === null) throw new SyntaxError("an answer without a body");
        yield* parseStream(readEventData(response.body, now));
      } catch (thrown) {
        signal.throwIfAborted();
        throw mapError(request.model, thrown, now());
      }
    },

    async list(signal) {
      try {
        const page = await client.models.list({}, { signal });
        return page.data.map(({ id }) => ({ id }));
      } catch (thrown) {
        throw mapError("", thrown, now());
      }
    },
  };
}
