// A response_format in words, for models that take none of its kind.
import type { ResponseFormat } from "../../../protocol/tool.ts";
import type { ModelRequest } from "../../provider.ts";

/** What a system prompt says to have the answer in this form. */
export function inWords(format: ResponseFormat): string {
  switch (format.type) {
    case "text":
      return "";
    case "json_object":
      return "Answer with one JSON object and nothing else.";
    case "json_schema":
      return `Answer with one JSON object and nothing else. It has to be valid against this JSON Schema:\n${JSON.stringify(format.schema)}`;
  }
}

/** Vendors refuse json_object where nothing that is sent mentions JSON. */
export function mentionsJson({ system, messages }: ModelRequest): boolean {
  return /json/i.test(system ?? "") || messages.some(({ content }) => /json/i.test(content));
}

/** The system prompt with an instruction after it. */
export const withInstruction = (system: string | undefined, instruction: string) =>
  [system, instruction].filter((text) => text !== undefined && text !== "").join("\n\n");
