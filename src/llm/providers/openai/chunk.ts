// What is read of a chat completion chunk (platform.openai.com/docs/api-reference/chat-streaming, and
// where vendors differ from it); the rest is ignored.
import { z } from "zod";
import type { OpenaiVendor } from "../../../vendors.ts";
import type { Usage } from "../../../protocol/message.ts";

const tokens = z.number().nullish();

/** Mistral's reasoning models send content in pieces of either type. */
const piecesSchema = z.array(
  z.union([
    z.object({ type: z.literal("text"), text: z.string() }),
    z.object({
      type: z.literal("thinking"),
      thinking: z.array(z.object({ text: z.string().default("") })),
    }),
    z.object({ type: z.string() }),
  ]),
);

const usageSchema = z.object({
  prompt_tokens: tokens,
  completion_tokens: tokens,
  prompt_tokens_details: z.object({ cached_tokens: tokens }).nullish(),
  completion_tokens_details: z.object({ reasoning_tokens: tokens }).nullish(),
  prompt_cache_hit_tokens: tokens,
});

export const chunkSchema = z.object({
  choices: z
    .array(
      z.object({
        delta: z
          .object({
            content: z.union([z.string(), piecesSchema]).nullish(),
            refusal: z.string().nullish(),
            reasoning_content: z.string().nullish(),
            reasoning: z.string().nullish(),
            tool_calls: z
              .array(
                z.object({
                  index: z.number().nullish(),
                  id: z.string().nullish(),
                  function: z
                    .object({ name: z.string().nullish(), arguments: z.unknown().optional() })
                    .nullish(),
                }),
              )
              .nullish(),
          })
          .nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .nullish(),
  usage: usageSchema.nullish(),
  /** Groq's place for it, where it was not asked for. */
  x_groq: z.object({ usage: usageSchema.nullish() }).nullish(),
});
export type Chunk = z.infer<typeof chunkSchema>;

const errorFields = z
  .object({ code: z.unknown(), type: z.unknown(), message: z.unknown(), metadata: z.unknown() })
  .partial();

/** An error that comes inside the stream, after its 200, or instead of a stream. */
export const errorSchema = z.object({ error: z.union([z.string(), errorFields]) });

/** What is told of an error, in whichever form: some say a sentence and nothing else. */
export const toldSchema = z
  .union([z.string().transform((message) => ({ message })), errorFields])
  .catch({})
  .pipe(errorFields);

/** OpenRouter's `metadata` of what its moderation flagged (openrouter.ai/docs/api/reference/errors-and-debugging). */
export const moderatedSchema = z.object({
  reasons: z.array(z.unknown()),
  flagged_input: z.string(),
});

/** What `content` says and what it thinks. */
export function piecesOf(content: string | z.infer<typeof piecesSchema>): {
  text: string;
  reasoning: string;
} {
  if (typeof content === "string") return { text: content, reasoning: "" };
  let [text, reasoning] = ["", ""];
  for (const piece of content)
    if ("thinking" in piece) reasoning += piece.thinking.map((it) => it.text).join("");
    else if ("text" in piece) text += piece.text;
  return { text, reasoning };
}

/** Undefined where it was not told. `cached` and `reasoning` only where the vendor reports them. */
export function usageOf(
  usage: z.infer<typeof usageSchema> | undefined,
  { cachedTokens }: Pick<OpenaiVendor, "cachedTokens">,
): Usage | undefined {
  const { prompt_tokens: prompt, completion_tokens: completion } = usage ?? {};
  if (usage === undefined || typeof prompt !== "number" || typeof completion !== "number")
    return undefined;
  const cached =
    cachedTokens === "prompt_cache_hit_tokens"
      ? usage.prompt_cache_hit_tokens
      : usage.prompt_tokens_details?.cached_tokens;
  const reasoning = usage.completion_tokens_details?.reasoning_tokens;
  return {
    prompt,
    completion,
    total: prompt + completion,
    ...(typeof cached === "number" ? { cached } : {}),
    ...(typeof reasoning === "number" ? { reasoning } : {}),
  };
}
