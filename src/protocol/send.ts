// What a send may say: the bounds of DESIGN §7, one schema for HTTP bodies and WebSocket frames.
import { z } from "zod";
import { metadataSchema, wellFormed } from "./bounds.ts";
import { memorySchema } from "./memory.ts";
import { returnedSchema } from "./message.ts";
import { knowledgeFields } from "./knowledge.ts";
import { toolCallSchema, toolFields } from "./tool.ts";
import { contextSchema, promptReferenceSchema, toneSchema } from "./prompt.ts";
import { isFeature } from "../variable-types.ts";

/** What somebody says, of at most so many characters. */
export const messageTextOf = (longest: number) =>
  wellFormed(
    z
      .string("should be text")
      .min(1, "should not be empty")
      .max(longest, `should have at most ${longest.toLocaleString("en")} characters`),
  ).refine((value) => value.trim() !== "", "should not be blank");

/** Characters. */
const LONGEST_TEXT = 100_000;
const messageText = messageTextOf(LONGEST_TEXT);

/** A picture: an https address, which the model's vendor fetches, or a data: URL of a usual type. */
export const imageSchema = z.object({
  type: z.literal("image"),
  url: z
    .string("should be an address")
    .max(1_000_000, "should have at most 1,000,000 characters")
    .overwrite((url) => url.replace(/^data:image\/jpg;/i, "data:image/jpeg;"))
    .refine(
      (url) => isPicture(url) || /^https:\/\/[^\s]+$/i.test(url),
      "should be an https address, or a data: URL of a PNG, JPEG, GIF or WebP in base64",
    ),
  detail: z.enum(["auto", "low", "high"]).optional(),
});

function isPicture(url: string): boolean {
  const head = /^data:image\/(?:png|jpeg|gif|webp);base64,/.exec(url)?.[0];
  return head !== undefined && /^[A-Za-z0-9+/]+={0,2}$/.test(url.slice(head.length));
}

export const toolResultSchema = z.object({
  type: z.literal("tool_result"),
  tool_call_id: z.string().min(1).max(200),
  content: wellFormed(
    z.string("should be text").max(LONGEST_TEXT, "should have at most 100,000 characters"),
  ),
  returned: returnedSchema.describe("What `content` was before it was text; no model is told."),
});

const textSchema = z.object({ type: z.literal("text"), text: messageText });

export const modelName = wellFormed(
  z.string().min(1, "should not be empty").max(100, "should have at most 100 characters"),
);

const titleSchema = wellFormed(
  z.string().min(1, "should not be empty").max(255, "should have at most 255 characters"),
);

const systemPromptSchema = wellFormed(
  z.string().max(100_000, "should have at most 100,000 characters"),
);

const providerName = z.string().min(1).max(50);

/** How a model is asked, wherever a request may say it. */
const modelSettings = {
  provider: providerName.optional(),
  model: modelName.optional(),
  temperature: z
    .number("should be a number from 0 to 2")
    .min(0, "should be at least 0")
    .max(2, "should be at most 2")
    .optional(),
  max_tokens: z
    .int("should be a whole number from 1 to 128,000")
    .min(1, "should be at least 1")
    .max(128_000, "should be at most 128,000")
    .optional(),
  top_p: z.number().min(0).max(1).optional(),
  frequency_penalty: z.number().min(-2).max(2).optional(),
  presence_penalty: z.number().min(-2).max(2).optional(),
  seed: z
    .int("should be a whole number")
    .describe("The same answer to the same question, as far as the model can.")
    .optional(),
  stop: z
    .union(
      [
        z.string().min(1, "should not be empty"),
        z
          .array(z.string("should be text").min(1, "should not be empty"))
          .min(1, "should not be empty")
          .max(4, "should be at most 4"),
      ],
      "should be text, or a list of at most 4 texts",
    )
    .transform((stop) => (typeof stop === "string" ? [stop] : stop))
    .optional(),
  system_prompt: systemPromptSchema.optional(),
  prompt: promptReferenceSchema.optional(),
  tone: toneSchema.optional(),
  context: contextSchema.optional(),
  ...knowledgeFields,
  ...toolFields,
  cache: z
    .union([z.boolean().transform((on) => (on ? "on" : "off")), z.enum(["on", "off"])])
    .describe("`off`: neither answered from what was kept, nor kept.")
    .optional(),
};
/** Of those, what a model is sent as it is. */
export type ModelFields = Omit<
  z.infer<z.ZodObject<typeof modelSettings>>,
  "prompt" | "tone" | "context" | keyof typeof knowledgeFields
>;

/** Calls of tools that an answer may have. */
const MOST_CALLS = 128;
/** Parts of a message beside what tools returned. */
const MOST_PARTS = 20;

/** A message into a conversation. `message` is short for one text part. */
export const sendSchema = z.object({
  message: messageText.optional(),
  parts: z
    .array(z.discriminatedUnion("type", [textSchema, imageSchema, toolResultSchema]))
    .min(1, "should not be empty")
    .max(MOST_PARTS + MOST_CALLS, `should have at most ${MOST_PARTS + MOST_CALLS} parts`)
    // All calls of an answer are answered in one message.
    .refine(
      (parts) => parts.filter(({ type }) => type !== "tool_result").length <= MOST_PARTS,
      `should have at most ${MOST_PARTS} parts beside results of tools`,
    )
    .optional(),
  ...modelSettings,
  on_busy: z.enum(["reject", "queue", "interrupt"]).optional(),
  parent_id: z
    .string()
    .nullable()
    .describe("The answer it follows: branches there. Null begins anew; without it, the end.")
    .optional(),
  expected_leaf_id: z
    .string()
    .describe("The last message you saw: a notice tells where the conversation went on elsewhere.")
    .optional(),
  metadata: metadataSchema.optional(),
});
export type SendBody = z.infer<typeof sendSchema>;

/** Which of several people says it. */
const speaker = z
  .string("should be a name")
  .regex(/^[^\s<|\\/>]{1,64}$/, "should have 1 to 64 characters, and no space, <, >, |, / or \\");

/** A call that brings its own history and stores nothing. */
export const statelessSchema = z.object({
  messages: z
    .array(
      z.discriminatedUnion(
        "role",
        [
          z.object({ role: z.literal("system"), content: messageText }),
          z.object({
            role: z.literal("user"),
            name: speaker.nullish(),
            content: z.union([
              messageText,
              z
                .array(z.discriminatedUnion("type", [textSchema, imageSchema]))
                .min(1, "should not be empty")
                .max(20, "should have at most 20 parts"),
            ]),
          }),
          z.object({
            role: z.literal("assistant"),
            content: messageText.nullish(),
            tool_calls: z.array(toolCallSchema).min(1).max(MOST_CALLS).optional(),
          }),
          toolResultSchema.omit({ type: true, returned: true }).extend({ role: z.literal("tool") }),
        ],
        "should be system, user, assistant or tool",
      ),
      "should be a list of messages",
    )
    .min(1, "should have at least one message")
    .max(100, "should have at most 100 messages"),
  ...modelSettings,
  metadata: metadataSchema.optional(),
});
export type StatelessBody = z.infer<typeof statelessSchema>;

const tagSchema = wellFormed(
  z
    .string("should be text")
    .trim()
    .min(1, "should not be empty")
    .max(50, "should have at most 50 characters"),
);

/** What somebody notes of a conversation. */
const kept = {
  pinned: z.boolean().optional(),
  tags: z
    .array(tagSchema, "should be a list of tags")
    .max(20, "should be at most 20 tags")
    .transform((tags) => [...new Set(tags)])
    .optional(),
  memory: memorySchema.optional(),
};

export const createSchema = z.object({
  title: titleSchema.optional(),
  provider: providerName.optional(),
  model: modelName.optional(),
  system_prompt: systemPromptSchema.optional(),
  ...kept,
  prompt: promptReferenceSchema.optional(),
  tone: toneSchema.optional(),
  context: contextSchema.optional(),
  ...knowledgeFields,
  metadata: metadataSchema.optional(),
});
export type CreateBody = z.infer<typeof createSchema>;

export const patchSchema = z.object({
  title: titleSchema.optional(),
  provider: providerName.nullable().optional(),
  model: modelName.nullable().optional(),
  system_prompt: systemPromptSchema.nullable().optional(),
  ...kept,
  prompt: promptReferenceSchema.nullable().optional(),
  tone: toneSchema.nullable().optional(),
  context: contextSchema.nullable().optional(),
  use_rag: knowledgeFields.use_rag,
  collections: knowledgeFields.collections.unwrap().nullable().optional(),
  metadata: metadataSchema.optional(),
  status: z
    .enum(["active", "paused", "completed"], "should be active, paused or completed")
    .optional(),
  version: z
    .int()
    .describe("As you saw it: where it is another one now, nothing is changed and 409 tells.")
    .optional(),
});
export type PatchBody = z.infer<typeof patchSchema>;

/** What of the product a request is for: `metadata.feature`, where it is a short name. */
export function featureOf(metadata: Record<string, unknown> | undefined): string | undefined {
  const feature = metadata?.["feature"];
  return typeof feature === "string" && isFeature(feature) ? feature : undefined;
}

/** As many ignored fields are named, by as many characters of their names. */
const MOST_NAMED = 20;

/** The fields of `body` that `known` does not have: ignored, and named in a notice. */
export function unknownFields(
  body: object,
  known: z.ZodRawShape,
  also: readonly string[] = [],
): string[] {
  const unknown = Object.keys(body).filter((key) => !(key in known) && !also.includes(key));
  const named = unknown.slice(0, MOST_NAMED).map((key) => key.slice(0, 64).toWellFormed());
  return unknown.length > named.length
    ? [...named, `and ${unknown.length - named.length} more`]
    : named;
}
