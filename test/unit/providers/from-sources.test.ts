import { expect, test } from "vitest";
import { quoteAs } from "../../../src/llm/quoted.ts";
import { answerFromSources } from "../../../src/llm/providers/embedded/from-sources.ts";

const asked = (content: string) => [{ role: "user" as const, content }];
const sources = (...texts: string[]) =>
  texts.map((text, at) => quoteAs("source", `[${at + 1}] Guide, Leave\n${text}`)).join("\n");

test("without sources there is nothing to quote", () => {
  expect(answerFromSources(undefined, asked("Anything?"))).toBeNull();
  expect(answerFromSources("Be brief.", asked("Anything?"))).toBeNull();
});

test("the sentence that says most of the question is quoted, word for word, with its source", () => {
  const answer = answerFromSources(
    sources("The office opens at 8. Leave is 30 days a year.", "Bikes are kept in the yard."),
    asked("How many days of leave are there?"),
  );
  expect(answer).toContain("Leave is 30 days a year. [1]");
  expect(answer).not.toContain("Bikes");
});

test("a heading is no answer", () => {
  const answer = answerFromSources(
    sources("Leave\nThirty days of it are granted each year."),
    asked("What is granted as leave?"),
  );
  expect(answer).toContain("Thirty days of it are granted each year. [1]");
  expect(answer).not.toContain("Leave [1]");
});

test("where no sentence says it, that is said, and the nearest source named", () => {
  const answer = answerFromSources(sources("Bikes are kept in the yard."), asked("Who am I?"));
  expect(answer).toContain("No sentence of the sources answers this");
  expect(answer).toContain("[1]");
});

test("marks inside of a source are not taken for citations", () => {
  const answer = answerFromSources(
    sources("Leave is 30 days [7] a year [99]."),
    asked("How many days of leave?"),
  );
  expect(answer).toContain("Leave is 30 days a year. [1]");
});
