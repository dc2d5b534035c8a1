// What a message wants, within its conversation; and the question to ask back where it is unclear
// (seed 003 §7.4).
import { quoteAs } from "../llm/quoted.ts";
import type { Ask } from "./ask.ts";
import { echoes, isPlaceholder } from "./rubbish.ts";
import { cutMiddle, oneLine, quoteSaid, type Said } from "./said.ts";

export const INTENTS = [
  "question",
  "command",
  "clarification",
  "follow_up",
  "new_topic",
  "feedback",
  "goodbye",
] as const;

export type Intent = (typeof INTENTS)[number];

/** Messages before this one that are shown, and tokens of each. */
const MOST_RECENT = 4;
const MOST_EACH = 200;
const MOST_MESSAGE = 500;
/** UTF-16 units: what is longer is no question to ask back. */
const LONGEST_QUESTION = 300;

const CLASSIFY = [
  "Classify what the last message wants, in the context of the messages before it. Answer with one word:",
  "question: asks for information. command: asks for something to be done. clarification: explains or corrects what its author said before.",
  "follow_up: goes on with what was just spoken of. new_topic: turns to something else. feedback: says how an answer was. goodbye: ends the conversation.",
].join("\n");

const CLARIFY =
  "Judge whether the last message can be acted on as it is, given the messages before it. If it can, answer with the one word CLEAR. If not, write the one short question that would settle what is meant, in its language, and nothing else.";

/** @throws {AppError} what `ask` throws */
export async function detectIntent(
  ask: Ask,
  text: string,
  recent: readonly Said[],
): Promise<Intent> {
  const prompt = promptOf(text, recent);
  const answer = await ask({ purpose: "intent", system: CLASSIFY, prompt, max_tokens: 20 });
  const words = answer.toLowerCase().replaceAll(/[\s_-]+/g, "_");
  const named = INTENTS.filter((intent) => words.includes(intent));
  return named.length === 1 && named[0] !== undefined ? named[0] : "question";
}

/**
 * One question, or null where the message is clear, or the answer is no question.
 * @throws {AppError} what `ask` throws
 */
export async function clarifyingQuestion(
  ask: Ask,
  text: string,
  recent: readonly Said[],
): Promise<string | null> {
  const prompt = promptOf(text, recent);
  const answer = await ask({ purpose: "intent", system: CLARIFY, prompt, max_tokens: 100 });
  if (isPlaceholder(answer) || echoes(answer, CLARIFY) || /^\W{0,8}CLEAR\b/.test(answer))
    return null;
  const question = oneLine(answer);
  return question.length <= LONGEST_QUESTION && ASKS.test(question) ? question : null;
}

/** Ends like a question: also Greek's, Arabic's, and Japanese without a mark. */
const ASKS = /(?:[?？;;؟]|ですか。?|ますか。?|吗。?)["”»」)]*$/u;

function promptOf(text: string, recent: readonly Said[]): string {
  return [
    quoteSaid(recent.slice(-MOST_RECENT), MOST_EACH),
    quoteAs("message", cutMiddle(text, MOST_MESSAGE)),
  ]
    .filter(Boolean)
    .join("\n");
}
