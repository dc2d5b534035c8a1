// A search in somebody's name: paid for as what it asks of models, like a turn.
import { chargeOf } from "../account/admission.ts";
import { giveBack } from "../conversation/settlement.ts";
import { newId } from "../ids.ts";
import { bookings } from "../llm/bookings.ts";
import { Meter } from "../llm/calls.ts";
import { estimateTokens } from "../llm/tokens.ts";
import { makeAsk } from "../memory/ask.ts";
import type { Charge } from "../protocol/charge.ts";
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
  /** Whether they were named, and not all that may be read. */
  named: boolean;
};

/** @throws {AppError} also BUDGET_EXCEEDED and RATE_LIMIT_EXCEEDED */
export async function searchFor(
  c: AppContext,
  { query, filters, settings, among, named }: Search,
): Promise<Found & { plan: Plan; configuration: string; latency_ms: number }> {
  const { services } = c.var;
  const collections = among.map(withSettings);
  const plan = planFor({ collections, named }, settings, {
    context_tokens: services.config.RAG_CONTEXT_TOKENS,
  });
  const began = services.now();
  const found = await paying(c, expectedOf(query, plan), (meter) =>
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

/** Tokens of a search's texts that a reranker reads, and of what a model is asked beside it. */
const RERANKED = 4_000;
const REPHRASED = 500;

function expectedOf(query: string, { rerank, expand }: Plan): Expected {
  const models = (rerank === "model" ? RERANKED : 0) + (expand === "model" ? REPHRASED : 0);
  return { embedded: estimateTokens(query), models };
}

/** What work may ask: an embedder for so many tokens, and models beside it for as many more. */
export type Expected = { embedded: number; models: number };

/**
 * Reserves what work may take of embedders and models, and settles what it really took. Where nobody is asked
 * that costs, it is a request like any other, which has been counted already.
 * @param feature what it is booked under
 * @throws {AppError} BUDGET_EXCEEDED, RATE_LIMIT_EXCEEDED
 */
export async function paying<T>(
  c: AppContext,
  expected: Expected,
  work: (meter: Meter) => Promise<T>,
  feature = "search",
): Promise<T> {
  const meter = new Meter(c.var.services.now);
  const charge = await reserve(c, expected);
  if (charge === null) return work(meter);
  try {
    return await work(meter);
  } finally {
    if (meter.calls().length === 0) c.executionCtx.waitUntil(giveBack(c.var.services, charge));
    else c.executionCtx.waitUntil(book(c, meter, charge.reservation, feature));
  }
}

/** Takes what a document will cost to be embedded, about, off its owner's budget: it is done when nobody waits. */
export async function charging(c: AppContext, embedded: number): Promise<void> {
  const { services, principal } = c.var;
  const charge = await reserve(c, { embedded, models: 0 });
  if (charge === null || charge.reservation === null) return;
  const { provider, model } = services.config.EMBEDDING_MODEL;
  const { input } = services.prices.cautious(provider, model);
  const spent = { prompt: embedded, completion: 0, cost: Math.ceil(embedded * input) };
  await services.account(principal.user_id).settle(charge.reservation, 1, spent);
}

/** Null where nobody is asked that costs. */
async function reserve(c: AppContext, { embedded, models }: Expected): Promise<Charge | null> {
  const { services, principal, credential } = c.var;
  const { EMBEDDING_MODEL: embedder } = services.config;
  if (embedder.provider === "embedded" && models === 0) return null;
  const { provider, model } = services.turn.models.standard;
  const price =
    models > 0
      ? services.prices.cautious(provider.id, model)
      : services.prices.cautious(embedder.provider, embedder.model);
  const own = embedded + models;
  const want = {
    kind: "turn" as const,
    ask: { id: newId("res", services.now()), own, history: false, max_tokens: 0, price },
  };
  return chargeOf(principal, await admit(c, credential, want), want);
}

async function book(
  c: AppContext,
  meter: Meter,
  reservation: string | null,
  feature: string,
): Promise<void> {
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
      feature,
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
