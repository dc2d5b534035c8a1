// The error edge: closes the turn as failed, with the reason, and with whatever text arrived kept.
import { errorBody, failureOf } from "../errors.ts";
import type { Node } from "./state.ts";

export const recover: Node = (state) => ({
  ...state,
  outcome: {
    status: "failed",
    error: errorBody(state.failure ?? failureOf(undefined)),
  },
});
