// Any model as a reranker: it is shown the question and some texts at once, and says how well each answers.
import { z } from "zod";
import { quoteAs } from "../../llm/quoted.ts";
import { type AskModel, listIn } from "../ask.ts";

/** UTF-16 units of a text that are shown. */
const SHOWN = 1_500;

const TASK = [
  "You are given a question and numbered sources. Say of each source how well it answers the question: 0 not at all, 0.5 in part, 1 fully.",
  "Write a JSON array of numbers, one for each source in their order, and nothing else.",
].join("\n");

/** From 0 to 1, in the order of the texts; null where the answer was no such thing. */
export async function scoreByModel(
  ask: AskModel,
  query: string,
  texts: readonly string[],
): Promise<number[] | null> {
  const shown = texts.map((text, at) =>
    quoteAs("source", `[${at + 1}]\n${text.slice(0, SHOWN).toWellFormed()}`),
  );
  const answer = await ask({
    purpose: "rerank",
    system: TASK,
    prompt: `${quoteAs("message", query)}\n${shown.join("\n")}`,
    max_tokens: 20 + 8 * texts.length,
  });
  const scores = z.array(z.number().min(0).max(1)).length(texts.length);
  const read = scores.safeParse(listIn(answer));
  return read.success ? read.data : null;
}
