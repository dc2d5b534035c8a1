// Chat completion chunks → ModelEvents.
import { z } from "zod";
import { kindOfStatus, ProviderError } from "../../errors.ts";
import type { ModelEvent } from "../../provider.ts";
import { Said } from "../../said.ts";
import { mapFinishReason } from "./map-finish-reason.ts";

/** What is read of a chunk (platform.openai.com/docs/api-reference/chat-streaming); the rest is ignored. */
const chunkSchema = z.object({
  choices: z.array(
    z.object({
      delta: z
        .object({
          content: z.string().nullish(),
          refusal: z.string().nullish(),
          /** DeepSeek, vLLM; others say `reasoning`. */
          reasoning_content: z.string().nullish(),
          reasoning: z.string().nullish(),
        })
        .nullish(),
      finish_reason: z.string().nullish(),
    }),
  ),
  usage: z
    .object({ prompt_tokens: z.number(), completion_tokens: z.number(), total_tokens: z.number() })
    .nullish(),
});

/** An error that comes inside the stream, after its 200. */
const errorSchema = z.object({
  error: z.object({ code: z.unknown(), type: z.unknown() }).partial(),
});

/** @throws {ProviderError} also `interrupted`, where the stream ends without a finish reason */
export async function* parseStream(
  provider: string,
  batches: AsyncIterable<string[]>,
): AsyncGenerator<ModelEvent> {
  let finish: string | undefined;
  let usage: z.infer<typeof chunkSchema>["usage"];
  const said = new Said();
  for await (const batch of batches) {
    for (const data of batch) {
      if (data === "[DONE]") continue;
      const chunk = parse(provider, data);
      usage = chunk.usage ?? usage;
      const choice = chunk.choices[0];
      if (choice === undefined) continue;
      said.add("reasoning", choice.delta?.reasoning_content ?? choice.delta?.reasoning);
      said.add("text", choice.delta?.content ?? choice.delta?.refusal);
      finish = choice.finish_reason ?? finish;
    }
    yield* said.take();
  }
  if (finish === undefined) throw new ProviderError("interrupted", provider);
  yield {
    type: "finish",
    reason: mapFinishReason(finish),
    usage: usage
      ? {
          prompt: usage.prompt_tokens,
          completion: usage.completion_tokens,
          total: usage.total_tokens,
        }
      : undefined,
  };
}

function parse(provider: string, data: string): z.infer<typeof chunkSchema> {
  const raw: unknown = JSON.parse(data);
  const failed = errorSchema.safeParse(raw);
  if (failed.success) {
    const { code, type } = failed.data.error;
    throw new ProviderError(kindOfStatus(500, `${String(code)} ${String(type)}`), provider, {
      cause: raw,
    });
  }
  const parsed = chunkSchema.safeParse(raw);
  if (!parsed.success) throw new ProviderError("malformed", provider, { cause: parsed.error });
  return parsed.data;
}
