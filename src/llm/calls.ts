// What models were asked in one name, call by call: each attempt, each fallback, each answer out of a
// cache is one. A call that nobody ended yet counts as what it has said so far, so that whoever closes
// the books early (a cancel, a provider that ignores its abort) leaves nothing out.
import type { Usage } from "../protocol/message.ts";
import type { ProviderErrorKind } from "./errors.ts";
import type { Purpose } from "./purposes.ts";
import { estimateTokens } from "./tokens.ts";

export type CacheKind = "exact" | "semantic";

export type ModelCall = {
  /** `embedding`: no model answered, one turned texts into vectors. */
  purpose: Purpose | "embedding";
  provider: string;
  model: string;
  /** When it began, in milliseconds. */
  at: number;
  outcome: "completed" | "failed" | "cancelled";
  /** What went wrong, where it failed. */
  error: ProviderErrorKind | null;
  /** Where the answer came from a cache: then no model was asked, and nothing was used. */
  cached: CacheKind | null;
  usage: Usage;
  /** Whether `usage` is our estimate, the provider having told nothing. */
  estimated: boolean;
  /** Pictures that were sent. */
  images: number;
  latency_ms: number;
  /** To the first token; null where none came. */
  ttft_ms: number | null;
};

/** Failures before which a vendor read nothing, or for which it charges nothing. */
const UNCHARGED: ReadonlySet<ProviderErrorKind> = new Set([
  "rate_limit",
  "authentication",
  "invalid_request",
  "model_not_found",
  "context_too_long",
  "unreachable",
  "failed",
]);

type Begun = Pick<ModelCall, "provider" | "model" | "images"> & {
  purpose: Purpose;
  /** Tokens of the request, estimated; asked only where the vendor does not tell. */
  prompt: () => number;
};

/** A call under way. */
export interface OpenCall {
  /** Some of its answer or of its reasoning arrived. */
  said(text: string): void;
  /** Once; what comes after is ignored. */
  end(
    how:
      | { outcome: "completed"; usage: Usage | undefined }
      | { outcome: "failed"; error: ProviderErrorKind }
      | { outcome: "cancelled" },
  ): void;
}

export class Meter {
  readonly #now: () => number;
  readonly #calls: (() => ModelCall)[] = [];
  /** Of an earlier life of the turn: nobody knows any more what they were asked. */
  readonly #lost: (() => ModelCall)[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Milliseconds, by the clock that the calls are timed with. */
  now(): number {
    return this.#now();
  }

  begin(begun: Begun): OpenCall {
    const at = this.#now();
    const said: string[] = [];
    let firstAt: number | null = null;
    let ended: ModelCall | null = null;
    const { prompt, ...facts } = begun;
    const call = (
      outcome: ModelCall["outcome"],
      error: ProviderErrorKind | null,
      reported: Usage | undefined,
    ): ModelCall => {
      const free = error !== null && said.length === 0 && UNCHARGED.has(error);
      return {
        ...facts,
        at,
        outcome,
        error,
        cached: null,
        usage: reported ?? (free ? NOTHING : usageOf(prompt(), estimateTokens(said.join("")))),
        estimated: reported === undefined && !free,
        latency_ms: this.#now() - at,
        ttft_ms: firstAt === null ? null : firstAt - at,
      };
    };
    this.#calls.push(() => ended ?? call("cancelled", null, undefined));
    return {
      said: (text) => {
        firstAt ??= this.#now();
        said.push(text);
      },
      end: (how) => {
        ended ??=
          how.outcome === "completed"
            ? call(how.outcome, null, how.usage)
            : call(how.outcome, how.outcome === "failed" ? how.error : null, undefined);
      },
    };
  }

  /** An answer that no model was asked for. */
  hit(cached: CacheKind, by: Pick<ModelCall, "purpose" | "provider" | "model">): void {
    const call: ModelCall = {
      ...by,
      at: this.#now(),
      outcome: "completed",
      error: null,
      cached,
      usage: NOTHING,
      estimated: false,
      images: 0,
      latency_ms: 0,
      ttft_ms: 0,
    };
    this.#calls.push(() => call);
  }

  /**
   * A call of an embedder, when it is over.
   * @param tokens that it read: what failed before anything was read says 0
   */
  embedded({
    tokens,
    ...call
  }: Pick<ModelCall, "provider" | "model" | "latency_ms" | "outcome" | "error"> & {
    tokens: number;
    /** Whether the tokens are our estimate: no, unless said. */
    estimated?: boolean;
  }): void {
    const made: ModelCall = {
      purpose: "embedding",
      at: this.#now() - call.latency_ms,
      cached: null,
      usage: usageOf(tokens, 0),
      estimated: false,
      images: 0,
      ttft_ms: null,
      ...call,
    };
    this.#calls.push(() => made);
  }

  /**
   * A call that a restart cut off, and what it had said: estimated, its prompt as long as that of the
   * call that went on from it, else `prompt` tokens.
   */
  lost(by: Pick<ModelCall, "provider" | "model" | "at">, text: string, prompt: number): void {
    this.#lost.push(() => {
      const next = this.#calls.map((call) => call()).find(({ purpose }) => purpose === "chat");
      return {
        ...by,
        purpose: "chat",
        outcome: "failed",
        error: "interrupted",
        cached: null,
        usage: usageOf(next?.usage.prompt ?? prompt, estimateTokens(text)),
        estimated: true,
        images: 0,
        latency_ms: 0,
        ttft_ms: null,
      };
    });
  }

  /** In the order in which they began, embedders' as they ended. */
  calls(): ModelCall[] {
    return [...this.#lost, ...this.#calls].map((call) => call());
  }
}

const NOTHING: Usage = { prompt: 0, completion: 0, total: 0 };

const usageOf = (prompt: number, completion: number): Usage => ({
  prompt,
  completion,
  total: prompt + completion,
});

/** What several calls used together. */
export function sumOf(usages: readonly Usage[]): Usage {
  const sum: Usage = { ...NOTHING };
  for (const { prompt, completion, total, cached, reasoning } of usages) {
    sum.prompt += prompt;
    sum.completion += completion;
    sum.total += total;
    if (cached !== undefined) sum.cached = (sum.cached ?? 0) + cached;
    if (reasoning !== undefined) sum.reasoning = (sum.reasoning ?? 0) + reasoning;
  }
  return sum;
}
