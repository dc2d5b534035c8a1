// By the clock: conversations that a tenant's policy no longer keeps are archived or deleted, by the
// objects that own them. D1 only says which may be due.
import type { ConversationCalls } from "../../durable-objects/conversation.ts";
import type { Database } from "../store/database.ts";
import {
  type Due,
  listDue,
  listRetention,
  moveRetention,
  type RetentionRow,
} from "../store/retention.ts";
import { type Log, thrownFields } from "../telemetry/log.ts";

const DAY = 24 * 3600_000;
/** Policies and conversations that are read at a time; conversations that are asked at once. */
const PAGE = 100;
const AT_ONCE = 5;
/** Conversations of one tenant that one run asks: the next run goes on from there, and after the last anew. */
const MOST_A_TENANT = 2000;

type RetentionServices = {
  database: Database;
  conversation: (id: string) => Pick<ConversationCalls, "retain">;
  now: () => number;
  log: Log;
};

/** One run over all policies. Never rejects: what fails is logged, and due again the next time. */
export async function retainByPolicy(services: RetentionServices): Promise<void> {
  const { database, log } = services;
  let after = "";
  for (;;) {
    const policies = await listRetention(database, after, PAGE);
    for (const policy of policies)
      try {
        await retainTenant(services, policy);
      } catch (thrown) {
        log.error("retention.failed", { tenant_id: policy.tenant_id, ...thrownFields(thrown) });
      }
    const last = policies.at(-1);
    if (last === undefined || policies.length < PAGE) return;
    after = last.tenant_id;
  }
}

async function retainTenant(services: RetentionServices, policy: RetentionRow): Promise<void> {
  const { database, now, log } = services;
  const { tenant_id, archive_after_days, delete_after_days } = policy;
  const before = (days: number | null) => (days === null ? null : now() - days * DAY);
  const due = {
    deletedBefore: before(delete_after_days),
    archivedBefore: before(archive_after_days),
  };
  const done = { kept: 0, archived: 0, deleted: 0, failed: 0 };
  let after = policy.position;
  for (let asked = 0; asked < MOST_A_TENANT; asked += PAGE) {
    const page: Due[] = await listDue(database, tenant_id, due, after, PAGE);
    for (let from = 0; from < page.length; from += AT_ONCE) {
      const outcomes = await Promise.allSettled(
        page
          .slice(from, from + AT_ONCE)
          .map((row) => services.conversation(row.id).retain(row, policy)),
      );
      for (const outcome of outcomes)
        done[outcome.status === "fulfilled" ? outcome.value : "failed"] += 1;
    }
    const last = page.length < PAGE ? undefined : page.at(-1);
    after = last === undefined ? null : positionOf(last);
    if (after === null) break;
  }
  if (after !== policy.position) await moveRetention(database, tenant_id, after);
  if (done.archived + done.deleted + done.failed > 0)
    log.info("retention.done", { tenant_id, ...done });
}

function positionOf({ user_id, status, updated_at, id }: Due): RetentionRow["position"] {
  return { user_id, status, updated_at, id };
}
