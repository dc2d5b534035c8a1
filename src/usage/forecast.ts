// What a month will have cost when it is over, by the days of it that are: their mean, for each weekday
// by itself as soon as there are two of each, and how far off that may be.

const DAY = 24 * 3600_000;
/** Days that have to be over before a mean says anything; and before a weekday has one of its own. */
const FEWEST_DAYS = 3;
const TWO_WEEKS = 14;
/** Standard deviations to either side: 95 of 100 months, were their days independent and normal. */
const SPREAD = 1.96;

export type Forecast = {
  method: "run_rate";
  /** Days of the month that are over. With fewer than three of them nothing is foretold: all else is null. */
  days_observed: number;
  expected_total_usd: number | null;
  low_usd: number | null;
  high_usd: number | null;
};

/**
 * @param costs US dollars by day (`2026-01-31`, UTC); a day that is not there cost nothing
 * @param since when anything was used for the first time ever; days before say nothing
 * @returns null for a month that is over, or has not begun
 */
export function forecast(
  costs: ReadonlyMap<string, number>,
  { from, to }: { from: number; to: number },
  since: number | null,
  now: number,
): Forecast | null {
  if (now < from || now >= to) return null;
  const today = dayAt(now);
  const days: Group[] = [];
  let observed = 0;
  for (let day = Math.max(from, dayAt(since ?? now)); day < today; day += DAY) observed += 1;
  const groupAt = (day: number) => (observed < TWO_WEEKS ? 0 : new Date(day).getUTCDay());
  const group = (day: number) => (days[groupAt(day)] ??= { costs: [], left: 0 });
  for (let at = 1; at <= observed; at++)
    group(today - at * DAY).costs.push(costs.get(nameOf(today - at * DAY)) ?? 0);
  const none = { expected_total_usd: null, low_usd: null, high_usd: null };
  const about = { method: "run_rate", days_observed: observed } as const;
  if (observed < FEWEST_DAYS) return { ...about, ...none };

  group(today).left += (today + DAY - now) / DAY;
  for (let day = today + DAY; day < to; day += DAY) group(day).left += 1;
  const groups = days.filter((it) => it !== undefined);
  const freedom = observed - groups.length;
  const variance = groups.reduce((sum, it) => sum + squares(it.costs), 0) / freedom;
  // The days to come scatter as those that were, and the mean itself is only as sure as it is.
  const error = groups.reduce(
    (sum, { costs: { length }, left }) => sum + variance * (left + left ** 2 / length),
    0,
  );
  const spent = [...costs.values()].reduce((sum, cost) => sum + cost, 0);
  const expected = groups.reduce((sum, it) => sum + it.left * mean(it.costs), spent);
  const off = SPREAD * Math.sqrt(error);
  return {
    ...about,
    expected_total_usd: inMillionths(expected),
    low_usd: inMillionths(Math.max(spent, expected - off)),
    high_usd: inMillionths(expected + off),
  };
}

/** Days that are alike: what those cost that are over, and how many are left. */
type Group = { costs: number[]; left: number };

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function squares(values: readonly number[]): number {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
}

const dayAt = (at: number) => Math.floor(at / DAY) * DAY;
const nameOf = (day: number) => new Date(day).toISOString().slice(0, 10);
const inMillionths = (dollars: number) => Math.round(dollars * 1e6) / 1e6;
