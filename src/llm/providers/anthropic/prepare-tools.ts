// Tools, the choice among them, and the form of the answer → Anthropic's parameters
// (platform.claude.com/docs/en/agents-and-tools/tool-use and …/build-with-claude/structured-outputs).
import type Anthropic from "@anthropic-ai/sdk";
import { transformJSONSchema } from "@anthropic-ai/sdk/lib/transform-json-schema.mjs";
import type { Notice } from "../../../protocol/message.ts";
import type { ToolDefinition } from "../../../protocol/tool.ts";
import type { ModelRequest } from "../../provider.ts";
import { inWords, withInstruction } from "../shared/formats.ts";
import { fits } from "../shared/models.ts";
import { adjusted } from "../shared/notices.ts";
import { ANTHROPIC } from "./vendor.ts";

type Parameters = Pick<Anthropic.MessageCreateParams, "tools" | "tool_choice" | "thinking">;

export function prepareTools(request: ModelRequest) {
  const { model, tools = [], tool_choice: choice, parallel_tool_calls } = request;
  const one = parallel_tool_calls === false ? { disable_parallel_tool_use: true } : {};
  const notices: Notice[] = [];
  const parameters: Parameters = {};
  if (tools.length === 0) return { parameters: toolsOfBefore(request), notices };
  parameters.tools = tools.map(convert);
  if (choice === "none") {
    parameters.tool_choice = { type: choice };
    return { parameters, notices };
  }
  if (choice === undefined || choice === "auto") {
    if (choice === "auto" || parallel_tool_calls === false)
      parameters.tool_choice = { type: "auto", ...one };
    return { parameters, notices };
  }
  if (ANTHROPIC.thinks.test(model)) {
    if (!ANTHROPIC.canStopThinking.test(model)) {
      parameters.tool_choice = { type: "auto", ...one };
      notices.push(
        adjusted(
          "tool_choice",
          `${model} always thinks first and cannot be made to call a tool; the choice was left to it.`,
          { asked: choice, used: "auto" },
        ),
      );
      return { parameters, notices };
    }
    parameters.thinking = { type: "disabled" };
  }
  parameters.tool_choice =
    choice === "required" ? { type: "any", ...one } : { type: "tool", name: choice.name, ...one };
  return { parameters, notices };
}

function convert({ name, description, parameters, strict }: ToolDefinition): Anthropic.Tool {
  const tool: Anthropic.Tool = { name, input_schema: { ...parameters, type: "object" } };
  if (description !== "") tool.description = description;
  if (strict !== undefined) tool.strict = strict;
  return tool;
}

/** A history with calls is refused without their tools: they are named, and may not be called. */
function toolsOfBefore({ messages }: ModelRequest): Parameters {
  const calls = messages.flatMap((it) => (it.role === "assistant" ? (it.tool_calls ?? []) : []));
  const names = new Set(calls.map(({ name }) => name));
  if (names.size === 0) return {};
  return {
    tools: [...names].map((name) => ({ name, input_schema: { type: "object" } })),
    tool_choice: { type: "none" },
  };
}

/** A schema is held to where the model can; else, and for JSON of any form, it is told in `system`. */
export function prepareFormat({ model, response_format: format, system }: ModelRequest) {
  const notices: Notice[] = [];
  const parameters: Pick<Anthropic.MessageCreateParams, "output_config"> = {};
  if (format === undefined || format.type === "text") return { parameters, system, notices };
  if (format.type === "json_schema" && fits(ANTHROPIC.can.json_schema, model)) {
    // The SDK's own translation: what its grammars do not know goes into descriptions.
    const schema: Record<string, unknown> = transformJSONSchema(format.schema);
    parameters.output_config = { format: { type: "json_schema", schema } };
    return { parameters, system, notices };
  }
  notices.push(
    adjusted(
      "response_format",
      `${model} is not held to ${format.type === "json_object" ? "JSON without a schema" : "a schema"}; it was told in words.`,
      { asked: format.type, used: "text" },
    ),
  );
  return { parameters, system: withInstruction(system, inWords(format)), notices };
}
