// A question in other words, by a model: texts that say the same differently are found, too.
import { z } from "zod";
import { quoteAs } from "../llm/quoted.ts";
import { type AskModel, listIn } from "./ask.ts";

const MOST = 3;
const LONGEST = 300;

const TASK = [
  `Write up to ${MOST} other ways to ask for what the message asks for, as somebody would who uses other words than it does: synonyms, the names that experts use, the words that an answer would have.`,
  "Keep its language. Add nothing that it does not ask for. Write a JSON array of texts and nothing else.",
].join("\n");

/** Empty where the model had nothing to say that could be used. @throws {AppError} what `ask` throws */
export async function rephrase(ask: AskModel, query: string): Promise<string[]> {
  const answer = await ask({
    purpose: "retrieval",
    system: TASK,
    prompt: quoteAs("message", query),
    max_tokens: 200,
  });
  const read = z.array(z.string()).safeParse(listIn(answer));
  if (!read.success) return [];
  const texts = read.data.map((text) => text.trim().toWellFormed());
  return [...new Set(texts)]
    .filter((text) => text !== "" && text.length <= LONGEST && text !== query)
    .slice(0, MOST);
}
