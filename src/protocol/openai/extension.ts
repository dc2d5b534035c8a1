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

/** Whether a field asks for anything: what is off or empty does not. */
export function isAsked(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
  return value !== undefined && value !== null && value !== false && value !== "";
}

/** Names of fields that are told at most, and characters of each. */
const MOST_NAMED = 20;
const LONGEST_NAME = 64;

/**
 * The fields of a body that were not taken, as `seed` or `messages[].audio`: OpenAI knows them, or nobody does.
 * @param taken the same body, as its schema left it
 */
export function untakenIn(raw: unknown, taken: unknown): string[] {
  const named = new Set<string>();
  gather(raw, taken, "", named);
  const names = [...named];
  return names.length > MOST_NAMED
    ? [...names.slice(0, MOST_NAMED), `and ${names.length - MOST_NAMED} more`]
    : names;
}

function gather(raw: unknown, taken: unknown, path: string, named: Set<string>): void {
  if (Array.isArray(raw) && Array.isArray(taken))
    for (const [at, item] of raw.entries()) gather(item, taken[at], `${path}[]`, named);
  else if (isRecord(raw) && isRecord(taken))
    for (const [field, value] of Object.entries(raw)) {
      const name = path === "" ? field : `${path}.${field}`;
      if (Object.hasOwn(taken, field)) gather(value, taken[field], name, named);
      else if (isAsked(value)) named.add(name.slice(0, LONGEST_NAME).toWellFormed());
    }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
