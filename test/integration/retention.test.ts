// What the hourly job asks of D1, and of whom: pages of what may be due, run after run.
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { retainByPolicy } from "../../src/jobs/retention.ts";
import { listDue, retentionOf, setRetention } from "../../src/store/retention.ts";
import { conversation, db, metered, planOf, told } from "./rows.ts";

const DAY = 24 * 3600_000;
const dates = { deletedBefore: 1000, archivedBefore: 2000 };

test("a page of what is due is sought, not sorted, wherever it begins", async () => {
  const position = { user_id: "u", status: "paused", updated_at: 500, id: "conv_x" } as const;
  for (const after of [null, position]) {
    const plan = await planOf(listDue(db, "t", dates, after, 100));
    expect.soft(plan).not.toContain("TEMP B-TREE");
    expect.soft(plan).not.toContain("SCAN");
    expect.soft(plan).toContain("conversations_status_updated");
  }
});

test("what is due comes once, page by page, and what is not is not read", async () => {
  const tenant_id = "org_due";
  const rows = ["u1", "u2", "u3"].flatMap((user_id) =>
    (["active", "completed", "archived"] as const).flatMap((status) =>
      [-5, 900, 900, 1500, 2500].map((updated_at) =>
        conversation({ tenant_id, user_id }, { status, updated_at }),
      ),
    ),
  );
  for (const row of rows) await told({ conversation: row });
  const isDue = ({ status, updated_at }: (typeof rows)[number]) =>
    updated_at < (status === "completed" ? 2000 : 1000);
  const seen: string[] = [];
  let after: Parameters<typeof listDue>[3] = null;
  for (;;) {
    const page: Awaited<ReturnType<typeof listDue>> = await listDue(db, tenant_id, dates, after, 4);
    seen.push(...page.map(({ id }) => id));
    after = page.at(-1) ?? null;
    if (after === null) break;
  }
  expect(seen.toSorted()).toEqual(
    rows
      .filter(isDue)
      .map(({ id }) => id)
      .toSorted(),
  );
  const archiving = { deletedBefore: null, archivedBefore: 2000 };
  expect(await listDue(db, tenant_id, archiving, null, 100)).toHaveLength(12);
  const none = { deletedBefore: null, archivedBefore: null };
  expect(await listDue(db, tenant_id, none, null, 100)).toEqual([]);
});

test("where the oldest stay, the next run goes on behind them, and begins anew after the last", async () => {
  const owner = { tenant_id: "org_kept", user_id: "u" };
  await env.DB.prepare(
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
     INSERT INTO conversations (id, tenant_id, user_id, status, message_count, preview, created_at, updated_at, version)
     SELECT printf('conv_%04d', i), ?, ?, 'paused', 0, '', i, i, 1 FROM n`,
  )
    .bind(owner.tenant_id, owner.user_id)
    .run();
  const policy = { archive_after_days: null, delete_after_days: 1 };
  const set = { tenant_id: owner.tenant_id, ...policy, updated_by: "u", updated_at: 1 };
  await setRetention(db, set);
  const run = async () => {
    const asked: string[] = [];
    await retainByPolicy({
      database: db,
      conversation: (id) => ({
        retain: () => {
          asked.push(id);
          return Promise.resolve("kept");
        },
      }),
      now: () => 10 * DAY,
      log: { debug() {}, info() {}, warning() {}, error() {} },
    });
    return [asked.length, asked[0], asked.at(-1)];
  };
  expect(await run()).toEqual([2000, "conv_0001", "conv_2000"]);
  await setRetention(db, { ...set, updated_at: 2 });
  const { position } = (await retentionOf(db, owner.tenant_id)) ?? {};
  expect(position).toMatchObject({ id: "conv_2000" });
  const page = listDue(
    db,
    owner.tenant_id,
    { deletedBefore: 9 * DAY, archivedBefore: null },
    position ?? null,
    100,
  );
  expect((await metered(page)).meta.rows_read).toBeLessThanOrEqual(220);
  expect(await run()).toEqual([500, "conv_2001", "conv_2500"]);
  expect(await run()).toEqual([2000, "conv_0001", "conv_2000"]);
}, 60_000);
