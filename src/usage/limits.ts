// Which limits hold for whom: the tier's (seed 003 §10.1), the operator's budgets, what an
// administrator set for one person, and seed 004's for anonymous visitors.
import type { Config } from "../config.ts";
import type { LimitOverrides, Tier } from "../protocol/account.ts";
import { TIERS } from "../variables.ts";

/** Null: without that limit. Costs in millionths of a US dollar. */
export type Limits = {
  /** Turns: what costs. */
  requests_per_minute: number | null;
  tokens_per_minute: number | null;
  /** Answers being written at once. */
  streams: number | null;
  daily_tokens: number | null;
  monthly_tokens: number | null;
  daily_cost: number | null;
  monthly_cost: number | null;
  /** Everything that is no turn. */
  others: { requests: number; seconds: number } | null;
};

export type LimitConfig = Pick<
  Config,
  | "APP_ENV"
  | "RATE_LIMIT_ENABLED"
  | "RATE_LIMIT_REQUESTS"
  | "RATE_LIMIT_WINDOW"
  | "RATE_LIMIT_STREAMS"
  | "DAILY_TOKEN_BUDGET"
  | "MONTHLY_TOKEN_BUDGET"
  | "DAILY_COST_BUDGET"
  | "MONTHLY_COST_BUDGET"
>;

const PER_MINUTE = {
  free: { requests: 10, tokens: 10_000 },
  starter: { requests: 60, tokens: 60_000 },
  professional: { requests: 300, tokens: 300_000 },
  enterprise: { requests: 1000, tokens: 1_000_000 },
} as const satisfies Record<Tier, { requests: number; tokens: number }>;
/** Of everybody who signed in (seed 003 appendix A). */
const STREAMS = 50;
/** Of an anonymous visitor who came to a deployed Edgewise (seed 004). */
const VISITOR = { requests: 10, streams: 2 };
const OTHER_REQUESTS = 100;

export const MICROS = 1_000_000;

/** @returns null where nothing is limited: then nobody needs to be asked */
export function limitsOf(
  config: LimitConfig,
  who: Tier | "anonymous",
  overrides: LimitOverrides = {},
): Limits | null {
  if (!config.RATE_LIMIT_ENABLED) return null;
  const budgets = {
    daily_tokens: config.DAILY_TOKEN_BUDGET ?? null,
    monthly_tokens: config.MONTHLY_TOKEN_BUDGET ?? null,
    daily_cost: micros(config.DAILY_COST_BUDGET),
    monthly_cost: micros(config.MONTHLY_COST_BUDGET),
  };
  if (who === "anonymous") return visitorLimits(config, budgets);
  const { requests, tokens } = PER_MINUTE[who];
  return overridden(
    {
      requests_per_minute: requests,
      tokens_per_minute: tokens,
      streams: STREAMS,
      ...budgets,
      others: others(config),
    },
    overrides,
  );
}

/** What a key may do of its own, beside what its owner may. */
export function keyLimits(overrides: LimitOverrides): Limits | null {
  if (Object.values(overrides).every((value) => value === undefined || value === null)) return null;
  return overridden(UNLIMITED, overrides);
}

/** The limits in force, as the API shows them: costs in US dollars. */
export function tierLimits(config: LimitConfig): Record<string, ShownLimits | null> {
  return Object.fromEntries(
    ([...TIERS, "anonymous"] as const).map((who) => {
      const limits = limitsOf(config, who);
      return [who, limits === null ? null : shown(limits)];
    }),
  );
}

export type ShownLimits = Limits;

export function shown(limits: Limits): ShownLimits {
  const dollars = (cost: number | null) => (cost === null ? null : cost / MICROS);
  return {
    ...limits,
    daily_cost: dollars(limits.daily_cost),
    monthly_cost: dollars(limits.monthly_cost),
  };
}

const UNLIMITED: Limits = {
  requests_per_minute: null,
  tokens_per_minute: null,
  streams: null,
  daily_tokens: null,
  monthly_tokens: null,
  daily_cost: null,
  monthly_cost: null,
  others: null,
};

type Budgets = Pick<Limits, "daily_tokens" | "monthly_tokens" | "daily_cost" | "monthly_cost">;

/** In development a visitor is limited by what is configured, and by nothing else. */
function visitorLimits(config: LimitConfig, budgets: Budgets): Limits | null {
  const local = config.APP_ENV === "development";
  const { RATE_LIMIT_REQUESTS: requests, RATE_LIMIT_STREAMS: streams } = config;
  const limits: Limits = {
    requests_per_minute: local
      ? (requests ?? null)
      : Math.min(VISITOR.requests, requests ?? VISITOR.requests),
    tokens_per_minute: local ? null : PER_MINUTE.free.tokens,
    streams: streams ?? (local ? null : VISITOR.streams),
    ...budgets,
    others: local && requests === undefined ? null : others(config),
  };
  return Object.values(limits).every((limit) => limit === null) ? null : limits;
}

function others(config: LimitConfig): Limits["others"] {
  return {
    requests: config.RATE_LIMIT_REQUESTS ?? OTHER_REQUESTS,
    seconds: config.RATE_LIMIT_WINDOW,
  };
}

function overridden(limits: Limits, overrides: LimitOverrides): Limits {
  const { daily_cost, monthly_cost, ...rest } = overrides;
  const said = Object.fromEntries(
    Object.entries({
      ...rest,
      daily_cost: microsOf(daily_cost),
      monthly_cost: microsOf(monthly_cost),
    }).filter(([, value]) => value !== undefined),
  );
  return { ...limits, ...said };
}

function micros(dollars: number | undefined): number | null {
  return dollars === undefined ? null : Math.round(dollars * MICROS);
}

function microsOf(dollars: number | null | undefined): number | null | undefined {
  return dollars === null || dollars === undefined ? dollars : Math.round(dollars * MICROS);
}
