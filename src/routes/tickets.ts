// Tickets: a page that may not put its token into an address asks for one, and opens one socket of one
// conversation with it, within half a minute.
import { z } from "zod";
import { type Credential, credentialSchema } from "../auth/principal.ts";
import { AppError, fail, ok, type Result } from "../errors.ts";
import type { AppContext } from "./context.ts";
import { socketCredential } from "./credentials.ts";

/** Milliseconds. */
const LIFE = 30_000;
const PURPOSE = "ticket";

const ticketSchema = z.object({
  id: z.string(),
  conversation_id: z.string(),
  credential: credentialSchema,
});

/** What an upgrade shows: who is there, and the ticket that is spent with it. */
export type Shown = { credential: Credential | null; ticket: string | null };

export async function newTicket(
  c: AppContext,
  conversation_id: string,
): Promise<{ ticket: string; expires_in: number }> {
  const { sealer, now } = c.var.services;
  const facts = { id: crypto.randomUUID(), conversation_id, credential: c.var.credential };
  return {
    ticket: await sealer.seal(PURPOSE, facts, now() + LIFE),
    expires_in: LIFE / 1000,
  };
}

/** A failure is told by closing the socket: a browser shows a page no status of an upgrade. */
export async function shownOnUpgrade(c: AppContext, id: string): Promise<Result<Shown>> {
  const ticket = c.req.query("ticket");
  try {
    if (ticket === undefined) return ok({ credential: await socketCredential(c), ticket: null });
    const opened = ticketSchema.safeParse(await c.var.services.sealer.open(PURPOSE, ticket));
    if (!opened.success || opened.data.conversation_id !== id)
      return fail("AUTHENTICATION_ERROR", "This ticket is not valid here, or has expired.");
    return ok({ credential: opened.data.credential, ticket: opened.data.id });
  } catch (thrown) {
    if (thrown instanceof AppError) return { ok: false, failure: thrown.failure };
    throw thrown;
  }
}
