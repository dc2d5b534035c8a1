// What can honestly be said without a language model: quotations from the conversation that match
// the question, a condensed reading of a long text, and how to get a real model. Pure text in,
// text out; the same input always gives the same answer.
import type { ModelMessage } from "../../provider.ts";
import { keySentences, sentences, termsOf, words } from "./reading.ts";

const LONG_TEXT = 400;
const MOST_SENTENCES = 3;

/** @param messages normalised: the last is the user's, or what a tool answered */
export function answer(messages: readonly ModelMessage[]): string {
  const asked = messages.findLastIndex(({ role }) => role === "user");
  const question = messages[asked];
  const earlier = messages.slice(0, Math.max(0, asked)).filter(({ role }) => role === "user");
  const results = messages.slice(asked + 1).filter(({ role }) => role === "tool");
  const opening =
    messages.length === 1
      ? "This is Edgewise's embedded model. It is not a language model: it quotes and condenses what stands in this conversation, word for word, and knows nothing else. It is here so that everything works before a real model is configured."
      : "(Embedded model: quotations only.)";
  const said =
    results.length > 0
      ? ["What the tools answered:", quote(results.map(({ content }) => content))]
      : body(question?.content ?? "", earlier);
  return [opening, ...pictures(question), ...said, closing(messages.length === 1)].join("\n\n");
}

function pictures(question: ModelMessage | undefined): string[] {
  const images = question?.role === "user" ? (question.images ?? []) : [];
  if (images.length === 0) return [];
  return [
    `You sent ${count(images.length, "picture")}. The embedded model cannot see pictures: nothing here is about what is in ${images.length === 1 ? "it" : "them"}.`,
  ];
}

function body(question: string, earlier: readonly ModelMessage[]): string[] {
  if (question.length >= LONG_TEXT) {
    const kept = keySentences(question, MOST_SENTENCES);
    return [
      `Your text has ${count(words(question).length, "word")} in ${count(sentences(question).length, "sentence")}. Condensed to the sentences that carry most of its terms:`,
      quote(kept),
    ];
  }
  const found = matching(question, earlier);
  if (found.length > 0) return ["What you said earlier that bears on this:", quote(found)];
  if (earlier.length === 0)
    return [
      `You wrote: “${question.trim()}”. This answer reached you the way a model's would: word by word, as it was written.`,
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

const quote = (lines: readonly string[]) =>
  lines.map((line) => `> ${line.replaceAll("\n", " ")}`).join("\n>\n");

const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? "" : "s"}`;
