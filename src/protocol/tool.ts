// Tools as a request offers them and as a model calls them, and the form that an answer is to have.
import { z } from "zod";
import { fail, type Failure } from "../errors.ts";
import { bounded, wellFormed } from "./bounds.ts";

const toolName = z
  .string("should be a name")
  .regex(/^[A-Za-z0-9_-]{1,64}$/, { error: "should be 1 to 64 of a-z, A-Z, 0-9, _ and -" });

/** A JSON Schema, whose size is bounded: what is sent with every request is paid with every request. */
const jsonSchema = bounded(
  z.record(z.string(), z.unknown(), "should be a JSON Schema"),
  64,
  64 * 1024,
);

export const toolDefinitionSchema = z.object({
  name: toolName,
  description: wellFormed(z.string().max(10_000, "should have at most 10,000 characters")).default(
    "",
  ),
  /** Of its arguments: an object's schema. */
  parameters: jsonSchema.default({ type: "object", properties: {} }),
  strict: z.boolean().optional(),
});
export type ToolDefinition = z.infer<typeof toolDefinitionSchema>;

export const toolChoiceSchema = z.union(
  [z.enum(["auto", "none", "required"]), z.object({ name: toolName })],
  'should be auto, none, required, or {"name"} of one of the tools',
);
export type ToolChoice = z.infer<typeof toolChoiceSchema>;

export const responseFormatSchema = z.discriminatedUnion(
  "type",
  [
    z.object({ type: z.literal("text") }),
    z.object({ type: z.literal("json_object") }),
    z.object({
      type: z.literal("json_schema"),
      name: toolName.default("answer"),
      schema: jsonSchema,
      strict: z.boolean().default(true),
    }),
  ],
  "should have a type of text, json_object or json_schema",
);
export type ResponseFormat = z.infer<typeof responseFormatSchema>;

/** Characters of one call's arguments. */
export const LONGEST_ARGUMENTS = 100_000;

/** `arguments` is JSON text, whole and well-formed, as the model wrote it. */
export const toolCallSchema = z.object({
  id: z.string().min(1).max(200),
  name: toolName,
  arguments: z.string().max(LONGEST_ARGUMENTS),
});
export type ToolCall = z.infer<typeof toolCallSchema>;

/** What a send may offer a model to call, and ask of the form of its answer. */
export const toolFields = {
  tools: z
    .array(toolDefinitionSchema, "should be a list of tools")
    .max(128, "should be at most 128 tools")
    .refine(
      (tools) => new Set(tools.map(({ name }) => name)).size === tools.length,
      "should have names that differ",
    )
    .optional(),
  tool_choice: toolChoiceSchema.optional(),
  parallel_tool_calls: z
    .boolean("should be true or false")
    .describe("False: an answer has at most one call.")
    .optional(),
  response_format: responseFormatSchema.optional(),
};
export type ToolFields = z.infer<z.ZodObject<typeof toolFields>>;

/** What of them cannot be together; null where they can. */
export function toolConflict({ tools = [], tool_choice }: ToolFields): Failure | null {
  if (tool_choice === undefined || tool_choice === "auto" || tool_choice === "none") return null;
  const names = tools.map(({ name }) => name);
  const wanted = typeof tool_choice === "string" ? null : tool_choice.name;
  if (wanted === null ? names.length > 0 : names.includes(wanted)) return null;
  const { failure } = fail(
    "VALIDATION_ERROR",
    wanted === null
      ? "tool_choice: is required, but there are no tools; send some, or leave it out"
      : `tool_choice: names ${wanted}, which is none of the tools`,
    { field: "tool_choice", available: names },
  );
  return failure;
}
