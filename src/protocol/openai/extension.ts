// What Edgewise adds to OpenAI's bodies, under the one key `edgewise`: where a message goes and what it is
// answered from, on the way in; what the reader should know, on the way out.
import { z } from "zod";
import { knowledgeFields } from "../knowledge.ts";
import type { Message } from "../message.ts";
import { statelessSchema } from "../send.ts";

export const extensionSchema = z
  .object({
    conversation_id: z
      .string()
      .nullish()
      .describe("The last message goes into this conversation, which has its own history."),
    use_knowledge: knowledgeFields.use_rag.nullish(),
    collections: knowledgeFields.collections.nullish(),
    cache: statelessSchema.shape.cache.nullish(),
  })
  .nullish();
export type Extension = z.infer<typeof extensionSchema>;

export type Beside = ReturnType<typeof besideOf>;

export function besideOf({ id, conversation_id, turn_id, notices, citations, metadata }: Message) {
  return {
    turn_id,
    ...(conversation_id === null ? {} : { conversation_id, message_id: id }),
    notices,
    citations,
    ...(metadata["usage_estimated"] === true ? { usage_estimated: true } : {}),
  };
}

/** As `/v1/models` lists who answered. */
export function modelOf(
  { provider, model }: Pick<Message, "provider" | "model">,
  asked: string,
): string {
  return provider === null || model === null ? asked : `${provider}/${model}`;
}

/** An id of OpenAI's kind: `chatcmpl-…` for the turn of the same number. */
export const idOf = (prefix: string, turn_id: string) =>
  `${prefix}${turn_id.replace(/^[a-z]+_/, "")}`;

/** Which of `names` a body asks for: what is off, or as it would be anyway, is not asked for. */
export function ignoredOf(
  raw: Readonly<Record<string, unknown>>,
  names: readonly string[],
): string[] {
  return names.filter((name) => {
    const usual = name === "parallel_tool_calls";
    return (raw[name] ?? usual) !== usual;
  });
}
