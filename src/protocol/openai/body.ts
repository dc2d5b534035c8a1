// What OpenAI's two ways of asking for an answer share: the settings, the tools, and the request in Edgewise's own
// words that both of them become. Nulls are as if they were not sent.
import { z } from "zod";
import { AppError } from "../../errors.ts";
import { type StatelessBody, statelessSchema, toolResultSchema } from "../send.ts";
import {
  type ResponseFormat,
  responseFormatSchema,
  type ToolChoice,
  toolChoiceSchema,
  type ToolDefinition,
  toolDefinitionSchema,
} from "../tool.ts";
import { type Extension, isAsked } from "./extension.ts";

const own = statelessSchema.shape;

/** Any text, the empty one included: what is not said is left out. */
export const text = toolResultSchema.shape.content;
/** As many messages as OpenAI takes; Edgewise's own surface takes fewer. */
export const MOST_MESSAGES = 2048;
/** Of a message, as everywhere. */
export const MOST_PARTS = 20;

export const settingFields = {
  model: own.model.unwrap(),
  stream: z.boolean().nullish(),
  temperature: own.temperature.nullish(),
  top_p: own.top_p.nullish(),
  metadata: own.metadata.nullish(),
  parallel_tool_calls: own.parallel_tool_calls.nullish(),
};
export const maxTokens = own.max_tokens.nullish();

export const functionFields = {
  name: toolDefinitionSchema.shape.name,
  description: toolDefinitionSchema.shape.description.nullish(),
  parameters: toolDefinitionSchema.shape.parameters.nullish(),
  strict: z.boolean().nullish(),
};
type FunctionFields = z.infer<z.ZodObject<typeof functionFields>>;

export function toolFrom({
  name,
  description,
  parameters,
  strict,
}: FunctionFields): ToolDefinition {
  return {
    name,
    description: description ?? "",
    parameters: parameters ?? { type: "object", properties: {} },
    ...(typeof strict === "boolean" ? { strict } : {}),
  };
}

export const namedChoice = toolChoiceSchema.options[1].shape.name;
export const simpleChoice = toolChoiceSchema.options[0];

const jsonSchema = toolDefinitionSchema.shape.parameters.unwrap();
export const formatFields = {
  name: namedChoice,
  schema: jsonSchema.nullish(),
  strict: z.boolean().nullish(),
};
type FormatFields = z.infer<z.ZodObject<typeof formatFields>>;

/** OpenAI's forms are not strict unless they say so; Edgewise's own are. */
export function jsonSchemaFrom({ name, schema, strict }: FormatFields): ResponseFormat {
  return { type: "json_schema", name, schema: schema ?? {}, strict: strict ?? false };
}
export const [plainFormat, objectFormat] = responseFormatSchema.options;

/** A request for an answer, as both of OpenAI's ways become one of Edgewise's. */
export type OpenaiAsked = {
  /** `model` is as it was asked for, a provider's name before it or not. */
  body: StatelessBody & { model: string };
  stream: boolean;
  edgewise: NonNullable<Extension>;
};

type Settings = {
  model: string;
  messages: StatelessBody["messages"];
  temperature: number | null | undefined;
  top_p: number | null | undefined;
  max_tokens: number | null | undefined;
  tools: ToolDefinition[] | undefined;
  tool_choice: ToolChoice | null | undefined;
  parallel_tool_calls: boolean | null | undefined;
  response_format: ResponseFormat | null | undefined;
  metadata: Record<string, unknown> | null | undefined;
};

export function askedFrom(
  {
    temperature,
    top_p,
    max_tokens,
    tool_choice,
    parallel_tool_calls,
    response_format,
    metadata,
    ...said
  }: Settings,
  stream: boolean | null | undefined,
  edgewise: Extension,
): OpenaiAsked {
  return {
    body: {
      ...said,
      temperature: temperature ?? undefined,
      top_p: top_p ?? undefined,
      max_tokens: max_tokens ?? undefined,
      tool_choice: tool_choice ?? undefined,
      parallel_tool_calls: parallel_tool_calls ?? undefined,
      response_format: response_format ?? undefined,
      metadata: metadata ?? undefined,
      use_rag: edgewise?.use_knowledge ?? undefined,
      collections: edgewise?.collections ?? undefined,
      // Who asks OpenAI twice expects two answers.
      cache: edgewise?.cache ?? "off",
    },
    stream: stream === true,
    edgewise: edgewise ?? {},
  };
}

type UserPart = Exclude<
  Extract<StatelessBody["messages"][number], { role: "user" }>["content"],
  string
>[number];

/** Texts that follow each other are one, with a blank line between them. */
export function joined(parts: readonly UserPart[]): UserPart[] {
  const all: UserPart[] = [];
  for (const part of parts) {
    const last = all.at(-1);
    if (part.type === "text" && last?.type === "text")
      all.splice(-1, 1, { type: "text", text: `${last.text}\n\n${part.text}` });
    else all.push(part);
  }
  return all;
}

/** What OpenAI calls unsupported: it is known there, and impossible here. */
export function unsupported(field: string, remedy: string): AppError {
  return new AppError(
    "VALIDATION_ERROR",
    `Unsupported parameter: '${field}' is not supported here. ${remedy}`,
    { field, reason: "unsupported_parameter" },
  );
}

/** Refuses the first of `impossible` that a body asks for. */
export function refuseOf(
  raw: Readonly<Record<string, unknown>>,
  impossible: Readonly<Record<string, string>>,
): void {
  for (const [field, remedy] of Object.entries(impossible))
    if (isAsked(raw[field])) throw unsupported(field, remedy);
}
