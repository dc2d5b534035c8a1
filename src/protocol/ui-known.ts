// What the messages that a page has before the last tell of its conversation: where the last one goes, and
// what is to be in a conversation that is not there yet.
import { z } from "zod";
import { parseOwnedId } from "../ids.ts";
import { contentOf, type Part } from "./message.ts";
import type { Earlier } from "./transfer.ts";
import { messageSchema, saidPart } from "./ui-request.ts";

/** What stands below `start` of a stream; else the message's own id is ours, where it was read from here. */
const namedSchema = z.object({
  id: z.string().optional(),
  metadata: z.object({ messageId: z.string().optional() }).optional().catch(undefined),
});
const roleSchema = z.object({ role: z.enum(["user", "assistant", "system"]) });

/**
 * What was said, from the first of the user's messages on: texts and pictures. With what the page greets
 * with no history can begin, and what tools returned belongs to calls that are not here.
 */
export function toldIn(messages: readonly unknown[]): Earlier[] {
  const told: Earlier[] = [];
  for (const message of messages) {
    const { data } = messageSchema.safeParse(message);
    if (data === undefined || data.role === "system") continue;
    const { role } = data;
    const parts = data.parts.flatMap((part) => partsOf(role, part));
    const begins = told.length > 0 || role === "user";
    if (begins && parts.length > 0) told.push({ role, parts });
  }
  return told;
}

function partsOf(role: Earlier["role"], part: { type: string } & Record<string, unknown>): Part[] {
  if (role === "user") {
    const { data } = saidPart.safeParse(part);
    return data === undefined ? [] : [data];
  }
  const { type, text } = part;
  if (type !== "text" || typeof text !== "string" || text.trim() === "") return [];
  return [{ type, text: text.toWellFormed() }];
}

/** The number of the last answer that is of this conversation; null where none is. */
export function answerIn(messages: readonly unknown[], conversation: string): number | null {
  for (const message of messages.toReversed()) {
    if (roleSchema.safeParse(message).data?.role !== "assistant") continue;
    const n = numberOf(message, conversation);
    if (n !== undefined) return n;
  }
  return null;
}

/** The highest number of this conversation that a message of the page has; 0 where none has any. */
export function highestIn(messages: readonly unknown[], conversation: string): number {
  return Math.max(0, ...messages.map((message) => numberOf(message, conversation) ?? 0));
}

function numberOf(message: unknown, conversation: string): number | undefined {
  const { data } = namedSchema.safeParse(message);
  return numberIn(conversation, data?.metadata?.messageId ?? data?.id);
}

/** The number of a message of this conversation. */
export function numberIn(conversation: string, id: string | null | undefined): number | undefined {
  const parsed = parseOwnedId("msg", id ?? "");
  return parsed?.conversation === conversation ? parsed.n : undefined;
}

/** The last answer of `told`: its number in a conversation that began with that, and what it says. */
export function lastAnswer(told: readonly Earlier[]): { n: number; content: string } | null {
  const at = told.findLastIndex(({ role }) => role === "assistant");
  const answer = told[at];
  return answer === undefined ? null : { n: at + 1, content: contentOf(answer.parts) };
}
