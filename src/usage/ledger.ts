// What somebody has used and may still use. Before a model is called an estimate is reserved; the
// actual settles it, once for each attempt, however the turn ended. What is reserved counts until it
// is settled: nothing is free, and nothing is charged twice.
import type { Failure } from "../errors.ts";
import type { Sql } from "../store/sql.ts";
import { type Ask, expected, type Expected } from "./expectation.ts";
import type { Limits } from "./limits.ts";
import { overspent, tooMany, tooManyStreams, tooManyTokens } from "./refusals.ts";
import { type Entry, Window } from "./window.ts";

const MINUTE = 60_000;
const DAY = 24 * 3600_000;
/** Milliseconds that a reservation counts as a stream without being renewed. */
export const LEASE = 180_000;
/** Milliseconds after which whoever runs its turn renews it. */
export const RENEWAL = LEASE / 3;
/** Milliseconds that a settled reservation is remembered, so that late news finds it. */
const REMEMBERED = 7 * DAY;
/** The weight of the newest answer in what is typical. */
const NEWEST = 0.2;

/** Whose limits count: the account's, and the key's where it has its own. */
export type Bucket = { name: string; limits: Limits };

export type Actual = { prompt: number; completion: number; cost: number };

/** How a limit stands, for `X-RateLimit-*`: `reset` in seconds since 1970. */
export type Rate = { limit: number; remaining: number; reset: number };

export type Decision =
  | { ok: true; rate: Rate | null }
  | { ok: false; failure: Failure; rate: Rate | null };

/** As it is stored; in memory `weight`, what the windows count, is its `tokens`. */
type Row = {
  id: string;
  at: number;
  key_id: string | null;
  own: number;
  history: number;
  tokens: number;
  cost: number;
  attempt: number;
  lease_until: number;
};
type Reservation = Omit<Row, "tokens"> & Entry;

/** As the limits name it: costs in millionths of a US dollar. */
export type Used = Record<
  | "requests_per_minute"
  | "tokens_per_minute"
  | "streams"
  | "daily_tokens"
  | "monthly_tokens"
  | "daily_cost"
  | "monthly_cost",
  number
>;

type Totals = {
  bucket: string;
  day: string;
  day_tokens: number;
  day_cost: number;
  month: string;
  month_tokens: number;
  month_cost: number;
  typical_answer: number | null;
  typical_context: number | null;
};

export class Ledger {
  readonly #sql: Sql;
  /** Turns of the last minute, of the account ("") and of each key. */
  readonly #turns = new Map<string, Window>();
  /** Reservations that are not settled: those whose lease holds are streams. */
  readonly #open = new Map<string, Reservation>();
  /** Settled ones that a window still counts. */
  readonly #settled = new Map<string, Reservation>();
  readonly #totals = new Map<string, Totals>();
  /** Requests that are no turns, in memory only: an object that was away has none to remember. */
  #others: { seconds: number; window: Window } | null = null;
  /** Reservations that were given back: asked for in vain, they are held to the same limit, apart. */
  readonly #vain = new Window(MINUTE);
  #pruned = 0;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Reads what an earlier life of the object left. */
  load(now: number): void {
    const rows = this.#sql.all<Row>(
      "SELECT * FROM reservations WHERE at > ? OR (attempt = 0 AND lease_until > ?) ORDER BY at",
      now - MINUTE,
      now,
    );
    for (const row of rows) this.#remember(inMemory(row));
    for (const row of this.#sql.all<Totals>("SELECT * FROM totals"))
      this.#totals.set(row.bucket, row);
  }

  /** Counts a request that is no turn. */
  request(limits: Limits["others"], now: number): Decision {
    if (limits === null) return { ok: true, rate: null };
    const { requests, seconds } = limits;
    if (this.#others?.seconds !== seconds)
      this.#others = { seconds, window: new Window(seconds * 1000) };
    const { window } = this.#others;
    const free = window.count(now) < requests;
    if (free) window.add({ at: now, weight: 0 });
    const rate = rateOf(window, requests, now);
    return free ? { ok: true, rate } : { ok: false, rate, failure: tooMany(rate, now, "requests") };
  }

  /**
   * Reserves what a turn may use, or says what stands against it.
   * @param buckets the account's first, then its key's where that has limits of its own
   */
  reserve(buckets: readonly [Bucket, ...Bucket[]], ask: Ask, now: number): Decision {
    this.#forget(now);
    // The same call again: its first answer was lost on the way.
    if (this.#find(ask.id) !== null) return { ok: true, rate: this.#tightest(buckets, now) };
    const [account] = buckets;
    const vain = this.#inVain(account.limits, now);
    if (vain !== null) return vain;
    const typical = this.#totalsOf("", now);
    for (const { name, limits } of buckets) {
      const failure = this.#against(name, limits, expected(limits, ask, typical), now);
      if (failure !== null) return { ok: false, failure, rate: this.#tightest(buckets, now) };
    }
    // A key's limits say nothing of what its owner is to reserve.
    const { tokens, cost } = expected(account.limits, ask, typical);
    const row = {
      id: ask.id,
      at: now,
      key_id: buckets.find(({ name }) => name !== "")?.name ?? null,
      own: ask.own,
      history: ask.history ? 1 : 0,
      tokens,
      cost,
      attempt: 0,
      lease_until: now + LEASE,
    };
    this.#sql.atomically(() => {
      this.#sql.run(
        "INSERT INTO reservations (id, at, key_id, own, history, tokens, cost, attempt, lease_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        row.id,
        row.at,
        row.key_id,
        row.own,
        row.history,
        row.tokens,
        row.cost,
        row.attempt,
        row.lease_until,
      );
      this.#charge(row, tokens, cost, null, now);
    });
    this.#remember(inMemory(row));
    return { ok: true, rate: this.#tightest(buckets, now) };
  }

  /**
   * Puts the actual in the place of the estimate. Said again, of the same attempt or an earlier one,
   * it changes nothing; a reservation that nobody remembers is none.
   */
  settle(id: string, attempt: number, actual: Actual, now: number): void {
    const row = this.#find(id);
    if (row === null || row.attempt >= attempt) return;
    const tokens = actual.prompt + actual.completion;
    this.#sql.atomically(() => {
      this.#sql.run(
        "UPDATE reservations SET tokens = ?, cost = ?, attempt = ? WHERE id = ?",
        tokens,
        actual.cost,
        attempt,
        id,
      );
      const measured = row.attempt === 0 && actual.completion > 0 ? actual : null;
      this.#charge(row, tokens - row.weight, actual.cost - row.cost, measured, now);
    });
    for (const window of this.#windowsOf(row)) window.weigh(row, tokens);
    row.weight = tokens;
    row.cost = actual.cost;
    row.attempt = attempt;
    this.#open.delete(id);
    if (row.at > now - MINUTE) this.#settled.set(id, row);
  }

  /** Nothing was run for it: as if it had never been, but for having been a request. */
  release(id: string, now: number): void {
    const row = this.#find(id);
    if (row === null || row.attempt > 0) return;
    this.#sql.atomically(() => {
      this.#charge(row, -row.weight, -row.cost, null, now);
      this.#sql.run("DELETE FROM reservations WHERE id = ?", id);
    });
    for (const window of this.#windowsOf(row)) window.remove(row);
    this.#open.delete(id);
    this.#vain.add({ at: now, weight: 0 });
  }

  /** Its turn still runs. */
  renew(id: string, now: number): void {
    const row = this.#find(id);
    if (row === null || row.attempt > 0) return;
    row.lease_until = now + LEASE;
    this.#sql.run("UPDATE reservations SET lease_until = ? WHERE id = ?", row.lease_until, id);
    this.#open.set(id, row);
  }

  /** Lets go of what no late news can be about. True while there is something else. */
  sweep(now: number): boolean {
    this.#pruned = 0;
    this.#forget(now);
    if (this.#sql.first("SELECT 1 AS kept FROM reservations LIMIT 1") !== null) return true;
    return this.#totals.get("")?.month === monthOf(now); // this month's budget
  }

  /** The share, 0 to 1, that is left of the account's tightest budget; null where it has none. */
  left(limits: Limits, now: number): number | null {
    const { day_tokens, day_cost, month_tokens, month_cost } = this.#totalsOf("", now);
    const budgets = [
      [limits.daily_tokens, day_tokens],
      [limits.monthly_tokens, month_tokens],
      [limits.daily_cost, day_cost],
      [limits.monthly_cost, month_cost],
    ] as const;
    const shares = budgets.flatMap(([limit, used]) =>
      limit === null ? [] : limit === 0 ? 0 : Math.max(0, 1 - used / limit),
    );
    return shares.length === 0 ? null : Math.min(...shares);
  }

  /** What has been used, as the limits count it. */
  used(bucket: string, now: number): Used {
    const { day_tokens, day_cost, month_tokens, month_cost } = this.#totalsOf(bucket, now);
    const window = this.#windowOf(bucket);
    return {
      requests_per_minute: window.count(now),
      tokens_per_minute: window.weight(now),
      streams: this.#streams(bucket, now),
      daily_tokens: day_tokens,
      monthly_tokens: month_tokens,
      daily_cost: day_cost,
      monthly_cost: month_cost,
    };
  }

  /** Whether too much was asked for in vain: wrong bodies, busy conversations, a key sent again. */
  #inVain({ others }: Limits, now: number): Decision | null {
    const limit = others?.requests;
    if (limit === undefined || this.#vain.count(now) < limit) return null;
    const rate = rateOf(this.#vain, limit, now);
    return { ok: false, rate, failure: tooMany(rate, now, "requests") };
  }

  #against(name: string, limits: Limits, { tokens, cost }: Expected, now: number): Failure | null {
    const window = this.#windowOf(name);
    const { requests_per_minute, tokens_per_minute, streams } = limits;
    if (requests_per_minute !== null && window.count(now) >= requests_per_minute)
      return tooMany(rateOf(window, requests_per_minute, now), now, "requests_per_minute");
    if (tokens_per_minute !== null && window.weight(now) + tokens > tokens_per_minute)
      return tooManyTokens(window, tokens, tokens_per_minute, now);
    if (streams !== null && this.#streams(name, now) >= streams) return tooManyStreams(streams);
    const totals = this.#totalsOf(name, now);
    const budgets = [
      ["daily_tokens", totals.day_tokens, tokens],
      ["monthly_tokens", totals.month_tokens, tokens],
      ["daily_cost", totals.day_cost, cost],
      ["monthly_cost", totals.month_cost, cost],
    ] as const;
    for (const [budget, used, more] of budgets) {
      const limit = limits[budget];
      // A turn that is expected to cost nothing does not go past what is spent.
      if (limit !== null && (used + more > limit || used >= limit))
        return overspent(budget, limit, used, more, now);
    }
    return null;
  }

  #tightest(buckets: readonly Bucket[], now: number): Rate | null {
    const rates = buckets.flatMap(({ name, limits }) =>
      limits.requests_per_minute === null
        ? []
        : rateOf(this.#windowOf(name), limits.requests_per_minute, now),
    );
    return rates.sort((a, b) => a.remaining - b.remaining)[0] ?? null;
  }

  #windowOf(bucket: string): Window {
    let window = this.#turns.get(bucket);
    if (window === undefined) this.#turns.set(bucket, (window = new Window(MINUTE)));
    return window;
  }

  #windowsOf({ key_id }: Pick<Row, "key_id">): Window[] {
    return bucketsOf(key_id).map((bucket) => this.#windowOf(bucket));
  }

  /** How many answers are being written. */
  #streams(bucket: string, now: number): number {
    let streams = 0;
    for (const row of this.#open.values())
      if (row.lease_until > now && (bucket === "" || row.key_id === bucket)) streams++;
    return streams;
  }

  /**
   * Adds to what the day and the month of a reservation have been charged. Where that is over, what
   * was given back is forgotten with it, and what was used beyond the estimate is this day's.
   */
  #charge(
    row: Pick<Row, "at" | "key_id" | "own" | "history">,
    tokens: number,
    cost: number,
    measured: Actual | null,
    now: number,
  ): void {
    for (const bucket of bucketsOf(row.key_id)) {
      const totals = { ...this.#totalsOf(bucket, now) };
      const [sameDay, sameMonth] = [dayOf(row.at) === totals.day, monthOf(row.at) === totals.month];
      totals.day_tokens += sameDay ? tokens : Math.max(0, tokens);
      totals.day_cost += sameDay ? cost : Math.max(0, cost);
      totals.month_tokens += sameMonth ? tokens : Math.max(0, tokens);
      totals.month_cost += sameMonth ? cost : Math.max(0, cost);
      if (bucket === "" && measured !== null) {
        const { prompt, completion } = measured;
        totals.typical_answer = mixed(totals.typical_answer, completion);
        if (row.history === 1)
          totals.typical_context = mixed(totals.typical_context, Math.max(0, prompt - row.own));
      }
      this.#putTotals(totals);
    }
  }

  #totalsOf(bucket: string, now: number): Totals {
    const known = this.#totals.get(bucket);
    const [day, month] = [dayOf(now), monthOf(now)];
    if (known?.day === day) return known;
    const same = known?.month === month;
    return {
      bucket,
      day,
      day_tokens: 0,
      day_cost: 0,
      month,
      month_tokens: same ? known.month_tokens : 0,
      month_cost: same ? known.month_cost : 0,
      typical_answer: known?.typical_answer ?? null,
      typical_context: known?.typical_context ?? null,
    };
  }

  #putTotals(row: Totals): void {
    this.#totals.set(row.bucket, row);
    this.#sql.run(
      "INSERT OR REPLACE INTO totals VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      row.bucket,
      row.day,
      row.day_tokens,
      row.day_cost,
      row.month,
      row.month_tokens,
      row.month_cost,
      row.typical_answer,
      row.typical_context,
    );
  }

  #remember(row: Reservation): void {
    for (const window of this.#windowsOf(row)) window.add(row);
    (row.attempt === 0 ? this.#open : this.#settled).set(row.id, row);
  }

  #find(id: string): Reservation | null {
    const known = this.#open.get(id) ?? this.#settled.get(id);
    if (known !== undefined) return known;
    const row = this.#sql.first<Row>("SELECT * FROM reservations WHERE id = ?", id);
    return row === null ? null : inMemory(row);
  }

  /** Lets go of what nothing counts any more; once a day, of what no late news can be about. */
  #forget(now: number): void {
    for (const [id, row] of this.#settled) {
      if (row.at > now - MINUTE) break;
      this.#settled.delete(id);
    }
    if (now - this.#pruned < DAY) return;
    this.#pruned = now;
    for (const [id, row] of this.#open) if (row.at < now - REMEMBERED) this.#open.delete(id);
    this.#sql.run("DELETE FROM reservations WHERE at < ?", now - REMEMBERED);
  }
}

const inMemory = ({ tokens, ...row }: Row): Reservation => ({ ...row, weight: tokens });

const bucketsOf = (key_id: string | null) => (key_id === null ? [""] : ["", key_id]);

function rateOf(window: Window, limit: number, now: number): Rate {
  const count = window.count(now);
  const reset = count === 0 ? now + MINUTE : window.freeAt(now, { entries: 1 });
  return { limit, remaining: Math.max(0, limit - count), reset: Math.ceil(reset / 1000) };
}

function mixed(before: number | null, value: number): number {
  return before === null ? value : before * (1 - NEWEST) + value * NEWEST;
}

const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);
const monthOf = (at: number) => new Date(at).toISOString().slice(0, 7);
