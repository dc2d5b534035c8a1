// Anthropic's stop reasons → ours.
import type { ModelEvent } from "../../provider.ts";

type Reason = Extract<ModelEvent, { type: "finish" }>["reason"];

export function mapFinishReason(raw: string): Reason {
  switch (raw) {
    case "max_tokens":
    case "model_context_window_exceeded":
      return { unified: "length", raw };
    case "refusal":
      return { unified: "content_filter", raw };
    case "tool_use":
      return { unified: "tool_calls", raw };
    default:
      return { unified: "stop", raw };
  }
}
