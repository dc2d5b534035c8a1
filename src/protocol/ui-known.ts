// What the messages that a page has before the last tell of its conversation: where the last one goes, and
// what is to be in a conversation that is not there yet.
import { z } from "zod";
import { parseOwnedId } from "../ids.ts";
import type { Part } from "./message.ts";
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
    const parts = role === "user" ? data.parts.flatMap(saidBy) : answered(data.parts);
    if (parts.length === 0 || (told.length === 0 && role !== "user")) continue;
    told.push({ seq: told.length + 1, role, parts });
  }
  return told;
}

type UiPart = z.infer<typeof messageSchema>["parts"][number];

function saidBy(part: UiPart): Part[] {
  const { data } = saidPart.safeParse(part);
  return data === undefined ? [] : [data];
}

/** What was said before a tool was called, and after, is not one sentence. */
function answered(parts: readonly UiPart[]): Part[] {
  const texts = parts.flatMap(({ type, text }) =>
    type === "text" && typeof text === "string" && text.trim() !== "" ? [text] : [],
  );
  return texts.length === 0 ? [] : [{ type: "text", text: texts.join("\n\n").toWellFormed() }];
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

function numberOf(message: unknown, conversation: string): number | undefined {
  const { data } = namedSchema.safeParse(message);
  return numberIn(conversation, data?.metadata?.messageId ?? data?.id);
}

/** The number of a message of this conversation. */
export function numberIn(conversation: string, id: string | null | undefined): number | undefined {
  const parsed = parseOwnedId("msg", id ?? "");
  return parsed?.conversation === conversation ? parsed.n : undefined;
}
