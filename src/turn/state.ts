// A turn is a value that nodes read and extend. What it says on the way goes to a sink.
import type { ErrorBody, Failure, Result } from "../errors.ts";
import type { Caching } from "../llm/answer.ts";
import type { Meter } from "../llm/calls.ts";
import type { Choice, Models } from "../llm/models.ts";
import type { AskModel } from "../rag/ask.ts";
import type { Entity } from "../memory/entities.ts";
import type { SaidParts } from "./history.ts";
import type { UserTier } from "../llm/routing/route.ts";
import type { Finish, ModelMessage, ModelRequest, ModelSettings } from "../llm/provider.ts";
import type { TurnEventBody } from "../protocol/events.ts";
import type { MemorySettings } from "../protocol/memory.ts";
import type { Tone } from "../protocol/prompt.ts";
import type { Source } from "../protocol/knowledge.ts";
import type { FinishReason, Notice, Part } from "../protocol/message.ts";
import type { ResponseFormat, ToolChoice, ToolDefinition } from "../protocol/tool.ts";
import type { Transcript } from "../protocol/transcript.ts";

/** What a turn is asked. */
export type TurnInput = {
  text: string;
  provider: string | undefined;
  model: string | undefined;
  system: string | undefined;
  /** Exchanges that stand before the conversation, to show how. */
  examples: Example[];
  tone: Tone | undefined;
  context: Record<string, unknown> | undefined;
  settings: ModelSettings;
  /** The message in its parts, where it is more than its text: pictures, and what tools answered. */
  parts: readonly Part[];
  tools: ToolDefinition[] | undefined;
  tool_choice: ToolChoice | undefined;
  parallel_tool_calls: boolean | undefined;
  response_format: ResponseFormat | undefined;
  /** Whether it is answered from documents: of these collections, or of all that its owner may read. */
  knowledge: { collections: string[] | undefined } | null;
  /** Whose it is: nothing that is kept for one is given to another. */
  tenant_id: string;
  user_id: string;
  /** Who asks: what a choice among models goes by. */
  asker: { tier: UserTier; budget_left: number | null };
  cache: "on" | "off" | undefined;
  /** A stateless call's own history, the question included; null where the conversation is recalled. */
  messages: ModelMessage[] | null;
  /** Fields of the request that nobody knows. */
  ignored: string[];
  /** To be said at the beginning. */
  notices: Notice[];
  /** The partial answer that a recovered turn goes on from. */
  continues: string | undefined;
  /** Whether the question was asked before: what it had done then it does not do again. */
  again: boolean;
};

type Example = { user: string; assistant: string };

export type TurnState = TurnInput & {
  choice: Choice | null;
  /** Oldest first, without the question. */
  history: ModelMessage[];
  /** What is known beside the history: summary, entities, memories. Each a block for the system prompt. */
  recalled: string[];
  /** What was found for the question; null where nothing was looked up. */
  found: { sources: Source[]; scope: string[] } | null;
  /** Real tokens that the context leaves to sources. */
  sourcesMost: number;
  /** Real tokens that the context leaves to the answer. */
  answerMost: number;
  /** A question to ask in the place of an answer. */
  clarifies: string | null;
  learnt: Learnt;
  request: ModelRequest | null;
  /** How an answer from before may serve; null where it may not. */
  caching: Caching | null;
  finish: Finish | null;
  failure: Failure | null;
  outcome: Outcome | null;
};

/** What a turn made out on the way, beside its answer. */
export type Learnt = {
  /** Of the question, for the answer's metadata: its intent, its reading. */
  metadata: Record<string, unknown>;
  /** Real tokens per estimated one, as it now seems; null where nobody told. */
  ratio: number | null;
  /** Tokens of the history that was read word for word, and the most there may be; null without one. */
  window: { tokens: number; budget: number; left: boolean } | null;
};

export const NOTHING_LEARNT: Learnt = { metadata: {}, ratio: null, window: null };

/** What a turn may know of its conversation, and of the person it is with. */
export type Recollection = {
  settings: MemorySettings;
  ratio: number;
  /** What was condensed so far; null for nothing. */
  digest: { summary: string; entities: Entity[]; left_out: number } | null;
  /** Newest first, without the question and what the digest covers; read lazily. */
  recent: () => Iterable<SaidParts>;
  /** Whether condensing failed last. */
  failed: boolean;
  /** Their memories that bear on `query`. Never fails, never waits long. */
  facts: (query: string) => Promise<string[]>;
  /** Keeps a fact beyond this conversation. Never rejects; may take long. */
  remember: (fact: string) => Promise<Result<unknown>>;
};

/** What documents say of a question. @throws {AppError} where a collection is not theirs to read */
type Retrieve = (
  asked: {
    owner: { tenant_id: string; user_id: string };
    collections: readonly string[] | undefined;
    query: string;
    /** Tokens that sources may take. */
    most: number;
    /** Asks a model beside the one that answers. */
    ask: AskModel;
    /** Makes the question stand for itself, where the plan wants that. */
    rewrite: (query: string) => Promise<string>;
    meter: Meter;
  },
  signal: AbortSignal,
) => Promise<Retrieved>;

type Retrieved = {
  sources: Source[];
  /** What was looked through, in its version: what is kept of an answer is kept for that alone. */
  scope: string[];
  /** How was searched, in short, and what for. */
  configuration: string;
  queries: string[];
  /** What could not be done, as sentences. */
  notices: string[];
};

/** How a turn ended, before it is stored and told. */
export type Outcome =
  | { status: "completed"; finish_reason: Exclude<FinishReason, "cancelled" | "error"> }
  | { status: "failed"; error: ErrorBody }
  | { status: "cancelled" };

/** Where events go. `transcript` is their fold so far, this turn's earlier epochs included. */
export type TurnSink = {
  readonly transcript: Readonly<Transcript>;
  emit(event: TurnEventBody): void;
};

export type TurnServices = {
  models: Models;
  /** Told of every call of a model in the turn's name. */
  meter: Meter;
  /** Null for a call that brings its own history. */
  memory: Recollection | null;
  /** Finds what documents say. */
  retrieve: Retrieve;
  historyTokens: number;
  defaults: ModelRequest["defaults"];
  systemPrompt: string | undefined;
  /** Whose answers are kept: those without a history, at the most. A request's `cache` adds to `exact`, unless it is off. */
  keeps: { exact: "off" | "stateless" | "all"; semantic: boolean };
  now: () => number;
  /** Told of each node as it ends: `milliseconds` in it, and whether it threw. */
  span: (node: string, milliseconds: number, failed: boolean) => void;
};

/** Of them, what is the same for every turn. */
export type SharedTurnServices = Omit<TurnServices, "memory" | "meter" | "span">;

export function initialState(input: TurnInput): TurnState {
  return {
    ...input,
    choice: null,
    history: [],
    recalled: [],
    found: null,
    sourcesMost: Number.POSITIVE_INFINITY,
    answerMost: Number.POSITIVE_INFINITY,
    clarifies: null,
    learnt: NOTHING_LEARNT,
    request: null,
    caching: null,
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
