// The system prompt of a turn: what was said to be it, how to speak, what to know of the situation, and
// what was recalled.
import { NOTHING_RULE, renderSources } from "../rag/context.ts";
import { withContext, withTone } from "./prompt/context.ts";
import type { TurnServices, TurnState } from "./state.ts";

export function systemOf(
  state: Pick<TurnState, "system" | "tone" | "context" | "recalled" | "found">,
  services: Pick<TurnServices, "systemPrompt">,
): string | undefined {
  const base = state.system ?? services.systemPrompt;
  const situated =
    state.context === undefined
      ? state.tone === undefined
        ? base
        : withTone(base, state.tone)
      : withContext(base, state.context, state.tone);
  const sources = state.found?.sources ?? [];
  const blocks = [
    situated,
    ...state.recalled,
    sources.length > 0 ? renderSources(sources) : state.found === null ? undefined : NOTHING_RULE,
  ].filter((text) => text !== undefined && text !== "");
  return blocks.length === 0 ? undefined : blocks.join("\n\n");
}
