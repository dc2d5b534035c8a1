// The embedded model: serves every real code path with no key and no network, and says what it is.
import { estimateTokens } from "../../tokens.ts";
import type { ModelEvent, Provider } from "../../provider.ts";
import { answer } from "./answer.ts";
import { answerBeside } from "./beside.ts";

const EMBEDDED_MODEL = "edgewise-embedded";

export type EmbeddedOptions = {
  /** Milliseconds between two tokens. */
  delay: number;
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
};

export function embeddedProvider({ delay, sleep }: EmbeddedOptions): Provider {
  return {
    id: "embedded",
    defaultModel: EMBEDDED_MODEL,
    cheapModel: undefined,
    timeout: 30_000,
    tiers: {},
    capabilities: () => ({ tools: false, images: false, json_schema: false, reasoning: false }),
    contextTokens: () => 32_000,

    async *stream(request, signal): AsyncGenerator<ModelEvent> {
      const { purpose, messages } = request;
      const whole = purpose === "chat" ? answer(messages) : answerBeside(purpose, messages);
      const from = request.continues ?? "";
      const text = whole.startsWith(from) ? whole.slice(from.length) : whole;
      const tokens = text.match(/\s*\S+/g) ?? [];
      const most = request.settings.max_tokens ?? request.defaults.max_tokens;
      for (const token of tokens.slice(0, most)) {
        // Only an answer is watched as it is written.
        if (delay > 0 && purpose === "chat") await sleep(delay, signal);
        signal.throwIfAborted();
        yield { type: "text", text: token };
      }
      const prompt = request.messages.reduce((sum, it) => sum + estimateTokens(it.content), 0);
      const completion = Math.min(tokens.length, most);
      yield {
        type: "finish",
        reason:
          tokens.length > most
            ? { unified: "length", raw: "max_tokens" }
            : { unified: "stop", raw: "end" },
        usage: { prompt, completion, total: prompt + completion },
      };
    },

    list: () => Promise.resolve([{ id: EMBEDDED_MODEL }]),
  };
}
