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

/** Read apart from what is said. */
const whereSchema = waitingSchema.pick({ conversation_id: true, callback_url: true }).partial();

type Kept = { track_id: string; waiting: string | null };

/** Whom to tell of a request, even where the rest of what it says cannot be read. */
export function trackIn(row: Kept): Pick<Track, "track_id" | "callback_url"> {
  return { track_id: row.track_id, callback_url: fieldIn(row, "callback_url") };
}

/** The conversation that it names. */
export const conversationIn = (row: Kept) => fieldIn(row, "conversation_id");

function fieldIn({ waiting }: Kept, field: "callback_url" | "conversation_id"): string | null {
  try {
    return whereSchema.parse(JSON.parse(waiting ?? "{}"))[field] ?? null;
  } catch {
    return null;
  }
}
