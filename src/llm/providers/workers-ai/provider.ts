// Cloudflare's Workers AI binding as a Provider. Works only when deployed: locally WORKERS_AI is off.
import type { Config } from "../../../config.ts";
import { readEventData } from "../../event-data.ts";
import { ProviderError } from "../../errors.ts";
import type { ModelEvent, Progress, Provider } from "../../provider.ts";
import { among } from "../shared/models.ts";
import { mapError } from "./errors.ts";
import { CAN, contextOf, WORKERS_AI } from "./models.ts";
import { parseStream, parseWhole } from "./parse-answer.ts";
import { prepareRequest } from "./prepare-request.ts";

export function workersAiProvider(
  ai: Ai,
  config: Pick<Config, "LLM_TIMEOUT">,
  now: () => number,
): Provider {
  const { id, defaultModel, cheapModel, tiers } = WORKERS_AI;
  return {
    id,
    defaultModel,
    cheapModel,
    timeout: config.LLM_TIMEOUT * 1000,
    tiers,
    capabilities: (model) => among(CAN, model),
    contextTokens: contextOf,

    async *stream(request, signal): AsyncGenerator<ModelEvent | Progress> {
      const { body, streamed, notices } = prepareRequest(request);
      for (const notice of notices) yield { type: "notice", notice };
      const maxTokens = request.settings.max_tokens ?? request.defaults.max_tokens;
      try {
        const answer: unknown = await ai.run(
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- which models exist is the account's to say, not this package's
          request.model as keyof AiModels,
          body,
          { signal },
        );
        if (answer instanceof ReadableStream)
          yield* parseStream(readEventData(answer, now, signal), maxTokens, now().toString(36));
        else if (streamed) throw new ProviderError("malformed", id);
        else yield* parseWhole(answer, maxTokens);
      } catch (thrown) {
        signal.throwIfAborted();
        throw mapError(request.model, thrown);
      }
    },

    async list() {
      try {
        const models = await ai.models({ task: "Text Generation" });
        return models.map(({ name }) => ({ id: name }));
      } catch (thrown) {
        throw mapError(defaultModel, thrown);
      }
    },
  };
}
