// What a call of a model costs: US dollars per million tokens, which is millionths of a dollar per token.
// An operator's own prices (MODEL_PRICES) come before the dated list.
import type { Config } from "../config.ts";
import type { Price } from "../usage/expectation.ts";
import type { Usage } from "../protocol/message.ts";
import { FREE, PRICE_LISTS } from "./price-list.ts";

/** A price, and how far to trust it. */
type PriceEntry = Price & {
  /** The day on which it was read; null for one that the operator set, and for what is free. */
  as_of: string | null;
  source: string;
};

export interface Prices {
  /** Null where nobody knows. */
  of(provider: string | null, model: string | null): Price | null;
  /** For budgets: where nobody knows, the dearest price there is. A name nobody knows is no way around. */
  cautious(provider: string | null, model: string | null): Price;
  /** For those who read prices: the same as `of`, and where it is from. */
  entry(provider: string | null, model: string | null): PriceEntry | null;
}

export function makePrices({ MODEL_PRICES: own }: Pick<Config, "MODEL_PRICES">): Prices {
  const lists = Object.values(PRICE_LISTS).map(({ models }) => models);
  const dearest = dearestOf([own, ...lists].flatMap((models) => Object.values(models)));
  const entry = (provider: string | null, model: string | null): PriceEntry | null => {
    if (provider === null || model === null) return null;
    const said = priceIn(own, model, `${provider}/`) ?? priceIn(own, model);
    if (said !== null) return { ...said, as_of: null, source: "MODEL_PRICES" };
    if (FREE.has(provider))
      return { input: 0, output: 0, as_of: null, source: "It runs on your own machine." };
    const list = Object.hasOwn(PRICE_LISTS, provider) ? PRICE_LISTS[provider] : undefined;
    const listed = list === undefined ? null : priceIn(list.models, model);
    if (list === undefined || listed === null) return null;
    return { ...listed, as_of: list.as_of, source: list.source };
  };
  const of = (provider: string | null, model: string | null): Price | null => {
    const found = entry(provider, model);
    if (found === null) return null;
    const { input, output, cached, image } = found;
    return { input, output, cached, image };
  };
  return { of, cautious: (provider, model) => of(provider, model) ?? dearest, entry };
}

/**
 * A snapshot costs what its model does: `gpt-5.4-mini-2026-03-17`, `claude-haiku-4-5-20251001`. Nothing
 * but a whole date is cut off, so that no model is ever taken for a shorter-named one.
 */
const SNAPSHOT = /-20\d\d(-?)(0[1-9]|1[0-2])\1(0[1-9]|[12]\d|3[01])$/;

function priceIn(
  models: Readonly<Record<string, Price>>,
  model: string,
  prefix = "",
): Price | null {
  for (const name of [model, model.replace(SNAPSHOT, "")]) {
    const key = prefix + name;
    if (Object.hasOwn(models, key)) return models[key] ?? null;
  }
  return null;
}

/** Of each part by itself. What is read from a vendor's cache may cost as much as what is not. */
function dearestOf(prices: readonly Price[]): Price {
  const most = (part: (price: Price) => number | undefined) =>
    Math.max(...prices.map((price) => part(price) ?? 0));
  return {
    input: most(({ input }) => input),
    output: most(({ output }) => output),
    cached: most(({ cached, input }) => cached ?? input),
    image: most(({ image }) => image),
  };
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
