// Chat completion chunks → ModelEvents.
import { z } from "zod";
import { ProviderError } from "../../errors.ts";
import type { ModelEvent } from "../../provider.ts";
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

/** @throws {ProviderError} `malformed`, or `interrupted` where the stream ends without a finish reason */
export async function* parseStream(
  provider: string,
  chunks: AsyncIterable<unknown>,
): AsyncGenerator<ModelEvent> {
  let finish: string | undefined;
  let usage: z.infer<typeof chunkSchema>["usage"];
  for await (const raw of chunks) {
    const parsed = chunkSchema.safeParse(raw);
    if (!parsed.success) throw new ProviderError("malformed", provider, { cause: parsed.error });
    const chunk = parsed.data;
    usage = chunk.usage ?? usage;
    const choice = chunk.choices[0];
    if (choice === undefined) continue;
    const reasoning = choice.delta?.reasoning_content ?? choice.delta?.reasoning;
    if (reasoning) yield { type: "reasoning", text: reasoning };
    const text = choice.delta?.content ?? choice.delta?.refusal;
    if (text) yield { type: "text", text };
    finish = choice.finish_reason ?? finish;
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
