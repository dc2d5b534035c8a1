// Anthropic's message stream → ModelEvents (docs.anthropic.com/en/api/messages-streaming).
import { z } from "zod";
import { ProviderError } from "../../errors.ts";
import type { ModelEvent } from "../../provider.ts";
import { mapFinishReason } from "./map-finish-reason.ts";

const tokens = z.number().nullish();

const eventSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("message_start"),
    message: z.object({
      usage: z.object({
        input_tokens: tokens,
        cache_creation_input_tokens: tokens,
        cache_read_input_tokens: tokens,
      }),
    }),
  }),
  z.object({
    type: z.literal("content_block_delta"),
    delta: z.object({
      type: z.string(),
      text: z.string().optional(),
      thinking: z.string().optional(),
    }),
  }),
  z.object({
    type: z.literal("message_delta"),
    delta: z.object({ stop_reason: z.string().nullish() }),
    usage: z.object({ output_tokens: tokens }).nullish(),
  }),
]);
const READ = new Set(eventSchema.options.map((option) => option.shape.type.value as string));

const typeSchema = z.object({ type: z.string() });

/** @throws {ProviderError} `malformed`, or `interrupted` where the stream ends without a stop reason */
export async function* parseStream(events: AsyncIterable<unknown>): AsyncGenerator<ModelEvent> {
  let prompt = 0;
  let completion: number | undefined;
  let finish: string | undefined;
  for await (const raw of events) {
    const kind = typeSchema.safeParse(raw);
    if (!kind.success) throw new ProviderError("malformed", "anthropic", { cause: kind.error });
    if (!READ.has(kind.data.type)) continue;
    const parsed = eventSchema.safeParse(raw);
    if (!parsed.success) throw new ProviderError("malformed", "anthropic", { cause: parsed.error });
    const event = parsed.data;
    if (event.type === "message_start") {
      const { input_tokens, cache_creation_input_tokens, cache_read_input_tokens } =
        event.message.usage;
      prompt =
        (input_tokens ?? 0) + (cache_creation_input_tokens ?? 0) + (cache_read_input_tokens ?? 0);
    } else if (event.type === "content_block_delta") {
      if (event.delta.thinking) yield { type: "reasoning", text: event.delta.thinking };
      if (event.delta.text) yield { type: "text", text: event.delta.text };
    } else {
      finish = event.delta.stop_reason ?? finish;
      completion = event.usage?.output_tokens ?? completion;
    }
  }
  if (finish === undefined) throw new ProviderError("interrupted", "anthropic");
  yield {
    type: "finish",
    reason: mapFinishReason(finish),
    usage:
      completion === undefined ? undefined : { prompt, completion, total: prompt + completion },
  };
}
