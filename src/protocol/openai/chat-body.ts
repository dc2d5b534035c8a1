// The body of OpenAI's `POST /v1/chat/completions`, and what it asks in Edgewise's words.
// https://platform.openai.com/docs/api-reference/chat/create
import { z } from "zod";
import { AppError } from "../../errors.ts";
import { imageSchema, type StatelessBody, statelessSchema, toolResultSchema } from "../send.ts";
import { toolCallSchema } from "../tool.ts";
import {
  askedFrom,
  formatFields,
  functionFields,
  jsonSchemaFrom,
  maxTokens,
  MOST_MESSAGES,
  MOST_PARTS,
  namedChoice,
  objectFormat,
  joined,
  type OpenaiAsked,
  plainFormat,
  refuseOf,
  settingFields,
  simpleChoice,
  text,
  toolFrom,
  unsupported,
} from "./body.ts";
import { extensionSchema, isAsked } from "./extension.ts";

const own = statelessSchema.shape;

const textPart = z.object({ type: z.literal("text"), text });
const imagePart = z.object({
  type: z.literal("image_url"),
  image_url: z.object({ url: imageSchema.shape.url, detail: imageSchema.shape.detail.nullish() }),
});
const texts = z.union([text, z.array(textPart)], "should be text, or a list of parts of text");

const callSchema = z.object({
  id: toolCallSchema.shape.id,
  type: z.literal("function", "should be function").optional(),
  function: toolCallSchema.pick({ name: true, arguments: true }),
});

const messageSchema = z.discriminatedUnion(
  "role",
  [
    z.object({ role: z.enum(["system", "developer"]), content: texts }),
    z.object({
      role: z.literal("user"),
      name: own.messages.element.options[1].shape.name.nullish(),
      content: z.union([
        text,
        z
          .array(
            z.discriminatedUnion(
              "type",
              [textPart, imagePart],
              "should be text or image_url: other parts cannot be read here",
            ),
          )
          .min(1, "should not be empty")
          .max(MOST_PARTS, `should have at most ${MOST_PARTS} parts`),
      ]),
    }),
    z.object({
      role: z.literal("assistant"),
      content: z
        .union([
          text,
          z.array(
            z.discriminatedUnion("type", [
              textPart,
              z.object({ type: z.literal("refusal"), refusal: text }),
            ]),
          ),
        ])
        .nullish(),
      refusal: text.nullish(),
      tool_calls: z.array(callSchema).max(128, "should be at most 128 calls").nullish(),
    }),
    z.object({
      role: z.literal("tool"),
      tool_call_id: toolResultSchema.shape.tool_call_id,
      content: texts,
    }),
  ],
  "should be system, developer, user, assistant or tool",
);
type ChatMessage = z.infer<typeof messageSchema>;

export const chatSchema = z.object({
  ...settingFields,
  messages: z
    .array(messageSchema, "should be a list of messages")
    .min(1, "should have at least one message")
    .max(MOST_MESSAGES, "should have at most 2,048 messages"),
  max_tokens: maxTokens,
  max_completion_tokens: maxTokens,
  frequency_penalty: own.frequency_penalty.nullish(),
  presence_penalty: own.presence_penalty.nullish(),
  stop: own.stop.nullish(),
  seed: own.seed.nullish(),
  n: z.int("should be a whole number").nullish(),
  modalities: z.array(z.string()).nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  tools: z
    .array(
      z.object({
        type: z.literal("function", "should be function: the only tools are those you run"),
        function: z.object(functionFields),
      }),
      "should be a list of tools",
    )
    .max(128, "should be at most 128 tools")
    .refine(
      (tools) => new Set(tools.map((tool) => tool.function.name)).size === tools.length,
      "should have names that differ",
    )
    .nullish(),
  tool_choice: z
    .union(
      [
        simpleChoice,
        z.object({ type: z.literal("function"), function: z.object({ name: namedChoice }) }),
      ],
      'should be auto, none, required, or {"type": "function", "function": {"name"}}',
    )
    .nullish(),
  response_format: z
    .discriminatedUnion(
      "type",
      [
        plainFormat,
        objectFormat,
        z.object({ type: z.literal("json_schema"), json_schema: z.object(formatFields) }),
      ],
      "should have a type of text, json_object or json_schema",
    )
    .nullish(),
  edgewise: extensionSchema,
});
export type ChatBody = z.infer<typeof chatSchema>;

/** What an answer would have to be another one for. */
const IMPOSSIBLE = {
  audio: "Answers are text.",
  web_search_options: "Offer a tool that searches.",
};

/** @throws {AppError} VALIDATION_ERROR for what OpenAI would do and Edgewise cannot */
export function askedOfChat(body: ChatBody, raw: Readonly<Record<string, unknown>>): OpenaiAsked {
  refuseOf(raw, IMPOSSIBLE);
  // Without functions there is nothing to choose.
  if (isAsked(raw["functions"])) throw unsupported("functions", "Use 'tools' instead.");
  const { modalities } = body;
  if ((modalities ?? []).some((modality) => modality !== "text"))
    throw oneValue("modalities", JSON.stringify(modalities), '["text"]');
  if (typeof body.n === "number" && body.n !== 1) throw oneValue("n", String(body.n), "1");
  const { tool_choice: choice, response_format: format, edgewise } = body;
  const asked = askedFrom(
    {
      model: body.model,
      messages: body.messages.map(messageFrom),
      temperature: body.temperature,
      top_p: body.top_p,
      max_tokens: body.max_completion_tokens ?? body.max_tokens,
      tools: body.tools?.map((tool) => toolFrom(tool.function)),
      tool_choice: typeof choice === "object" && choice !== null ? choice.function : choice,
      parallel_tool_calls: body.parallel_tool_calls,
      response_format: format?.type === "json_schema" ? jsonSchemaFrom(format.json_schema) : format,
      metadata: body.metadata,
    },
    body.stream,
    edgewise,
  );
  const { frequency_penalty, presence_penalty, stop, seed } = body;
  asked.body.frequency_penalty = frequency_penalty ?? undefined;
  asked.body.presence_penalty = presence_penalty ?? undefined;
  asked.body.stop = stop ?? undefined;
  asked.body.seed = seed ?? undefined;
  return asked;
}

function oneValue(field: string, given: string, only: string): AppError {
  return new AppError(
    "VALIDATION_ERROR",
    `Unsupported value: '${field}' does not support ${given} here. Only ${only} is supported.`,
    { field, reason: "unsupported_value" },
  );
}

type Stateless = StatelessBody["messages"][number];

function messageFrom(message: ChatMessage): Stateless {
  switch (message.role) {
    case "system":
    case "developer":
      return { role: "system", content: apart(message.content) };
    case "user": {
      const { content, name } = message;
      return {
        role: "user",
        content: typeof content === "string" ? content : joined(content.map(userPart)),
        ...(typeof name === "string" ? { name } : {}),
      };
    }
    case "assistant": {
      const calls = message.tool_calls ?? [];
      return {
        role: "assistant",
        content: plain(message.content ?? message.refusal ?? ""),
        ...(calls.length === 0
          ? {}
          : {
              tool_calls: calls.map(({ id, function: { name, arguments: json } }) => ({
                id,
                name,
                arguments: json,
              })),
            }),
      };
    }
    case "tool":
      return { ...message, content: apart(message.content) };
  }
}

type UserPart = Exclude<Extract<ChatMessage, { role: "user" }>["content"], string>[number];

function userPart(part: UserPart) {
  if (part.type === "text") return part;
  const { url, detail } = part.image_url;
  return { type: "image" as const, url, detail: detail ?? undefined };
}

/** Parts of one text. */
function plain(content: string | readonly ({ text: string } | { refusal: string })[]): string {
  if (typeof content === "string") return content;
  return content.map((part) => ("text" in part ? part.text : part.refusal)).join("");
}

/** Parts that are texts of their own. */
function apart(content: string | readonly { text: string }[]): string {
  return typeof content === "string" ? content : content.map((part) => part.text).join("\n\n");
}
