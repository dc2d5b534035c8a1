// How an outcome reads as a message and as the event that closes its turn.
import type { ClosingBody } from "../protocol/events.ts";
import type { Message, Notice, Part } from "../protocol/message.ts";
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

/** Offsets only grow, but for a text that was begun anew: what stood before it is gone, its seams too. */
function seamsIn(notices: readonly Notice[]): Notice[] {
  const seams: Notice[] = [];
  for (const notice of notices) {
    if (!SEAMS.has(notice.code)) continue;
    const { offset = 0 } = notice;
    while ((seams.at(-1)?.offset ?? 0) > offset) seams.pop();
    if (offset > 0) seams.push(notice);
  }
  return seams;
}

/** Where one model's words, or one life of the turn, end and another's begin. */
const SEAMS: ReadonlySet<Notice["code"]> = new Set(["fallback", "recovered"]);

/** What a message should say of its end beyond its fields: a guessed usage, why it failed. */
export function metadataOf(
  outcome: Outcome,
  { estimated }: Tally,
  notices: readonly Notice[],
): Message["metadata"] {
  const metadata: Message["metadata"] = {};
  if (estimated) metadata["usage_estimated"] = true;
  const seams = seamsIn(notices);
  if (seams.length > 0)
    metadata["seams"] = seams.map(({ code, offset, details }) => ({
      cause: code,
      offset,
      from: details?.["from"],
      to: details?.["to"],
    }));
  const level = notices.findLast(({ details }) => details?.["service_level"] !== undefined);
  if (level !== undefined) metadata["service_level"] = level.details?.["service_level"];
  if (outcome.status === "failed")
    metadata["error"] = { code: outcome.error.code, message: outcome.error.message };
  return metadata;
}
