// What a request of a batch is to say, kept until its turn begins.
import { z } from "zod";
import { credentialSchema } from "../auth/principal.ts";
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
  return JSON.stringify(waiting);
}

export function readWaiting(text: string): Waiting {
  return waitingSchema.parse(JSON.parse(text));
}

/** Whom to tell, even where the rest cannot be read. */
export function callbackIn(text: string): string | null {
  try {
    return waitingSchema.pick({ callback_url: true }).parse(JSON.parse(text)).callback_url;
  } catch {
    return null;
  }
}
