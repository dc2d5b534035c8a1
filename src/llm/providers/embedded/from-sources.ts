// An answer by extraction: the sentences of the sources that say most of the question, word for word, each
// with the number of its source.
import type { ModelMessage } from "../../provider.ts";
import { quotedIn } from "../../quoted.ts";
import { sentences, termsOf } from "./reading.ts";

const MOST_SENTENCES = 3;
const LONGEST_SENTENCE = 400;
/** Of the question's terms, what a sentence must have to be quoted: less is no answer. */
const LEAST_SHARE = 0.2;
/** What the best sentence says, others must say so much of. */
const LEAST_OF_BEST = 0.6;

type Said = { sentence: string; number: number; at: number; score: number };

/** Null where there are no sources. */
export function answerFromSources(
  system: string | undefined,
  messages: readonly ModelMessage[],
): string | null {
  const sources = quotedIn(system ?? "").filter(({ tag }) => tag === "source");
  if (sources.length === 0) return null;
  const question = messages.findLast(({ role }) => role === "user")?.content ?? "";
  const found = best(
    new Set(termsOf(question)),
    sources.map(({ text }) => text),
  );
  const opening =
    "(Embedded model: quoted from your documents, word for word. It is not a language model.)";
  if (found.length === 0)
    return `${opening}\n\nNo sentence of the sources answers this in the words of the question. The nearest source is the first one. [1]`;
  return [opening, ...found.map(({ sentence, number }) => `${sentence} [${number}]`)].join("\n\n");
}

function best(terms: ReadonlySet<string>, sources: readonly string[]): Said[] {
  const read = sources.flatMap((source, index) => {
    const { number, heading, text } = partsOf(source, index + 1);
    const place = new Set(termsOf(heading));
    return sentencesOf(text)
      .filter((sentence) => !heading.includes(sentence)) // it names what follows, and says nothing
      .map((sentence, at) => ({
        sentence,
        number,
        at,
        place,
        own: new Set(termsOf(sentence)),
        // The search put the first sources first.
        rank: 1 / (1 + 0.15 * index),
      }));
  });
  // A word that few sentences have tells more than one that is in all of them.
  const worth = new Map(
    [...terms].map((term) => {
      const having = read.filter(({ own }) => own.has(term)).length;
      return [term, Math.log(1 + read.length / (having + 0.5))];
    }),
  );
  // What stands nowhere in them is beside the point: the search has found them for the rest.
  for (const term of terms)
    if (read.every(({ own, place }) => !own.has(term) && !place.has(term))) worth.delete(term);
  const whole = [...worth.values()].reduce((sum, value) => sum + value, 0);
  const all = read.map(({ sentence, number, at, place, own, rank }): Said => {
    let shared = 0;
    let says = false;
    for (const [term, value] of worth) {
      // What stands above a sentence says what it is about, too; less than it does itself.
      shared += own.has(term) ? value : place.has(term) ? 0.4 * value : 0;
      says ||= own.has(term);
    }
    return { sentence, number, at, score: says && whole > 0 ? (shared / whole) * rank : 0 };
  });
  const ranked = all
    .filter(({ score }) => score >= LEAST_SHARE)
    .sort((a, b) => b.score - a.score || a.number - b.number || a.at - b.at);
  const least = (ranked[0]?.score ?? 0) * LEAST_OF_BEST;
  const seen = new Set<string>();
  return ranked
    .filter(({ sentence, score }) => {
      if (score < least || seen.has(sentence)) return false;
      seen.add(sentence);
      return true;
    })
    .slice(0, MOST_SENTENCES)
    .sort((a, b) => a.number - b.number || a.at - b.at);
}

/** `[n] where it stands`, and below that what it says. */
function partsOf(source: string, otherwise: number) {
  const [first = "", ...rest] = source.split("\n");
  const number = /^\[(\d+)\]/.exec(first)?.[1];
  return {
    number: number === undefined ? otherwise : Number(number),
    heading: first.replace(/^\[\d+\]\s*/, ""),
    text: rest.join("\n"),
  };
}

/** A footnote's mark would be taken for a citation. */
const MARK = /\s*[[【]\d{1,3}[\]】]/g;

/** Lines end sentences, too: a heading, a row or a list's item is said by itself. */
function sentencesOf(text: string): string[] {
  return text
    .split("\n")
    .flatMap((line) => sentences(line))
    .map((sentence) => sentence.replaceAll(MARK, "").trim().slice(0, LONGEST_SENTENCE))
    .filter((sentence) => /[\p{L}\p{N}]/u.test(sentence))
    .map((sentence) => sentence.toWellFormed());
}
