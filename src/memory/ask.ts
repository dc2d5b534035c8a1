// How memory asks a model: one short question, one whole answer, bounded in time. A meter
// is told what that used, so that it can be billed.
import { AppError } from "../errors.ts";
import type { Meter } from "../llm/calls.ts";
import type { Completion } from "../llm/complete.ts";
import { ProviderError } from "../llm/errors.ts";
import type { Choice, Models } from "../llm/models.ts";
import type { ModelRequest } from "../llm/provider.ts";
import type { Purpose } from "../llm/purposes.ts";
import { DATA_RULE } from "../llm/quoted.ts";

/**
 * What users said stands in `prompt` quoted as data (llm/quoted.ts); that it is data is added to `system`.
 * @throws {AppError} the provider's, LLM_TIMEOUT, or INTERNAL_ERROR; the signal's reason where that ended it
 */
export type Ask = (asked: {
  purpose: Purpose;
  system: string;
  prompt: string;
  /** Of the answer. */
  max_tokens: number;
}) => Promise<string>;

/** Milliseconds for what nobody waits for. */
const IN_BACKGROUND = 20_000;
/** Milliseconds for what a turn waits for. */
export const BEFORE_ANSWERING = 5_000;

export function makeAsk(options: {
  models: Pick<Models, "forPurpose" | "complete">;
  /** Who answers the conversation: what nobody is configured for is asked beside it. */
  beside: Choice;
  /** Told of each call, also where it failed. */
  meter: Meter;
  /** Milliseconds; {@link IN_BACKGROUND} unless said. */
  limit?: number;
  /** Ends what is under way. */
  signal?: AbortSignal;
}): Ask {
  const { models, beside, meter, limit = IN_BACKGROUND, signal } = options;
  return async ({ purpose, system, prompt, max_tokens }) => {
    signal?.throwIfAborted();
    const choice = models.forPurpose(purpose, beside);
    const by = { provider: choice.provider.id, model: choice.model };
    const request: ModelRequest = {
      purpose,
      model: choice.model,
      system: `${system}\n\n${DATA_RULE}`,
      messages: [{ role: "user", content: prompt }],
      settings: { max_tokens },
      defaults: { temperature: 0, max_tokens },
      continues: undefined,
    };
    try {
      const late = new ProviderError("timeout", by.provider, { model: by.model });
      const { text, reason } = await within(limit, late, signal, (stop) =>
        models.complete({ choice, request, signal: stop, meter }),
      );
      if (reason === "content_filter") throw new ProviderError("content_filter", by.provider, by);
      return withoutThoughts(text);
    } catch (thrown) {
      signal?.throwIfAborted();
      if (thrown instanceof AppError) throw thrown;
      const says = "An unexpected error occurred. It has been logged; try again.";
      throw new AppError("INTERNAL_ERROR", says, {}, { cause: thrown });
    }
  };
}

/** Some open models think aloud, in tags, before they answer. */
function withoutThoughts(text: string): string {
  return text.replace(/^\s*<think>[\s\S]*?(?:<\/think>|$)/, "").trim();
}

/** Ends `run` after `limit`, whether or not it heeds its signal; no timer is left behind. */
async function within(
  limit: number,
  late: ProviderError,
  signal: AbortSignal | undefined,
  run: (stop: AbortSignal) => Promise<Completion>,
): Promise<Completion> {
  const stop = new AbortController();
  const end = (reason: unknown) => stop.abort(reason);
  const timer = setTimeout(() => end(late), limit);
  const left = () => end(signal?.reason);
  signal?.addEventListener("abort", left, { once: true });
  const ended = new Promise<never>((_, reject) => {
    stop.signal.addEventListener("abort", () => reject(stop.signal.reason), { once: true });
  });
  try {
    return await Promise.race([run(stop.signal), ended]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", left);
  }
}
