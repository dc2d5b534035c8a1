// Whether what was found answers, and what to look for if it does not: the model's decision, where a
// collection's pattern is `agentic`.
import { quoteAs } from "../llm/quoted.ts";
import type { SearchResult } from "../protocol/knowledge.ts";
import type { AskModel } from "./ask.ts";

/** UTF-16 units of a text that are shown, and of a new question. */
const SHOWN = 800;
const LONGEST = 300;

const TASK = [
  "You are given a question and what a search in documents found for it. Decide whether the sources are enough to answer the whole question.",
  "If they are, or if another search would not help, write: ENOUGH",
  "If something is missing that other words could find, write: SEARCH: and what to search for, in a few words of the question's language, other than what was searched for before. Write nothing else.",
].join("\n");

/** What to search for next; null where it is enough. @throws {AppError} what `ask` throws */
export async function searchAgainFor(
  ask: AskModel,
  query: string,
  searched: readonly string[],
  results: readonly SearchResult[],
): Promise<string | null> {
  const shown = results.map(({ text }, at) =>
    quoteAs("source", `[${at + 1}]\n${text.slice(0, SHOWN).toWellFormed()}`),
  );
  const answer = await ask({
    purpose: "retrieval",
    system: TASK,
    prompt: [
      quoteAs("message", query),
      `Searched for so far: ${searched.map((it) => JSON.stringify(it)).join(", ")}`,
      shown.length === 0 ? "Nothing was found." : shown.join("\n"),
    ].join("\n"),
    max_tokens: 60,
  });
  const next = /^\s*SEARCH\s*:\s*(.+)$/im.exec(answer)?.[1]?.trim().toWellFormed() ?? "";
  const told = next.replaceAll(/^["“]|["”]$/g, "").slice(0, LONGEST);
  return told === "" || searched.some((it) => it.toLowerCase() === told.toLowerCase())
    ? null
    : told;
}
