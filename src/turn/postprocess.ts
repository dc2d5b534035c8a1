// Totals the usage and closes the turn as completed.
import { AppError } from "../errors.ts";
import type { Node } from "./state.ts";
import { tally } from "./tally.ts";

export const postprocess: Node = (state, _services, sink) => {
  if (state.finish === null)
    throw new AppError("INTERNAL_ERROR", "postprocess came before generate");
  return {
    ...state,
    outcome: {
      ...tally(state, sink),
      status: "completed",
      finish_reason: state.finish.reason.unified,
    },
  };
};
