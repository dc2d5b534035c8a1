// Anthropic's message stream → ModelEvents (platform.claude.com/docs/en/build-with-claude/streaming).
import { z } from "zod";
import type { Usage } from "../../../protocol/message.ts";
import { ProviderError } from "../../errors.ts";
import type { ModelEvent, Progress } from "../../provider.ts";
import { Said } from "../../said.ts";
import { readBatches } from "../shared/read-batches.ts";
import { ToolCalls } from "../shared/tool-calls.ts";
import { errorIn } from "./errors.ts";
import { mapFinishReason } from "./map-finish-reason.ts";

const tokens = z.number().nullish();

/** Cumulative, and told twice: as the message starts and as it ends. */
const usageSchema = z.object({
  input_tokens: tokens,
  cache_creation_input_tokens: tokens,
  cache_read_input_tokens: tokens,
  output_tokens: tokens,
  output_tokens_details: z.object({ thinking_tokens: tokens }).nullish(),
});
type Told = z.infer<typeof usageSchema>;

const eventSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("message_start"),
    message: z.object({ usage: usageSchema.nullish() }),
  }),
  z.object({
    type: z.literal("content_block_start"),
    index: z.number(),
    content_block: z.object({
      type: z.string(),
      id: z.string().optional(),
      name: z.string().optional(),
      text: z.string().optional(),
      input: z.record(z.string(), z.unknown()).optional(),
    }),
  }),
  z.object({
    type: z.literal("content_block_delta"),
    index: z.number(),
    delta: z.object({
      type: z.string(),
      text: z.string().optional(),
      thinking: z.string().optional(),
      partial_json: z.string().optional(),
    }),
  }),
  z.object({
    type: z.literal("message_delta"),
    delta: z.object({ stop_reason: z.string().nullish() }),
    usage: usageSchema.nullish(),
  }),
]);
type StreamEvent = z.infer<typeof eventSchema>;
const READ = new Set(eventSchema.options.map((option) => option.shape.type.value as string));

const typeSchema = z.object({ type: z.string() });

/**
 * @param mark begins the ids of tool calls to which the vendor gave none
 * @throws {ProviderError} also `interrupted`, where the stream ends without a stop reason
 */
export async function* parseStream(
  batches: AsyncIterable<string[]>,
  mark: string,
): AsyncGenerator<ModelEvent | Progress> {
  const told: Told = {};
  let finish: string | undefined;
  const said = new Said();
  const calls = new ToolCalls("anthropic", mark);
  yield* readBatches(batches, said, calls, (data) => {
    const event = parse(data);
    if (event === null) return [];
    // What it has put out is only begun to be counted there.
    if (event.type === "message_start")
      take(told, { ...event.message.usage, output_tokens: undefined });
    if (event.type === "message_delta") {
      finish = event.delta.stop_reason ?? finish;
      take(told, event.usage ?? {});
    }
    return read(event, said, calls);
  });
  if (finish === undefined) throw new ProviderError("interrupted", "anthropic");
  const reason = mapFinishReason(finish);
  for (const call of calls.whole(reason.unified === "length")) yield { type: "tool_call", call };
  yield { type: "finish", reason, usage: usageOf(told) };
}

/** Text and thoughts go to `said`, pieces of calls to `calls`; what it returns is told at once. */
function read(event: StreamEvent, said: Said, calls: ToolCalls): ModelEvent[] {
  if (event.type === "content_block_start") {
    const { index, content_block: block } = event;
    if (block.type === "tool_use") {
      const whole = Object.keys(block.input ?? {}).length > 0 ? block.input : undefined;
      return calls.add({ index, id: block.id, name: block.name, arguments: whole });
    }
    if (block.type === "text") said.add("text", block.text);
  } else if (event.type === "content_block_delta") {
    const { index, delta } = event;
    said.add("reasoning", delta.thinking);
    said.add("text", delta.text);
    // Tools that Anthropic itself runs send their arguments, too; none of them was asked for.
    if (delta.partial_json !== undefined && calls.some)
      return calls.add({ index, arguments: delta.partial_json });
  }
  return [];
}

/** Later figures replace earlier ones; a figure that is not told again stays. */
function take(told: Told, usage: Told): void {
  told.input_tokens = usage.input_tokens ?? told.input_tokens;
  told.cache_creation_input_tokens =
    usage.cache_creation_input_tokens ?? told.cache_creation_input_tokens;
  told.cache_read_input_tokens = usage.cache_read_input_tokens ?? told.cache_read_input_tokens;
  told.output_tokens = usage.output_tokens ?? told.output_tokens;
  told.output_tokens_details = usage.output_tokens_details ?? told.output_tokens_details;
}

function usageOf(told: Told): Usage | undefined {
  const { input_tokens: input, output_tokens: completion, cache_read_input_tokens: cached } = told;
  if (typeof input !== "number" || typeof completion !== "number") return undefined;
  const prompt = input + (told.cache_creation_input_tokens ?? 0) + (cached ?? 0);
  const reasoning = told.output_tokens_details?.thinking_tokens;
  return {
    prompt,
    completion,
    total: prompt + completion,
    ...(typeof cached === "number" ? { cached } : {}),
    ...(typeof reasoning === "number" ? { reasoning } : {}),
  };
}

/** Null for an event that says nothing here. */
function parse(data: string): StreamEvent | null {
  const raw: unknown = JSON.parse(data);
  const failed = errorIn(raw);
  if (failed !== null) throw failed;
  const kind = typeSchema.safeParse(raw);
  if (!kind.success) throw new ProviderError("malformed", "anthropic", { cause: kind.error });
  if (!READ.has(kind.data.type)) return null;
  const parsed = eventSchema.safeParse(raw);
  if (!parsed.success) throw new ProviderError("malformed", "anthropic", { cause: parsed.error });
  return parsed.data;
}
