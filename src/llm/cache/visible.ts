// Text that a model reads and nobody sees. With it one user could have a plain question answered in their
// own way, and the answer kept for whoever asks that question.

/**
 * Format and tag characters, fillers, private and unassigned code points, halves of surrogates, control
 * characters that are no space. A selector right after an emoji and a joiner between two are seen.
 */
const INVISIBLE =
  /(?<=\p{Emoji})[\uFE0E\uFE0F]|(?<=\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?)\u200D(?=\p{Extended_Pictographic})|([\p{DI}\p{Cf}\p{Co}\p{Cn}\p{Cs}]|(?![\t\n\r])\p{Cc})/gu;

export function invisibleIn(text: string): string[] {
  return [...text.matchAll(INVISIBLE)].flatMap(([, hidden]) => hidden ?? []);
}
