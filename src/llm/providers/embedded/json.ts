// Answers in JSON: what stands in the message, in the form that was asked for.
import type { ModelMessage, ModelRequest } from "../../provider.ts";
import { fillWholly } from "./fill.ts";
import { Found } from "./found.ts";

/** Null where no JSON was asked for. */
export function jsonAnswer(
  format: ModelRequest["response_format"],
  messages: readonly ModelMessage[],
): string | null {
  if (format === undefined || format.type === "text") return null;
  const asked = messages.findLast(({ role }) => role === "user")?.content ?? "";
  const found = new Found(asked);
  if (format.type === "json_schema") return JSON.stringify(fillWholly(format.schema, found));
  const { quoted, numbers } = found.rest();
  return JSON.stringify({ message: asked, quoted, numbers });
}
