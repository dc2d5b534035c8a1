// Which tools the embedded model calls: those that a message plainly names, with arguments that stand in
// it. What does not stand there is asked for, never made up.
import type { ToolCall, ToolDefinition } from "../../../protocol/tool.ts";
import type { ModelRequest } from "../../provider.ts";
import { fillIfFound } from "./fill.ts";
import { Found } from "./found.ts";
import { termsOf } from "./reading.ts";

export type ToolAnswer = { calls: ToolCall[] } | { asks: string } | null;

/** Null where no tool is meant. */
export function toolAnswer(request: ModelRequest): ToolAnswer {
  const { tools = [], tool_choice: choice = "auto", messages } = request;
  const last = messages.at(-1);
  if (last?.role !== "user" || tools.length === 0 || choice === "none") return null;
  const meant = tools.filter((tool) => meantBy(tool, last.content, choice));
  const [first] = meant.length > 0 ? meant : choice === "required" ? tools : [];
  if (first === undefined) return null;
  const found = new Found(last.content);
  const before = messages.reduce(
    (sum, it) => sum + (it.role === "assistant" ? (it.tool_calls?.length ?? 0) : 0),
    0,
  );
  const calls = (meant.length > 0 ? meant : [first]).flatMap(({ name, parameters }, at) => {
    const filled = fillIfFound({ type: "object", ...parameters }, found);
    return filled === undefined
      ? []
      : [{ id: `call_${before + at}`, name, arguments: JSON.stringify(filled) }];
  });
  return calls.length > 0 ? { calls } : { asks: asking(first) };
}

function meantBy(
  { name }: ToolDefinition,
  message: string,
  choice: NonNullable<ModelRequest["tool_choice"]>,
): boolean {
  if (typeof choice === "object") return choice.name === name;
  if (new RegExp(`(?<![\\w-])${name}(?![\\w-])`, "i").test(message)) return true;
  const words = termsOf(name.replaceAll(/[_-]+|(?<=[a-z])(?=[A-Z])/g, " "));
  const said = new Set(termsOf(message));
  return words.length > 0 && words.every((word) => said.has(word));
}

function asking({ name, parameters }: ToolDefinition): string {
  const required: unknown = parameters["required"];
  const names = Array.isArray(required) ? required.map(String) : [];
  return `(Embedded model.) To call \`${name}\` I need ${names.map((it) => `\`${it}\``).join(", ")}. I take values only as they stand in your message: a number, something in quotes, or \`${names[0] ?? "name"}: value\`.`;
}
