// The rolling summary: what a conversation came to before the messages that are still sent whole
// (seed 003 §7.3). New messages are folded into the summary there was.
import { quoteAs } from "../llm/quoted.ts";
import type { Ask } from "./ask.ts";
import { RubbishAnswer, usable } from "./rubbish.ts";
import { cutAtSentence, cutAtWord, cutMiddle, oneLine, quoteSaid, type Said } from "./said.ts";

/** Tokens: a summary is cut to this at the end of a sentence. */
const LONGEST_SUMMARY = 500;
const MOST_TOPICS = 8;
/** UTF-16 units. */
const LONGEST_TOPIC = 50;
/** Tokens of messages in one question; what is more is folded in one batch after the other. */
const MOST_AT_ONCE = 6000;
/** Tokens of one message: long ones give way to the others, down to the least. */
const MOST_EACH = 1500;
const LEAST_EACH = 100;

const TASK = [
  "You keep the running summary of a conversation. You are given the summary so far and the messages that came after it.",
  "Write the updated summary, in at most 200 words of plain prose, in the language of the conversation:",
  "1. keep the facts of the summary so far, unless a message corrects them: then keep the correction;",
  "2. add what is new: who is concerned, names, numbers, preferences;",
  "3. note decisions, and what somebody still has to do.",
  "Write nothing before or after it, except one last line: the word `Topics:` and up to eight topics of a few words each, separated by semicolons.",
].join("\n");

export type Summary = { summary: string; topics: string[] };

/**
 * The summary with `messages` (oldest first) folded in. One question for every sixty messages.
 * @throws {RubbishAnswer} the summary there was stays as it is, and the messages are yet to be folded in
 * @throws {AppError} what `ask` throws
 */
export async function foldIn(
  ask: Ask,
  previous: string | null,
  messages: readonly Said[],
): Promise<Summary> {
  let folded: Summary = { summary: previous ?? "", topics: [] };
  const atOnce = MOST_AT_ONCE / LEAST_EACH;
  for (let from = 0; from < messages.length; from += atOnce)
    folded = await foldBatch(ask, folded.summary, messages.slice(from, from + atOnce));
  return folded;
}

async function foldBatch(ask: Ask, previous: string, messages: readonly Said[]): Promise<Summary> {
  const each = Math.min(MOST_EACH, Math.floor(MOST_AT_ONCE / messages.length));
  const before =
    previous.trim() === "" ? "" : quoteAs("previous_summary", cutMiddle(previous, LONGEST_SUMMARY));
  const answer = await ask({
    purpose: "summary",
    system: TASK,
    prompt: [before, quoteSaid(messages, each)].filter(Boolean).join("\n"),
    max_tokens: LONGEST_SUMMARY + 200,
  });
  const said = messages.flatMap(({ role, content }) => (role === "user" ? [content] : []));
  return summaryIn(answer, [previous, ...said].join("\n"));
}

/** @throws {RubbishAnswer} */
function summaryIn(answer: string, said: string): Summary {
  const text = usable("summary", answer, { task: TASK, said });
  const [body, list] = splitTopics(text);
  const summary = cutAtSentence(
    body.replace(/^[*_#\s]*(?:updated )?summary[*_\s]*[:：][*_\s]*/i, ""),
    LONGEST_SUMMARY,
  );
  if (summary === "") throw new RubbishAnswer("summary", body === "" ? "empty" : "too_long");
  return { summary, topics: topicsOf(list) };
}

/** What stands before the last line that begins with `Topics:`, and what after its colon. */
function splitTopics(text: string): [string, string] {
  const heading = [...text.matchAll(/^[^\p{L}\n]{0,8}topics[*_\s]*[:：]/gimu)].at(-1);
  if (heading === undefined) return [text, ""];
  return [text.slice(0, heading.index).trim(), text.slice(heading.index + heading[0].length)];
}

function topicsOf(list: string): string[] {
  const topics = new Map<string, string>();
  const separator = /[;；\n]/.test(list.trim()) ? /[;；\n]/ : /[,，、]/;
  for (const item of list.split(separator)) {
    const topic = cutAtWord(
      oneLine(item).replaceAll(/^[^\p{L}\p{N}]+|[\s.。*_`"“”]+$/gu, ""),
      LONGEST_TOPIC,
    );
    if (topic !== "" && !topics.has(topic.toLowerCase())) topics.set(topic.toLowerCase(), topic);
  }
  return [...topics.values()].slice(0, MOST_TOPICS);
}
