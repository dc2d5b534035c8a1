// Times in a query: a day, or an instant; and the periods that two of them make.
import { z } from "zod";
import { AppError } from "../errors.ts";
import type { Period } from "../store/analytics.ts";

const DAY = 24 * 3600_000;
const LONGEST = 366 * DAY;

/** Milliseconds at which it begins and at which it is over: an instant is over as it begins. */
export const timeSchema = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], {
    error: "should be a day such as 2026-01-31, or a time such as 2026-01-31T12:00:00Z",
  })
  .transform((text) => {
    const begins = Date.parse(text);
    return { begins, ends: text.length === "2026-01-31".length ? begins + DAY : begins };
  });

/** From when on and until when; a day that is named as `to` is in it. */
export const periodQuery = { from: timeSchema.optional(), to: timeSchema.optional() };
type PeriodQuery = { [name in keyof typeof periodQuery]?: z.infer<typeof timeSchema> | undefined };

/** What is open stays open. */
export function boundsOf({ from, to }: PeriodQuery) {
  return { from: from?.begins, to: to?.ends };
}

/** The last 30 days unless said otherwise. @throws VALIDATION_ERROR beyond 366 days, or backwards */
export function periodOf(query: PeriodQuery, now: number): Period {
  const to = query.to?.ends ?? now;
  const from = query.from?.begins ?? to - 30 * DAY;
  if (from >= to)
    throw new AppError("VALIDATION_ERROR", "from: should be before to", { field: "from" });
  if (to - from > LONGEST)
    throw new AppError("VALIDATION_ERROR", "from: should be at most 366 days before to", {
      field: "from",
    });
  return { from, to };
}

/** The days (UTC) that a period touches, in order. */
export function daysOf({ from, to }: Period): string[] {
  const days: string[] = [];
  for (let at = Math.floor(from / DAY) * DAY; at < to; at += DAY)
    days.push(new Date(at).toISOString().slice(0, 10));
  return days;
}

export function shownPeriod({ from, to }: Period) {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}
