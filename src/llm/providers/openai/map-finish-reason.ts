// Finish reasons of OpenAI and of those who speak like it → ours.
import type { Finish } from "../../provider.ts";

/** @param calls whether tools were called: some vendors say `stop` all the same */
export function mapFinishReason(raw: string, calls: boolean): Finish["reason"] {
  switch (raw) {
    case "length":
    case "model_length": // Mistral: the context was full
      return { unified: "length", raw };
    case "content_filter":
      return { unified: "content_filter", raw };
    default:
      return { unified: calls ? "tool_calls" : "stop", raw };
  }
}
