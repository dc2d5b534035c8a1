// The ledger, on a real object's storage: whatever comes in whatever order, the books balance.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createAccountSchema } from "../../src/store/account-schema.ts";
import { Sql } from "../../src/store/sql.ts";
import { type Bucket, LEASE, Ledger } from "../../src/usage/ledger.ts";
import type { Limits } from "../../src/usage/limits.ts";
import { newTag } from "./client.ts";

const NOTHING: Limits = {
  requests_per_minute: null,
  tokens_per_minute: null,
  streams: null,
  daily_tokens: null,
  monthly_tokens: null,
  daily_cost: null,
  monthly_cost: null,
  others: null,
};
const NOON = Date.UTC(2026, 10, 21, 12);
const PRICE = { input: 1, output: 2 };

/** Runs on the storage of an object that nothing was ever kept in. */
function onStorage<T>(work: (sql: Sql) => T | Promise<T>): Promise<T> {
  const stub = env.ACCOUNTS.get(env.ACCOUNTS.idFromName(newTag()));
  return runInDurableObject(stub, (_, state) => {
    const sql = new Sql(state.storage);
    createAccountSchema(sql);
    return work(sql);
  });
}

const account = (limits: Partial<Limits>): [Bucket, ...Bucket[]] => [
  { name: "", limits: { ...NOTHING, ...limits } },
];
const ask = (id: string, max_tokens: number | null = 100, own = 10, history = false) => ({
  id,
  own,
  history,
  max_tokens,
  price: PRICE,
});

test("of 200 at once against a limit of 100 exactly 100 are admitted, and room comes back as they age", () =>
  onStorage((sql) => {
    const ledger = new Ledger(sql);
    const buckets = account({ requests_per_minute: 100 });
    const decisions = Array.from({ length: 200 }, (_, n) =>
      ledger.reserve(buckets, ask(`res_${n}`), NOON + n),
    );
    expect(decisions.filter(({ ok }) => ok)).toHaveLength(100);
    const refused = decisions.at(-1);
    expect(refused).toMatchObject({
      ok: false,
      failure: { code: "RATE_LIMIT_EXCEEDED", details: { retry_after: 60, limit: 100 } },
      rate: { limit: 100, remaining: 0, reset: (NOON + 60_000) / 1000 },
    });
    // The first leaves the window: there is room for one.
    expect(ledger.reserve(buckets, ask("res_a"), NOON + 60_000).ok).toBe(true);
    expect(ledger.reserve(buckets, ask("res_b"), NOON + 60_000).ok).toBe(false);
  }));

test("tokens a minute count the estimate until the actual is known", () =>
  onStorage((sql) => {
    const ledger = new Ledger(sql);
    const buckets = account({ tokens_per_minute: 1000 });
    expect(ledger.reserve(buckets, ask("res_1", 800), NOON).ok).toBe(true);
    expect(ledger.reserve(buckets, ask("res_2", 800), NOON + 1)).toMatchObject({
      ok: false,
      failure: { details: { window: "tokens_per_minute", estimated_tokens: 810, retry_after: 60 } },
    });
    ledger.settle("res_1", 1, { prompt: 10, completion: 20, cost: 50 }, NOON + 2);
    expect(ledger.reserve(buckets, ask("res_2", 800), NOON + 3).ok).toBe(true);
    expect(ledger.reserve(buckets, ask("res_3", 5000), NOON + 4)).toMatchObject({
      ok: false,
      failure: { message: expect.stringContaining("Lower max_tokens") as string },
    });
  }));

test("what an answer typically takes is learnt, and what a conversation adds before it", () =>
  onStorage((sql) => {
    const ledger = new Ledger(sql);
    const buckets = account({});
    ledger.reserve(buckets, ask("res_1", null, 10, true), NOON);
    expect(ledger.used("", NOON).daily_tokens).toBe(10 + 512);
    ledger.settle("res_1", 1, { prompt: 210, completion: 40, cost: 0 }, NOON);
    ledger.reserve(buckets, ask("res_2", null, 10, true), NOON);
    // 250 used, and now: 10 of its own, 200 of what goes before it, 40 of answer.
    expect(ledger.used("", NOON).daily_tokens).toBe(250 + 250);
    // What goes before nothing adds nothing.
    ledger.reserve(buckets, ask("res_3", null), NOON);
    expect(ledger.used("", NOON).daily_tokens).toBe(250 + 250 + 50);
  }));

test("nobody is locked out by what was: a request that fits into an empty minute is admitted", () =>
  onStorage((sql) => {
    const ledger = new Ledger(sql);
    const free = account({ tokens_per_minute: 10_000 });
    ledger.reserve(free, ask("res_1", 100, 10, true), NOON);
    ledger.settle("res_1", 1, { prompt: 16_000, completion: 12_000, cost: 0 }, NOON);
    const later = NOON + 61_000;
    expect(ledger.reserve(free, ask("res_2", null, 10, true), later).ok).toBe(true);
    expect(ledger.used("", later).tokens_per_minute).toBe(10_000); // cautiously, all of the minute
    ledger.release("res_2", later);
    expect(ledger.reserve(free, ask("res_3", 1, 1, true), later).ok).toBe(true);
  }));

test("nobody is locked out of a day either, in tokens or in money", () =>
  onStorage((sql) => {
    const ledger = new Ledger(sql);
    ledger.reserve(account({}), ask("res_1", 100, 10, true), NOON);
    ledger.settle("res_1", 1, { prompt: 8000, completion: 4000, cost: 16_000 }, NOON);
    const tomorrow = NOON + 24 * 3600_000;
    for (const limits of [{ daily_tokens: 5000 }, { daily_cost: 9000 }])
      for (const max_tokens of [null, 1]) {
        const id = `res_${JSON.stringify(limits)}${max_tokens}`;
        expect(ledger.reserve(account(limits), ask(id, max_tokens, 10, true), tomorrow).ok).toBe(
          true,
        );
        ledger.release(id, tomorrow);
      }
  }));

test("what is asked for in vain is limited, too, and apart from turns and from everything else", () =>
  onStorage((sql) => {
    const ledger = new Ledger(sql);
    const others = { requests: 5, seconds: 60 };
    const buckets = account({ others });
    for (let n = 0; n < 5; n++) {
      expect(ledger.reserve(buckets, ask(`res_${n}`), NOON).ok).toBe(true);
      ledger.release(`res_${n}`, NOON);
    }
    expect(ledger.reserve(buckets, ask("res_6"), NOON)).toMatchObject({
      ok: false,
      failure: { code: "RATE_LIMIT_EXCEEDED", details: { retry_after: 60, limit: 5 } },
    });
    expect(ledger.request(others, NOON).ok).toBe(true);
    expect(ledger.reserve(buckets, ask("res_7"), NOON + 60_000).ok).toBe(true);
  }));

test("streams count while their lease holds, and budgets what was spent", () =>
  onStorage((sql) => {
    const ledger = new Ledger(sql);
    const two = account({ streams: 2 });
    expect(ledger.reserve(two, ask("res_1"), NOON).ok).toBe(true);
    expect(ledger.reserve(two, ask("res_2"), NOON).ok).toBe(true);
    expect(ledger.reserve(two, ask("res_3"), NOON)).toMatchObject({
      ok: false,
      failure: { code: "RATE_LIMIT_EXCEEDED", details: { window: "streams" } },
    });
    ledger.renew("res_2", NOON + LEASE - 1);
    expect(ledger.reserve(two, ask("res_3"), NOON + LEASE).ok).toBe(true); // the first has lapsed
    expect(ledger.reserve(two, ask("res_4"), NOON + LEASE).ok).toBe(false);
    ledger.settle("res_2", 1, { prompt: 1, completion: 1, cost: 3 }, NOON + LEASE);
    expect(ledger.reserve(two, ask("res_4"), NOON + LEASE).ok).toBe(true);

    const poor = account({ daily_cost: 1000 });
    const spent = ledger.used("", NOON + LEASE).daily_cost;
    expect(ledger.reserve(poor, ask("res_5", 1000), NOON + LEASE)).toMatchObject({
      ok: false,
      failure: {
        code: "BUDGET_EXCEEDED",
        details: {
          budget: "daily_cost",
          limit: 0.001,
          used: spent / 1_000_000,
          resets_at: "2026-11-22T00:00:00.000Z",
        },
      },
    });
    // Tomorrow is another day; the month is the same.
    const tomorrow = NOON + 24 * 3600_000;
    expect(ledger.used("", tomorrow)).toMatchObject({ daily_cost: 0, monthly_cost: spent });
    expect(ledger.used("", Date.UTC(2026, 11, 1))).toMatchObject({ monthly_cost: 0 });
  }));

test("a key's own limits hold beside its owner's", () =>
  onStorage((sql) => {
    const ledger = new Ledger(sql);
    const own = account({ requests_per_minute: 3 });
    const withKey: typeof own = [
      ...own,
      { name: "key_1", limits: { ...NOTHING, requests_per_minute: 1 } },
    ];
    expect(ledger.reserve(withKey, ask("res_1"), NOON).ok).toBe(true);
    expect(ledger.reserve(withKey, ask("res_2"), NOON)).toMatchObject({
      ok: false,
      rate: { limit: 1, remaining: 0 },
    });
    expect(ledger.reserve(own, ask("res_3"), NOON).ok).toBe(true);
    expect(ledger.reserve(own, ask("res_4"), NOON).ok).toBe(true);
    expect(ledger.reserve(own, ask("res_5"), NOON).ok).toBe(false);
  }));

test("what was reserved yesterday is yesterday's; what it took beyond that is paid today", () =>
  onStorage((sql) => {
    const ledger = new Ledger(sql);
    const late = Date.UTC(2026, 10, 30, 23, 59);
    const next = late + 120_000; // of December
    ledger.reserve(account({}), ask("res_1", 100), late);
    ledger.reserve(account({}), ask("res_2", 100), late);
    ledger.reserve(account({}), ask("res_3", 5), next);
    ledger.settle("res_1", 1, { prompt: 1000, completion: 1000, cost: 1000 }, next);
    const beyond = { daily_tokens: 15 + 2000 - 110, monthly_tokens: 15 + 2000 - 110 };
    expect(ledger.used("", next)).toMatchObject(beyond);
    ledger.settle("res_2", 1, { prompt: 1, completion: 1, cost: 1 }, next);
    expect(ledger.used("", next)).toMatchObject(beyond); // yesterday's savings are not today's
  }));

type Step =
  | { do: "reserve"; max: number; key: boolean }
  | { do: "settle"; which: number; attempt: number; prompt: number; completion: number }
  | { do: "release" | "renew"; which: number }
  | { do: "wait"; ms: number }
  | { do: "restart" };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("reserve" as const),
    max: fc.integer({ min: 1, max: 500 }),
    key: fc.boolean(),
  }),
  fc.record({
    do: fc.constant("settle" as const),
    which: fc.nat(30),
    attempt: fc.integer({ min: 1, max: 3 }),
    prompt: fc.nat(500),
    completion: fc.nat(500),
  }),
  fc.record({ do: fc.constantFrom("release" as const, "renew" as const), which: fc.nat(30) }),
  fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 100_000 }) }),
  fc.constant({ do: "restart" as const }),
);

test(
  "reserve, settle, lapse, cancel and restart in any order: the ledger always balances",
  () =>
    onStorage((sql) => {
      fc.assert(
        fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), (steps) => {
          sql.run("DELETE FROM reservations");
          sql.run("DELETE FROM totals");
          let ledger = new Ledger(sql);
          let now = Date.UTC(2026, 10, 2, 1); // so long before the month's end that none of it gets there
          const day = now;
          /** The books as a child would keep them. */
          const books = new Map<
            string,
            { at: number; tokens: number; cost: number; attempt: number; key: boolean }
          >();
          const limits = { requests_per_minute: 5, streams: 4, daily_tokens: 20_000 };
          for (const [n, it] of steps.entries()) {
            const ids = [...books.keys()];
            const id = "which" in it ? (ids[it.which % Math.max(1, ids.length)] ?? "res_none") : "";
            const entry = books.get(id);
            switch (it.do) {
              case "reserve": {
                const all = [...books.values()];
                const lately = all.filter(({ at }) => at > now - 60_000).length;
                const spent = all.reduce((sum, { tokens }) => sum + tokens, 0);
                const buckets = account(limits);
                if (it.key) buckets.push({ name: "key_1", limits: NOTHING });
                const decision = ledger.reserve(buckets, ask(`res_${n}`, it.max), now);
                if (lately >= 5 || spent + 10 + it.max > 20_000) expect(decision.ok).toBe(false);
                if (!decision.ok) break;
                const row = sql.first<{ tokens: number; cost: number }>(
                  "SELECT tokens, cost FROM reservations WHERE id = ?",
                  `res_${n}`,
                );
                expect(row?.tokens).toBeGreaterThanOrEqual(10 + it.max); // and what it has learnt
                const { tokens = 0, cost = 0 } = row ?? {};
                books.set(`res_${n}`, { at: now, tokens, cost, attempt: 0, key: it.key });
                break;
              }
              case "settle": {
                const actual = { prompt: it.prompt, completion: it.completion, cost: it.prompt };
                ledger.settle(id, it.attempt, actual, now);
                ledger.settle(id, it.attempt, { prompt: 9999, completion: 9999, cost: 9999 }, now); // again
                if (entry !== undefined && entry.attempt < it.attempt)
                  Object.assign(entry, {
                    tokens: it.prompt + it.completion,
                    cost: it.prompt,
                    attempt: it.attempt,
                  });
                break;
              }
              case "release":
                ledger.release(id, now);
                if (entry?.attempt === 0) books.delete(id);
                break;
              case "renew":
                ledger.renew(id, now);
                break;
              case "wait":
                now += it.ms;
                break;
              case "restart":
                ledger = new Ledger(sql);
                ledger.load(now);
            }
            const all = [...books.values()];
            const sum = (rows: typeof all, of: "tokens" | "cost") =>
              rows.reduce((total, row) => total + row[of], 0);
            const lately = all.filter(({ at }) => at > now - 60_000);
            const used = ledger.used("", now);
            expect(new Date(now).getUTCDate()).toBe(new Date(day).getUTCDate());
            expect(used).toMatchObject({
              requests_per_minute: lately.length,
              tokens_per_minute: sum(lately, "tokens"),
              daily_tokens: sum(all, "tokens"),
              monthly_tokens: sum(all, "tokens"),
              daily_cost: sum(all, "cost"),
              monthly_cost: sum(all, "cost"),
            });
            const keyed = all.filter(({ key }) => key);
            expect(ledger.used("key_1", now).daily_tokens).toBe(sum(keyed, "tokens"));
            expect(used.streams).toBeLessThanOrEqual(4);
          }
        }),
        { numRuns: 150 },
      );
    }),
  60_000,
);

test("a key's limits say nothing of what is reserved of its owner's budget", () =>
  onStorage((sql) => {
    const ledger = new Ledger(sql);
    const own = account({ monthly_tokens: 3000 });
    const admitted = Array.from({ length: 20 }, (_, n) => {
      const key = { name: `key_${n}`, limits: { ...NOTHING, daily_tokens: 20 } };
      return ledger.reserve([...own, key], ask(`res_${n}`, null), NOON).ok;
    });
    expect(admitted.filter(Boolean)).toHaveLength(5); // of 522 tokens each
  }));

test("nor does a key without such limits make its owner reserve more than the owner's own allow", () =>
  onStorage((sql) => {
    const ledger = new Ledger(sql);
    ledger.reserve(account({}), ask("res_1", 100, 10, true), NOON);
    ledger.settle("res_1", 1, { prompt: 16_000, completion: 12_000, cost: 0 }, NOON);
    const key = { name: "key_1", limits: { ...NOTHING, requests_per_minute: 5 } };
    const later = NOON + 61_000;
    const both: [Bucket, ...Bucket[]] = [...account({ tokens_per_minute: 10_000 }), key];
    expect(ledger.reserve(both, ask("res_2", null, 10, true), later).ok).toBe(true);
    expect(ledger.used("", later).tokens_per_minute).toBeLessThanOrEqual(10_000);
  }));
