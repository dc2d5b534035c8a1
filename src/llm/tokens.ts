// Token counts without a tokenizer (o200k costs 450 ms to initialise). An estimate: where a
// provider reports its usage, that is what is stored.

/** Added for each message: role and separators (OpenAI's cookbook counts 3 to 4). */
export const MESSAGE_OVERHEAD = 4;

/**
 * About how many tokens `text` is. English runs at 4 characters a token; scripts without spaces at
 * about one character a token; other letters lie between.
 */
export function estimateTokens(text: string): number {
  let ascii = 0;
  let wide = 0;
  let other = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) ascii++;
    else if (unit >= 0x2e80) wide++;
    else other++;
  }
  return Math.ceil(ascii / 4 + wide * 0.9 + other / 2.2);
}
