// The branch that is shown, as a list of messages: each is the child of the one before. Where a message
// goes in it, and what stood there before. Pure.
import type { Message } from "../../src/protocol/message.ts";

export type Path = readonly Message[];

/** Ids rise as they are made. */
export const byAge = (a: string, b: string) => (a < b ? -1 : a === b ? 0 : 1);

/** All versions of what stands in one place, in the order in which they came. */
function versions(known: Message | undefined, ...more: readonly string[]): string[] {
  const old = known === undefined ? [] : [known.id, ...known.sibling_ids];
  const all = [...new Set([...old, ...more])].toSorted(byAge);
  return all.length < 2 ? [] : all;
}

/** An event tells a message without its siblings. */
const withSiblings = (message: Message, known: Message | undefined): Message => ({
  ...message,
  sibling_ids: versions(known, message.id, ...message.sibling_ids),
});

/**
 * The path that a new question ends: what stood in its place, and all that followed, is on another
 * branch now. Null where its parent is not on the path.
 * @param answering ids of answers that are being written on the path
 */
export function askedOn(
  path: Path,
  question: Message,
  begins: boolean,
  answering: ReadonlySet<string>,
): Message[] | null {
  const there = path.findIndex(({ id }) => id === question.id);
  const known = path[there];
  if (known !== undefined) return [...path.slice(0, there), withSiblings(question, known)];
  const parent = path.findIndex(({ id }) => id === question.parent_id);
  if (parent < 0 && question.parent_id !== null)
    return answering.has(question.parent_id) ? [...path, question] : null;
  if (parent < 0 && !begins) return null;
  return [...path.slice(0, parent + 1), withSiblings(question, path[parent + 1])];
}

/** What was shown as the answer to a question, where it is the path's. */
export const answerTo = (path: Path, question: string): Message | undefined =>
  path.find((message) => message.role === "assistant" && message.parent_id === question);

/** The path with an answer that has ended; where another one is shown, as one to choose. */
export function answeredOn(
  path: Path,
  answer: Message,
  siblings: readonly string[],
): readonly Message[] {
  const whole = { ...answer, sibling_ids: versions(answer, ...siblings) };
  const there = path.findIndex(({ id }) => id === answer.id);
  if (there >= 0) return path.with(there, withSiblings(whole, path[there]));
  const at = path.findIndex(({ id }) => id === answer.parent_id);
  if (at < 0) return path;
  const next = path[at + 1];
  if (next === undefined || next.parent_id === answer.id)
    return [...path.slice(0, at + 1), whole, ...path.slice(at + 1)];
  if (next.parent_id !== answer.parent_id) return path;
  return path.with(at + 1, { ...next, sibling_ids: versions(next, answer.id) });
}

/** Whether the answer that is being written to `question` is on the path. */
export function isShownBelow(path: Path, question: string, answer: string | null): boolean {
  const at = path.findIndex(({ id }) => id === question);
  if (at < 0) return false;
  const next = path[at + 1];
  if (next === undefined) return true;
  return next.parent_id !== question && (answer === null || next.parent_id === answer);
}

/** What is known before `rows`, where the first of them follows it: a path is settled by its end. */
export function before(path: Path, rows: Path): Path {
  const parent = rows[0]?.parent_id ?? null;
  return path.slice(0, path.findIndex(({ id }) => id === parent) + 1);
}
