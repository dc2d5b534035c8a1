// The place where one model's words end and another's begin: what goes on from a partial answer is
// joined to it, and the reader is told where and why.
import type { Notice } from "../protocol/message.ts";
import { Joiner } from "./continuation.ts";
import type { Finish, ModelEvent, ModelRequest } from "./provider.ts";

/** What a chain of models says: one answer, whoever wrote which part of it. */
export type AnswerEvent =
  | Exclude<ModelEvent, Finish>
  /** What follows replaces the text from `offset` (UTF-16 units) on. */
  | { type: "rewind"; offset: number }
  | Finish;

/** What is to be told where a model begins to speak. `afresh`: it begins the answer anew. */
export type Told = (at: { offset: number; afresh: boolean }) => Notice;

/**
 * Whether a partial answer to `request` can be gone on from: half of a JSON text cannot, and of what
 * nobody reads as it is written nothing is won.
 */
export function isContinuable({ purpose, response_format }: ModelRequest): boolean {
  return purpose === "chat" && (response_format === undefined || response_format.type === "text");
}

/**
 * Joins `events`, which go on from `partial`, to it. Where they begin anew, or `afresh` says that they
 * do, the partial is rewound, as soon as there is something to take its place.
 * @param told null where there is nothing to tell of the beginning
 */
export async function* joined(
  events: AsyncIterable<ModelEvent>,
  partial: string,
  afresh: boolean,
  told: Told | null,
): AsyncGenerator<AnswerEvent> {
  const joiner = partial === "" || afresh ? null : new Joiner(partial);
  let begun = false;
  const begin = function* (anew: boolean): Generator<AnswerEvent> {
    begun = true;
    if (anew && partial !== "") yield { type: "rewind", offset: 0 };
    const offset = anew ? 0 : partial.length;
    if (told !== null) yield { type: "notice", notice: told({ offset, afresh: anew }) };
  };
  const join = function* (found: ReturnType<Joiner["push"]>): Generator<AnswerEvent> {
    if (found === null) return;
    if (found.first) yield* begin(found.type === "afresh");
    if (found.text !== "") yield { type: "text", text: found.text };
  };
  for await (const event of events) {
    if (event.type === "text" && joiner !== null) {
      yield* join(joiner.push(event.text));
      continue;
    }
    if (event.type === "finish" && joiner !== null) yield* join(joiner.end());
    if (!begun && joiner === null && event.type !== "notice") yield* begin(afresh);
    yield event;
  }
}
