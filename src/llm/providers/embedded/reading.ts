// How the embedded model reads: sentences, words, and which of them carry meaning.

export const STOP_WORDS = new Set(
  "a about above after again all also am an and any are as at be because been but by can could did do does for from had has have he her here him his how i if in into is it its just me more most my no not of on one or our out say said she should so some than that the their them then there these they this those to too up us was we were what when where which who why will with would you your".split(
    " ",
  ),
);

/** The sentences whose terms are most frequent in the whole text, in their own order. */
export function keySentences(text: string, most: number): string[] {
  const frequency = new Map<string, number>();
  for (const term of termsOf(text)) frequency.set(term, (frequency.get(term) ?? 0) + 1);
  return sentences(text)
    .map((sentence, at) => {
      const terms = termsOf(sentence);
      const weight = terms.reduce((sum, term) => sum + (frequency.get(term) ?? 0), 0);
      return { sentence, at, score: weight / Math.sqrt(terms.length + 1) };
    })
    .sort((a, b) => b.score - a.score || a.at - b.at)
    .slice(0, most)
    .sort((a, b) => a.at - b.at)
    .map(({ sentence }) => sentence);
}

export function sentences(text: string): string[] {
  const segmenter = new Intl.Segmenter(undefined, { granularity: "sentence" });
  return [...segmenter.segment(text)].map(({ segment }) => segment.trim()).filter(Boolean);
}

export function words(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Words that carry meaning, cut to a stem that survives plurals and most endings. */
export function termsOf(text: string): string[] {
  return words(text)
    .filter((word) => !STOP_WORDS.has(word))
    .map((word) => (word.length > 6 ? word.slice(0, 6) : word.replace(/s$/, "")));
}
