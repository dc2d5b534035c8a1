// What can honestly be said without a language model: quotations from the conversation that match
// the question, a condensed reading of a long text, and how to get a real model. Pure text in,
// text out; the same input always gives the same answer.
import type { ModelMessage } from "../../provider.ts";

const STOP_WORDS = new Set(
  "a about above after again all also am an and any are as at be because been but by can could did do does for from had has have he her here him his how i if in into is it its just me more most my no not of on one or our out say said she should so some than that the their them then there these they this those to too up us was we were what when where which who why will with would you your".split(
    " ",
  ),
);

const LONG_TEXT = 400;
const MOST_SENTENCES = 3;

/** @param messages normalised: the last is the user's */
export function answer(messages: readonly ModelMessage[]): string {
  const question = messages.at(-1)?.content ?? "";
  const earlier = messages.slice(0, -1).filter((message) => message.role === "user");
  const opening =
    messages.length === 1
      ? "This is Edgewise's embedded model. It is not a language model: it quotes and condenses what stands in this conversation, word for word, and knows nothing else. It is here so that everything works before a real model is configured."
      : "(Embedded model: quotations only.)";
  return [opening, ...body(question, earlier), closing(messages.length === 1)].join("\n\n");
}

function body(question: string, earlier: readonly ModelMessage[]): string[] {
  if (question.length >= LONG_TEXT) {
    const kept = keySentences(question);
    return [
      `Your text has ${count(words(question).length, "word")} in ${count(sentences(question).length, "sentence")}. Condensed to the sentences that carry most of its terms:`,
      quote(kept),
    ];
  }
  const found = matching(question, earlier);
  if (found.length > 0) return ["What you said earlier that bears on this:", quote(found)];
  if (earlier.length === 0)
    return [
      `You wrote: “${question.trim()}”. Your message is stored, and this answer reached you the way a model's would: streamed token by token, numbered, and resumable at any of them.`,
    ];
  return [
    `You wrote: “${question.trim()}”. Nothing you said earlier in this conversation mentions it, and quoting is all that the embedded model can do.`,
  ];
}

function closing(first: boolean): string {
  return first
    ? "For real answers set OPENAI_API_KEY, ANTHROPIC_API_KEY or OLLAMA_BASE_URL in `.dev.vars` and start again."
    : "A real model answers as soon as one is configured.";
}

/** Earlier sentences that share the question's terms, best first, then oldest first. */
function matching(question: string, earlier: readonly ModelMessage[]): string[] {
  const terms = new Set(termsOf(question));
  if (terms.size === 0) return [];
  return earlier
    .flatMap((message) => sentences(message.content))
    .map((sentence, at) => ({
      sentence,
      at,
      score: termsOf(sentence).filter((term) => terms.has(term)).length,
    }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.at - b.at)
    .slice(0, MOST_SENTENCES)
    .map(({ sentence }) => sentence);
}

/** The sentences whose terms are most frequent in the whole text, in their own order. */
function keySentences(text: string): string[] {
  const frequency = new Map<string, number>();
  for (const term of termsOf(text)) frequency.set(term, (frequency.get(term) ?? 0) + 1);
  return sentences(text)
    .map((sentence, at) => {
      const terms = termsOf(sentence);
      const weight = terms.reduce((sum, term) => sum + (frequency.get(term) ?? 0), 0);
      return { sentence, at, score: weight / Math.sqrt(terms.length + 1) };
    })
    .sort((a, b) => b.score - a.score || a.at - b.at)
    .slice(0, MOST_SENTENCES)
    .sort((a, b) => a.at - b.at)
    .map(({ sentence }) => sentence);
}

function sentences(text: string): string[] {
  const segmenter = new Intl.Segmenter(undefined, { granularity: "sentence" });
  return [...segmenter.segment(text)].map(({ segment }) => segment.trim()).filter(Boolean);
}

function words(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Words that carry meaning, cut to a stem that survives plurals and most endings. */
function termsOf(text: string): string[] {
  return words(text)
    .filter((word) => !STOP_WORDS.has(word))
    .map((word) => (word.length > 6 ? word.slice(0, 6) : word.replace(/s$/, "")));
}

const quote = (lines: readonly string[]) =>
  lines.map((line) => `> ${line.replaceAll("\n", " ")}`).join("\n>\n");

const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? "" : "s"}`;
