// What webhooks are told, in the words of seed 000 ("Webhook Payload Format"): the events, and their
// bodies. Who signs and sends them is src/jobs/delivering.ts's.
import { z } from "zod";
import type { ErrorBody, Failure } from "../errors.ts";
import type { ClosingBody } from "./events.ts";
import type { Message } from "./message.ts";
import type { RequestState, Track } from "./request.ts";

export const WEBHOOK_EVENTS = [
  "chat.response.generated",
  "chat.response.failed",
  "conversation.completed",
  "document.indexed",
  "document.failed",
  "webhook.test",
] as const;
export type WebhookEventName = (typeof WEBHOOK_EVENTS)[number];

export const DELIVERY_STATES = ["pending", "delivered", "failed"] as const;

/** One event; its id follows from what happened, so that it happens once however often it is told. */
export type WebhookEvent = {
  id: string;
  type: WebhookEventName;
  conversation_id: string | null;
  payload: { event: WebhookEventName; timestamp: string; data: Record<string, unknown> };
  /** Told to this address, too, whoever else hears of it. */
  callback_url: string | null;
};

export const webhookSchema = z
  .object({
    id: z.string(),
    url: z.string(),
    description: z.string().nullable(),
    events: z.array(z.enum(WEBHOOK_EVENTS)),
    everyone: z.boolean(),
    enabled: z.boolean(),
    disabled_reason: z.string().nullable(),
    failures: z.int().describe("Attempts that failed since the last that did not."),
    failing_since: z.iso.datetime().nullable(),
    previous_secret_until: z.iso.datetime().nullable(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ ref: "Webhook" });

export const deliverySchema = z
  .object({
    id: z.string(),
    event_id: z.string(),
    event: z.enum(WEBHOOK_EVENTS),
    status: z.enum(DELIVERY_STATES),
    attempts: z.int(),
    next_attempt_at: z.iso.datetime().nullable(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ ref: "Delivery" });

export const attemptSchema = z.object({
  id: z.string(),
  started_at: z.iso.datetime(),
  status_code: z.int().nullable(),
  latency_ms: z.int().nullable(),
  answer: z.string().nullable().describe("The first bytes of what it answered."),
  error: z.string().nullable(),
});

/** How a request stands whose turn ended so. */
export function requestState(closing: ClosingBody): RequestState {
  switch (closing.type) {
    case "turn.completed":
      return "completed";
    case "turn.cancelled":
      return "cancelled";
    case "turn.failed":
      return closing.error.code === "LLM_TIMEOUT" ? "timeout" : "failed";
  }
}

/** Why there is no whole answer, as a sentence; null where there is one. */
export function whyNot(closing: ClosingBody): string | null {
  if (closing.type === "turn.completed") return null;
  return closing.type === "turn.cancelled" ? CANCELLED : closing.error.message;
}

const CANCELLED = "The request was cancelled.";

/** What is said of an answer beside its text. */
export function answerMetadata(message: Message): Record<string, unknown> {
  return {
    tokens_used: message.tokens_used?.total ?? null,
    processing_time: message.latency_ms === null ? null : message.latency_ms / 1000,
    model: message.model,
    provider: message.provider,
    finish_reason: message.finish_reason,
    message_id: message.id,
    turn_id: message.turn_id,
  };
}

/** A request's end is one event, whether its turn tells of it or whoever cancelled it before. */
export const turnEventId = (turn_id: string, track: Pick<Track, "track_id"> | null) =>
  track === null ? `evt_${turn_id.slice("turn_".length)}` : requestEventId(track);

const requestEventId = ({ track_id }: Pick<Track, "track_id">) => `evt_${track_id}`;

/** Characters of an answer that an event has: with what JSON escapes, a row of D1 takes them. */
const LONGEST_RESPONSE = 400_000;
const clipped = (text: string) => text.slice(0, LONGEST_RESPONSE).toWellFormed();

/** The event that a turn's end is. */
export function turnEvent(
  closing: ClosingBody,
  {
    turn_id,
    conversation_id,
    user_id,
  }: { turn_id: string; conversation_id: string; user_id: string },
  track: Track | null,
): WebhookEvent {
  const { message } = closing;
  const { timestamp } = message;
  const track_id = track?.track_id ?? null;
  const about = {
    id: turnEventId(turn_id, track),
    conversation_id,
    callback_url: track?.callback_url ?? null,
  };
  if (closing.type === "turn.completed") {
    const type = "chat.response.generated";
    const data = {
      track_id,
      session_id: conversation_id,
      user_id,
      response: clipped(message.content),
      metadata: {
        ...answerMetadata(message),
        ...(message.content.length > LONGEST_RESPONSE ? { truncated: true } : {}),
      },
    };
    return { ...about, type, payload: { event: type, timestamp, data } };
  }
  const type = "chat.response.failed";
  const details = {
    status: requestState(closing),
    session_id: conversation_id,
    turn_id,
    partial_response: clipped(message.content),
  };
  const error =
    closing.type === "turn.cancelled"
      ? failure(CANCELLED, { code: "CANCELLED", ...details })
      : failureOf(closing.error, details);
  return { ...about, type, payload: { event: type, timestamp, data: { track_id, error } } };
}

/** A request that no turn was made for. */
export function refusedEvent(
  track: Pick<Track, "track_id" | "callback_url">,
  { code, message, details }: Failure,
  now: number,
): WebhookEvent {
  return turnless(track, failure(message, { code, ...details, status: "failed" }), now);
}

/** A request that was cancelled before there was a turn. */
export function cancelledEvent(
  track: Pick<Track, "track_id" | "callback_url">,
  now: number,
): WebhookEvent {
  return turnless(track, failure(CANCELLED, { code: "CANCELLED", status: "cancelled" }), now);
}

function turnless(
  { track_id, callback_url }: Pick<Track, "track_id" | "callback_url">,
  error: ReturnType<typeof failure>,
  now: number,
): WebhookEvent {
  const event = "chat.response.failed";
  return {
    id: requestEventId({ track_id }),
    type: event,
    conversation_id: null,
    callback_url,
    payload: { event, timestamp: new Date(now).toISOString(), data: { track_id, error } },
  };
}

/** What `POST /webhooks/{id}/test` sends. */
export function testEvent(
  id: string,
  { webhook_id, user_id }: { webhook_id: string; user_id: string },
  now: number,
): WebhookEvent {
  const event = "webhook.test";
  return {
    id,
    type: event,
    conversation_id: null,
    callback_url: null,
    payload: {
      event,
      timestamp: new Date(now).toISOString(),
      data: { webhook_id, user_id, message: "This is what Edgewise sends." },
    },
  };
}

/** @param at when its owner closed it, in milliseconds */
export function completedEvent(conversation_id: string, user_id: string, at: number): WebhookEvent {
  const event = "conversation.completed";
  const timestamp = new Date(at).toISOString();
  return {
    id: `evt_${conversation_id.slice("conv_".length)}_${at}`,
    type: event,
    conversation_id,
    callback_url: null,
    payload: { event, timestamp, data: { session_id: conversation_id, user_id } },
  };
}

/** @param version of its content */
export function documentEvent(
  document: { id: string; name: string; collection_id: string; user_id: string; version: number },
  outcome: { chunks: number } | { reason: string; error: string },
  now: number,
): WebhookEvent {
  const event = "chunks" in outcome ? "document.indexed" : "document.failed";
  const { id, version, name, collection_id, user_id } = document;
  return {
    id: `evt_${id.slice("doc_".length)}_${version}_${event === "document.indexed" ? "i" : "f"}`,
    type: event,
    conversation_id: null,
    callback_url: null,
    payload: {
      event,
      timestamp: new Date(now).toISOString(),
      data: { document_id: id, name, collection_id, user_id, version, ...outcome },
    },
  };
}

function failureOf({ code, message }: ErrorBody, details: Record<string, unknown>) {
  return failure(message, { code, ...details });
}

/** Seed 000 has one code for whatever went wrong; ours is in the details. */
const failure = (message: string, details: Record<string, unknown>) => ({
  code: "LLM_GENERATION_FAILED",
  message,
  details,
});
