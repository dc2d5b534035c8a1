// What a question that is asked again, or edited, keeps of how it was asked before: whether it was answered from
// documents, and from which.
import type { Sql } from "../store/sql.ts";
import type { SendCommand } from "./command.ts";
import type { Question } from "./question.ts";
import { lastTurnAsking } from "./turns.ts";

export function inheriting(sql: Sql, command: SendCommand, question: Question): SendCommand {
  const { input, place } = command;
  if (input.use_rag !== undefined || input.collections !== undefined) return command;
  const before = question.asked
    ? question.at.seq
    : place !== null && "instead" in place
      ? place.instead
      : null;
  if (before === null) return command;
  const { use_rag, collections } = lastTurnAsking(sql, before)?.input ?? {};
  return use_rag === undefined && collections === undefined
    ? command
    : { ...command, input: { ...input, use_rag, collections } };
}
