// Walks the graph. After a turn has started failure is an outcome, never an exception that escapes:
// this wrapper sees to it, so that no node has to.
import { AppError, errorBody, failureOf } from "../errors.ts";
import { type Graph, nextNode, type NodeName, turnGraph } from "./graph.ts";
import {
  initialState,
  type Learnt,
  type Outcome,
  type TurnInput,
  type TurnServices,
  type TurnSink,
  type TurnState,
} from "./state.ts";

/** The reason of an abort that was asked for: the turn ends `cancelled`. Any other ends it `failed`. */
export class Cancelled extends Error {
  constructor() {
    super("The turn was cancelled.");
    this.name = "Cancelled";
  }
}

/** Milliseconds: a model that says nothing for this long has gone. */
export const NO_PROGRESS = 5 * 60_000;

/** The reason of an abort for want of progress. */
export function noProgress(): AppError {
  return new AppError("LLM_TIMEOUT", "The model said nothing for five minutes. Try again.", {
    retryable: true,
  });
}

export type TurnRun = {
  outcome: Outcome;
  /** What was thrown on the way, for the log. */
  thrown: unknown;
  learnt: Learnt;
};

/** Runs one turn to its outcome. Never rejects. */
export async function runTurn(
  input: TurnInput,
  services: TurnServices,
  sink: TurnSink,
  signal: AbortSignal,
  graph: Graph = turnGraph,
): Promise<TurnRun> {
  let state = initialState(input);
  let thrown: unknown;
  let at: NodeName | "end" = graph.start;
  while (at !== "end") {
    const node: NodeName = at;
    const began = services.now();
    try {
      signal.throwIfAborted();
      state = await graph.nodes[node](state, services, sink, signal);
      services.span(node, services.now() - began, false);
      at = nextNode(graph, node, state);
    } catch (error) {
      services.span(node, services.now() - began, true);
      thrown ??= error;
      const reason: unknown = signal.aborted ? signal.reason : error;
      if (isCancellation(reason))
        return {
          outcome: { status: "cancelled" },
          thrown: undefined,
          learnt: state.learnt,
        };
      state = { ...state, failure: failureOf(reason) };
      // Where the way was closed from outside, or recovery itself failed, there is nothing to recover.
      if (signal.aborted || node === graph.onError)
        return { outcome: failed(state), thrown, learnt: state.learnt };
      at = graph.onError;
    }
  }
  return { outcome: state.outcome ?? failed(state), thrown, learnt: state.learnt };
}

/** A plain abort is a caller who left: the turn lived with its request. */
function isCancellation(reason: unknown): boolean {
  return reason instanceof Cancelled || (reason instanceof Error && reason.name === "AbortError");
}

function failed(state: TurnState): Outcome {
  const failure =
    state.failure ?? failureOf(new AppError("INTERNAL_ERROR", "The turn had no end."));
  return { status: "failed", error: errorBody(failure) };
}
