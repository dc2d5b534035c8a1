// An answer judged by a model, as seed 003 §6.1 has it: is what was found about the question, is the answer
// true to it, is it to the point, does each statement rest on what it cites.
import { z } from "zod";
import { quoteAs } from "../../llm/quoted.ts";
import type { Source } from "../../protocol/knowledge.ts";
import { type AskModel, listIn, scoreIn } from "../ask.ts";
import { cite } from "../cite.ts";
import { nothingFound } from "../context.ts";

/** Each 0 to 1; null where the judge said nothing that could be read. */
export type Judgement = {
  context_relevance: number | null;
  faithfulness: number | null;
  answer_relevance: number | null;
  groundedness: number | null;
  /** The seed's: 0.3 of the context's, 0.4 of faithfulness, 0.3 of the answer's relevance. */
  overall: number | null;
};

const WEIGHTS = { context_relevance: 0.3, faithfulness: 0.4, answer_relevance: 0.3 } as const;

/** UTF-16 units of a source, and of an answer, that are shown. */
const SHOWN = 2_000;
const LONGEST_ANSWER = 8_000;
const MOST_CLAIMS = 30;

const NUMBER = "Write only the number.";
const TASKS = {
  context:
    "You are given a question and numbered sources. Rate how relevant each source is to the question: 0 not at all, 0.5 in part, 1 highly. Write a JSON array of numbers, one for each source in their order, and nothing else.",
  faithfulness: `You are given sources and an answer. Rate from 0 to 1 whether the answer says only what the sources say: 0 invented, 0.5 in part, 1 all of it. ${NUMBER}`,
  relevance: `You are given a question and an answer. Rate from 0 to 1 how well the answer addresses the question: 0 off the topic, 0.5 in part, 1 fully. ${NUMBER}`,
  claims:
    "You are given numbered pairs: a statement in <answer>, and the source that it cites in <source>. Say of each pair whether the source supports the statement: 1 yes, 0.5 in part, 0 no. Write a JSON array of numbers, one for each pair in their order, and nothing else.",
} as const;

export type Judged = { query: string; answer: string; sources: readonly Source[] };

/** Asks four times at the most. @throws {AppError} what `ask` throws */
export async function judge(ask: AskModel, judged: Judged): Promise<Judgement> {
  const { query, sources } = judged;
  const answer = quoteAs("answer", judged.answer.slice(0, LONGEST_ANSWER).toWellFormed());
  const question = quoteAs("message", query);
  const shown = sources.map(shownSource).join("\n");
  const say = (system: string, prompt: string, max_tokens: number) =>
    ask({ purpose: "judge", system, prompt, max_tokens });
  const [context_relevance, faithfulness, answer_relevance, groundedness] = await Promise.all([
    sources.length === 0
      ? null
      : say(TASKS.context, `${question}\n${shown}`, 20 + 8 * sources.length).then((text) =>
          meanOf(text, sources.length),
        ),
    sources.length === 0 ? null : say(TASKS.faithfulness, `${shown}\n${answer}`, 20).then(scoreIn),
    say(TASKS.relevance, `${question}\n${answer}`, 20).then(scoreIn),
    groundednessOf(ask, judged),
  ]);
  const scores = { context_relevance, faithfulness, answer_relevance };
  return { ...scores, groundedness, overall: overallOf(scores) };
}

/** Null where one of them is not known: a mean of what is left would be another figure. */
function overallOf(scores: Pick<Judgement, keyof typeof WEIGHTS>): number | null {
  let sum = 0;
  for (const name of ["context_relevance", "faithfulness", "answer_relevance"] as const) {
    const score = scores[name];
    if (score === null) return null;
    sum += WEIGHTS[name] * score;
  }
  return Math.round(sum * 10_000) / 10_000;
}

/** Of the statements of an answer, how many rest on what they cite. A statement that cites nothing rests on nothing. */
async function groundednessOf(ask: AskModel, { answer, sources }: Judged): Promise<number | null> {
  const claims = claimsOf(answer);
  // Who says that there is no answer claims nothing.
  if (claims.length === 0 || answer.includes(nothingFound())) return null;
  const pairs = claims.flatMap(({ text }) => {
    const { citations } = cite(text, sources);
    if (citations.length === 0) return [];
    const cited = sources.filter(({ number }) => citations.some((it) => it.number === number));
    return [{ text, cited }];
  });
  if (pairs.length === 0) return 0;
  const shown = pairs.map(({ text, cited }, at) =>
    [`${at + 1}.`, quoteAs("answer", text), ...cited.map(shownSource)].join("\n"),
  );
  const said = await ask({
    purpose: "judge",
    system: TASKS.claims,
    prompt: shown.join("\n"),
    max_tokens: 20 + 8 * pairs.length,
  });
  const mean = meanOf(said, pairs.length);
  return mean === null ? null : (mean * pairs.length) / claims.length;
}

function claimsOf(answer: string): { text: string }[] {
  return (
    answer
      .slice(0, LONGEST_ANSWER)
      // A citation behind the full stop belongs to the sentence before it.
      .replaceAll(/([.!?。！？])((?:\s*\[\d+(?:[,\s]+\d+)*\])+)/gu, "$2$1")
      .split(/(?<=[.!?。！？])\s+|\n+/u)
      .map((text) => ({ text: text.trim().toWellFormed() }))
      .filter(({ text }) => /\p{L}{2}/u.test(text) && !/[?:]$|^\(.*\)$/su.test(text))
      .slice(0, MOST_CLAIMS)
  );
}

const shownSource = ({ number, text }: Source) =>
  quoteAs("source", `[${number}]\n${text.slice(0, SHOWN).toWellFormed()}`);

function meanOf(answer: string, count: number): number | null {
  const read = z.array(z.number().min(0).max(1)).length(count).safeParse(listIn(answer));
  if (read.success) return read.data.reduce((sum, score) => sum + score, 0) / count;
  return count === 1 ? scoreIn(answer) : null;
}
