// What a message plainly asks to remember. No model is asked: where it is not plain, nothing is kept.
import { FACT_REQUESTS, type FactRequest } from "./fact-requests.ts";
import { cutAtWord, oneLine } from "./said.ts";

/** UTF-16 units: what is longer was not written for this, but pasted. */
const LONGEST_MESSAGE = 2000;
const LONGEST_FACT = 500;

/**
 * The fact that `text` plainly asks to remember, at most 500 characters; else null. Asking whether
 * something is remembered asks for no such thing, nor does speaking of remembering.
 */
export function factIn(text: string): string | null {
  if (text.length > LONGEST_MESSAGE || /^\s*>|```/m.test(text)) return null;
  const sentences = sentencesOf(text);
  for (const [at, sentence] of sentences.entries()) {
    for (const request of FACT_REQUESTS) {
      const fact = statedIn(sentence, request);
      if (fact !== null) return tidy(introduced(sentence, fact, sentences.slice(at + 1)));
      if (request.pointsBack?.test(sentence) === true)
        return tidy(sentences.slice(0, at).filter(isStatement).join(" "));
    }
  }
  return null;
}

function statedIn(sentence: string, { asks, politely }: FactRequest): string | null {
  if (!isStatement(sentence) && politely?.test(sentence) !== true) return null;
  for (const pattern of asks) {
    const fact = pattern.exec(sentence)?.groups?.["fact"];
    if (fact !== undefined) return fact;
  }
  return null;
}

/** What a colon introduces goes on to the end of the message, or to a question. */
function introduced(sentence: string, fact: string, following: readonly string[]): string {
  const colon = /[:：]\s*$/.test(sentence.slice(0, sentence.length - fact.length));
  if (!colon) return fact;
  const end = following.findIndex((it) => !isStatement(it));
  return [fact, ...following.slice(0, end < 0 ? undefined : end)].join(" ");
}

const isStatement = (sentence: string) => !/(?:[?？؟]|吗。?|嗎。?)["”»」)]*$/u.test(sentence);

function tidy(fact: string): string | null {
  const line = oneLine(fact)
    .replace(/^[-*•–—:：,，、\s]+/u, "")
    .replace(/(?<![.。!！?？])[.。!！?？]$/u, "");
  return /[\p{L}\p{N}]/u.test(line) ? cutAtWord(line, LONGEST_FACT) : null;
}

/** After these a full stop ends no sentence, though a capital follows. */
const ABBREVIATION =
  /(?:^|[\s(])(?:dr|mr|mrs|ms|st|prof|no|nr|sr|sra|mme|e\.g|i\.e|z\.b|p\.m|a\.m|\p{L})\.$/iu;

function sentencesOf(text: string): string[] {
  const segmenter = new Intl.Segmenter(undefined, { granularity: "sentence" });
  const sentences: string[] = [];
  let open = "";
  for (const { segment } of segmenter.segment(text)) {
    open = `${open} ${segment.trim()}`.trim();
    if (open === "" || ABBREVIATION.test(open) || /[:：]$/.test(open)) continue;
    sentences.push(open);
    open = "";
  }
  return open === "" ? sentences : [...sentences, open];
}
