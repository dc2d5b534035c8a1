// Anthropic's message stream → ModelEvents (docs.anthropic.com/en/api/messages-streaming).
import { z } from "zod";
import { kindOfStatus, ProviderError } from "../../errors.ts";
import type { ModelEvent } from "../../provider.ts";
import { Said } from "../../said.ts";
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
  z.object({ type: z.literal("error"), error: z.object({ type: z.string() }) }),
]);
const READ = new Set(eventSchema.options.map((option) => option.shape.type.value as string));

const typeSchema = z.object({ type: z.string() });

/** @throws {ProviderError} also `interrupted`, where the stream ends without a stop reason */
export async function* parseStream(batches: AsyncIterable<string[]>): AsyncGenerator<ModelEvent> {
  let prompt = 0;
  let completion: number | undefined;
  let finish: string | undefined;
  const said = new Said();
  for await (const batch of batches) {
    for (const data of batch) {
      const event = parse(data);
      if (event === null) continue;
      if (event.type === "message_start") {
        const { input_tokens, cache_creation_input_tokens, cache_read_input_tokens } =
          event.message.usage;
        prompt =
          (input_tokens ?? 0) + (cache_creation_input_tokens ?? 0) + (cache_read_input_tokens ?? 0);
      } else if (event.type === "content_block_delta") {
        said.add("reasoning", event.delta.thinking);
        said.add("text", event.delta.text);
      } else if (event.type === "message_delta") {
        finish = event.delta.stop_reason ?? finish;
        completion = event.usage?.output_tokens ?? completion;
      } else
        throw new ProviderError(kindOfStatus(500, event.error.type), "anthropic", { cause: event });
    }
    yield* said.take();
  }
  if (finish === undefined) throw new ProviderError("interrupted", "anthropic");
  yield {
    type: "finish",
    reason: mapFinishReason(finish),
    usage:
      completion === undefined ? undefined : { prompt, completion, total: prompt + completion },
  };
}

/** Null for an event that says nothing here. */
function parse(data: string): z.infer<typeof eventSchema> | null {
  const raw: unknown = JSON.parse(data);
  const kind = typeSchema.safeParse(raw);
  if (!kind.success) throw new ProviderError("malformed", "anthropic", { cause: kind.error });
  if (!READ.has(kind.data.type)) return null;
  const parsed = eventSchema.safeParse(raw);
  if (!parsed.success) throw new ProviderError("malformed", "anthropic", { cause: parsed.error });
  return parsed.data;
}
