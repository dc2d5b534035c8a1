// Why the ledger says no: seed 003's body of a 429, and what a 402 has to say. Each says when to come
// back, and what would help.
import { fail, type Failure } from "../errors.ts";
import type { Rate } from "./ledger.ts";
import { MICROS } from "./limits.ts";
import type { Window } from "./window.ts";

function limited(message: string, details: Record<string, unknown>): Failure {
  return fail("RATE_LIMIT_EXCEEDED", message, details).failure;
}

export function tooMany(rate: Rate, now: number, window: string): Failure {
  const retry_after = Math.max(1, Math.ceil(rate.reset - now / 1000));
  return limited(`Rate limit exceeded: ${rate.limit} requests. Try again in ${retry_after} s.`, {
    retry_after,
    limit: rate.limit,
    window,
  });
}

export function tooManyTokens(window: Window, tokens: number, limit: number, now: number): Failure {
  const details = { limit, window: "tokens_per_minute", estimated_tokens: tokens };
  if (tokens > limit)
    return limited(
      `This request may take ${tokens} tokens, more than the ${limit} of a whole minute. Lower max_tokens or send less.`,
      { ...details, retry_after: 60 },
    );
  const free = window.freeAt(now, { weight: window.weight(now) + tokens - limit });
  const retry_after = Math.max(1, Math.ceil((free - now) / 1000));
  return limited(`Rate limit exceeded: ${limit} tokens a minute. Try again in ${retry_after} s.`, {
    ...details,
    retry_after,
  });
}

export function tooManyStreams(limit: number): Failure {
  return limited(
    `${limit} answers are being written already, as many as are allowed at once. Wait for one to end.`,
    { limit, window: "streams", retry_after: 1 },
  );
}

type BudgetName = "daily_tokens" | "monthly_tokens" | "daily_cost" | "monthly_cost";

export function overspent(
  budget: BudgetName,
  limit: number,
  used: number,
  needed: number,
  now: number,
): Failure {
  const daily = budget.startsWith("daily");
  const at = new Date(now);
  const resets = daily
    ? Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate() + 1)
    : Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1);
  const money = budget.endsWith("cost");
  const amount = (value: number) => (money ? value / MICROS : value);
  return fail(
    "BUDGET_EXCEEDED",
    `The ${daily ? "day" : "month"}'s budget of ${amount(limit)} ${money ? "US dollars" : "tokens"} does not cover this. It starts anew at ${new Date(resets).toISOString()}.`,
    {
      budget,
      limit: amount(limit),
      used: amount(used),
      needed: amount(needed),
      resets_at: new Date(resets).toISOString(),
    },
  ).failure;
}
