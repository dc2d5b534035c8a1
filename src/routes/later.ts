// Answering before the answer is there: 202 and an id under which it is asked for, or is told of.
import { z } from "zod";
import type { SendCommand } from "../conversation/command.ts";
import { AppError, unwrap } from "../errors.ts";
import { newTrackId } from "../ids.ts";
import type { ClosingBody } from "../protocol/events.ts";
import type { TrackedRequest } from "../protocol/request.ts";
import { answerMetadata, requestState, whyNot } from "../protocol/webhook.ts";
import { insertRequests, type ListedRequest, type RequestRow } from "../store/requests.ts";
import type { AppContext } from "./context.ts";
import { knownTurn, reads } from "./declare.ts";

/** Milliseconds that looking up a name may take. */
const CHECKING = 5000;

/** What a send says where its answer is told elsewhere. */
export const laterFields = {
  callback_url: z
    .string("should be an https address")
    .max(2000, "should have at most 2,000 characters")
    .nullish()
    .describe("Is told how it ended; the answer to this is 202."),
};

export const readsPreference = reads({
  in: "header",
  name: "Prefer",
  description: "`respond-async`: the answer is asked for later, and this one is 202.",
});

/** Whether the caller does not wait (RFC 7240, or seed 003's "Async + Webhook"). */
export function wantsLater(
  c: AppContext,
  { callback_url }: { callback_url?: string | null | undefined },
): boolean {
  const prefers = c.req.header("Prefer")?.split(/[,;]/) ?? [];
  return (
    Boolean(callback_url) || prefers.some((each) => each.trim().toLowerCase() === "respond-async")
  );
}

/**
 * Says before anything is reserved whether an address may be told.
 * @throws VALIDATION_ERROR
 */
export async function checkedCallback(
  c: AppContext,
  callback_url: string | null | undefined,
  field = "callback_url",
): Promise<string | null> {
  if (callback_url === undefined || callback_url === null) return null;
  const { config, egress } = c.var.services;
  if (config.WEBHOOK_SECRET === undefined && config.APP_ENV !== "development")
    throw new AppError(
      "VALIDATION_ERROR",
      `${field}: nothing signs what would be sent there. Set WEBHOOK_SECRET, or make a webhook with POST /api/v1/webhooks.`,
      { field },
    );
  const refusal = await egress.check(callback_url, CHECKING);
  if (refusal !== null)
    throw new AppError("VALIDATION_ERROR", `${field}: ${refusal.message}`, {
      field,
      reason: refusal.reason,
    });
  return new URL(callback_url).href;
}

/** Sends a message, and answers as soon as it is accepted. */
export async function answerLater(
  c: AppContext,
  conversation_id: string,
  command: SendCommand,
  create: boolean,
  callback_url: string | null,
): Promise<Response> {
  const { services, principal } = c.var;
  const track = { track_id: newTrackId(), callback_url, batch_id: null };
  const conversation = services.conversation(conversation_id);
  const tracked = { ...command, idempotency: alsoToldTo(callback_url, command), track };
  const sent = unwrap(await conversation.send(principal, conversation_id, tracked, create, null));
  if (sent.track_id === null)
    throw new AppError(
      "IDEMPOTENCY_CONFLICT",
      "This Idempotency-Key was used for a request that was not to be answered later.",
      { turn_id: sent.turn_id },
    );
  // The same key again: by now it may have ended, and its row be forgotten.
  const ended = sent.attached ? await endedBefore(c, conversation_id, sent.turn_id) : null;
  const now = services.now();
  const row: RequestRow = {
    track_id: sent.track_id,
    tenant_id: principal.tenant_id,
    user_id: principal.user_id,
    conversation_id,
    turn_id: sent.turn_id,
    batch_id: null,
    status: ended === null ? "processing" : requestState(ended),
    error: ended === null ? null : whyNot(ended),
    waiting: null,
    created_at: now,
    updated_at: now,
  };
  await insertRequests(services.database(principal.tenant_id), [row]);
  c.header("Location", `/api/v1/requests/${row.track_id}`);
  c.header("Preference-Applied", "respond-async");
  c.header("X-Conversation-Id", conversation_id);
  c.header("X-Turn-Id", sent.turn_id);
  return c.json(requestView(row, ended), 202);
}

/** The same message to be told elsewhere is another request. */
function alsoToldTo(
  callback_url: string | null,
  { idempotency }: SendCommand,
): SendCommand["idempotency"] {
  if (idempotency === null || callback_url === null) return idempotency;
  return { ...idempotency, hash: `${idempotency.hash} ${callback_url}` };
}

async function endedBefore(
  c: AppContext,
  conversation_id: string,
  turn_id: string,
): Promise<ClosingBody | null> {
  const { services, principal } = c.var;
  const n = knownTurn(conversation_id, turn_id);
  return unwrap(await services.conversation(conversation_id).ended(principal, conversation_id, n));
}

/** @param closing how its turn ended, as the object that ran it says; null where it has not, or nobody knows */
export function requestView(row: ListedRequest, closing: ClosingBody | null): TrackedRequest {
  const { track_id, conversation_id, turn_id, batch_id } = row;
  const open = row.status === "processing";
  const status = open && closing !== null ? requestState(closing) : row.status;
  const text = closing?.message.content ?? "";
  return {
    track_id,
    status,
    timestamp: closing?.message.timestamp ?? new Date(row.updated_at).toISOString(),
    response: text === "" ? null : text,
    error: row.error ?? (closing === null ? null : whyNot(closing)),
    metadata: closing === null ? {} : answerMetadata(closing.message),
    conversation_id,
    turn_id,
    batch_id,
    created_at: new Date(row.created_at).toISOString(),
  };
}
