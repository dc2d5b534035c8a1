// Totals the usage and closes the turn as completed.
import { AppError } from "../errors.ts";
import { learnRatio } from "../memory/window.ts";
import type { Node, TurnServices, TurnState } from "./state.ts";
import { promptTokens, tally } from "./tally.ts";

export const postprocess: Node = (state, services, sink) => {
  if (state.finish === null)
    throw new AppError("INTERNAL_ERROR", "postprocess came before generate");
  return {
    ...state,
    learnt: { ...state.learnt, ratio: ratioOf(state, services) },
    outcome: {
      ...tally(state, sink),
      status: "completed",
      finish_reason: state.finish.reason.unified,
    },
  };
};

/** What the provider's count of the prompt teaches about our estimates; null where it told nothing. */
function ratioOf(
  { request, finish, continues }: TurnState,
  { memory }: TurnServices,
): number | null {
  const reported = finish?.usage?.prompt;
  if (memory === null || request === null || reported === undefined || continues !== undefined)
    return null;
  return learnRatio(memory.ratio, promptTokens(request), reported);
}
