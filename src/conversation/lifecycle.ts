// The life of a conversation (seed 003 §7.1): active → paused → active → completed → archived. Paused
// where nobody speaks, completed by its owner, archived by the clock: then what was said is gone, and
// what is known of it stays.
import { fail, ok, type Result } from "../errors.ts";
import type { Alarms } from "./alarms.ts";
import { changed, type ConversationRecord } from "./record.ts";
import type { Sql } from "../store/sql.ts";

const DAY = 24 * 3600_000;
/** Milliseconds: where something runs when its time has come, it is looked at again. */
const LATER = 60_000;
/** Milliseconds without another message before a conversation that is not whole is given up. */
const INTAKE = 3600_000;

export type Lifecycle = {
  /** Milliseconds without a message before it pauses; 0 for never. */
  idle: number;
  /** Days after completion before what was said goes; 0 for never. */
  archiveAfter: number;
  /** Milliseconds after its last change for which one is kept that was made for a single request. */
  unlistedFor: number;
};

/** How long a tenant keeps its conversations; null: as configured, and for ever. */
export type RetentionPolicy = {
  /** After completion. */
  archive_after_days: number | null;
  /** After the last change. */
  delete_after_days: number | null;
};

/** A conversation that is over takes no messages. */
export function speakable({ status }: Pick<ConversationRecord, "status">): Result<null> {
  if (status === "archived")
    return fail("CONVERSATION_CLOSED", "This conversation was archived: its messages are gone.", {
      status,
    });
  if (status === "completed")
    return fail(
      "CONVERSATION_CLOSED",
      'This conversation was completed. Reopen it with PATCH {"status": "active"}, or fork it.',
      { status },
    );
  return ok(null);
}

/** What somebody may make of it by hand. */
export function turned(
  record: ConversationRecord,
  to: "active" | "paused" | "completed",
  now: number,
): Result<Partial<ConversationRecord>> {
  if (record.status === "archived")
    return fail("CONVERSATION_CLOSED", "This conversation was archived: its messages are gone.", {
      field: "status",
      status: record.status,
    });
  if (record.status === to) return ok({});
  if (record.status === "completed" && to === "paused")
    return fail("VALIDATION_ERROR", "status: a completed conversation is reopened as active", {
      field: "status",
    });
  return ok({ status: to, closed_at: to === "completed" ? now : null });
}

/** Sees to it that the alarm rings when its time has come; never sooner than something that is due. */
export function keepTime(record: ConversationRecord, { idle }: Lifecycle, alarms: Alarms): void {
  // It is only looked at when it rings: a turn does not put it off.
  const { status, deleted_at, updated_at, intake, settings } = record;
  if (status === "active" && deleted_at === null && idle > 0 && !intake)
    alarms.by("idle", updated_at + idle);
  else alarms.clear("idle");
  if (intake && deleted_at === null) alarms.schedule("intake", updated_at + INTAKE);
  else alarms.clear("intake");
  if (settings.unlisted_for !== undefined && deleted_at === null)
    alarms.by("unlisted", updated_at + settings.unlisted_for);
  else alarms.clear("unlisted");
}

/** When it is archived, by the policy of its tenant or as configured; null for never. */
export function archivedAt(
  record: Pick<ConversationRecord, "status" | "closed_at" | "updated_at">,
  days: number,
): number | null {
  if (record.status !== "completed" || days === 0) return null;
  return (record.closed_at ?? record.updated_at) + days * DAY;
}

/** Whether it has been quiet for long enough to pause; else when to look again. */
export function pausesAt(
  record: Pick<ConversationRecord, "last_message_at" | "updated_at">,
  { idle }: Lifecycle,
  busy: boolean,
  now: number,
): number {
  const quiet = (record.last_message_at ?? record.updated_at) + idle;
  return busy ? Math.max(quiet, now + LATER) : quiet;
}

/** Lets go of everything that was said; the conversation's row and its last digest stay. */
export function archive(sql: Sql, record: ConversationRecord, now: number): ConversationRecord {
  for (const table of ["messages", "message_parts", "events", "turns", "branches", "path"])
    sql.run(`DELETE FROM ${table}`);
  sql.run(
    "DELETE FROM summaries WHERE (branch, depth) NOT IN (SELECT branch, depth FROM summaries ORDER BY created_at DESC LIMIT 1)",
  );
  return changed(record, now, {
    status: "archived",
    preview: "",
    leaf_seq: null,
    leaf_depth: -1,
    branch: 0,
    last_branch: 0,
  });
}
