// OpenAI's official SDK as a Provider, for every vendor that speaks its chat completions.
import OpenAI from "openai";
import { requestIdOf } from "../../errors.ts";
import type { ModelEvent, Progress, Provider } from "../../provider.ts";
import { eventData } from "../shared/event-stream.ts";
import { among } from "../shared/models.ts";
import { errorIn, mapError } from "./errors.ts";
import { listModels } from "./list.ts";
import { parseStream } from "./parse-stream.ts";
import { prepareRequest } from "./prepare-request.ts";
import type { ReachedVendor } from "./vendors.ts";

export function openaiProvider(
  vendor: ReachedVendor,
  fetch: typeof globalThis.fetch,
  now: () => number,
): Provider {
  const { traits } = vendor;
  const client = new OpenAI({
    baseURL: vendor.baseURL,
    apiKey: vendor.apiKey,
    organization: vendor.organization ?? null,
    defaultHeaders: vendor.headers,
    maxRetries: 0, // retrying is decided around providers, in retry.ts
    logLevel: "off", // what it would print is in the cause of what it throws
    fetch,
  });
  return {
    id: vendor.id,
    defaultModel: traits.defaultModel,
    cheapModel: vendor.cheapModel,
    timeout: vendor.timeout,
    contextTokens: vendor.contextTokens,
    tiers: vendor.tiers,
    capabilities: (model) => among(traits.can, model),

    async *stream(request, signal): AsyncGenerator<ModelEvent | Progress> {
      const { body, notices } = prepareRequest(vendor, request);
      for (const notice of notices) yield { type: "notice", notice };
      let requestId: string | undefined;
      try {
        const response = await client.chat.completions.create(body, { signal }).asResponse();
        requestId = requestIdOf(response.headers);
        const batches = eventData(response, vendor.id, now, signal, (json) =>
          errorIn(traits, json),
        );
        yield* parseStream(traits, batches, now().toString(36));
      } catch (thrown) {
        signal.throwIfAborted();
        throw mapError(traits, { model: request.model, requestId }, thrown, now());
      }
    },

    async list(signal) {
      try {
        return await listModels(client, vendor, signal);
      } catch (thrown) {
        throw mapError(traits, { model: traits.defaultModel, requestId: undefined }, thrown, now());
      }
    },
  };
}
