// The seam to a model. A provider knows its vendor's wire and nothing of conversations; `complete`
// is a fold over `stream`.
import type { FinishReason, Notice, Usage } from "../protocol/message.ts";
import type { Purpose } from "./purposes.ts";

export type ModelMessage = { role: "user" | "assistant"; content: string };

/** What the caller asked for; undefined where it left the choice to us. */
export type ModelSettings = {
  temperature?: number | undefined;
  max_tokens?: number | undefined;
  top_p?: number | undefined;
  frequency_penalty?: number | undefined;
  presence_penalty?: number | undefined;
  stop?: string[] | undefined;
};

export type ModelRequest = {
  purpose: Purpose;
  model: string;
  system: string | undefined;
  /** Normalised: alternating, well-formed, ending with the user. See normalise.ts. */
  messages: ModelMessage[];
  settings: ModelSettings;
  /** Used where the caller did not say. */
  defaults: { temperature: number; max_tokens: number };
  /** The beginning of an answer that broke off, where this request asks to go on from it. */
  continues: string | undefined;
};

export type ModelEvent =
  | { type: "text"; text: string }
  | { type: "reasoning"; text: string }
  /** A setting that this model ignores, or takes only within narrower bounds. */
  | { type: "notice"; notice: Notice }
  /** Exactly one, the last. `usage` is undefined where the vendor did not tell. */
  | {
      type: "finish";
      reason: { unified: Exclude<FinishReason, "cancelled" | "error">; raw: string };
      usage: Usage | undefined;
    };

export interface Provider {
  readonly id: string;
  /** The model when nobody names one. */
  readonly defaultModel: string;
  /**
   * For what is asked beside an answer: titles, summaries. Undefined where nobody knows of one that
   * is surely there.
   */
  readonly cheapModel: string | undefined;
  /** Milliseconds to wait for a first event. */
  readonly timeout: number;
  /** How many tokens a request to `model` may have, answer included. */
  contextTokens(model: string): number;
  /**
   * Streams one answer; ends with one `finish` event or throws.
   * @throws {ProviderError} for everything that goes wrong, an abort excepted
   */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
  /** Names of models, as the vendor lists them: a call that costs nothing. */
  list(signal: AbortSignal): Promise<string[]>;
}
