// Answers that are none: nothing, an excuse, or the prompt again. What is wrong with an answer of one
// purpose alone is told where that purpose is.
import { AppError } from "../errors.ts";
import { holdsQuotes, unquoted } from "../llm/quoted.ts";
import type { Purpose } from "../llm/purposes.ts";

export type RubbishReason = "empty" | "refusal" | "echo" | "too_long" | "unreadable";

/** A model answered, and what it said cannot be used: nothing of it is to be kept. */
export class RubbishAnswer extends AppError {
  readonly reason: RubbishReason;

  constructor(purpose: Purpose, reason: RubbishReason) {
    super("LLM_PROVIDER_ERROR", "The model's answer could not be used.", { purpose, reason });
    this.name = "RubbishAnswer";
    this.reason = reason;
  }
}

/** How models begin when they will not, or cannot. A word alone is none: a title may be “Sorry letter”. */
const REFUSALS = [
  /^(?:i['’]?m|i am|we['’]re|we are) (?:so |very |really |deeply |afraid )?(?:sorry|unable|not able|i can)\b/i,
  /^(?:sorry|my apologies|entschuldigung|désolée?|perdón)(?:\s*[,.!;–—-]|\s+(?:but|i)\b)/i,
  /^(?:i|we) (?:apologi[sz]e|can(?:['’]t|not)|won['’]t|do(?: not|n['’]t) (?:have|see)|could(?: not|n['’]t))\b/i,
  /^(?:unfortunately,? (?:i|there|no)\b|as an? (?:ai|artificial|large|language)\b)/i,
  /^there (?:is|are|was|were) (?:no|nothing|not)\b.{0,40}\b(?:summari[sz]e|extract|title|conversation)/i,
  /^please (?:provide|share|paste)\b/i,
  /^(?:es tut mir (?:sehr )?leid|tut mir leid|leider (?:kann|ist|habe)|ich kann (?:das |dies |leider )?nicht)\b/i,
  /^(?:je suis (?:vraiment )?désolé|je ne peux pas|je m['’]excuse|malheureusement,? je)/i,
  /^(?:lo siento|lo lamento|no puedo|lamentablemente,? no)\b/i,
  /^(?:非常|很)?(?:抱歉|对不起|對不起)[，,。！]|^(?:我|很抱歉，?我)(?:无法|不能|無法)/,
  /^(?:大変)?(?:申し訳(?:あり|ござい)|すみませんが|すみません[、。])/,
];
/** UTF-16 units: an excuse is short, and what is long begins with one by chance. */
const LONGEST_EXCUSE = 600;
/** What is written where there is nothing, without its punctuation. */
const PLACEHOLDERS = new Set(["", "na", "none", "null", "nil", "undefined", "todo", "empty"]);

/** Whether `text` is an excuse, and no quotation: “I can't log in” may be what the user said. */
export function isRefusal(text: string, said = ""): boolean {
  if (text.length > LONGEST_EXCUSE || !REFUSALS.some((refusal) => refusal.test(text))) return false;
  return !said.toLowerCase().includes(text.slice(0, 16).toLowerCase());
}

/**
 * The answer, trimmed and without the tags that a model may have put around it.
 * @param asked what the model was told to do: an answer that repeats it is an echo; and what the user had said
 * @throws {RubbishAnswer}
 */
export function usable(
  purpose: Purpose,
  answer: string,
  { task, said }: { task: string; said: string },
): string {
  const text = unquoted(answer.toWellFormed());
  if (isPlaceholder(text)) throw new RubbishAnswer(purpose, "empty");
  if (isRefusal(text, said)) throw new RubbishAnswer(purpose, "refusal");
  if (echoes(text, task)) throw new RubbishAnswer(purpose, "echo");
  return text;
}

export function isPlaceholder(text: string): boolean {
  return PLACEHOLDERS.has(
    text.replaceAll(/[^\p{L}\p{N}\p{Extended_Pictographic}]+/gu, "").toLowerCase(),
  );
}

/** Whether an answer holds the prompt's data in its tags, or the beginning of its task. */
export function echoes(text: string, task: string): boolean {
  return holdsQuotes(text) || text.includes(task.slice(0, 60));
}
