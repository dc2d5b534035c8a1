// Calls of models → what the books hold: one usage event a call, and what all of them come to for the
// account that reserved for them. Both from the same calls, so that they add up to the same.
import type { Charge } from "../protocol/charge.ts";
import type { UsageEvent } from "../store/usage.ts";
import type { ModelCall } from "./calls.ts";
import { costOf, type Prices } from "./prices.ts";

/** Tokens, and millionths of a US dollar. */
export type Spending = { prompt: number; completion: number; cost: number };

/** In whose name models were asked. */
export type Booking = {
  turn_id: string;
  /** Begins the ids of the events: no other booking's. */
  mark: string;
  tenant_id: string;
  conversation_id: string | null;
  charge: Charge;
  feature: string;
  /** How the turn ended; null where the calls were asked beside it. */
  end: { status: UsageEvent["outcome"]; error: string | null } | null;
  /** Milliseconds: when an event happened of which no call tells. */
  now: number;
};

export function bookings(
  calls: readonly ModelCall[],
  booking: Booking,
  prices: Prices,
): { events: UsageEvent[]; spent: Spending } {
  const { turn_id, mark, tenant_id, conversation_id, charge, feature, end, now } = booking;
  const owner = { tenant_id, user_id: charge.account, key_id: charge.key_id, tier: charge.tier };
  const last = calls.findLastIndex(({ purpose }) => purpose === "chat");
  const turn = { turn_status: end?.status ?? null, turn_error: end?.error ?? null };
  const events = calls.map((call, at): UsageEvent => ({
    id: `${mark}:${at}`,
    turn_id,
    at: call.at,
    ...owner,
    conversation_id,
    purpose: call.purpose,
    feature,
    provider: call.provider,
    model: call.model,
    outcome: call.outcome,
    error: call.error,
    ...(at === last ? turn : { turn_status: null, turn_error: null }),
    cached: call.cached,
    prompt_tokens: call.usage.prompt,
    completion_tokens: call.usage.completion,
    cached_tokens: call.usage.cached ?? 0,
    reasoning_tokens: call.usage.reasoning ?? 0,
    estimated: call.estimated,
    cost: knownCost(call, prices),
    latency_ms: call.latency_ms,
    ttft_ms: call.ttft_ms,
  }));
  // A turn that ended before any model was asked is counted all the same.
  if (last < 0 && end !== null)
    events.push({
      id: `${mark}:${events.length}`,
      turn_id,
      at: now,
      ...owner,
      conversation_id,
      purpose: "chat",
      feature,
      provider: null,
      model: null,
      outcome: end.status,
      error: null,
      ...turn,
      cached: null,
      prompt_tokens: 0,
      completion_tokens: 0,
      cached_tokens: 0,
      reasoning_tokens: 0,
      estimated: false,
      cost: 0,
      latency_ms: 0,
      ttft_ms: null,
    });
  return { events, spent: spentBy(calls, prices) };
}

/** Nothing was used: nothing it costs, whoever's price it is. */
function knownCost(call: ModelCall, prices: Prices): number | null {
  const { provider, model, usage } = call;
  if (usage.total === 0) return 0;
  const price = prices.of(provider, model);
  return price === null ? null : costOf(price, usage, call.images);
}

/** For budgets: what nobody knows the price of counts as the dearest there is. */
function spentBy(calls: readonly ModelCall[], prices: Prices): Spending {
  const spent = { prompt: 0, completion: 0, cost: 0 };
  for (const { provider, model, usage, images } of calls) {
    spent.prompt += usage.prompt;
    spent.completion += usage.completion;
    spent.cost += usage.total === 0 ? 0 : costOf(prices.cautious(provider, model), usage, images);
  }
  return spent;
}
