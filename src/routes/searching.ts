// A search in somebody's name: paid for as what it asks of models, like a turn.
import { chargeOf } from "../account/admission.ts";
import { giveBack } from "../conversation/settlement.ts";
import { newId } from "../ids.ts";
import { bookings } from "../llm/bookings.ts";
import { Meter } from "../llm/calls.ts";
import { estimateTokens } from "../llm/tokens.ts";
import { makeAsk } from "../memory/ask.ts";
import type { Filters, SearchSettings } from "../protocol/knowledge.ts";
import { type Found, search } from "../rag/search.ts";
import { nameOf, type Plan, planFor } from "../rag/settings.ts";
import { type CollectionRow, withSettings } from "../store/collections.ts";
import { thrownFields } from "../telemetry/log.ts";
import type { AppContext } from "./context.ts";
import { admit } from "./principal.ts";

/** Milliseconds that a model may take for its part of a search. */
const PATIENCE = 10_000;

export type Search = {
  query: string;
  filters: Filters;
  settings: SearchSettings;
  among: readonly CollectionRow[];
};

/** @throws {AppError} also BUDGET_EXCEEDED and RATE_LIMIT_EXCEEDED */
export async function searchFor(
  c: AppContext,
  { query, filters, settings, among }: Search,
): Promise<Found & { plan: Plan; configuration: string; latency_ms: number }> {
  const { services } = c.var;
  const collections = among.map(withSettings);
  const plan = planFor(collections, settings, {
    context_tokens: services.config.RAG_CONTEXT_TOKENS,
  });
  const began = services.now();
  const found = await paying(c, estimateTokens(query), (meter) =>
    search(
      { query, filters, collections, plan },
      {
        ...services.searching(meter, c.req.raw.signal),
        ask: makeAsk({
          models: services.turn.models,
          beside: services.turn.models.standard,
          limit: PATIENCE,
          signal: c.req.raw.signal,
          meter,
        }),
      },
    ),
  );
  return { ...found, plan, configuration: nameOf(plan), latency_ms: services.now() - began };
}

/**
 * Reserves `tokens` for work that asks embedders or models, and settles what it really took.
 * Where nobody is asked that costs, it is a request like any other, which has been counted already.
 */
export async function paying<T>(
  c: AppContext,
  tokens: number,
  work: (meter: Meter) => Promise<T>,
): Promise<T> {
  const { services, principal, credential } = c.var;
  const meter = new Meter(services.now);
  const { provider, model } = services.config.EMBEDDING_MODEL;
  if (provider === "embedded") {
    const done = await work(meter);
    if (meter.calls().length > 0) await book(c, meter, null);
    return done;
  }
  const price = services.prices.cautious(provider, model);
  const want = {
    kind: "turn" as const,
    ask: { id: newId("res", services.now()), own: tokens, history: false, max_tokens: 0, price },
  };
  const admission = await admit(c, credential, want);
  const charge = chargeOf(principal, admission, want);
  try {
    return await work(meter);
  } finally {
    if (meter.calls().length === 0) c.executionCtx.waitUntil(giveBack(services, charge));
    else c.executionCtx.waitUntil(book(c, meter, charge.reservation));
  }
}

async function book(c: AppContext, meter: Meter, reservation: string | null): Promise<void> {
  const { services, principal, request_id } = c.var;
  const charge = {
    account: principal.user_id,
    reservation,
    key_id: principal.key_id,
    tier: principal.tier,
    own: 0,
  };
  const { events, spent } = bookings(
    meter.calls(),
    {
      turn_id: request_id,
      mark: request_id,
      tenant_id: principal.tenant_id,
      conversation_id: null,
      charge,
      feature: "search",
      end: null,
      now: services.now(),
    },
    services.prices,
  );
  const told = await Promise.allSettled([
    reservation === null
      ? Promise.resolve()
      : services.account(principal.user_id).settle(reservation, 1, spent),
    services.recordUsage(principal.tenant_id, events),
  ]);
  for (const result of told)
    if (result.status === "rejected")
      services.log.warning("charge.unbooked", thrownFields(result.reason));
}
