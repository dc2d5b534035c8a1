// A prompt that was looked up and filled in: nothing is left to replace.
import { z } from "zod";

export const resolvedPromptSchema = z.object({
  name: z.string(),
  version: z.int(),
  system: z.string(),
  examples: z.array(z.object({ user: z.string(), assistant: z.string() })),
});
export type ResolvedPrompt = z.infer<typeof resolvedPromptSchema>;
