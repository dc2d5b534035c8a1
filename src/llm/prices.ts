// What models cost, as dated data: US dollars per million tokens, which is millionths of a dollar per
// token. An operator's own prices (MODEL_PRICES) come first.
import type { Config } from "../config.ts";
import type { Price } from "../usage/expectation.ts";
import type { Usage } from "../protocol/message.ts";

/** As the vendors' price lists had them in November 2026; cached and batch prices left out. */
const LIST: Readonly<Record<string, { input: number; output: number }>> = {
  "gpt-5.5": { input: 5, output: 30 },
  "gpt-5.4": { input: 2.5, output: 15 },
  "gpt-5.4-mini": { input: 0.75, output: 4.5 },
  "gpt-5.4-nano": { input: 0.2, output: 1.25 },
  "gpt-4o": { input: 2.5, output: 10 },
  "gpt-4o-mini": { input: 0.15, output: 0.6 },
  "claude-sonnet-5": { input: 3, output: 15 },
  "claude-sonnet-4-6": { input: 3, output: 15 },
  "claude-haiku-4-5": { input: 1, output: 5 },
};
/** Providers that run where Edgewise runs, or on one's own machine. */
const FREE = new Set(["embedded", "ollama"]);

export interface Prices {
  /** Null where nobody knows. */
  of(provider: string | null, model: string | null): Price | null;
  /** For budgets: where nobody knows, the dearest price there is. A name nobody knows is no way around. */
  cautious(provider: string | null, model: string | null): Price;
}

export function makePrices({ MODEL_PRICES: own }: Pick<Config, "MODEL_PRICES">): Prices {
  const all = [...Object.values(LIST), ...Object.values(own)];
  const dearest = {
    input: Math.max(...all.map(({ input }) => input)),
    output: Math.max(...all.map(({ output }) => output)),
  };
  const of = (provider: string | null, model: string | null): Price | null => {
    if (provider === null || model === null) return null;
    const said = own[`${provider}/${model}`] ?? own[model];
    if (said !== undefined) return said;
    return FREE.has(provider) ? { input: 0, output: 0 } : (LIST[model] ?? null);
  };
  return { of, cautious: (provider, model) => of(provider, model) ?? dearest };
}

/**
 * Millionths of a US dollar, rounded up: what is used is never free.
 * @param images how many were sent, where the vendor charges them apart from tokens
 */
export function costOf(price: Price, usage: Usage, images = 0): number {
  const cached = Math.min(usage.cached ?? 0, usage.prompt);
  return Math.ceil(
    (usage.prompt - cached) * price.input +
      cached * (price.cached ?? price.input) +
      usage.completion * price.output +
      images * (price.image ?? 0),
  );
}
