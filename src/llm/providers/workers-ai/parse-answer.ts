// The binding's answers → ModelEvents: its streams, and the whole answers of JSON mode.
import { z } from "zod";
import type { Usage } from "../../../protocol/message.ts";
import { ProviderError } from "../../errors.ts";
import type { ModelEvent, Progress } from "../../provider.ts";
import { Said } from "../../said.ts";
import { readBatches } from "../shared/read-batches.ts";
import { ToolCalls } from "../shared/tool-calls.ts";
import { errorIn } from "./errors.ts";
import { WORKERS_AI } from "./models.ts";

const usageSchema = z.object({
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  prompt_tokens_details: z.object({ cached_tokens: z.number().nullish() }).nullish(),
});

/** As OpenAI has them, or with the name and the arguments, an object, at the top. */
const toolCallsSchema = z
  .array(
    z.object({
      index: z.number().nullish(),
      id: z.string().nullish(),
      name: z.string().nullish(),
      arguments: z.unknown().optional(),
      function: z
        .object({ name: z.string().nullish(), arguments: z.unknown().optional() })
        .nullish(),
    }),
  )
  .nullish();

/**
 * A chunk of a text model: `response`, or the shape of OpenAI's chunks for newer models
 * (developers.cloudflare.com/workers-ai/features/prompting and each model's schema).
 */
const chunkSchema = z.object({
  response: z.union([z.string(), z.number()]).nullish(),
  tool_calls: toolCallsSchema,
  choices: z
    .array(
      z.object({
        delta: z
          .object({
            content: z.string().nullish(),
            reasoning_content: z.string().nullish(),
            reasoning: z.string().nullish(),
            tool_calls: toolCallsSchema,
          })
          .nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .nullish(),
  usage: usageSchema.nullish(),
});

/**
 * @param maxTokens what it was asked for: older models do not say that they stopped there
 * @throws {ProviderError} also `interrupted`, where the stream ends with neither a reason nor usage
 */
export async function* parseStream(
  batches: AsyncIterable<string[]>,
  maxTokens: number,
  mark: string,
): AsyncGenerator<ModelEvent | Progress> {
  let told: z.infer<typeof usageSchema> | undefined;
  let finish: string | undefined;
  const said = new Said();
  const calls = new ToolCalls(WORKERS_AI.id, mark);
  yield* readBatches(batches, said, calls, (data) => {
    const chunk = parse(data);
    told = chunk.usage ?? told;
    const choice = chunk.choices?.[0];
    finish = choice?.finish_reason ?? finish;
    said.add("reasoning", choice?.delta?.reasoning_content ?? choice?.delta?.reasoning);
    said.add("text", choice?.delta?.content ?? String(chunk.response ?? ""));
    return (choice?.delta?.tool_calls ?? chunk.tool_calls ?? []).flatMap((piece) =>
      calls.add({
        index: piece.index ?? undefined,
        id: piece.id,
        name: piece.function?.name ?? piece.name,
        arguments: piece.function?.arguments ?? piece.arguments,
      }),
    );
  });
  // Older models send no finish reason: their usage, which comes last, is the sign of a whole answer.
  if (finish === undefined && told === undefined)
    throw new ProviderError("interrupted", WORKERS_AI.id);
  const cut = finish === "length" || (told?.completion_tokens ?? 0) >= maxTokens;
  for (const call of calls.whole(cut)) yield { type: "tool_call", call };
  yield {
    type: "finish",
    reason: {
      unified: cut ? "length" : calls.some ? "tool_calls" : "stop",
      raw: finish ?? "end_of_stream",
    },
    usage: usageOf(told),
  };
}

const wholeSchema = z.object({
  response: z.union([z.string(), z.record(z.string(), z.unknown()), z.array(z.unknown())]),
  usage: usageSchema.nullish(),
});

/** An answer of JSON mode, whose `response` may be the JSON's text or its value. */
export function* parseWhole(answer: unknown, maxTokens: number): Generator<ModelEvent> {
  const parsed = wholeSchema.safeParse(answer);
  if (!parsed.success) throw new ProviderError("malformed", WORKERS_AI.id, { cause: parsed.error });
  const { response, usage } = parsed.data;
  const text = typeof response === "string" ? response : JSON.stringify(response);
  if (text !== "") yield { type: "text", text };
  const cut = (usage?.completion_tokens ?? 0) >= maxTokens;
  yield {
    type: "finish",
    reason: { unified: cut ? "length" : "stop", raw: "end_of_answer" },
    usage: usageOf(usage ?? undefined),
  };
}

function parse(data: string): z.infer<typeof chunkSchema> {
  const raw: unknown = JSON.parse(data);
  const failed = errorIn(raw);
  if (failed !== null) throw failed;
  const parsed = chunkSchema.safeParse(raw);
  if (!parsed.success) throw new ProviderError("malformed", WORKERS_AI.id, { cause: parsed.error });
  return parsed.data;
}

function usageOf(told: z.infer<typeof usageSchema> | undefined): Usage | undefined {
  if (told === undefined) return undefined;
  const { prompt_tokens: prompt, completion_tokens: completion } = told;
  const cached = told.prompt_tokens_details?.cached_tokens;
  return {
    prompt,
    completion,
    total: prompt + completion,
    ...(typeof cached === "number" ? { cached } : {}),
  };
}
