// How an outcome reads as a message and as the event that closes its turn.
import type { ClosingBody } from "../protocol/events.ts";
import type { Message, Part } from "../protocol/message.ts";
import type { Outcome } from "./state.ts";
import type { Tally } from "./tally.ts";

/** The event that closes a turn. */
export function closingBody(outcome: Outcome, message: Message): ClosingBody {
  switch (outcome.status) {
    case "completed":
      return { type: "turn.completed", message };
    case "cancelled":
      return { type: "turn.cancelled", message };
    case "failed":
      return { type: "turn.failed", error: outcome.error, message };
  }
}

export function finishReasonOf(outcome: Outcome): Message["finish_reason"] {
  if (outcome.status === "completed") return outcome.finish_reason;
  return outcome.status === "cancelled" ? "cancelled" : "error";
}

/** A partial text never passes for a whole one. */
export function statusOf(outcome: Outcome, parts: readonly Part[]): Message["status"] {
  if (outcome.status === "completed") return "completed";
  return outcome.status === "failed" && parts.length === 0 ? "failed" : "partial";
}

/** What a message should say of its end beyond its fields: a guessed usage, why it failed. */
export function metadataOf(outcome: Outcome, { estimated }: Tally): Message["metadata"] {
  const metadata: Message["metadata"] = {};
  if (estimated) metadata["usage_estimated"] = true;
  if (outcome.status === "failed")
    metadata["error"] = { code: outcome.error.code, message: outcome.error.message };
  return metadata;
}
