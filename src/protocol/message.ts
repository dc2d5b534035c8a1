// The message that every part agrees on (DESIGN: a message is parts; `content` is the reading of
// its text parts), and the notices that travel with it.
import { z } from "zod";
import { citationSchema } from "./knowledge.ts";
import { type ToolCall, toolCallSchema } from "./tool.ts";

/** As what a tool returned it, where who ran it says: `content` is text in any case. */
export const returnedSchema = z
  .enum(["text", "json", "error"], "should be text, json or error")
  .optional();

export const partSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text"), text: z.string() }),
  z.object({ type: z.literal("reasoning"), text: z.string() }),
  z.object({
    type: z.literal("image"),
    url: z.string(),
    detail: z.enum(["auto", "low", "high"]).optional(),
  }),
  toolCallSchema.extend({ type: z.literal("tool_call") }),
  z.object({
    type: z.literal("tool_result"),
    tool_call_id: z.string(),
    content: z.string(),
    returned: returnedSchema,
  }),
]);
export type Part = z.infer<typeof partSchema>;

/** What the user should know and the text must not hide. `offset` is in UTF-16 units of the text. */
export const noticeSchema = z.object({
  code: z.enum([
    "ignored_parameter",
    "adjusted_parameter",
    "history_truncated",
    "history_condensed",
    "summary_failed",
    "changed_elsewhere",
    "memory_saved",
    "memory_not_saved",
    "memories_used",
    "clarifying_question",
    "recovered",
    /** Another model answered, or went on: `offset` is where in the text that begins. */
    "fallback",
    /** The answer was kept from before, and no model was asked. */
    "cached_answer",
    /** `model: "auto"`: which model was chosen, and why. */
    "model_chosen",
    "output_truncated",
    /** The model refused to answer, and the text is why. */
    "refused",
    /** Documents were looked through and said nothing of it, or could not be searched as was asked. */
    "nothing_found",
    "search_degraded",
    /** The answer cited what was not given to it: that was taken out. */
    "citations_removed",
  ]),
  message: z.string(),
  offset: z.number().int().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
});
export type Notice = z.infer<typeof noticeSchema>;

export const feedbackSchema = z
  .object({
    rating: z.enum(["up", "down"], "should be up or down"),
    comment: z.string().nullable(),
  })
  .meta({ ref: "Feedback" });
export type Feedback = z.infer<typeof feedbackSchema>;

const usageSchema = z.object({
  prompt: z.number().int(),
  completion: z.number().int(),
  total: z.number().int(),
  cached: z.number().int().optional().describe("Of the prompt: read from the vendor's cache."),
  reasoning: z.number().int().optional().describe("Of the completion: what was thought."),
});
export type Usage = z.infer<typeof usageSchema>;

export const messageSchema = z
  .object({
    id: z.string(),
    conversation_id: z.string().nullable(),
    turn_id: z.string(),
    seq: z
      .number()
      .int()
      .describe("Position in the conversation, from 1; 0 where nothing is stored."),
    parent_id: z.string().nullable(),
    role: z.enum(["system", "user", "assistant", "tool"]),
    parts: z.array(partSchema),
    content: z.string().describe("The reading of the text parts."),
    status: z
      .enum(["running", "completed", "partial", "failed", "deleted"])
      .describe("A deleted message keeps its place, with nothing in it."),
    created_at: z.string().describe("ISO 8601, UTC."),
    timestamp: z.string().describe("When it was finished: ISO 8601, UTC."),
    model: z.string().nullable(),
    provider: z.string().nullable(),
    tokens_used: usageSchema.nullable(),
    finish_reason: z
      .enum(["stop", "length", "content_filter", "tool_calls", "cancelled", "error"])
      .nullable(),
    latency_ms: z.number().nullable(),
    ttft_ms: z.number().nullable().describe("Time to the first token, in milliseconds."),
    citations: z.array(citationSchema),
    notices: z.array(noticeSchema),
    metadata: z.record(z.string(), z.unknown()),
    feedback: feedbackSchema.nullable(),
    sibling_ids: z
      .array(z.string())
      .describe(
        "All answers to one question, all versions of one: empty where it is the only one.",
      ),
  })
  .meta({ ref: "Message" });
export type Message = z.infer<typeof messageSchema>;
export type FinishReason = NonNullable<Message["finish_reason"]>;

/** The text of a message, as a reader sees it. */
export function contentOf(parts: readonly Part[]): string {
  let content = "";
  for (const part of parts) if (part.type === "text") content += part.text;
  return content;
}

/** UTF-16 units of what a part holds. */
export function lengthOfPart(part: Part): number {
  switch (part.type) {
    case "text":
    case "reasoning":
      return part.text.length;
    case "image":
      return part.url.length;
    case "tool_call":
      return part.arguments.length;
    case "tool_result":
      return part.content.length;
  }
}

/** Whether it is an answer that failed before it had any text. */
export function failedUnsaid({ status, content }: Pick<Message, "status" | "content">): boolean {
  return status === "failed" && content === "";
}

/** The parts of an answer: its reasoning, where there was any, its text, and the tools it calls. */
export function partsOf({
  text,
  reasoning,
  tool_calls,
}: {
  text: string;
  reasoning: string;
  tool_calls: readonly ToolCall[];
}): Part[] {
  const parts: Part[] = [];
  if (reasoning !== "") parts.push({ type: "reasoning", text: reasoning });
  if (text !== "") parts.push({ type: "text", text });
  for (const call of tool_calls) parts.push({ type: "tool_call", ...call });
  return parts;
}
