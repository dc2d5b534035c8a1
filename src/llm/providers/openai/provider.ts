// OpenAI's official SDK as a Provider, for every vendor that speaks its chat completions.
import OpenAI from "openai";
import { readEventData } from "../../event-data.ts";
import { messagesOf } from "../../normalise.ts";
import type { ModelEvent, Provider } from "../../provider.ts";
import { mapError } from "./errors.ts";
import { parseStream } from "./parse-stream.ts";
import { prepareSettings } from "./prepare-settings.ts";
import type { Vendor } from "./vendors.ts";

export function openaiProvider(
  vendor: Vendor,
  fetch: typeof globalThis.fetch,
  now: () => number,
): Provider {
  const client = new OpenAI({
    baseURL: vendor.baseURL,
    apiKey: vendor.apiKey,
    organization: vendor.organization ?? null,
    defaultHeaders: vendor.headers ?? {},
    maxRetries: 0, // retrying is decided around providers, in retry.ts
    logLevel: "off", // what it would print is in the cause of what it throws
    fetch,
  });
  return {
    id: vendor.id,
    defaultModel: vendor.defaultModel,
    cheapModel: vendor.cheapModel,
    timeout: vendor.timeout,
    contextTokens: vendor.contextTokens,
    tiers: {},
    capabilities: () => ({ tools: true, images: true, json_schema: true, reasoning: false }),

    async *stream(request, signal): AsyncGenerator<ModelEvent> {
      const { parameters, notices } = prepareSettings(vendor, request);
      for (const notice of notices) yield { type: "notice", notice };
      try {
        const response = await client.chat.completions
          .create(
            {
              model: request.model,
              messages: [
                ...(request.system === undefined
                  ? []
                  : [{ role: "system" as const, content: request.system }]),
                ...messagesOf(request).map(({ role, content }) => ({
                  role: role === "tool" ? ("user" as const) : role,
                  content,
                })),
              ],
              ...parameters,
              stream: true,
              stream_options: { include_usage: true },
            },
            { signal },
          )
          .asResponse();
        if (response.body === null) throw new SyntaxError("an answer without a body");
        yield* parseStream(vendor.id, readEventData(response.body, now));
      } catch (thrown) {
        signal.throwIfAborted();
        throw mapError(vendor.id, request.model, thrown, now());
      }
    },

    async list(signal) {
      try {
        const page = await client.models.list({ signal });
        return page.data.map(({ id }) => ({ id }));
      } catch (thrown) {
        throw mapError(vendor.id, "", thrown, now());
      }
    },
  };
}
