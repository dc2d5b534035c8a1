// Totals the usage and closes the turn as completed.
import { AppError } from "../errors.ts";
import { learnRatio } from "../memory/window.ts";
import type { Node, TurnServices, TurnState } from "./state.ts";
import { promptTokens } from "../llm/complete.ts";

export const postprocess: Node = (state, services) => {
  if (state.finish === null)
    throw new AppError("INTERNAL_ERROR", "postprocess came before generate");
  return {
    ...state,
    learnt: { ...state.learnt, ratio: ratioOf(state, services) },
    outcome: {
      status: "completed",
      finish_reason: state.finish.reason.unified,
    },
  };
};

/** What the provider's count of the prompt teaches about our estimates; null where it told nothing. */
function ratioOf(
  { request, finish, continues }: TurnState,
  { memory, meter }: TurnServices,
): number | null {
  const answers = meter.calls().filter(({ purpose }) => purpose === "chat");
  // Of several calls each had a prompt of its own.
  const reported = answers.length === 1 ? finish?.usage?.prompt : undefined;
  if (memory === null || request === null || reported === undefined || continues !== undefined)
    return null;
  return learnRatio(memory.ratio, promptTokens(request), reported);
}
