// A message that points at what was said before (“and who wrote it?”) is made to stand for itself, so
// that it can be searched with (seed 003 §7.4). A model is asked only where words point outside.
import { quoteAs, unquoted } from "../llm/quoted.ts";
import type { Ask } from "./ask.ts";
import { type Language, languageOf } from "./pointing-words.ts";
import { echoes, isPlaceholder, isRefusal } from "./rubbish.ts";
import { quoteSaid, type Said } from "./said.ts";

/** UTF-16 units: what is longer says by itself what it is about. */
const LONGEST_MESSAGE = 400;
/** Messages before this one that are shown, and tokens of each. */
const MOST_RECENT = 6;
const MOST_EACH = 300;

const TASK = [
  "Rewrite the last message so that it can be understood without the messages before it: put in place of each pronoun or reference what it refers to there.",
  "Change nothing else: keep its language, its wording and its kind; a question stays a question. Do not answer it. If it is clear by itself, or you cannot tell what is meant, repeat it unchanged.",
  "Write the message and nothing else.",
].join("\n");

/** Whether words of `text` seem to point at something that it does not name itself. */
export function needsResolution(text: string): boolean {
  const message = text.trim();
  if (message === "" || message.length > LONGEST_MESSAGE || isPasted(message)) return false;
  const language = languageOf(message);
  if (language === null) return false;
  if (language.goesOn.test(message)) return true;
  let rest = message;
  for (const empty of language.empty) rest = rest.replaceAll(empty, (it) => "·".repeat(it.length));
  return language.points.some((pattern) => pointsOutside(rest, message, pattern, language));
}

/** What is quoted, or follows a colon or a new line, is what the message is about. */
function isPasted(message: string): boolean {
  return /```|\n|:\s+\S|：|https?:\/\/|["“„«「『][^"”“»」』]{2,}["”“»」』]/u.test(message);
}

/** Whether something points that nothing named in an earlier clause can be meant by. */
function pointsOutside(rest: string, message: string, pattern: RegExp, language: Language) {
  for (const match of rest.matchAll(new RegExp(pattern.source, `${pattern.flags}g`))) {
    const person = language.person?.test(match[0]) === true;
    const names = person ? language.namesPerson : language.names;
    const clauses = [...message.slice(0, match.index + 1).matchAll(language.clause)];
    const end = clauses.at(-1)?.index ?? 0;
    const before = withoutFiller(message.slice(0, end));
    if (!names.some((name) => name.test(before))) return true;
  }
  return false;
}

/** What opens a message and names nothing. */
const FILLER =
  /^(?:(?:thanks|thank you|great|nice|ok(?:ay)?|sure|hi|hello|hey|wow|good|yes|no|well|by the way|in the meantime|at the moment|in general|danke|gut|ja|nein|hallo|super|merci|bonjour|oui|non|gracias|hola|sí|vale|好的?|谢谢|謝謝|是的|请问|請問|你好|嗯|ありがとう(?:ございます)?|はい|こんにちは|なるほど)(?:\s+(?:a lot|so much|very much|again))?[\s,.!，。！、]*)+/iu;
const withoutFiller = (text: string) => text.replace(FILLER, "");

/**
 * `text` with its references resolved; `text` itself where none needs it, and where the answer is no such rewriting.
 * @param recent oldest first
 * @throws {AppError} what `ask` throws
 */
export async function resolveReferences(
  ask: Ask,
  text: string,
  recent: readonly Said[],
): Promise<string> {
  if (recent.length === 0 || !needsResolution(text)) return text;
  const shown = quoteSaid(recent.slice(-MOST_RECENT), MOST_EACH);
  const answer = await ask({
    purpose: "references",
    system: TASK,
    prompt: `${shown}\n${quoteAs("message", text)}`,
    max_tokens: 300,
  });
  const rewritten = withoutQuotes(unquoted(answer.toWellFormed()), text);
  return isRewriting(rewritten, text) ? rewritten : text;
}

function isRewriting(rewritten: string, text: string): boolean {
  if (isPlaceholder(rewritten) || echoes(rewritten, TASK)) return false;
  if (isRefusal(rewritten, text)) return false;
  // References grow by the names they stand for; what grows more is an answer.
  if (rewritten.length > text.length * 2 + 200 || rewritten.includes("\n")) return false;
  return asks(rewritten) === asks(text);
}

const asks = (text: string) => /[?？؟]["”»」)\s]*$/u.test(text);

function withoutQuotes(answer: string, text: string): string {
  const inside = /^["“„«「](.*)["”“»」]$/su.exec(answer)?.[1];
  return inside === undefined || /^["“„«「]/u.test(text.trim()) ? answer : inside.trim();
}
