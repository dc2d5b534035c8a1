// Tools, the choice among them, and the form of the answer → the parameters this vendor takes; what it
// does not take becomes a notice.
import type OpenAI from "openai";
import type { Notice } from "../../../protocol/message.ts";
import type { ModelRequest } from "../../provider.ts";
import { inWords, mentionsJson, withInstruction } from "../shared/formats.ts";
import { adjusted, ignored, severalCalls } from "../shared/notices.ts";
import { isStrict } from "./strict-schema.ts";
import type { ReachedVendor } from "./vendors.ts";

type ToolParameters = Pick<OpenAI.ChatCompletionCreateParams, "tools" | "parallel_tool_calls"> & {
  /** `any` is how Mistral spells `required`. */
  tool_choice?: OpenAI.ChatCompletionToolChoiceOption | "any";
};
type Format = Pick<OpenAI.ChatCompletionCreateParams, "response_format">;

export function prepareTools({ id, traits }: ReachedVendor, request: ModelRequest) {
  const notices: Notice[] = [];
  const { tools = [], tool_choice: choice, parallel_tool_calls } = request;
  const parameters: ToolParameters = {};
  // Without knowing tool_choice, a vendor still calls nothing where it is shown no tools.
  if (tools.length === 0 || (choice === "none" && traits.toolChoice === null))
    return { parameters, notices };

  if (!traits.strict && tools.some(({ strict }) => strict === true))
    notices.push(
      ignored("tools.strict", `${id} does not hold models to a tool's schema; strict was ignored.`),
    );
  parameters.tools = tools.map(({ name, description, parameters: schema, strict }) => ({
    type: "function",
    function: {
      name,
      ...(description === "" ? {} : { description }),
      parameters: schema,
      ...(strict === undefined || !traits.strict ? {} : { strict: strict && isStrict(schema) }),
    },
  }));
  if (parallel_tool_calls === false) {
    if (traits.oneCall && traits.severalCalls?.test(request.model) !== true)
      parameters.parallel_tool_calls = false;
    else notices.push(severalCalls(id));
  }
  if (choice === undefined || choice === "auto") return { parameters, notices };
  if (traits.toolChoice === null)
    notices.push(
      ignored(
        "tool_choice",
        `${id} leaves the choice of a tool to the model; tool_choice was ignored.`,
      ),
    );
  else if (choice === "none") parameters.tool_choice = "none";
  else if (choice === "required") parameters.tool_choice = traits.toolChoice.required;
  else if (traits.toolChoice.named)
    parameters.tool_choice = { type: "function", function: { name: choice.name } };
  else {
    parameters.tool_choice = traits.toolChoice.required;
    notices.push(
      adjusted("tool_choice", `${id} cannot be told which tool to call; it has to call one.`),
    );
  }
  return { parameters, notices };
}

/** The form of the answer; where the vendor takes none of its kind, an instruction in `system`. */
export function prepareFormat({ id, traits }: ReachedVendor, request: ModelRequest) {
  const notices: Notice[] = [];
  const { response_format: format, system } = request;
  if (format === undefined || format.type === "text")
    return { parameters: {} satisfies Format, system, notices };
  if (format.type === "json_object" || !traits.formats.includes("json_schema")) {
    if (format.type === "json_schema")
      notices.push(
        adjusted(
          "response_format",
          `${id} answers in JSON, but is not held to a schema; it was told the schema in words.`,
          { asked: "json_schema", used: "json_object" },
        ),
      );
    const parameters: Format = { response_format: { type: "json_object" } };
    const told = format.type === "json_schema" || !mentionsJson(request);
    return {
      parameters,
      system: told ? withInstruction(system, inWords(format)) : system,
      notices,
    };
  }
  const { name, schema } = format;
  const strict = format.strict && traits.strict && isStrict(schema);
  if (format.strict && !strict && traits.strict)
    notices.push(
      adjusted(
        "response_format.strict",
        `${id} is held to a schema strictly only where every object requires all of its properties and allows no others; it was asked to follow it.`,
        { asked: true, used: false },
      ),
    );
  const parameters: Format = {
    response_format: {
      type: "json_schema",
      json_schema: { name, schema, ...(traits.strict ? { strict } : {}) },
    },
  };
  return { parameters, system, notices };
}
