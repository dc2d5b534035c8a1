// A request that is answered before it is done: what it is (seed 000, "Request Tracking Service").
import { z } from "zod";

/** From `processing` one goes to one of the others, once. */
export const REQUEST_STATES = [
  "processing",
  "completed",
  "failed",
  "timeout",
  "cancelled",
] as const;

export type RequestState = (typeof REQUEST_STATES)[number];

export const requestSchema = z
  .object({
    track_id: z.uuid(),
    status: z.enum(REQUEST_STATES),
    timestamp: z.iso.datetime().describe("When it last changed."),
    response: z
      .string()
      .nullable()
      .describe("The answer; what had arrived of it, where it did not end well."),
    error: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()),
    conversation_id: z.string().nullable(),
    turn_id: z.string().nullable(),
    batch_id: z.string().nullable(),
    created_at: z.iso.datetime(),
  })
  .meta({ ref: "Request" });
export type TrackedRequest = z.infer<typeof requestSchema>;

/** What travels with a turn that somebody waits for elsewhere. */
export const trackSchema = z.object({
  track_id: z.string(),
  /** Null: it is asked for, nobody is told. */
  callback_url: z.string().nullable(),
  batch_id: z.string().nullable(),
});
export type Track = z.infer<typeof trackSchema>;
