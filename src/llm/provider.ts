// The seam to a model. A provider knows its vendor's wire and nothing of conversations; `complete`
// is a fold over `stream`.
import type { FinishReason, Notice, Usage } from "../protocol/message.ts";
import type { ResponseFormat, ToolCall, ToolChoice, ToolDefinition } from "../protocol/tool.ts";
import type { Purpose } from "./purposes.ts";

/** A picture: an https address that the vendor fetches, or a `data:` URL. */
export type Picture = {
  url: string;
  detail?: "auto" | "low" | "high" | undefined;
  /** UTF-16 units of its message's text that stand before it; undefined: all. */
  at?: number | undefined;
};

export type ModelMessage =
  | {
      role: "user";
      content: string;
      /** In their order. */
      images?: Picture[] | undefined;
      /** Which of several people says it. */
      name?: string | undefined;
    }
  | { role: "assistant"; content: string; tool_calls?: ToolCall[] | undefined }
  /** What a tool answered to the call of this id, in the assistant's message before it. */
  | { role: "tool"; tool_call_id: string; content: string };

/** What the caller asked for; undefined where it left the choice to us. */
export type ModelSettings = {
  temperature?: number | undefined;
  max_tokens?: number | undefined;
  top_p?: number | undefined;
  frequency_penalty?: number | undefined;
  presence_penalty?: number | undefined;
  seed?: number | undefined;
  stop?: string[] | undefined;
};

export type ModelRequest = {
  purpose: Purpose;
  model: string;
  system: string | undefined;
  /** Normalised: alternating, well-formed, ending with the user or a tool; an answer may open it. See normalise.ts. */
  messages: ModelMessage[];
  settings: ModelSettings;
  /** Used where the caller did not say. */
  defaults: { temperature: number; max_tokens: number };
  tools?: ToolDefinition[] | undefined;
  tool_choice?: ToolChoice | undefined;
  /** False: at most one call in an answer. */
  parallel_tool_calls?: boolean | undefined;
  response_format?: ResponseFormat | undefined;
  /** The beginning of an answer that broke off, where this request asks to go on from it. */
  continues: string | undefined;
};

export type ModelEvent =
  | { type: "text"; text: string }
  | { type: "reasoning"; text: string }
  /** A call of a tool has begun to arrive: what breaks off from here on cannot be continued. */
  | { type: "tool_call.started"; id: string; name: string }
  /** A whole call; all of an answer's come right before its `finish`. */
  | { type: "tool_call"; call: ToolCall }
  /** A setting that this model ignores, or takes only within narrower bounds. */
  | { type: "notice"; notice: Notice }
  /** Exactly one, the last. `usage` is undefined where the vendor did not tell. */
  | Finish;

/**
 * A sign of life, where what a vendor sent has nothing else to tell: an empty delta, a ping, or JSON text of
 * a tool's arguments, which is in `arguments` as far as it came since the last. At most one for what one
 * read brought. It goes no farther than attempt.ts.
 */
export type Progress = { type: "progress"; arguments: string };

export type Finish = {
  type: "finish";
  reason: { unified: Exclude<FinishReason, "cancelled" | "error">; raw: string };
  usage: Usage | undefined;
};

/** What a model can do beside text. Where nobody knows, what its vendor's models usually can. */
export type Capabilities = {
  tools: boolean;
  images: boolean;
  json_schema: boolean;
  reasoning: boolean;
};

/** A model as its vendor lists it; what a vendor does not tell is undefined. */
export type ListedModel = {
  id: string;
  bytes?: number | undefined;
  /** ISO 8601. */
  modified_at?: string | undefined;
};

/** Dearest last (seed 003 §11.3). */
export const MODEL_TIERS = ["ultra-cheap", "standard", "premium", "ultra-premium"] as const;
export type ModelTier = (typeof MODEL_TIERS)[number];

export interface Provider {
  readonly id: string;
  /** The model when nobody names one. */
  readonly defaultModel: string;
  /**
   * For what is asked beside an answer: titles, summaries. Undefined where nobody knows of one that
   * is surely there.
   */
  readonly cheapModel: string | undefined;
  /** Which of its models is which tier's; without an entry the tier below it serves, else the default. */
  readonly tiers: Partial<Record<ModelTier, string>>;
  /** Milliseconds to wait for a first event. */
  readonly timeout: number;
  /** How many tokens a request to `model` may have, answer included. */
  contextTokens(model: string): number;
  capabilities(model: string): Capabilities;
  /**
   * Streams one answer; ends with one `finish` event or throws.
   * @throws {ProviderError} for everything that goes wrong, an abort excepted
   */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent | Progress>;
  /** Its models: a call that costs nothing. @throws {ProviderError} */
  list(signal: AbortSignal): Promise<ListedModel[]>;
}
