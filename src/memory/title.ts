// The title of a conversation, from its first exchange.
import { quoteAs } from "../llm/quoted.ts";
import type { Ask } from "./ask.ts";
import { RubbishAnswer, usable } from "./rubbish.ts";
import { cutAtWord, cutMiddle, oneLine } from "./said.ts";

/** UTF-16 units. */
const LONGEST_TITLE = 80;
const MOST_QUESTION = 500;
const MOST_ANSWER = 300;

const TASK =
  "Name the subject of the conversation in a title of three to eight words, in the language of its first message. Write the title and nothing else: no quotation marks, no formatting, no full stop.";

/**
 * One plain line of at most 80 characters.
 * @param answer "" where there is none yet
 * @throws {RubbishAnswer}
 * @throws {AppError} what `ask` throws
 */
export async function titleOf(ask: Ask, question: string, answer: string): Promise<string> {
  const answered = await ask({
    purpose: "title",
    system: TASK,
    prompt: [
      quoteAs("user", cutMiddle(question, MOST_QUESTION)),
      ...(answer.trim() === "" ? [] : [quoteAs("assistant", cutMiddle(answer, MOST_ANSWER))]),
    ].join("\n"),
    max_tokens: 60,
  });
  const line = usable("title", answered, { task: TASK, said: question })
    .split(/[\r\n\u2028\u2029]+/)
    .map(plain)
    .find((it) => it !== "");
  const title = cutAtWord(line ?? "", LONGEST_TITLE);
  if (title === "") throw new RubbishAnswer("title", "empty");
  return title;
}

const LABEL =
  /^(?:(?:chat|conversation)\s+)?(?:title|titel|titre|título|titulo|标题|標題|タイトル|題名)\s*[:：]\s*/iu;
const QUOTES = [`""`, `''`, "“”", "„“", "„”", "‘’", "«»", "»«", "「」", "『』", "《》", "``"];

/** A line without a label, quotation marks, Markdown, and the full stop at its end; "" where nothing is left. */
function plain(line: string): string {
  let text = oneLine(line);
  // One may stand within another: **Title:** "…"
  for (let before = ""; before !== text;) {
    before = text;
    text = text
      .replace(/^(?:#{1,6}\s+|[-*+>]\s+|\d+[.)]\s+(?=\D))/, "")
      .replace(/^(__|\*|_)(?=\S)(.*\S)\1$/, "$2")
      .replaceAll(/(\*\*|`)(.+?)\1/g, "$2")
      .replaceAll(/\[([^\][]+)\]\([^()]*\)/g, "$1")
      .replace(LABEL, "")
      .trim();
    const quotes = QUOTES.find(([open, close]) => text[0] === open && text.at(-1) === close);
    if (quotes !== undefined && text.length > 1) text = text.slice(1, -1).trim();
  }
  text = text.replace(/(?<![.\s])[.。]$/u, (stop) => (/\.\S/.test(text.slice(0, -1)) ? stop : ""));
  return /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(text) ? text : "";
}
