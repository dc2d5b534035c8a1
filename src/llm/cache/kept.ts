// An answer as it is kept, and which answers are. Whatever is read back is checked as if a stranger
// had written it: a value that is not one of ours is no answer.
import { z } from "zod";
import { messageSchema, type Notice, noticeSchema } from "../../protocol/message.ts";
import type { Finish } from "../provider.ts";
import type { Identity } from "./identity.ts";

/** UTF-8 bytes of a text, its reasoning included. */
export const LONGEST_TEXT = 256 * 1024;
/** Notices of an answer, and their bytes as JSON. */
const MOST_NOTICES = 20;
const LONGEST_NOTICES = 16 * 1024;
/** Milliseconds by which two clocks may differ. What is from further ahead was not written by us. */
export const CLOCK_DRIFT = 5 * 60_000;

export const keptSchema = z.object({
  v: z.literal(2),
  /** Whose answer it is: it must name the request under which it is found. */
  exact: z.string().regex(/^[0-9a-f]{64}$/),
  partition: z.string().regex(/^[0-9a-f]{64}$/),
  text: z.string().min(1).max(LONGEST_TEXT),
  reasoning: z.string().max(LONGEST_TEXT),
  /** Settings that the model did not take as they were asked for: who asks again is told again. */
  notices: z.array(noticeSchema).max(MOST_NOTICES),
  /** Why it ended, in its vendor's words; in ours it is always `stop`. */
  finish: z.string().max(200),
  usage: messageSchema.shape.tokens_used,
  provider: z.string().max(200),
  model: z.string().max(200),
  /** When it was given, in milliseconds. */
  at: z.number().int().nonnegative(),
});
export type Kept = z.infer<typeof keptSchema>;

/** An answer that might be kept. */
export type Answer = {
  text: string;
  reasoning: string;
  notices: readonly Notice[];
  /** Whether an object in JSON was asked for. */
  json: boolean;
  reason: Finish["reason"];
  usage: Finish["usage"];
  /** How many tools it called. */
  tool_calls: number;
  /** Who gave it: another than was asked where one fell back. */
  provider: string;
  model: string;
};

/** Null where it is not to be kept: cut short, empty, too long, with calls, broken, or another model's. */
export function worthKeeping(identity: Identity, answer: Answer, now: number): Kept | null {
  const { text, reasoning, notices, reason, usage, provider, model } = answer;
  if (reason.unified !== "stop" || answer.tool_calls > 0 || text.trim() === "") return null;
  if (provider !== identity.provider || model !== identity.model) return null;
  if (answer.json && !isObject(text)) return null;
  if (bytesOf(text) + bytesOf(reasoning) > LONGEST_TEXT) return null;
  if (bytesOf(JSON.stringify(notices)) > LONGEST_NOTICES) return null;
  const kept = keptSchema.safeParse({
    v: 2,
    exact: identity.exact,
    partition: identity.partition,
    text,
    reasoning,
    notices,
    finish: reason.raw,
    usage: usage ?? null,
    provider,
    model,
    at: now,
  });
  return kept.success ? kept.data : null;
}

/** Null where it is nothing that we would have written. */
export function readKept(json: string): Kept | null {
  try {
    const parsed = keptSchema.safeParse(JSON.parse(json));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** Whether it was given in this partition, by the model that is asked. */
export function isOf({ provider, model, partition }: Identity, kept: Kept): boolean {
  return kept.provider === provider && kept.model === model && kept.partition === partition;
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
