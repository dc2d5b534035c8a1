// The embedded model: serves every real code path with no key and no network, and says what it is.
import { estimateTokens } from "../../tokens.ts";
import type { Finish, ModelEvent, ModelRequest, Provider } from "../../provider.ts";
import { answer } from "./answer.ts";
import { answerBeside } from "./beside.ts";
import { answerFromSources } from "./from-sources.ts";
import { jsonAnswer } from "./json.ts";
import { toolAnswer } from "./tools.ts";

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
    capabilities: () => ({ tools: true, images: false, json_schema: true, reasoning: false }),
    contextTokens: () => 32_000,

    async *stream(request, signal): AsyncGenerator<ModelEvent> {
      const { purpose, messages } = request;
      const prompt = messages.reduce((sum, it) => sum + estimateTokens(it.content), 0);
      const end = (reason: Finish["reason"], completion: number): Finish => ({
        type: "finish",
        reason,
        usage: { prompt, completion, total: prompt + completion },
      });
      const tools =
        purpose === "chat" && request.continues === undefined ? toolAnswer(request) : null;
      if (tools !== null && "calls" in tools) {
        const { calls } = tools;
        for (const { id, name } of calls) yield { type: "tool_call.started", id, name };
        for (const call of calls) yield { type: "tool_call", call };
        const said = calls.map((call) => call.name + call.arguments).join(" ");
        yield end({ unified: "tool_calls", raw: "tool_calls" }, estimateTokens(said));
        return;
      }
      const whole = tools?.asks ?? wordsFor(request);
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
      const cut = tokens.length > most;
      yield end(
        cut ? { unified: "length", raw: "max_tokens" } : { unified: "stop", raw: "end" },
        Math.min(tokens.length, most),
      );
    },

    list: () => Promise.resolve([{ id: EMBEDDED_MODEL }]),
  };
}

function wordsFor({ purpose, system, messages, response_format }: ModelRequest): string {
  if (purpose !== "chat") return answerBeside(purpose, messages);
  return (
    jsonAnswer(response_format, messages) ?? answerFromSources(system, messages) ?? answer(messages)
  );
}
