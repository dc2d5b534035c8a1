// A turn is a value that nodes read and extend. What it says on the way goes to a sink.
import type { ErrorBody, Failure } from "../errors.ts";
import type { Choice, Models } from "../llm/models.ts";
import type { ModelEvent, ModelMessage, ModelRequest, ModelSettings } from "../llm/provider.ts";
import type { TurnEventBody } from "../protocol/events.ts";
import type { FinishReason, Notice, Usage } from "../protocol/message.ts";
import type { Transcript } from "../protocol/transcript.ts";

/** What a turn is asked. */
export type TurnInput = {
  text: string;
  provider: string | undefined;
  model: string | undefined;
  system: string | undefined;
  settings: ModelSettings;
  /** A stateless call's own history, the question included; null where the conversation is recalled. */
  messages: ModelMessage[] | null;
  /** Fields of the request that nobody knows. */
  ignored: string[];
  /** The partial answer that a recovered turn goes on from. */
  continues: string | undefined;
};

export type TurnState = TurnInput & {
  choice: Choice | null;
  /** Oldest first, without the question. */
  history: ModelMessage[];
  request: ModelRequest | null;
  finish: Extract<ModelEvent, { type: "finish" }> | null;
  failure: Failure | null;
  outcome: Outcome | null;
};

/** How a turn ended, before it is stored and told. */
export type Outcome = {
  provider: string | null;
  model: string | null;
  usage: Usage | null;
  /** Whether `usage` is our estimate, the provider having told nothing. */
  usageEstimated: boolean;
} & (
  | { status: "completed"; finish_reason: Exclude<FinishReason, "cancelled" | "error"> }
  | { status: "failed"; error: ErrorBody }
  | { status: "cancelled" }
);

/** Where events go. `transcript` is their fold so far, this turn's earlier epochs included. */
export type TurnSink = {
  readonly transcript: Readonly<Transcript>;
  emit(event: TurnEventBody): void;
  /** Told when a model is asked. */
  ask(asked: AskedModel): void;
};

/** Whom a turn asked, and how much it said: tokens, estimated. */
export type AskedModel = { provider: string; model: string; prompt: number };

export type TurnServices = {
  models: Models;
  /** The conversation so far along its active path, newest first, without the question; read lazily. */
  recent: () => Iterable<ModelMessage>;
  historyTokens: number;
  defaults: ModelRequest["defaults"];
  systemPrompt: string | undefined;
  now: () => number;
  /** Told of each node as it ends: `milliseconds` in it, and whether it threw. */
  span: (node: string, milliseconds: number, failed: boolean) => void;
};

export function initialState(input: TurnInput): TurnState {
  return {
    ...input,
    choice: null,
    history: [],
    request: null,
    finish: null,
    failure: null,
    outcome: null,
  };
}

/** A node is a plain function; what it throws leads along the graph's error edge. */
export type Node = (
  state: TurnState,
  services: TurnServices,
  sink: TurnSink,
  signal: AbortSignal,
) => TurnState | Promise<TurnState>;

/** Whether a notice of this kind was given before: a recovered turn does not repeat itself. */
export function hasSaid(sink: TurnSink, code: Notice["code"]): boolean {
  return sink.transcript.notices.some((notice) => notice.code === code);
}
