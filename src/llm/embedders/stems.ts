// Words and their stems, as light as can be: what is cut off must never make one word of two.

/** Chinese, Japanese and Korean: written without spaces, so pairs of neighbours stand for words. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー]/u;
const WORD =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー]+|\p{N}+|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー])[\p{L}\p{M}])+/gu;

/** Lower-case, in their order; unspaced runs as their pairs. */
export function wordsOf(text: string): string[] {
  return (text.normalize("NFKC").toLowerCase().match(WORD) ?? []).flatMap((word) =>
    UNSPACED.test(word) ? pairsOf(word) : word,
  );
}

export function isUnspaced(text: string): boolean {
  return UNSPACED.test(text);
}

function pairsOf(run: string): string[] {
  const characters = Array.from(run);
  if (characters.length === 1) return characters;
  return characters.slice(1).map((character, at) => `${characters[at]}${character}`);
}

/** Without an English plural or -ing. Tenses stay: "changed" is not "changes". */
export function stemOf(word: string): string {
  if (!/^[a-z]{4,}$/.test(word)) return word;
  if (word.endsWith("ing")) return withoutIng(word);
  return withoutPlural(word);
}

function withoutPlural(word: string): string {
  if (/(?:ss|us|is|ous|news)$/.test(word)) return word;
  if (/[^aeiou]ies$/.test(word)) return word.length > 4 ? `${word.slice(0, -3)}y` : word;
  if (/(?:ss|x|z|ch|sh)es$/.test(word)) return word.slice(0, -2);
  return word.endsWith("s") ? word.slice(0, -1) : word;
}

function withoutIng(word: string): string {
  const rest = word.slice(0, -3);
  if (!/[aeiouy]/.test(rest) || NOUNS_IN_ING.has(word)) return word;
  if (/([bdgkmnprtv])\1$/.test(rest)) return rest.slice(0, -1); // running
  if (
    /^[^aeiouy]*[aeiouy][^aeiouywx]$/.test(rest) ||
    /(?:[^aeiou]at|creat|[cvu]|iz|ur|dg|[bdgpt]l|rg|rs|ns|ag|ang)$/.test(rest)
  )
    return `${rest}e`; // making, writing, removing, creating
  return rest;
}

/** Whose rest is another word. */
const NOUNS_IN_ING = new Set(
  "being during evening king morning nothing ring sing something anything everything spring string thing wing bring building sibling ceiling wedding bearing".split(
    " ",
  ),
);
