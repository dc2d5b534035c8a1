// How much a model reads at once, answer included, as dated data.

/** Tokens, by the beginning of a model's name: the longest that fits counts. As the vendors told in November 2026. */
const CONTEXTS: Readonly<Record<string, number>> = {
  "gpt-3.5-turbo": 16_385,
  "gpt-35-turbo": 16_385, // Azure's spelling
  "gpt-4": 8192,
  "gpt-4-32k": 32_768,
  "gpt-4-turbo": 128_000,
  "gpt-4-0125": 128_000, // previews of turbo
  "gpt-4-1106": 128_000,
  "gpt-4-vision": 128_000,
  "gpt-4o": 128_000,
  "gpt-4.1": 1_047_576,
  "gpt-4.5": 128_000,
  "gpt-5": 400_000,
  claude: 200_000,
  "claude-fable": 1_000_000,
  "claude-mythos": 1_000_000,
  "claude-opus-5": 1_000_000,
  "claude-sonnet-5": 1_000_000,
  "deepseek-v4": 1_000_000,
  "gpt-oss": 131_072,
  "llama-3": 131_072,
  "magistral-": 128_000,
  "mistral-large": 256_000,
  "mistral-medium": 256_000,
  "mistral-small": 256_000,
};

/** @param otherwise tokens, for a model that nobody knows */
export function contextOf(model: string, otherwise: number): number {
  // A fine-tuned model reads as much as its base ("ft:gpt-4o:…"); a gateway names the vendor first ("openai/gpt-4o").
  const name = model.replace(/^ft:/, "").replace(/^[\w.-]+\//, "");
  let length = 0;
  let tokens = otherwise;
  for (const [prefix, context] of Object.entries(CONTEXTS))
    if (prefix.length > length && name.startsWith(prefix)) {
      length = prefix.length;
      tokens = context;
    }
  return tokens;
}
