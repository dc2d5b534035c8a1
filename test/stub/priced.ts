// Scripts of the stub that have a price in tests: what they cost is known, and so adds up.
export const PRICED = {
  plain: "stub:tokens=12,priced=1",
  slow: "stub:tokens=200,delay=10,priced=1",
  retried: "stub:tokens=6,fault=500x2,tag=priced",
  failing: "stub:fault=500,priced=1",
  breaking: "stub:tokens=20,fault=drop,delay=1,priced=1",
  silent: "stub:tokens=9,nousage=1,priced=1",
  title: "stub:echo=title",
} as const;

/** US dollars per million tokens. */
const STUB_PRICE = { input: 3, output: 15 };

export const MODEL_PRICES = JSON.stringify(
  Object.fromEntries(Object.values(PRICED).map((model) => [`openai/${model}`, STUB_PRICE])),
);
