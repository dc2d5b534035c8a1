// The frames of `GET /conversations/{id}/ws`: JSON in (parsed, never trusted) and TurnEvents out.
import { z } from "zod";
import { type Failure, errorBody, fail, ok, type Result } from "../errors.ts";
import type { TurnEvent } from "./events.ts";
import { describeIssues } from "./issues.ts";
import { sendSchema } from "./send.ts";

/** A frame in is JSON of at most this many bytes. */
const MAX_FRAME = 1024 * 1024;

const frameSchema = z.discriminatedUnion("type", [
  z.looseObject({
    ...sendSchema.shape,
    type: z.literal("send"),
    idempotency_key: z.string().min(1).max(255).optional(),
  }),
  z.object({ type: z.literal("cancel"), turn_id: z.string() }),
  z.object({
    type: z.literal("resume"),
    turn_id: z.string(),
    /** A position `<turn_id>:<epoch>.<seq>`, or its `<epoch>.<seq>`; without it, from the beginning. */
    after: z.string().nullish(),
  }),
  z.object({ type: z.literal("ping") }),
]);
export type Frame = z.infer<typeof frameSchema>;

/** Exactly this ping is answered by the runtime, without waking the object. */
export const PING = '{"type":"ping"}';
export const PONG = '{"type":"pong"}';

export function parseFrame(data: string | ArrayBuffer): Result<Frame> {
  if (typeof data !== "string")
    return fail("VALIDATION_ERROR", "Frames are JSON text; this one was binary.", {
      field: "frame",
    });
  if (data.length > MAX_FRAME)
    return fail("PAYLOAD_TOO_LARGE", `A frame may have ${MAX_FRAME} characters.`, {
      field: "frame",
    });
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch {
    return fail("VALIDATION_ERROR", "The frame is not JSON.", { field: "frame" });
  }
  const frame = frameSchema.safeParse(json);
  if (frame.success) return ok(frame.data);
  return { ok: false, failure: describeIssues(frame.error.issues) };
}

/** One event, one frame. */
export function encodeFrame(event: TurnEvent): string {
  return JSON.stringify(event);
}

/** `reference` repeats what the frame that failed called itself, so that a client can match it. */
export function errorFrame(failure: Failure, reference: Record<string, unknown> = {}): string {
  return JSON.stringify({ type: "error", ...reference, error: errorBody(failure) });
}
