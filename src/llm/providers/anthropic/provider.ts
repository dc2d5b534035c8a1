// Anthropic's official SDK as a Provider.
import Anthropic from "@anthropic-ai/sdk";
import type { Config } from "../../../config.ts";
import { contextOf } from "../../contexts.ts";
import { requestIdOf } from "../../errors.ts";
import type { ModelEvent, Progress, Provider } from "../../provider.ts";
import { accessOf } from "../shared/access.ts";
import { eventData } from "../shared/event-stream.ts";
import { among } from "../shared/models.ts";
import { errorIn, mapError } from "./errors.ts";
import { parseStream } from "./parse-stream.ts";
import { prepareRequest } from "./prepare-request.ts";
import { ANTHROPIC, ENTRY } from "./vendor.ts";

export function anthropicProvider(
  config: Config & { ANTHROPIC_API_KEY: string },
  fetch: typeof globalThis.fetch,
  now: () => number,
): Provider {
  const access = accessOf(ENTRY, config);
  if (access === null) throw new Error("anthropic is not configured");
  const client = new Anthropic({
    baseURL: access.baseURL,
    apiKey: access.apiKey,
    defaultHeaders: access.headers,
    maxRetries: 0, // retrying is decided around providers, in retry.ts
    logLevel: "off", // what it would print is in the cause of what it throws
    fetch,
  });
  const { can, cheapModel, context, defaultModel, tiers } = ANTHROPIC;
  return {
    id: ANTHROPIC.id,
    defaultModel,
    // What stands in between may serve other models.
    cheapModel: access.own ? cheapModel : undefined,
    tiers: access.own ? tiers : {},
    timeout: config.LLM_TIMEOUT * 1000,
    capabilities: (model) => among(can, model),
    contextTokens: (model) => contextOf(model, context),

    async *stream(request, signal): AsyncGenerator<ModelEvent | Progress> {
      const { body, notices } = prepareRequest(request);
      for (const notice of notices) yield { type: "notice", notice };
      let requestId: string | undefined;
      try {
        const response = await client.messages.create(body, { signal }).asResponse();
        requestId = requestIdOf(response.headers);
        const batches = eventData(response, ANTHROPIC.id, now, signal, errorIn);
        yield* parseStream(batches, now().toString(36));
      } catch (thrown) {
        signal.throwIfAborted();
        throw mapError({ model: request.model, requestId }, thrown, now());
      }
    },

    async list(signal) {
      try {
        const page = await client.models.list({}, { signal });
        return page.data.map(({ id }) => ({ id }));
      } catch (thrown) {
        throw mapError({ model: defaultModel, requestId: undefined }, thrown, now());
      }
    },
  };
}
