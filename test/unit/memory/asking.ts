// What tests of memory ask: a model that says what it is told to, and keeps what it was asked.
import { readConfig } from "../../../src/config.ts";
import type { Ask } from "../../../src/memory/ask.ts";
import { makeAsk } from "../../../src/memory/ask.ts";
import { Meter } from "../../../src/llm/calls.ts";
import { embeddedProvider } from "../../../src/llm/providers/embedded/provider.ts";
import { makeModels, type ModelsServices } from "../../../src/llm/models.ts";

/** Models that are asked once, and whose circuits never open. */
export const ONCE: ModelsServices = {
  cache: null,
  breakers: {
    phase: () => "closed",
    mayProbe: () => false,
    takeProbe: () => false,
    returnProbe: () => undefined,
    wait: () => 0,
    failed: () => undefined,
    succeeded: () => undefined,
  },
  retry: { attempts: 1, delay: 0, limit: 60_000, sleep: () => Promise.resolve(), now: () => 0 },
  stall: 60_000,
};
/** Nothing configured. */
export const NOTHING_CONFIGURED = readConfig({});

export function answering(...answers: string[]) {
  const asked: Parameters<Ask>[0][] = [];
  const ask: Ask = (question) => {
    asked.push(question);
    return Promise.resolve(answers[asked.length - 1] ?? answers.at(-1) ?? "");
  };
  return { ask, asked };
}

/** The embedded model, the way everything reaches it. */
export function askEmbedded(meter = new Meter(Date.now)): Ask {
  const provider = embeddedProvider({
    delay: 1000,
    sleep: () => Promise.reject(new Error("slow")),
  });
  const models = makeModels(NOTHING_CONFIGURED, [{ provider, configuredModel: undefined }], ONCE);
  return makeAsk({ models, beside: models.standard, meter });
}
