// Chinese, Japanese and Korean for a full-text index: they are written without spaces, by which alone
// SQLite's tokenizer knows a word. Pairs of neighbours stand for words, written and asked for alike.

const RUN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー]+/gu;

/** The text in NFKC, such runs as their pairs; a character that stands alone stays as it is. */
export function withBigrams(text: string): string {
  return text.normalize("NFKC").replaceAll(RUN, (run) => ` ${pairsOf(run).join(" ")} `);
}

/** The same to be written: every character begins a term, the last of a run too, for prefix queries. */
export function indexedText(text: string): string {
  return text.normalize("NFKC").replaceAll(RUN, (run) => {
    const pairs = pairsOf(run);
    return ` ${[...pairs, ...(pairs[0] === run ? [] : [Array.from(run).at(-1)])].join(" ")} `;
  });
}

function pairsOf(run: string): string[] {
  const characters = Array.from(run);
  if (characters.length === 1) return characters;
  return characters.slice(1).map((character, at) => `${characters[at]}${character}`);
}
