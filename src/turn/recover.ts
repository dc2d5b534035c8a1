// The error edge: closes the turn as failed, with the reason, and with whatever text arrived kept.
import { errorBody, failureOf } from "../errors.ts";
import type { Node } from "./state.ts";
import { tally } from "./tally.ts";

export const recover: Node = (state, _services, sink) => ({
  ...state,
  outcome: {
    ...tally(state, sink),
    status: "failed",
    error: errorBody(state.failure ?? failureOf(undefined)),
  },
});
