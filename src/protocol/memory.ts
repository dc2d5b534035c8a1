// How a conversation remembers: what may be chosen, and what is chosen where nobody does.
import { z } from "zod";
import { STRATEGIES, strategiesOf } from "../variable-types.ts";

type Strategy = (typeof STRATEGIES)[number];

const strategySchema = z
  .union(
    [z.enum([...STRATEGIES, "hybrid"]), z.array(z.enum(STRATEGIES)).min(1).max(STRATEGIES.length)],
    "should be buffer, summary, entity or hybrid, or a list of the first three",
  )
  .transform((chosen): Strategy[] => {
    if (Array.isArray(chosen)) return STRATEGIES.filter((it) => chosen.includes(it));
    return strategiesOf(chosen);
  });

/** What a request may say: the rest stays as it is. */
export const memorySchema = z.object({
  strategy: strategySchema
    .describe("The newest messages word for word, older ones condensed, who and what was named.")
    .optional(),
  compression: z
    .enum(["recency", "importance"], "should be recency or importance")
    .describe("What stays where not everything fits.")
    .optional(),
  history_tokens: z
    .int("should be a whole number of tokens")
    .min(0)
    .max(1_000_000)
    .nullable()
    .describe("The most tokens of earlier messages a model is given; null: as configured.")
    .optional(),
  messages: z
    .int("should be a whole number from 1 to 200")
    .min(1, "should be at least 1")
    .max(200, "should be at most 200")
    .nullable()
    .describe("The most earlier messages a model is given word for word; null: as many as fit.")
    .optional(),
  facts: z.boolean().describe("Whether your memories are recalled here.").optional(),
  references: z.boolean().describe("Whether pronouns are resolved, by a model.").optional(),
  intent: z
    .boolean()
    .describe("Whether the intent of each message is told, by a model.")
    .optional(),
  clarify: z
    .boolean()
    .describe("Whether an ambiguous message is answered by a question, by a model.")
    .optional(),
  title: z.boolean().describe("Whether a model gives the conversation its title.").optional(),
});
export type MemoryChoice = z.infer<typeof memorySchema>;

/** As it is in force. */
export const memorySettingsSchema = z
  .object({
    strategy: z.array(z.enum(STRATEGIES)),
    compression: z.enum(["recency", "importance"]),
    history_tokens: z.int().nullable(),
    messages: z.int().nullable(),
    facts: z.boolean(),
    references: z.boolean(),
    intent: z.boolean(),
    clarify: z.boolean(),
    title: z.boolean(),
  })
  .meta({ ref: "MemorySettings" });
export type MemorySettings = z.infer<typeof memorySettingsSchema>;

/** `chosen` over what is configured. */
export function memoryInForce(
  chosen: MemoryChoice,
  configured: Pick<MemorySettings, "strategy" | "title">,
): MemorySettings {
  return {
    strategy: chosen.strategy ?? configured.strategy,
    compression: chosen.compression ?? "recency",
    history_tokens: chosen.history_tokens ?? null,
    messages: chosen.messages ?? null,
    facts: chosen.facts ?? true,
    references: chosen.references ?? false,
    intent: chosen.intent ?? false,
    clarify: chosen.clarify ?? false,
    title: chosen.title ?? configured.title,
  };
}
