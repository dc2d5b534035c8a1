// Messages that were said elsewhere, as an object takes them: numbered by whoever brings them, parents
// before their children.
import { z } from "zod";
import { feedbackSchema, messageSchema, partSchema } from "./message.ts";

const broughtMessageSchema = z.object({
  /** From 1, rising. */
  seq: z.int().min(1),
  parent_seq: z.int().min(1).nullable(),
  role: z.enum(["user", "assistant"]),
  parts: z.array(partSchema),
  status: z.enum(["completed", "partial", "failed", "deleted"]),
  /** Milliseconds. */
  created_at: z.number(),
  finished_at: z.number(),
  details: messageSchema.pick({
    model: true,
    provider: true,
    tokens_used: true,
    finish_reason: true,
    latency_ms: true,
    ttft_ms: true,
    notices: true,
    metadata: true,
    citations: true,
  }),
  feedback: feedbackSchema.nullable(),
});
export type BroughtMessage = z.infer<typeof broughtMessageSchema>;

/** Of what was said before, as much as a client that brings it knows. */
export type Earlier = Pick<BroughtMessage, "seq" | "role" | "parts">;

/** What an export says of itself. */
export const FORMAT = "edgewise.conversations";
export const VERSION = 1;
