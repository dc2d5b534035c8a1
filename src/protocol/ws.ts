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
  /** First of all where the socket was opened with nothing to show; later, a fresh token. */
  z.object({ type: z.literal("auth"), token: z.string().min(1) }),
]);
export type Frame = z.infer<typeof frameSchema>;

/** Exactly this ping is answered by the runtime, without waking the object. */
export const PING = '{"type":"ping"}';
export const PONG = '{"type":"pong"}';

export type ParsedFrame = {
  frame: Result<Frame>;
  /** What a client recognises its own frame by, where it said so: also of a frame that is refused. */
  reference: Record<string, string>;
};

export function parseFrame(data: string | ArrayBuffer): ParsedFrame {
  const json = readJson(data);
  if (!json.ok) return { frame: json, reference: {} };
  const frame = frameSchema.safeParse(json.value);
  return {
    frame: frame.success
      ? ok(frame.data)
      : { ok: false, failure: describeIssues(frame.error.issues, json.value) },
    reference: z.record(z.string(), z.unknown()).safeParse(json.value).success
      ? referenceSchema.parse(json.value)
      : {},
  };
}

/** Strings or nothing: whatever else stands there is no reference. */
const referenceSchema = z
  .object({
    idempotency_key: z.string().max(255).optional().catch(undefined),
    turn_id: z.string().max(255).optional().catch(undefined),
  })
  .transform((said) => {
    const reference: Record<string, string> = {};
    if (said.idempotency_key !== undefined) reference["idempotency_key"] = said.idempotency_key;
    if (said.turn_id !== undefined) reference["turn_id"] = said.turn_id;
    return reference;
  });

function readJson(data: string | ArrayBuffer): Result<unknown> {
  if (typeof data !== "string")
    return fail("VALIDATION_ERROR", "Frames are JSON text; this one was binary.", {
      field: "frame",
    });
  if (data.length > MAX_FRAME)
    return fail("PAYLOAD_TOO_LARGE", `A frame may have ${MAX_FRAME} characters.`, {
      field: "frame",
    });
  try {
    return ok(JSON.parse(data));
  } catch {
    return fail("VALIDATION_ERROR", "The frame is not JSON.", { field: "frame" });
  }
}

/** One event, one frame. */
export function encodeFrame(event: TurnEvent): string {
  return JSON.stringify(event);
}

/** A message that brought a key was taken, now or before: this is its turn. */
export function acceptedFrame(idempotency_key: string, turn_id: string): string {
  return JSON.stringify({ type: "send.accepted", idempotency_key, turn_id });
}

/** `reference` repeats what the frame that failed called itself. */
export function errorFrame(failure: Failure, reference: Record<string, string> = {}): string {
  return JSON.stringify({ type: "error", ...reference, error: errorBody(failure) });
}
