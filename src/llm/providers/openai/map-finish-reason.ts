// OpenAI's finish reasons → ours.
import type { ModelEvent } from "../../provider.ts";

type Reason = Extract<ModelEvent, { type: "finish" }>["reason"];

export function mapFinishReason(raw: string): Reason {
  switch (raw) {
    case "length":
    case "content_filter":
    case "tool_calls":
      return { unified: raw, raw };
    case "function_call":
      return { unified: "tool_calls", raw };
    default:
      return { unified: "stop", raw };
  }
}
