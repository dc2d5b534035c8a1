// What the clock does to a conversation: its one alarm, multiplexed over everything that comes due.
import { type Owner, owns } from "../auth/principal.ts";
import { thrownFields } from "../telemetry/log.ts";
import { interrupted } from "./answer.ts";
import { LONGEST_RETRY } from "./delivery.ts";
import type { Home, Open } from "./home.ts";
import { archive, archivedAt, pausesAt, type RetentionPolicy } from "./lifecycle.ts";
import { HEARTBEAT } from "./question.ts";
import { changed, saveRecord, woken } from "./record.ts";

/** Wake-ups an hour on behalf of running turns and of an outbox that D1 does not take. */
const MOST_WAKES = 240;
const DAY = 24 * 3600_000;
/** Milliseconds after which it is looked again whether it can be archived. */
const LATER = 3600_000;

export type Retained = "kept" | "archived" | "deleted";

/** The alarm: arms the next before it works, and never throws. Awaits D1, never a turn. */
export async function ring(home: Home): Promise<void> {
  const { alarms, services } = home;
  alarms.rang();
  const now = services.now();
  try {
    if (await home.bury(now)) return;
    // Asked before waking, which schedules anew what it takes up.
    const outboxDue = alarms.isDue("outbox", now);
    const recurs = alarms.isDue("turn", now) || (outboxDue && alarms.attemptsOf("outbox") > 0);
    const open = home.wake();
    if (open === null) return;
    if (alarms.isDue("intake", now)) {
      services.log.warning("intake.given_up", { conversation_id: open.state.record.id });
      await home.delete(open, now);
      return;
    }
    const worn = recurs && countWake(home, open, now);
    if (open.runner.busy) alarms.schedule("turn", now + HEARTBEAT);
    else alarms.clear("turn");
    // Should this call die while it waits for D1, there is another.
    if (outboxDue) alarms.schedule("outbox", now + LONGEST_RETRY, alarms.attemptsOf("outbox"));
    alarms.arm();
    if (worn && open.runner.busy) open.runner.giveUp(interrupted(": it was woken too often"));
    if (alarms.isDue("unlisted", now) && (await unlisted(home, open, now))) return;
    pause(home, open, now);
    open.keeper.work();
    if (outboxDue) await home.tellD1();
    if (alarms.isDue("archive", now)) await archiveInTime(home, now);
  } catch (thrown) {
    services.log.error("alarm.failed", thrownFields(thrown));
    alarms.schedule("outbox", now + LONGEST_RETRY);
    alarms.arm();
  }
}

/** By the policy of its tenant: what is over is archived, what is old is deleted. */
export async function retain(
  home: Home,
  owner: Owner,
  { archive_after_days, delete_after_days }: RetentionPolicy,
): Promise<Retained> {
  const open = home.wake();
  if (open === null || open.runner.busy || !owns(open.state.record, owner)) return "kept";
  const { record } = open.state;
  if (record.deleted_at !== null) return "kept";
  const now = home.services.now();
  if (delete_after_days !== null && record.updated_at + delete_after_days * DAY <= now) {
    await home.delete(open, now);
    return "deleted";
  }
  const due = archive_after_days === null ? null : archivedAt(record, archive_after_days);
  if (due === null || due > now) return "kept";
  letGo(home, open, now);
  return "archived";
}

/** One that nobody asked to keep goes when its time has come; @returns false where that is put off. */
async function unlisted(home: Home, open: Open, now: number): Promise<boolean> {
  const { updated_at, settings } = open.state.record;
  const due = updated_at + (settings.unlisted_for ?? 0);
  if (due > now || open.runner.busy) {
    home.alarms.schedule("unlisted", Math.max(due, now + HEARTBEAT));
    home.alarms.arm();
    return false;
  }
  await home.delete(open, now, "clock");
  return true;
}

/** Where nobody speaks. */
function pause(home: Home, open: Open, now: number): void {
  const { alarms, services } = home;
  const { state, runner, keeper } = open;
  const { record } = state;
  if (alarms.isDue("idle", now) && record.status === "active") {
    const quiet = pausesAt(record, services.lifecycle, runner.busy, now);
    if (quiet > now) alarms.schedule("idle", quiet);
    else {
      const { updated_at } = record; // nobody did anything: its place in lists stays
      home.save(state, { ...changed(record, now, { status: "paused" }), updated_at });
      keeper.wantsAll();
      home.announce();
    }
  }
  alarms.arm();
}

/** By the policy of its tenant, where that says something; else as configured. */
async function archiveInTime(home: Home, now: number): Promise<void> {
  const { alarms, services } = home;
  // Should asking fail, it is asked again.
  alarms.schedule("archive", now + LATER);
  alarms.arm();
  const asked = home.open?.state.record;
  if (asked === undefined) return;
  const days = (await services.archiveAfter(asked.tenant_id)) ?? services.lifecycle.archiveAfter;
  // Asking let other calls in: what is done here looks at what is there now.
  const { open } = home;
  if (open === null || open.state.record.deleted_at !== null) return;
  const due = archivedAt(open.state.record, days);
  if (due === null) alarms.clear("archive");
  else if (due > now || open.runner.busy) alarms.schedule("archive", Math.max(due, now + LATER));
  else letGo(home, open, now);
  alarms.arm();
}

/** Archives: what was said goes. */
function letGo(home: Home, { state }: Open, now: number): void {
  const { sql, alarms } = home;
  sql.atomically(() => {
    for (const task of ["archive", "fold", "title"] as const) alarms.clear(task);
    home.save(state, archive(sql, state.record, now));
  });
  state.erasures += 1;
  home.announce();
}

/** True where the object was woken too often in this hour. */
function countWake({ sql }: Home, { state }: Open, now: number): boolean {
  state.record = woken(state.record, now);
  saveRecord(sql, state.record);
  return state.record.wake_count > MOST_WAKES;
}
