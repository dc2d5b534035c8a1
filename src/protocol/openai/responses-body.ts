// The body of OpenAI's `POST /v1/responses`, and what it asks in Edgewise's words.
// https://platform.openai.com/docs/api-reference/responses/create
import { z } from "zod";
import { imageSchema, type StatelessBody } from "../send.ts";
import { toolCallSchema } from "../tool.ts";
import {
  askedFrom,
  formatFields,
  functionFields,
  joined,
  jsonSchemaFrom,
  maxTokens,
  MOST_MESSAGES,
  MOST_PARTS,
  namedChoice,
  objectFormat,
  type OpenaiAsked,
  plainFormat,
  refuseOf,
  settingFields,
  simpleChoice,
  text,
  toolFrom,
} from "./body.ts";
import { extensionSchema } from "./extension.ts";

const textPart = z.object({ type: z.enum(["input_text", "output_text"]), text });
const imagePart = z.object({
  type: z.literal("input_image"),
  image_url: imageSchema.shape.url,
  detail: imageSchema.shape.detail.nullish(),
});
const refusalPart = z.object({ type: z.literal("refusal"), refusal: text });

/** What a client sends back of an answer as it got it. */
const echoed = { id: z.string().nullish(), status: z.string().nullish() };

const messageItem = z.object({
  ...echoed,
  type: z.literal("message").optional(),
  role: z.enum(["system", "developer", "user", "assistant"]),
  content: z.union([
    text,
    z
      .array(
        z.discriminatedUnion(
          "type",
          [textPart, imagePart, refusalPart],
          "should be input_text, input_image or output_text: other parts cannot be read here",
        ),
      )
      .max(MOST_PARTS, `should have at most ${MOST_PARTS} parts`),
  ]),
});
const callItem = z.object({
  ...echoed,
  type: z.literal("function_call"),
  call_id: toolCallSchema.shape.id,
  name: toolCallSchema.shape.name,
  arguments: toolCallSchema.shape.arguments,
});
const resultItem = z.object({
  ...echoed,
  type: z.literal("function_call_output"),
  call_id: toolCallSchema.shape.id,
  output: z.union([text, z.array(textPart)], "should be text, or a list of input_text"),
});
/** What a model thought before: it is not thought again. */
const reasoningItem = z.looseObject({ type: z.literal("reasoning") });

const itemSchema = z.union(
  [messageItem, callItem, resultItem, reasoningItem],
  "should be a message, a function_call, a function_call_output or a reasoning item",
);
type Item = z.infer<typeof itemSchema>;

export const responsesSchema = z.object({
  ...settingFields,
  input: z.union(
    [
      text,
      z
        .array(itemSchema)
        .min(1, "should not be empty")
        .max(MOST_MESSAGES, "should have at most 2,048 items"),
    ],
    "should be text, or a list of items",
  ),
  instructions: text.nullish(),
  max_output_tokens: maxTokens,
  tools: z
    .array(
      z.object({
        type: z.literal("function", "should be function: the only tools are those you run"),
        ...functionFields,
      }),
      "should be a list of tools",
    )
    .max(128, "should be at most 128 tools")
    .refine(
      (tools) => new Set(tools.map(({ name }) => name)).size === tools.length,
      "should have names that differ",
    )
    .nullish(),
  tool_choice: z
    .union(
      [simpleChoice, z.object({ type: z.literal("function"), name: namedChoice })],
      'should be auto, none, required, or {"type": "function", "name"}',
    )
    .nullish(),
  text: z
    .object({
      format: z
        .discriminatedUnion(
          "type",
          [
            plainFormat,
            objectFormat,
            z.object({ type: z.literal("json_schema"), ...formatFields }),
          ],
          "should have a type of text, json_object or json_schema",
        )
        .nullish(),
    })
    .nullish(),
  edgewise: extensionSchema,
});
export type ResponsesBody = z.infer<typeof responsesSchema>;

/** Nothing is kept to go on from, and nobody answers later. */
const IMPOSSIBLE = {
  previous_response_id:
    "Send the whole input, or name a conversation in 'edgewise.conversation_id'.",
  conversation: "Name a conversation in 'edgewise.conversation_id'.",
  background: "Ask with 'stream', or wait for the answer.",
  prompt: "Send its text in 'instructions'.",
};

/** @throws {AppError} VALIDATION_ERROR for what OpenAI would do and Edgewise cannot */
export function askedOfResponses(
  body: ResponsesBody,
  raw: Readonly<Record<string, unknown>>,
): OpenaiAsked {
  refuseOf(raw, IMPOSSIBLE);
  const { input, instructions, text: shape, tool_choice: choice } = body;
  const format = shape?.format;
  const said: StatelessBody["messages"] =
    typeof input === "string" ? [{ role: "user", content: input }] : messagesFrom(input);
  return askedFrom(
    {
      model: body.model,
      messages:
        typeof instructions === "string"
          ? [{ role: "system", content: instructions }, ...said]
          : said,
      temperature: body.temperature,
      top_p: body.top_p,
      max_tokens: body.max_output_tokens,
      tools: body.tools?.map(toolFrom),
      tool_choice: typeof choice === "object" && choice !== null ? { name: choice.name } : choice,
      parallel_tool_calls: body.parallel_tool_calls,
      response_format: format?.type === "json_schema" ? jsonSchemaFrom(format) : format,
      metadata: body.metadata,
    },
    body.stream,
    body.edgewise,
  );
}

type Assistant = Extract<StatelessBody["messages"][number], { role: "assistant" }>;

/** An answer's text and its calls are items of their own there, and one message here. */
function messagesFrom(items: readonly Item[]): StatelessBody["messages"] {
  const messages: StatelessBody["messages"] = [];
  const answer = (): Assistant => {
    const last = messages.at(-1);
    if (last?.role === "assistant") return last;
    const begun: Assistant = { role: "assistant", content: "" };
    messages.push(begun);
    return begun;
  };
  for (const item of items) {
    if (item.type === "reasoning") continue;
    if (item.type === "function_call") {
      const { call_id: id, name, arguments: json } = item;
      const calling = answer();
      calling.tool_calls = [...(calling.tool_calls ?? []), { id, name, arguments: json }];
    } else if (item.type === "function_call_output")
      messages.push({
        role: "tool",
        tool_call_id: item.call_id,
        content: typeof item.output === "string" ? item.output : plain(item.output),
      });
    else if (item.role === "assistant") {
      const saying = answer();
      saying.content = (saying.content ?? "") + plain(item.content, "");
    } else if (item.role === "user") messages.push({ role: "user", content: shown(item.content) });
    else messages.push({ role: "system", content: plain(item.content) });
  }
  return messages;
}

type Content = z.infer<typeof messageItem>["content"];

/** @param between `""` for an answer, whose parts are one text; a blank line for texts of their own */
function plain(content: Content, between = "\n\n"): string {
  if (typeof content === "string") return content;
  return content
    .flatMap((part) => ("text" in part ? [part.text] : "refusal" in part ? [part.refusal] : []))
    .join(between);
}

function shown(content: Content) {
  if (typeof content === "string") return content;
  return joined(
    content.map((part) => {
      if (part.type !== "input_image")
        return { type: "text" as const, text: "text" in part ? part.text : part.refusal };
      const { image_url: url, detail } = part;
      return { type: "image" as const, url, detail: detail ?? undefined };
    }),
  );
}
