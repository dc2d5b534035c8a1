// What a message means in its conversation: what its pronouns stand for, what it wants, whether it has
// to be asked back. Each only where the conversation has it switched on; else nothing is asked and
// nothing waits. What fails is left out: the message stands as it is.
import { AppError } from "../errors.ts";
import type { Choice } from "../llm/models.ts";
import { BEFORE_ANSWERING, makeAsk } from "../memory/ask.ts";
import { clarifyingQuestion, detectIntent } from "../memory/intent.ts";
import { needsResolution, resolveReferences } from "../memory/references.ts";
import type { Said } from "../memory/said.ts";
import type { Recollection, TurnServices, TurnState } from "./state.ts";

/** Messages that say what a message may refer to (seed 003 §7.4). */
const MOST_RECENT = 6;

export type Understood = {
  /** The message, read on its own. */
  query: string;
  clarifies: string | null;
  metadata: Record<string, unknown>;
};

export async function understand(
  state: TurnState,
  { models, meter }: TurnServices,
  memory: Recollection,
  beside: Choice,
  signal: AbortSignal,
): Promise<Understood> {
  const { text } = state;
  // Pictures, or what tools returned: there are no words to be understood.
  if (text.trim() === "") return { query: text, clarifies: null, metadata: {} };
  const { references, intent, clarify } = memory.settings;
  const resolves = references && needsResolution(text);
  // An answer that has begun is not turned into a question.
  const asksBack = clarify && state.continues === undefined;
  if (!resolves && !intent && !asksBack) return { query: text, clarifies: null, metadata: {} };
  const recent = newest(memory.recent(), MOST_RECENT);
  const ask = makeAsk({
    models,
    beside,
    limit: BEFORE_ANSWERING,
    signal,
    meter,
  });
  const [query, wants, question] = await Promise.all([
    resolves && recent.length > 0 ? orElse(text, resolveReferences(ask, text, recent)) : text,
    intent ? orElse(null, detectIntent(ask, text, recent)) : null,
    asksBack ? orElse(null, clarifyingQuestion(ask, text, recent)) : null,
  ]);
  signal.throwIfAborted();
  return {
    query,
    clarifies: question,
    metadata: {
      ...(wants === null ? {} : { intent: wants }),
      ...(query === text ? {} : { read_as: query }),
    },
  };
}

/** The message, and beside it how it reads on its own where its words point elsewhere. */
export function withReading(text: string, { read_as }: Understood["metadata"]): string {
  return typeof read_as === "string" ? `${text}\n\n(That is: ${read_as})` : text;
}

/** What is only helpful must not fail a turn. */
async function orElse<T>(otherwise: T, asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (thrown) {
    if (thrown instanceof AppError) return otherwise;
    throw thrown;
  }
}

/** Oldest first. */
export function newest(newestFirst: Iterable<Said>, most: number): Said[] {
  const messages: Said[] = [];
  for (const message of newestFirst) {
    messages.unshift(message);
    if (messages.length === most) break;
  }
  return messages;
}
