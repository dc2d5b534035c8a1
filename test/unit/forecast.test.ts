// What a month is foretold to cost, by the days of it that are over.
import { expect, test } from "vitest";
import { forecast } from "../../src/usage/forecast.ts";

const DAY = 24 * 3600_000;
const june = { from: Date.UTC(2026, 5, 1), to: Date.UTC(2026, 6, 1) }; // begins on a Monday
const noonOf = (day: number) => Date.UTC(2026, 5, day, 12);
const costs = (...days: number[]) =>
  new Map(days.map((cost, at) => [`2026-06-${String(at + 1).padStart(2, "0")}`, cost]));

test("another month is not foretold: neither one that is over nor one to come", () => {
  expect(forecast(costs(1, 1, 1), june, june.from, june.to)).toBeNull();
  expect(forecast(costs(), june, null, june.from - 1)).toBeNull();
});

test("fewer than three days that are over say nothing, and that is said", () => {
  const none = { expected_total_usd: null, low_usd: null, high_usd: null };
  expect(forecast(costs(5, 5, 2), june, june.from, noonOf(3))).toEqual({
    method: "run_rate",
    days_observed: 2,
    ...none,
  });
  // Nothing was used before the 20th: those days were not observed.
  expect(forecast(costs(), june, noonOf(20), noonOf(22))).toMatchObject({ days_observed: 2 });
  expect(forecast(costs(), june, null, noonOf(22))).toMatchObject({ days_observed: 0, ...none });
});

test("days that cost the same go on so, without a doubt: today counts for what is left of it", () => {
  expect(forecast(costs(2, 2, 2, 2, 1), june, june.from, noonOf(5))).toEqual({
    method: "run_rate",
    days_observed: 4,
    expected_total_usd: 9 + 25.5 * 2,
    low_usd: 9 + 25.5 * 2,
    high_usd: 9 + 25.5 * 2,
  });
});

test("days that differ are as unsure as they differ, and never less than was spent", () => {
  const told = forecast(costs(1, 3, 1, 3, 0), june, june.from, noonOf(5));
  const left = 25.5;
  const off = 1.96 * Math.sqrt((4 / 3) * (left + left ** 2 / 4));
  expect(told?.expected_total_usd).toBeCloseTo(8 + left * 2, 5);
  expect(told?.high_usd).toBeCloseTo(8 + left * 2 + off, 5);
  expect(told?.low_usd).toBeCloseTo(8 + left * 2 - off, 5);
  const wild = forecast(costs(0, 90, 0, 0, 0), june, june.from, noonOf(5));
  expect(wild?.low_usd).toBe(90);
});

test("after two weeks a weekday is reckoned with weekdays like it", () => {
  const week = [10, 10, 10, 10, 10, 0, 0];
  const fortnight = forecast(costs(...week, ...week), june, june.from, june.from + 14 * DAY);
  // The 15th to the 30th: two weeks, a Monday and a Tuesday.
  expect(fortnight).toMatchObject({ days_observed: 14, expected_total_usd: 220, low_usd: 220 });
  // A day earlier it is the plain mean.
  const before = forecast(costs(...week, ...week), june, june.from, june.from + 13 * DAY);
  expect(before?.expected_total_usd).toBeCloseTo(100 + (100 / 13) * 17, 5);
});
