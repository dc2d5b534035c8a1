// What a request of a batch is to say, kept until its turn begins.
import { z } from "zod";
import { type Credential, credentialSchema } from "../auth/principal.ts";
import type { Track } from "../protocol/request.ts";
import { sendSchema } from "../protocol/send.ts";

const waitingSchema = z.object({
  /** Who asked: looked at again when it is sent. */
  credential: credentialSchema,
  conversation_id: z.string().nullable(),
  callback_url: z.string().nullable(),
  body: sendSchema,
  ignored: z.array(z.string()),
});
export type Waiting = z.infer<typeof waitingSchema>;

export function waitingOf(waiting: z.input<typeof waitingSchema>): string {
  return JSON.stringify({ ...waiting, credential: lasting(waiting.credential) });
}

/**
 * A token is short so that whoever finds it has it for an hour; what waits has proved who asked. It
 * counts as long as what stands behind it: the session, the key, the account.
 */
function lasting(credential: Credential): Credential {
  return "expires_at" in credential
    ? { ...credential, expires_at: Number.MAX_SAFE_INTEGER }
    : credential;
}

export function readWaiting(text: string): Waiting {
  return waitingSchema.parse(JSON.parse(text));
}

/** Whom to tell of a request, even where the rest of what it says cannot be read. */
export function trackIn({
  track_id,
  waiting,
}: {
  track_id: string;
  waiting: string | null;
}): Pick<Track, "track_id" | "callback_url"> {
  try {
    const known = waitingSchema.pick({ callback_url: true }).parse(JSON.parse(waiting ?? "{}"));
    return { track_id, callback_url: known.callback_url };
  } catch {
    return { track_id, callback_url: null };
  }
}
