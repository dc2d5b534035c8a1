// Cloudflare's Workers AI binding as a Provider. Works only when deployed: locally WORKERS_AI is off.
import { z } from "zod";
import type { Config } from "../../../config.ts";
import { ProviderError } from "../../errors.ts";
import { readEventData } from "../../event-data.ts";
import { messagesOf } from "../../normalise.ts";
import type { ModelEvent, Provider } from "../../provider.ts";
import { Said } from "../../said.ts";

/**
 * A chunk of a text model: `response`, or the shape of OpenAI's chunks for newer models
 * (developers.cloudflare.com/workers-ai/features/prompting and each model's schema).
 */
const chunkSchema = z.object({
  response: z.union([z.string(), z.number()]).nullish(),
  choices: z
    .array(
      z.object({
        delta: z.object({ content: z.string().nullish() }).nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .nullish(),
  usage: z
    .object({ prompt_tokens: z.number(), completion_tokens: z.number(), total_tokens: z.number() })
    .nullish(),
});

export function workersAiProvider(
  ai: Ai,
  config: Pick<Config, "LLM_TIMEOUT">,
  now: () => number,
): Provider {
  return {
    id: "workers-ai",
    defaultModel: "@cf/meta/llama-3.3-70b-instruct-fp8-fast",
    cheapModel: undefined,
    timeout: config.LLM_TIMEOUT * 1000,
    tiers: {},
    capabilities: () => ({ tools: false, images: false, json_schema: false, reasoning: false }),
    contextTokens: () => 24_000,

    async *stream(request, signal): AsyncGenerator<ModelEvent> {
      const { settings, defaults } = request;
      if (settings.stop !== undefined)
        yield {
          type: "notice",
          notice: {
            code: "ignored_parameter",
            message: `${request.model} does not know stop; it was ignored.`,
            details: { parameter: "stop" },
          },
        };
      try {
        const body = await ai.run(
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- which models exist is the account's to say, not this package's
          request.model as keyof AiModels,
          {
            messages: [
              ...(request.system === undefined
                ? []
                : [{ role: "system", content: request.system }]),
              ...messagesOf(request),
            ],
            max_tokens: settings.max_tokens ?? defaults.max_tokens,
            temperature: settings.temperature ?? defaults.temperature,
            ...(settings.top_p === undefined ? {} : { top_p: settings.top_p }),
            ...(settings.frequency_penalty === undefined
              ? {}
              : { frequency_penalty: settings.frequency_penalty }),
            ...(settings.presence_penalty === undefined
              ? {}
              : { presence_penalty: settings.presence_penalty }),
            stream: true,
          },
          { signal },
        );
        if (!(body instanceof ReadableStream)) throw new ProviderError("malformed", "workers-ai");
        yield* parse(body, request.settings.max_tokens ?? defaults.max_tokens, now);
      } catch (thrown) {
        signal.throwIfAborted();
        throw mapError(request.model, thrown);
      }
    },

    async list() {
      const models = await ai.models({ task: "Text Generation" });
      return models.map(({ name }) => ({ id: name }));
    },
  };
}

async function* parse(
  body: ReadableStream,
  maxTokens: number,
  now: () => number,
): AsyncGenerator<ModelEvent> {
  let usage: z.infer<typeof chunkSchema>["usage"];
  let finish: string | undefined;
  const said = new Said();
  for await (const batch of readEventData(body, now)) {
    for (const data of batch) {
      if (data === "[DONE]") continue;
      const parsed = chunkSchema.safeParse(JSON.parse(data));
      if (!parsed.success)
        throw new ProviderError("malformed", "workers-ai", { cause: parsed.error });
      const chunk = parsed.data;
      usage = chunk.usage ?? usage;
      const choice = chunk.choices?.[0];
      finish = choice?.finish_reason ?? finish;
      said.add("text", choice?.delta?.content ?? String(chunk.response ?? ""));
    }
    yield* said.take();
  }
  // Older models send no finish reason: their usage, which comes last, is the sign of a whole answer.
  if (finish === undefined && usage === undefined)
    throw new ProviderError("interrupted", "workers-ai");
  const cut = finish === "length" || (usage?.completion_tokens ?? 0) >= maxTokens;
  yield {
    type: "finish",
    reason: { unified: cut ? "length" : "stop", raw: finish ?? "end_of_stream" },
    usage: usage
      ? {
          prompt: usage.prompt_tokens,
          completion: usage.completion_tokens,
          total: usage.total_tokens,
        }
      : undefined,
  };
}

/** The binding throws plain errors whose messages begin with a number (workers-ai/platform/errors). */
function mapError(model: string, thrown: unknown): ProviderError {
  if (thrown instanceof ProviderError) return thrown;
  const says = thrown instanceof Error ? thrown.message : "";
  const code = /^(?:AiError: )?(\d{4})/.exec(says)?.[1];
  const kind =
    code === "5007"
      ? "model_not_found"
      : code === "3036" || code === "3040"
        ? "rate_limit"
        : /context window|too many tokens/i.test(says)
          ? "context_too_long"
          : thrown instanceof SyntaxError
            ? "malformed"
            : "failed";
  return new ProviderError(kind, "workers-ai", { model, cause: thrown });
}
